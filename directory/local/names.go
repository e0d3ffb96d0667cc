package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// Name is what a person calls an object: its id, anchor, userPrincipalName or
// mailNickname. The first of these that fits anything counts.
type Name struct {
	Text string
	Kind directory.Kind // "" for any
}

// ParseKinds returns the kinds that a person's word means: class, classes and
// classGroup mean class groups, groups both kinds of groups, all every kind.
func ParseKinds(word string) ([]directory.Kind, error) {
	switch strings.ToLower(word) {
	case "user", "users":
		return []directory.Kind{directory.User}, nil
	case "administrativeunit", "administrativeunits", "unit", "units", "au", "aus":
		return []directory.Kind{directory.AdministrativeUnit}, nil
	case "securitygroup", "securitygroups", "security", "sg", "sgs":
		return []directory.Kind{directory.SecurityGroup}, nil
	case "classgroup", "classgroups", "class", "classes":
		return []directory.Kind{directory.ClassGroup}, nil
	case "group", "groups":
		return []directory.Kind{directory.SecurityGroup, directory.ClassGroup}, nil
	case "all":
		return directory.Kinds(), nil
	}
	return nil, fault.New(fault.Invalid, "%q is no kind of object; say users, classes, securityGroups, groups, units or all.", word)
}

// one returns the object that the name means.
func (d *Directory) one(ctx context.Context, q querier, name Name) (record, error) {
	found, err := d.named(ctx, q, name)
	switch {
	case err != nil:
		return record{}, err
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && name.Kind != "":
		return record{}, fault.New(fault.NotFound, "There is no %s %q in the directory.", name.Kind, name.Text)
	case len(found) == 0:
		return record{}, fault.New(fault.NotFound, "There is no object %q in the directory.", name.Text)
	}
	var each []string
	for _, r := range found {
		each = append(each, fmt.Sprintf("%s %s", r.object.Kind, r.object.ID))
	}
	return record{}, fault.New(fault.Invalid, "%q is the name of several objects (%s); give the kind (--kind) or the id.",
		name.Text, strings.Join(each, ", "))
}

// way is one way to call an object by name.
type way struct {
	text      string
	condition string
	values    []any
	nickname  string // which what meets the condition has to have; "" for any or none
}

func (w way) fits(r record) bool {
	return w.nickname == "" || fold(r.object.Attributes[directory.MailNickname]) == w.nickname
}

// byID is the way by id.
func (d *Directory) byID(id string) way {
	if number, ours := d.shape.number(id); ours {
		return way{text: id, condition: `number = $2 AND id IS NULL`, values: []any{number}}
	}
	return way{text: id, condition: `id = $2`, values: []any{id}}
}

// byAnchor is the way by anchor.
func byAnchor(anchor string) way {
	return way{text: anchor, condition: `anchor = $2`, values: []any{anchor}}
}

// byUPN is the way by userPrincipalName.
func byUPN(upn string) way {
	login, domain, _ := strings.Cut(fold(upn), "@")
	return way{text: upn, condition: `login = $2 AND domain = $3`, values: []any{login, domain}}
}

// Nicknames have an index for users and one for the rest. Users whose nickname is
// their login stand in neither: they are found by the login, as are others who
// have that login and another nickname, or none. Each is a query of its own, since
// SQLite uses no index for conditions that are joined by OR.
const (
	userNickname = `SELECT number FROM dir_objects WHERE tenant = $1 AND nickname = $2 AND kind = 1
		UNION ALL SELECT number FROM dir_objects WHERE tenant = $1 AND login = $2`
	groupNickname = `SELECT number FROM dir_objects WHERE tenant = $1 AND nickname = $2 AND kind > 1`
)

// byNickname is the way by mailNickname to those with the numbers that the query
// returns.
func byNickname(nickname, numbers string) way {
	folded := fold(nickname)
	return way{text: nickname, condition: `number IN (` + numbers + `)`, values: []any{folded}, nickname: folded}
}

// ways returns those for names that are not "", in the order in which they count.
func (d *Directory) ways(id, anchor, upn, nickname string) []way {
	all := []way{
		d.byID(id),
		byAnchor(anchor),
		byUPN(upn),
		byNickname(nickname, userNickname+` UNION ALL `+groupNickname),
	}
	return slices.DeleteFunc(all, func(w way) bool { return w.text == "" })
}

// named returns all objects that the name can mean.
func (d *Directory) named(ctx context.Context, q querier, name Name) ([]record, error) {
	for _, way := range d.ways(name.Text, name.Text, name.Text, name.Text) {
		found, err := d.namedBy(ctx, q, way, name.Kind)
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// namedBy returns what meets the condition. It sorts here, because a database
// that is asked to may walk the whole table in order instead of using an index.
func (d *Directory) namedBy(ctx context.Context, q querier, way way, kind directory.Kind) ([]record, error) {
	records, err := d.query(ctx, q, `SELECT `+columns+` FROM dir_objects WHERE tenant = $1 AND `+way.condition,
		append([]any{d.tenant}, way.values...)...)
	if err != nil {
		return nil, fmt.Errorf("look up a name in the embedded directory: %w", err)
	}
	var found []record
	for _, r := range records {
		if way.fits(r) && (kind == "" || r.object.Kind == kind) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b record) int { return cmp.Compare(a.number, b.number) })
	return found, nil
}
