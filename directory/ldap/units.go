package ldap

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// Administrative units may be values of an attribute of users in place of groups
// (Profile.UnitsIn): each user has the keys of the units that he or she is in. A unit then
// has no entry: its id is its key, it has no other attributes, and it is there as long as
// somebody is in it.

// inAttribute reports whether objects of the kind are values of users' attributes.
func (p *Profile) inAttribute(kind directory.Kind) bool {
	return kind == directory.AdministrativeUnit && p.UnitsIn != ""
}

// units yields the units that users are in; of anchors, where there are some, only those.
func (d *Directory) units(ctx context.Context, anchors []string) ([]directory.Object, error) {
	filter := "(" + d.profile.UnitsIn + "=*)"
	if len(anchors) > 0 {
		var either strings.Builder
		for _, anchor := range anchors {
			either.WriteString(equal(d.profile.UnitsIn, anchor))
		}
		filter = "(|" + either.String() + ")"
	}
	members := make(map[string][]string)
	err := d.read(ctx, func(c *conn) error {
		clear(members) // of an attempt before
		found, err := c.SearchWithPaging(&goldap.SearchRequest{
			BaseDN: d.options.Base, Scope: goldap.ScopeWholeSubtree,
			Filter:     "(&" + d.profile.Classes[directory.User].Filter + filter + ")",
			Attributes: append(d.signs(directory.User), d.profile.ID, d.profile.UnitsIn),
		}, userPage)
		if err != nil {
			return err
		}
		for _, e := range found.Entries {
			id := d.meet(directory.User, e)
			for _, key := range values(e, d.profile.UnitsIn) {
				if id != "" && (len(anchors) == 0 || slices.Contains(anchors, key)) {
					members[key] = append(members[key], id)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the directory's administrative units: %w", err)
	}
	units := make([]directory.Object, 0, len(members))
	for _, key := range slices.Sorted(maps.Keys(members)) {
		slices.Sort(members[key])
		units = append(units, directory.Object{
			Kind: directory.AdministrativeUnit, ID: key, Attributes: directory.Attributes{directory.AnchorID: key}, Members: members[key],
		})
	}
	return units, nil
}

func (d *Directory) observeUnits(ctx context.Context) iter.Seq2[directory.Object, error] {
	return func(yield func(directory.Object, error) bool) {
		units, err := d.units(ctx, nil)
		for _, unit := range units {
			if !yield(unit, nil) {
				return
			}
		}
		if err != nil {
			yield(directory.Object{}, err)
		}
	}
}

// changeUnit writes a unit's key to those who come, and takes it from those who go.
func (d *Directory) changeUnit(ctx context.Context, c *conn, j *job) error {
	key := j.Set[directory.AnchorID]
	switch {
	case key == "":
		key = j.ID
	case j.ID != "" && key != j.ID:
		return refuse(directory.InvalidValue, "An administrative unit that is an attribute of its people keeps its key.")
	}
	leaving := j.RemoveMembers
	if j.Delete {
		units, err := d.units(ctx, []string{key})
		if err != nil {
			return err
		}
		for _, unit := range units {
			leaving = append(leaving, unit.Members...)
		}
		if j.people, err = d.find(ctx, directory.User, leaving, false); err != nil {
			return err
		}
	}
	o := directory.Outcome{ID: key, Verdict: directory.Done, Missing: j.absent()}
	for _, id := range j.AddMembers {
		is, err := d.giveUnit(c, j, id, key, goldap.AddAttribute)
		if err != nil {
			return err
		}
		if is {
			o.OldMembers = append(o.OldMembers, id)
		}
	}
	for _, id := range leaving {
		if _, err := d.giveUnit(c, j, id, key, goldap.DeleteAttribute); err != nil {
			return err
		}
	}
	j.end(o)
	return nil
}

// giveUnit adds a key to a user, or takes it away, and reports whether that had been done
// before. Whoever is not there is no error.
func (d *Directory) giveUnit(c *conn, unit *job, id, key string, operation uint) (before bool, err error) {
	n, there := unit.people[id]
	if !there {
		return false, nil
	}
	j := &job{Change: &directory.Change{Kind: directory.User, ID: id}, class: d.profile.Classes[directory.User], node: n}
	for range 2 { // the user may have been moved
		dn, controls, err := d.aim(j)
		if err != nil {
			return false, err
		}
		request := goldap.NewModifyRequest(dn, controls)
		if !n.marked && operation == goldap.AddAttribute {
			if err := d.mark(c, j, request); err != nil {
				return false, err
			}
		}
		request.Changes = append(request.Changes, goldap.Change{
			Operation: operation, Modification: goldap.PartialAttribute{Type: d.profile.UnitsIn, Vals: []string{key}},
		})
		switch err := c.Modify(request); {
		case isAny(err, goldap.LDAPResultAttributeOrValueExists, goldap.LDAPResultNoSuchAttribute):
			return true, nil
		case !gone(err):
			return false, err
		default:
			if there, err := d.moved(c, j, err); !there {
				if gone(err) {
					err = nil
				}
				return false, err
			}
		}
	}
	return false, nil
}
