package engine_test

import (
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// shadow is a directory and a ledger as they must be, worked out from the steps
// of plans and from what people did by hand, and from nothing else.
type shadow struct {
	directory map[object]seen
	ledger    map[object]directory.Have
	// Owners and members whom Homeroom added and then released: theirs is a place
	// that Homeroom may take back.
	releasedOwners, releasedMembers map[object][]string
}

// newShadow returns the shadow of a world as it is now, nothing of which is
// Homeroom's.
func newShadow(w *world) *shadow {
	return &shadow{
		w.observe(), make(map[object]directory.Have), make(map[object][]string), make(map[object][]string),
	}
}

// carryOut does what a plan says.
func (s *shadow) carryOut(p *plan.Plan) {
	for planned := range stepsOf(p) {
		switch step := &planned; {
		case step.Held != nil:
		case step.LedgerOnly():
			s.letGo(step)
		default:
			s.write(step)
		}
	}
}

// letGo retires or releases.
func (s *shadow) letGo(step *plan.Step) {
	name := object{step.Kind, step.Key}
	have := s.ledger[name]
	switch {
	case step.Action == plan.Retire:
		have.State = directory.Retired
	case step.Action == plan.Update: // it notes school years
		have.State = directory.Managed
		have.Attributes = maps.Clone(have.Attributes)
		set(have.Attributes, directory.SchoolYears, step.Set[directory.SchoolYears].To)
	case step.Released == nil:
		have.State = directory.Released
	default:
		s.releasedOwners[name] = append(s.releasedOwners[name], minus(step.Released.Owners, have.StrangeOwners)...)
		s.releasedMembers[name] = append(s.releasedMembers[name], minus(step.Released.Members, have.StrangeMembers)...)
		have.Owners = minus(have.Owners, step.Released.Owners)
		have.Members = minus(have.Members, step.Released.Members)
		have.StrangeOwners = minus(have.StrangeOwners, step.Released.Owners)
		have.StrangeMembers = minus(have.StrangeMembers, step.Released.Members)
	}
	s.ledger[name] = have
}

// write changes an object.
func (s *shadow) write(step *plan.Step) {
	name := object{step.Kind, step.Key}
	if step.Kind == directory.User && step.Action == plan.Update {
		s.anchor(step)
	}
	if was := step.Was(); was != "" && step.Kind != directory.User {
		s.move(object{step.Kind, was}, name)
	}
	there, have := s.directory[name], s.ledger[name]
	if have.State = directory.Managed; step.Was() != "" {
		have.State, have.Key = directory.Retired, step.Key
	}
	have.Created = have.Created || step.Action == plan.Create
	there.Attributes, have.Attributes = maps.Clone(there.Attributes), maps.Clone(have.Attributes)
	if there.Attributes == nil {
		there.Attributes = make(directory.Attributes)
	}
	if have.Attributes == nil {
		have.Attributes = make(directory.Attributes)
	}
	for attribute, delta := range step.Set {
		if attribute != directory.SchoolYears {
			set(there.Attributes, attribute, delta.To)
		}
		set(have.Attributes, attribute, delta.To)
	}
	there.Owners, have.Owners, have.StrangeOwners = pairs(
		there.Owners, have.Owners, have.StrangeOwners, s.releasedOwners[name], step.Owners)
	there.Members, have.Members, have.StrangeMembers = pairs(
		there.Members, have.Members, have.StrangeMembers, s.releasedMembers[name], step.Members)
	there.Members = minus(append(there.Members, step.Owners.Add...), nil) // owners are members, whoever took them out
	s.directory[name], s.ledger[name] = there, have
}

// move puts what is known of an object under another key.
func (s *shadow) move(before, now object) {
	s.directory[now], s.ledger[now] = s.directory[before], s.ledger[before]
	s.releasedOwners[now], s.releasedMembers[now] = s.releasedOwners[before], s.releasedMembers[before]
	delete(s.directory, before)
	delete(s.ledger, before)
	delete(s.releasedOwners, before)
	delete(s.releasedMembers, before)
}

// anchor renames a user who was there already and now gets an anchor, which is
// what users are called by here.
func (s *shadow) anchor(step *plan.Step) {
	for name, o := range s.directory {
		if o.ID == step.ID && name.Key != step.Key {
			delete(s.directory, name)
			s.directory[object{directory.User, step.Key}] = o
			s.rename(name.Key, step.Key)
		}
	}
}

func (s *shadow) rename(before, now string) {
	for name, o := range s.directory {
		if i := slices.Index(o.Members, before); i >= 0 {
			o.Members = minus(append(slices.Clone(o.Members), now), []string{before})
			s.directory[name] = o
		}
	}
}

func set(attributes directory.Attributes, name, value string) {
	if value == "" {
		delete(attributes, name)
	} else {
		attributes[name] = value
	}
}

// pairs returns who is there, who Homeroom asked for, and who of these was there
// before, after users were added and removed.
func pairs(there, asked, strange, released []string, change plan.Pairs) (thereNow, askedNow, strangeNow []string) {
	strange = append(slices.Clone(strange), minus(minus(both(change.Add, there), asked), released)...)
	there = append(slices.Clone(there), change.Add...)
	asked = append(slices.Clone(asked), change.Add...)
	return minus(there, change.Remove), minus(asked, change.Remove), minus(strange, change.Remove)
}

func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(user string) bool { return !slices.Contains(b, user) })
}

// minus returns the users of a that are not in b, sorted, each once.
func minus(a, b []string) []string {
	left := slices.DeleteFunc(slices.Clone(a), func(user string) bool { return slices.Contains(b, user) })
	slices.Sort(left)
	return slices.Compact(left)
}

// compare checks that a world is as its shadow is.
func (s *shadow) compare(w *world) {
	w.Helper()
	const ids = "ID"
	if diff := cmp.Diff(s.directory, w.observe(), cmpopts.IgnoreFields(seen{}, ids), cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("directory (-by the plans +observed):\n%s", diff)
	}
	unimportant := cmpopts.IgnoreFields(directory.Have{}, ids, "Kind", "Key", "Org", "Since", "ReleasedOwners", "ReleasedMembers")
	if diff := cmp.Diff(s.ledger, w.ledger(), unimportant, cmpopts.EquateEmpty()); diff != "" {
		w.Fatalf("ledger (-by the plans +stored):\n%s", diff)
	}
}
