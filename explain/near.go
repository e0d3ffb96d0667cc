package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

func (f finder) unknown(what string) error {
	if instead := f.instead(what); instead != "" {
		return fault.New(fault.NotFound, "%s", instead)
	}
	hint := "Name a person, a class, a school or a group: by its key (User_…, Section_…, School_…, RoleGroup_…), its id in the roster, its name, or a username. A name with blanks goes in quotes."
	if near := f.near(what); len(near) > 0 {
		hint = "Did you mean " + strings.Join(near, " or ") + "?"
	}
	return fault.New(fault.NotFound, "Nothing in the roster, the ledger or the directory is called %q. %s", what, hint)
}

// instead says what to ask about in place of something that no object is made of.
func (f finder) instead(what string) string {
	r := f.roster
	for i := range r.Courses {
		if c := &r.Courses[i]; strings.EqualFold(what, r.Str(c.ID)) || isName(what, r.Str(c.Title)) {
			return fmt.Sprintf("%q is a course, of which nothing is made but attributes of its classes: ask about a class and courseTitle.", what)
		}
	}
	for i := range r.Sessions {
		if s := &r.Sessions[i]; strings.EqualFold(what, r.Str(s.ID)) || isName(what, r.Str(s.Title)) {
			return fmt.Sprintf("%q is an academic session, of which nothing is made but attributes of its classes: ask about a class and academicSessionTitle.", what)
		}
	}
	for _, rg := range f.wanted.RoleGroups() {
		if slices.ContainsFunc(rg.Roles, func(role string) bool { return strings.EqualFold(what, role) }) {
			return fmt.Sprintf("%q is a role of the role group %s: ask about %s, or about a person.", what, rg.ID, flow.RoleGroupKey(rg.ID))
		}
	}
	if slices.ContainsFunc(f.wanted.FlowSets(), func(name string) bool { return isName(what, name) }) {
		return fmt.Sprintf("%q is a flow set: ask about a person, a class or a group, and the answer says what each flow set makes of it.", what)
	}
	return ""
}

// nearest is how many names are proposed.
const nearest = 5

// near returns keys, usernames and names that are spelled almost like a text.
func (f finder) near(what string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var found []candidate
	limit := max(1, min(2, len(what)/3))
	what = strings.ToLower(what)
	f.spellings(func(spelled, name string) {
		if d := distance(what, strings.ToLower(spelled), limit); d <= limit {
			found = append(found, candidate{name, d})
		}
	})
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

// spellings tells how everything may be spelled, and what to propose for it.
func (f finder) spellings(tell func(spelled, name string)) {
	keyed := func(key, id, called string) {
		tell(id, key)
		tell(key, key)
		if called != "" {
			tell(called, fmt.Sprintf("%q (%s)", called, key))
		}
	}
	for i := range f.roster.People {
		p := &f.roster.People[i]
		id := f.roster.Str(p.ID)
		keyed(flow.UserKey(id), id, personName(f.roster, roster.Ref(i)))
		username := f.roster.Str(p.Username)
		local, _, _ := strings.Cut(username, "@")
		tell(username, username)
		tell(local, username)
	}
	for i := range f.roster.Classes {
		c := &f.roster.Classes[i]
		id := f.roster.Str(c.ID)
		keyed(flow.ClassKey(id), id, f.roster.Str(c.Title))
	}
	f.eachGroup(func(name Name, id, called string) { keyed(name.Key, cmp.Or(id, name.Key), called) })
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
