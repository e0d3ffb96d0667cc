package plan

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// Sort names what the guard counts together: "remove member classGroup",
// "create user", and so on.
type Sort string

func removeMember(k directory.Kind) Sort { return Sort("remove member " + k) }
func removeOwner(k directory.Kind) Sort  { return Sort("remove owner " + k) }
func clearing(k directory.Kind) Sort     { return Sort("clear " + k) }

// clearingOne counts one attribute by itself, over all organizations, so that a
// column that is missing is noticed among objects with many values.
func clearingOne(k directory.Kind, name string) Sort {
	return Sort("clear " + name + " of " + string(k))
}

func creating(k directory.Kind) Sort { return Sort("create " + k) }
func renaming(k directory.Kind) Sort { return Sort("rename " + k) }
func deleting(k directory.Kind) Sort { return Sort("delete " + k) }

const disableUser Sort = "disable user"

// Creates reports whether objects that are created are counted.
func (s Sort) Creates() bool { return strings.HasPrefix(string(s), "create ") }

// sentence says what would happen to how many of what.
func (s Sort) sentence() string {
	words := strings.Fields(string(s))
	kinds := map[directory.Kind]string{
		directory.User: "users", directory.AdministrativeUnit: "administrative units",
		directory.SecurityGroup: "security groups", directory.ClassGroup: "class groups",
	}
	of := kinds[directory.Kind(words[len(words)-1])]
	switch {
	case s == removeContact:
		return "contacts would be removed"
	case words[0] == "remove":
		return words[1] + "s of " + of + " would be removed"
	case words[0] == "clear" && len(words) > 2:
		return "values of " + words[1] + " of " + of + " would be cleared"
	case words[0] == "clear":
		return "values of " + of + " would be cleared"
	default:
		return of + " would be " + words[0] + "d"
	}
}

const removeContact Sort = "remove contact"

// Tally counts by sort and organization. The organization "" has what belongs
// to none.
type Tally map[Sort]map[string]int

// Add counts n more.
func (t Tally) Add(s Sort, org string, n int) {
	if n == 0 {
		return
	}
	if t[s] == nil {
		t[s] = make(map[string]int)
	}
	t[s][org] += n
}

// whole returns the count over all organizations.
func (t Tally) whole(s Sort) int {
	n := 0
	for _, count := range t[s] {
		n += count
	}
	return n
}

// countHave counts an object of the ledger under every sort of which it could
// become a part, and its values by attribute. Retired and released objects do
// not count (rules 4).
func (t Tally) countHave(h *directory.Have, values map[string]int) {
	if h.State != directory.Managed {
		return
	}
	t.Add(creating(h.Kind), h.Org, 1)
	t.Add(renaming(h.Kind), h.Org, 1)
	t.Add(deleting(h.Kind), h.Org, 1)
	if h.Kind == directory.User {
		t.Add(disableUser, h.Org, 1)
	}
	t.Add(removeMember(h.Kind), h.Org, len(h.Members))
	t.Add(removeOwner(h.Kind), h.Org, len(h.Owners))
	t.Add(clearing(h.Kind), h.Org, len(h.Attributes))
	for name := range h.Attributes {
		values[name]++
	}
	t.Add(removeContact, h.Org, contacts(h.Attributes[directory.RelatedContacts]))
}

// contacts returns the number of contacts that an attribute's text stands for.
func contacts(text string) int {
	if text == "" {
		return 0
	}
	return directory.Value(directory.RelatedContacts, text).(directory.Relations).Count
}

// Count counts what a step does of what the guard counts.
func (t Tally) Count(s *Step) {
	t.Add(removeMember(s.Kind), s.Org, len(s.Members.Remove))
	t.Add(removeOwner(s.Kind), s.Org, len(s.Owners.Remove))
	if s.Action == Create {
		t.Add(creating(s.Kind), s.Org, 1)
	}
	if s.Action == Delete {
		t.Add(deleting(s.Kind), s.Org, 1)
		return // its values go with it
	}
	for name, delta := range s.Set {
		if sort := s.danger(name, delta); sort != "" {
			n := 1
			if sort == removeContact {
				n = contacts(delta.From) - contacts(delta.To)
			}
			t.Add(sort, s.Org, n)
		}
		if delta.To == "" {
			t.Add(clearingOne(s.Kind, name), "", 1)
		}
	}
}

// danger returns what the guard counts an attribute's change as, "" for
// nothing. What is cleared is counted by attribute besides; see clearingOne.
func (s *Step) danger(name string, d Delta) Sort {
	switch {
	case d.From == d.To:
	case s.Was() != "":
		if name == directory.AnchorID { // all of it is one
			return renaming(s.Kind)
		}
	case name == directory.RelatedContacts && contacts(d.To) < contacts(d.From):
		return removeContact
	case d.To == "":
		return clearing(s.Kind)
	case s.disables(name, d):
		return disableUser
	case name == directory.DisplayName && d.From != "":
		return renaming(s.Kind)
	}
	return ""
}

// disables reports whether a change of an attribute locks a user out.
func (s *Step) disables(name string, d Delta) bool {
	return s.Kind == directory.User && name == directory.AccountEnabled && d.From == directory.Bool(true) && d.To == directory.Bool(false)
}

// Merge adds the counts of another tally.
func (t Tally) Merge(other Tally) {
	for sort, orgs := range other {
		for org, n := range orgs {
			t.Add(sort, org, n)
		}
	}
}
