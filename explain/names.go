package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// Name is the kind and the key of an object.
type Name struct {
	Kind directory.Kind
	Key  string
}

// Find returns the objects that a text may mean: a key, an id of the roster, a
// username, or a name as the roster gives it, of a person, a class, an organization
// or a role group. Upper and lower case are told apart only where that matters. One
// key may be that of a security group and of an administrative unit. Known reports
// whether the ledger has an object, which the roster need not have any longer. It
// fails with fault.NotFound, and names what is spelled alike, when there is none,
// and with fault.Invalid when it may mean several.
func Find(w *flow.Wanted, what string, known func(Name) bool) ([]Name, error) {
	f := finder{w, w.Roster(), known}
	what = strings.Join(strings.Fields(what), " ")
	for _, look := range []func(string) []Name{f.byKey, f.byID, f.byUsername, f.byFoldedKey, f.byName, f.byPartOfName} {
		names := look(what)
		if keys := keys(names); len(keys) > 1 {
			return nil, fault.New(fault.Invalid, "%q may mean %s: name one of them.", what, f.choice(keys))
		}
		if len(names) > 0 {
			slices.SortStableFunc(names, func(a, b Name) int { return cmp.Compare(f.interest(a), f.interest(b)) })
			return names, nil
		}
	}
	return nil, f.unknown(what)
}

type finder struct {
	wanted *flow.Wanted
	roster *roster.Roster
	known  func(Name) bool
}

// interest sorts objects that are wanted, or were written, before others.
func (f finder) interest(name Name) int {
	if _, asked := f.wanted.Object(name.Kind, name.Key); asked || f.known(name) {
		return 0
	}
	return 1
}

// byKey returns the objects that have the key.
func (f finder) byKey(key string) []Name {
	var names []Name
	for _, kind := range directory.Kinds() {
		if name := (Name{kind, key}); f.there(name) || f.known(name) {
			names = append(names, name)
		}
	}
	return names
}

// there reports whether the roster has, or had to drop, what a key is made of.
func (f finder) there(name Name) bool {
	u := &f.roster.Unknown
	switch name.Kind {
	case directory.User:
		id, ok := strings.CutPrefix(name.Key, flow.UserKey(""))
		return ok && (f.roster.Person(id) != roster.None || slices.Contains(u.People, id))
	case directory.ClassGroup:
		id, ok := strings.CutPrefix(name.Key, flow.ClassKey(""))
		return ok && (f.roster.Class(id) != roster.None || slices.Contains(u.Classes, id))
	}
	_, ok := f.wanted.Group(name.Kind, name.Key)
	return ok
}

// byID returns the objects whose key is made of a bare id.
func (f finder) byID(id string) []Name {
	var names []Name
	for _, key := range []string{flow.UserKey(id), flow.ClassKey(id), flow.OrgKey(id), flow.RoleGroupKey(id)} {
		names = append(names, f.byKey(key)...)
	}
	return names
}

// byUsername returns the people who have the username; the part before the @ is
// enough.
func (f finder) byUsername(username string) []Name {
	var whole, local []Name
	for i := range f.roster.People {
		p := &f.roster.People[i]
		has := f.roster.Str(p.Username)
		name := Name{directory.User, flow.UserKey(f.roster.Str(p.ID))}
		if strings.EqualFold(has, username) {
			whole = append(whole, name)
		} else if before, _, _ := strings.Cut(has, "@"); strings.EqualFold(before, username) {
			local = append(local, name)
		}
	}
	if len(whole) > 0 {
		return whole
	}
	return local
}

func keys(names []Name) []string {
	var keys []string
	for _, n := range names {
		keys = append(keys, n.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// choice lists keys, with what people call their objects.
func (f finder) choice(keys []string) string {
	var some []string
	for _, key := range keys[:min(len(keys), nearest)] {
		some = append(some, key+f.called(key))
	}
	if more := len(keys) - len(some); more > 0 {
		some = append(some, count(more, "other", "others"))
	}
	return strings.Join(some, " or ")
}

// called returns name and username of a person or the title of a class, in
// parentheses.
func (f finder) called(key string) string {
	if id, ok := strings.CutPrefix(key, flow.UserKey("")); ok {
		if p := f.roster.Person(id); p != roster.None {
			return fmt.Sprintf(" (%s, %s)", personName(f.roster, p), f.roster.Str(f.roster.People[p].Username))
		}
	}
	if id, ok := strings.CutPrefix(key, flow.ClassKey("")); ok {
		if c := f.roster.Class(id); c != roster.None {
			return " (" + f.roster.Str(f.roster.Classes[c].Title) + ")"
		}
	}
	return ""
}
