package ldap

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// How many entries come at a time. Active Directory gives a thousand at most.
const (
	userPage  = 1000
	groupPage = 200 // they are larger
)

// Observe yields the objects of the kind, strangers among users included; groups without a
// marker are of no kind. It reads page by page, on a connection of its own.
func (d *Directory) Observe(ctx context.Context, kind directory.Kind, view directory.View) iter.Seq2[directory.Object, error] {
	if d.profile.inAttribute(kind) {
		return d.observeUnits(ctx)
	}
	return func(yield func(directory.Object, error) bool) {
		c, _, err := d.pool.get(ctx)
		if err != nil {
			yield(directory.Object{}, err)
			return
		}
		whole := false
		defer func() {
			if whole {
				d.pool.put(c)
			} else {
				c.Close() // the server keeps what was not asked for with the connection
			}
		}()
		crowd := d.newCrowd()
		paging := goldap.NewControlPaging(userPage)
		if kind != directory.User {
			paging.PagingSize = groupPage
		}
		for {
			var objects []directory.Object
			var cookie []byte
			err := c.use(ctx, func(c *conn) (err error) {
				objects, cookie, err = d.page(ctx, c, kind, view, paging, crowd)
				return err
			})
			if err != nil {
				yield(directory.Object{}, fmt.Errorf("read the directory's %ss: %w", kind, d.explain(err)))
				return
			}
			for _, o := range objects {
				if !yield(o, nil) {
					return
				}
			}
			if whole = len(cookie) == 0; whole {
				return
			}
			paging.SetCookie(cookie)
		}
	}
}

// page reads the next entries, and returns what asks for those after them.
func (d *Directory) page(ctx context.Context, c *conn, kind directory.Kind, view directory.View, paging *goldap.ControlPaging, crowd *crowd) ([]directory.Object, []byte, error) {
	found, err := c.Search(&goldap.SearchRequest{
		BaseDN: d.options.Base, Scope: goldap.ScopeWholeSubtree, Filter: d.profile.shown(kind),
		Attributes: d.profile.asked(kind, view), Controls: append(d.extendedNames(), paging),
	})
	if err != nil {
		return nil, nil, err
	}
	objects, err := d.objects(ctx, c, kind, view, found.Entries, crowd)
	if err != nil {
		return nil, nil, err
	}
	if next, ok := goldap.FindControl(found.Controls, goldap.ControlTypePaging).(*goldap.ControlPaging); ok {
		return objects, next.Cookie, nil
	}
	return objects, nil, nil
}

// objects returns what entries show. Entries without an id are not shown to us.
func (d *Directory) objects(ctx context.Context, c *conn, kind directory.Kind, view directory.View, entries []*goldap.Entry, crowd *crowd) ([]directory.Object, error) {
	for _, e := range entries {
		e.DN = bareName(e.DN)
	}
	entries = slices.DeleteFunc(entries, func(e *goldap.Entry) bool { return d.meet(kind, e) == "" })
	objects := make([]directory.Object, len(entries))
	owners, members := make([][]string, len(entries)), make([][]string, len(entries))
	var all []string
	for i, e := range entries {
		objects[i] = d.profile.object(kind, e)
		if kind == directory.User || view == directory.Brief {
			continue
		}
		var err error
		if owners[i], members[i], err = d.pairs(c, kind, e); err != nil {
			return nil, err
		}
		all = append(append(all, owners[i]...), members[i]...)
	}
	if err := crowd.meet(ctx, all); err != nil {
		return nil, err
	}
	for i := range objects {
		objects[i].Owners, objects[i].Members = crowd.users(owners[i]), crowd.users(members[i])
	}
	return objects, nil
}

// pairs returns the names of a group's owners and members.
func (d *Directory) pairs(c *conn, kind directory.Kind, e *goldap.Entry) (owners, members []string, err error) {
	if members, err = c.all(e, d.profile.Member, d.extendedNames()...); err != nil || kind != directory.ClassGroup {
		return nil, members, err
	}
	for _, attribute := range []string{d.profile.Owners.Attribute, d.profile.Owners.More} {
		some, err := c.all(e, attribute, d.extendedNames()...)
		if err != nil {
			return nil, nil, err
		}
		owners = append(owners, some...)
	}
	return owners, members, nil
}

// Find returns the objects of the kind that bear one of the anchors: one search for a few
// hundred of them. Groups of no kind that bear one are found, too.
func (d *Directory) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	if d.profile.inAttribute(kind) {
		if len(anchors) == 0 {
			return nil, nil
		}
		return d.units(ctx, anchors)
	}
	attribute := d.profile.Classes[kind].Attributes[directory.AnchorID]
	wanted := make(map[string]bool, len(anchors))
	for _, anchor := range anchors {
		wanted[anchor] = true
	}
	var found []directory.Object
	crowd := d.newCrowd()
	for some := range slices.Chunk(anchors, perSearch) {
		var either strings.Builder
		for _, anchor := range some {
			either.WriteString(equal(attribute, anchor))
		}
		var objects []directory.Object
		err := d.read(ctx, func(c *conn) error {
			entries, err := c.belowWith(d.extendedNames(), d.options.Base, "(&"+d.profile.taken(kind)+"(|"+either.String()+"))", d.profile.asked(kind, directory.Whole)...)
			if err != nil {
				return err
			}
			objects, err = d.objects(ctx, c, kind, directory.Whole, entries, crowd)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look up anchors in the directory: %w", err)
		}
		for _, o := range objects {
			if wanted[o.Anchor()] { // byte for byte; a server may compare otherwise
				found = append(found, o)
			}
		}
	}
	return found, nil
}
