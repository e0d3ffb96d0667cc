package explain

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

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

// Find returns the objects that a text may mean: a key, an id of the roster, or a
// username. One key may be that of a security group and of an administrative
// unit. Known reports whether the ledger has an object, which the roster need not
// have any longer. It fails with fault.NotFound, and names what is spelled alike,
// when there is none, and with fault.Invalid when it may mean several.
func Find(w *flow.Wanted, what string, known func(Name) bool) ([]Name, error) {
	f := finder{w, w.Roster(), known}
	if names := f.byKey(what); len(names) > 0 {
		slices.SortStableFunc(names, func(a, b Name) int { return cmp.Compare(f.interest(a), f.interest(b)) })
		return names, nil
	}
	names := f.byID(what)
	if len(names) == 0 {
		names = f.byUsername(what)
	}
	switch {
	case len(names) == 0:
		return nil, f.unknown(what)
	case len(names) > 1:
		return nil, fault.New(fault.Invalid, "%q may mean %s: name one of them.", what, strings.Join(keys(names), " or "))
	}
	return names, nil
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

func (f finder) unknown(what string) error {
	hint := "Name a person (User_…, an id or a username), a class (Section_…), or a group (School_…, RoleGroup_…)."
	if near := f.near(what); len(near) > 0 {
		hint = "Did you mean " + strings.Join(near, " or ") + "?"
	}
	return fault.New(fault.NotFound, "Neither the roster nor the ledger has anything called %q. %s", what, hint)
}

// nearest is how many names are proposed.
const nearest = 5

// near returns keys and usernames that are spelled almost like a text.
func (f finder) near(what string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	limit := max(1, min(2, len(what)/3))
	try := func(spelled, name string) {
		if d := distance(strings.ToLower(what), strings.ToLower(spelled), limit); d <= limit {
			found = append(found, candidate{name, d})
		}
	}
	for i := range f.roster.People {
		p := &f.roster.People[i]
		id := f.roster.Str(p.ID)
		try(id, flow.UserKey(id))
		try(flow.UserKey(id), flow.UserKey(id))
		username := f.roster.Str(p.Username)
		local, _, _ := strings.Cut(username, "@")
		try(username, username)
		try(local, username)
	}
	for i := range f.roster.Classes {
		id := f.roster.Str(f.roster.Classes[i].ID)
		try(id, flow.ClassKey(id))
		try(flow.ClassKey(id), flow.ClassKey(id))
	}
	for i := range f.roster.Orgs {
		id := f.roster.Str(f.roster.Orgs[i].ID)
		try(id, flow.OrgKey(id))
		try(flow.OrgKey(id), flow.OrgKey(id))
	}
	for _, kind := range directory.Kinds()[1:3] {
		for want := range f.wanted.Objects(kind) {
			try(want.Key, want.Key)
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	var names []string
	for _, c := range found {
		if !slices.Contains(names, c.name) && len(names) < nearest {
			names = append(names, c.name)
		}
	}
	return names
}

// distance returns how many characters must be put in, taken out or replaced to
// make b of a, or more than the limit when it is more than that (Levenshtein).
func distance(a, b string, limit int) int {
	if n := utf8.RuneCountInString(a) - utf8.RuneCountInString(b); n > limit || -n > limit {
		return limit + 1
	}
	s, t := []rune(a), []rune(b)
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		before := row[0] // of the row above, one to the left
		row[0] = i + 1
		for j := range t {
			replaced := before
			if s[i] != t[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(t)]
}
