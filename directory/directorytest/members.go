package directorytest

import (
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/directory"
)

// groups returns the kinds with members that the target knows.
func (s *suite) groups() []directory.Kind {
	var kinds []directory.Kind
	for _, kind := range s.can.Kinds {
		if kind != directory.User {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func (s *suite) owned(kind directory.Kind) bool {
	return kind == directory.ClassGroup && s.can.Owners
}

// testMembers adds and removes, each twice: the second time does no harm, and
// says who was there.
func testMembers(s *suite) {
	s.needs(directory.User)
	people := s.users("Person", 4)
	for _, kind := range s.groups() {
		want := directory.Object{Kind: kind, ID: s.create(kind, "Group"), Members: people[:3]}
		add := directory.Change{Kind: kind, ID: want.ID, AddMembers: people[:3]}
		if s.owned(kind) {
			want.Owners, add.AddOwners = people[:1], people[:1]
		}
		s.expectOld(s.do(add), nil, nil)
		s.expect(want)
		s.expectOld(s.do(add), want.Owners, want.Members)
		s.expect(want)

		s.expectOld(s.do(directory.Change{Kind: kind, ID: want.ID, AddMembers: people[2:]}), nil, people[2:3])
		want.Members = people
		s.expect(want)

		remove := directory.Change{Kind: kind, ID: want.ID, RemoveMembers: people[:2], RemoveOwners: want.Owners}
		want.Members, want.Owners = people[2:], nil
		for range 2 {
			s.do(remove)
			s.expect(want)
		}
		s.do(directory.Change{Kind: kind, ID: want.ID, RemoveMembers: []string{nobody}})
		s.expect(want)
	}
}

func (s *suite) expectOld(have directory.Outcome, owners, members []string) {
	s.Helper()
	anyOrder := []cmp.Option{cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b string) bool { return a < b })}
	if diff := cmp.Diff(owners, have.OldOwners, anyOrder...); diff != "" {
		s.Errorf("owners that were there (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff(members, have.OldMembers, anyOrder...); diff != "" {
		s.Errorf("members that were there (-want +have):\n%s", diff)
	}
}

// testOrder replaces everyone in one change, and names one person on both
// sides: the removal comes last.
func testOrder(s *suite) {
	s.needs(directory.User)
	people := s.users("Person", 4)
	for _, kind := range s.groups() {
		set := s.attributes(kind, "Group")
		id := s.do(directory.Change{Kind: kind, Set: set, AddMembers: people[:2]}).ID
		s.do(directory.Change{
			Kind: kind, ID: id, Set: directory.Attributes{directory.DisplayName: "Replaced"},
			AddMembers: people[1:], RemoveMembers: people[:2],
		})
		s.expect(directory.Object{
			Kind: kind, ID: id, Members: people[2:],
			Attributes: directory.Attributes{directory.DisplayName: "Replaced"},
		})
	}
}

func testMissing(s *suite) {
	s.needs(directory.User)
	people := s.users("Person", 1)
	for _, kind := range s.groups() {
		change := directory.Change{Kind: kind, Set: s.attributes(kind, "Group"), AddMembers: []string{nobody, people[0]}}
		if s.owned(kind) {
			change.AddOwners = []string{nobody}
		}
		outcome := s.do(change)
		if !slices.Equal(outcome.Missing, []string{nobody}) {
			s.Errorf("missing people of %s: %v", kind, outcome.Missing)
		}
		s.expect(directory.Object{Kind: kind, ID: outcome.ID, Members: people, Attributes: change.Set})
	}
}

func testTeams(s *suite) {
	s.needs(directory.User, directory.ClassGroup)
	if !s.can.Teams || !s.can.Owners {
		s.Skip("no teams")
	}
	people := s.users("Person", 2)
	team := directory.Attributes{directory.Team: "true"}
	id := s.create(directory.ClassGroup, "Class")
	s.refused(directory.InvalidValue, directory.Change{Kind: directory.ClassGroup, ID: id, Set: team})
	s.refused(directory.InvalidValue, directory.Change{
		Kind: directory.ClassGroup, ID: id, Set: team, AddOwners: people[:1], RemoveOwners: people[:1],
	})
	s.expect(directory.Object{Kind: directory.ClassGroup, ID: id, Attributes: directory.Attributes{directory.Team: ""}})
	for range 2 {
		s.do(directory.Change{Kind: directory.ClassGroup, ID: id, Set: team, AddOwners: people[:1], AddMembers: people[:1]})
		s.expect(directory.Object{Kind: directory.ClassGroup, ID: id, Attributes: team, Owners: people[:1], Members: people[:1]})
	}
	s.do(directory.Change{Kind: directory.ClassGroup, ID: id, AddOwners: people[1:], RemoveOwners: people[:1]})
	s.expect(directory.Object{Kind: directory.ClassGroup, ID: id, Attributes: team, Owners: people[1:], Members: people[:1]})

	set := s.attributes(directory.ClassGroup, "Another")
	set[directory.Team] = "true"
	id = s.do(directory.Change{Kind: directory.ClassGroup, Set: set, AddOwners: people}).ID
	s.expect(directory.Object{Kind: directory.ClassGroup, ID: id, Attributes: set, Owners: people})
}

func testHidden(s *suite) {
	s.needs(directory.ClassGroup)
	if !s.can.Hidden {
		s.Skip("no hidden membership")
	}
	set := s.attributes(directory.ClassGroup, "Class")
	set[directory.Visibility] = "HiddenMembership"
	id := s.do(directory.Change{Kind: directory.ClassGroup, Set: set}).ID
	s.expect(directory.Object{Kind: directory.ClassGroup, ID: id, Attributes: set})
}
