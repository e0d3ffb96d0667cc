package directorytest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

// nobody is an id that no object has.
const nobody = "00000000-0000-4000-8000-000000000000"

func testAbilities(s *suite) {
	if s.can.Name == "" || len(s.can.Kinds) == 0 || s.can.PerCall < 1 || s.can.Members < 1 {
		s.Errorf("abilities are incomplete: %+v", s.can)
	}
	if !cmp.Equal(s.can, s.target.Abilities()) {
		s.Error("abilities are not constant")
	}
}

func testCreate(s *suite) {
	for _, kind := range s.can.Kinds {
		first, second := s.attributes(kind, "First"), s.attributes(kind, "Second")
		changes := []directory.Change{
			{Kind: kind, Set: first, Password: passwordFor(kind)}, {Kind: kind, Set: second, Password: passwordFor(kind)},
		}
		var ids []string
		for some := range slices.Chunk(changes, s.can.PerCall) {
			for _, outcome := range s.apply(some...) {
				ids = append(ids, outcome.ID)
			}
		}
		if ids[0] == ids[1] {
			s.Errorf("two objects of kind %s have one id", kind)
		}
		s.expect(directory.Object{Kind: kind, ID: ids[0], Attributes: first})
		s.expect(directory.Object{Kind: kind, ID: ids[1], Attributes: second})
		for _, other := range s.can.Kinds {
			if _, found := s.observe(other)[ids[0]]; found && other != kind {
				s.Errorf("the %s is observed as %s", kind, other)
			}
		}
	}
}

func passwordFor(kind directory.Kind) directory.Secret {
	if kind == directory.User {
		return "Correct-horse-7-battery"
	}
	return ""
}

func testFind(s *suite) {
	for _, kind := range s.can.Kinds {
		ids := map[string]string{"Here_1": s.create(kind, "Here_1"), "Here_2": s.create(kind, "Here_2")}
		s.create(kind, "Here_3")
		var found map[string]string
		s.eventually(func() bool {
			objects, err := s.target.Find(s.Context(), kind, []string{"Here_2", "Nowhere", "Here_1", "here_3"})
			if err != nil {
				s.Fatal(err)
			}
			found = map[string]string{}
			for _, o := range objects {
				found[o.Anchor()] = o.ID
			}
			return len(found) >= len(ids)
		}, func() string { return "not found: " + cmp.Diff(ids, found) })
		if diff := cmp.Diff(ids, found); diff != "" {
			s.Errorf("find %s, which compares byte for byte (-want +have):\n%s", kind, diff)
		}
		none, err := s.target.Find(s.Context(), kind, nil)
		if err != nil || len(none) > 0 {
			s.Errorf("find nothing: %v, %v", none, err)
		}
	}
}

// testBrief checks that both views tell the same of what a brief one has.
func testBrief(s *suite) {
	for _, kind := range s.can.Kinds {
		id := s.create(kind, "Plain")
		if kind == directory.User {
			disabled := s.attributes(kind, "Disabled")
			disabled[directory.AccountEnabled] = "false"
			s.do(directory.Change{Kind: kind, Set: disabled})
			unset := s.attributes(kind, "Stranger")
			delete(unset, directory.AnchorID)
			s.do(directory.Change{Kind: kind, Set: unset})
			if s.knobs.Delete != nil {
				s.knobs.Delete(s.T, s.target, id)
			}
		}
		var diff string
		s.eventually(func() bool {
			diff = cmp.Diff(briefly(s.observe(kind)), briefly(s.observeAs(kind, directory.Brief)))
			return diff == ""
		}, func() string { return fmt.Sprintf("%s (-whole +brief):\n%s", kind, diff) })
	}
}

// testStamp changes objects, and looks away in between.
func testStamp(s *suite) {
	if s.stamp() == "" {
		s.Skipf("%s has no stamp", s.can.Name)
	}
	seen := map[string]string{s.stamp(): "at first"}
	changed := func(by string) {
		s.Helper()
		s.eventually(func() bool { return seen[s.stamp()] == "" }, func() string { return "the same stamp " + seen[s.stamp()] + " and after " + by })
		stamp := s.stamp()
		s.observe(s.can.Kinds[0])
		if again := s.stamp(); again != stamp {
			s.Errorf("the stamp %q became %q, and nothing happened since %s", stamp, again, by)
		}
		seen[stamp] = "after " + by
	}
	for _, kind := range s.can.Kinds {
		id := s.create(kind, "Stamped")
		changed("creating a " + string(kind))
		s.do(directory.Change{Kind: kind, ID: id, Set: directory.Attributes{directory.DisplayName: "Another"}})
		changed("setting a value of a " + string(kind))
		if kind == directory.User && s.knobs.Delete != nil {
			s.knobs.Delete(s.T, s.target, id)
			changed("deleting a user")
		}
	}
}

func (s *suite) stamp() string {
	s.Helper()
	stamp, err := s.target.Stamp(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return stamp
}

// briefly cuts the objects down to what a brief view has.
func briefly(objects map[string]directory.Object) map[string]directory.Object {
	brief := map[string]directory.Object{}
	for id, o := range objects {
		brief[id] = directory.Object{Kind: o.Kind, ID: o.ID, Deleted: o.Deleted, Guest: o.Guest, DirectoryRole: o.DirectoryRole}
	}
	return brief
}

func testSet(s *suite) {
	for _, kind := range s.can.Kinds {
		id := s.create(kind, "Changing")
		want := s.attributes(kind, "Changing")
		set := directory.Attributes{directory.DisplayName: "Renamed", directory.SyncSource: "Manual", directory.Status: "Active"}
		for range 2 {
			s.do(directory.Change{Kind: kind, ID: id, Set: set})
			maps.Copy(want, set)
			s.expect(directory.Object{Kind: kind, ID: id, Attributes: want})
		}
		for range 2 {
			s.do(directory.Change{Kind: kind, ID: id, Set: directory.Attributes{directory.Status: ""}})
			want[directory.Status] = ""
			s.expect(directory.Object{Kind: kind, ID: id, Attributes: want})
		}
		if _, shown := s.observe(kind)[id].Attributes[directory.Status]; shown {
			s.Errorf("a cleared attribute of a %s is shown", kind)
		}
	}
}

func testUnknownObject(s *suite) {
	for i, kind := range s.can.Kinds {
		if other := s.can.Kinds[(i+1)%len(s.can.Kinds)]; other != kind {
			s.refused(directory.ObjectMissing, directory.Change{
				Kind: other, ID: s.create(kind, "Other"+string(kind)), Set: directory.Attributes{directory.DisplayName: "Other"},
			})
		}
		s.refused(directory.ObjectMissing, directory.Change{
			Kind: kind, ID: nobody, Set: directory.Attributes{directory.DisplayName: "Nobody"},
		})
	}
}

// testInvalid checks that a refused change leaves no trace and does not stop
// the others of its call.
func testInvalid(s *suite) {
	kind := s.can.Kinds[len(s.can.Kinds)-1]
	id := s.create(kind, "Sound")
	bad := s.attributes(kind, "Bad")
	bad["education.noSuchAttribute"] = "x"
	changes := []directory.Change{
		{Kind: kind, Set: bad},
		{Kind: kind, ID: id, Set: directory.Attributes{directory.Status: "Active", "education.noSuchAttribute": "x"}},
		{Kind: kind, Set: s.attributes(kind, "Good")},
	}
	for some := range slices.Chunk(changes, s.can.PerCall) {
		for i, outcome := range s.apply(some...) {
			_, bad := some[i].Set["education.noSuchAttribute"]
			if bad && (outcome.Verdict != directory.Never || outcome.Rule != directory.InvalidValue) {
				s.Errorf("an attribute that is not known: %+v", outcome)
			}
			if !bad && outcome.Verdict != directory.Done {
				s.Errorf("a sound change beside refused ones: %+v", outcome)
			}
		}
	}
	s.expectNone(kind, "Bad")
	s.expect(directory.Object{Kind: kind, ID: id, Attributes: directory.Attributes{directory.Status: ""}})
}

func testNames(s *suite) {
	if s.knows(directory.User) {
		s.conflict(directory.User, directory.UserPrincipalName, strings.ToUpper)
		s.conflict(directory.User, directory.MailNickname, strings.ToUpper)
	}
	if s.knows(directory.ClassGroup) {
		s.conflict(directory.ClassGroup, directory.MailNickname, strings.ToUpper)
	}
}

func (s *suite) knows(kind directory.Kind) bool {
	return slices.Contains(s.can.Kinds, kind)
}

// conflict checks that no second object gets the attribute's value, neither
// when it is made nor later, whatever the case of its letters.
func (s *suite) conflict(kind directory.Kind, attribute string, disguise func(string) string) {
	s.Helper()
	name := "Taken-" + attribute
	s.create(kind, name)
	taken := disguise(s.attributes(kind, name)[attribute])

	second := s.attributes(kind, "Second-"+attribute)
	second[attribute] = taken
	s.refused(directory.NameConflict, directory.Change{Kind: kind, Set: second})
	s.expectNone(kind, "Second-"+attribute)

	id := s.create(kind, "Third-"+attribute)
	s.refused(directory.NameConflict, directory.Change{Kind: kind, ID: id, Set: directory.Attributes{
		attribute: taken, directory.Status: "Active",
	}})
	want := s.attributes(kind, "Third-"+attribute)
	want[directory.Status] = ""
	s.expect(directory.Object{Kind: kind, ID: id, Attributes: want})
	s.do(directory.Change{Kind: kind, ID: id, Set: directory.Attributes{attribute: disguise(want[attribute])}})
}

// testOddNames writes what school data is full of and directories stumble over.
func testOddNames(s *suite) {
	names := []string{
		`O'Brien, "Bo" (Ms)`, `back\slash + plus = equals; semi <angle> #hash`, "Žofie Łukasz 王小明 Ğ ß",
		"שיעור מתמטיקה א'", "e\u0301 decomposed", "emoji 👩‍🏫", "tab\there", strings.Repeat("é", 256),
		" leading and trailing ", "100% _wild_ *", "null", "true", "0012",
	}
	for _, kind := range s.can.Kinds {
		for i, name := range names {
			set := s.attributes(kind, "Odd"+string(rune('A'+i)))
			set[directory.DisplayName] = name
			id := s.do(directory.Change{Kind: kind, Set: set}).ID
			s.expect(directory.Object{Kind: kind, ID: id, Attributes: set})
		}
	}
}

func testContacts(s *suite) {
	s.needs(directory.User)
	if !s.can.Contacts {
		s.Skip("no contacts")
	}
	id := s.create(directory.User, "Child")
	parent := directory.Contact{ID: "c1", DisplayName: "Pat Doe", EmailAddress: "pat@example.org", Relationship: "parent"}
	aunt := directory.Contact{ID: "c2", DisplayName: "Ann Doe", EmailAddress: "ann@example.org", Relationship: "relative"}
	for _, contacts := range [][]directory.Contact{{parent, aunt}, {aunt}, {parent}, nil, nil} {
		set := directory.Attributes{directory.RelatedContacts: directory.ContactsValue(contacts)}
		s.do(directory.Change{Kind: directory.User, ID: id, Set: set, Contacts: contacts})
		s.expect(directory.Object{Kind: directory.User, ID: id, Attributes: set})
	}
}

// testDeleted checks that a soft-deleted user is seen as such, keeps its names,
// and is not written to.
func testDeleted(s *suite) {
	s.needs(directory.User)
	if s.knobs.Delete == nil {
		s.Skip("no way to delete a user")
	}
	id := s.create(directory.User, "Leaver")
	s.knobs.Delete(s.T, s.target, id)
	s.eventually(func() bool { return s.observe(directory.User)[id].Deleted },
		func() string { return "the deleted user is not observed as deleted" })
	s.refused(directory.ObjectMissing, directory.Change{
		Kind: directory.User, ID: id, Set: directory.Attributes{directory.Status: "Active"},
	})
	again := s.attributes(directory.User, "Leaver")
	again[directory.AnchorID] = "Newcomer"
	s.refused(directory.NameConflict, directory.Change{Kind: directory.User, Set: again})
	if s.knows(directory.SecurityGroup) {
		group := s.create(directory.SecurityGroup, "Leavers")
		outcome := s.do(directory.Change{Kind: directory.SecurityGroup, ID: group, AddMembers: []string{id}})
		if !cmp.Equal(outcome.Missing, []string{id}) {
			s.Errorf("a deleted user that is to be added is missing; got %+v", outcome)
		}
	}
}

// testDelete deletes objects twice: the second time does no harm. Users are never
// deleted.
func testDelete(s *suite) {
	if !s.can.Deletes {
		s.Skipf("%s deletes nothing", s.can.Name)
	}
	for _, kind := range s.groups() {
		gone := directory.Change{Kind: kind, ID: s.create(kind, "Gone"), Delete: true}
		stays := s.create(kind, "Stays")
		for range 2 {
			s.do(gone)
			s.eventually(func() bool {
				objects := s.observe(kind)
				return objects[gone.ID].ID == "" && objects[stays].ID != ""
			}, func() string { return "the " + string(kind) + " that was deleted is there, or the other one is not" })
			s.expectNone(kind, "Gone")
		}
		s.refused(directory.ObjectMissing, directory.Change{
			Kind: kind, ID: gone.ID, Set: directory.Attributes{directory.Status: "Active"},
		})
		again := s.create(kind, "Gone") // its names are free
		s.expect(directory.Object{Kind: kind, ID: again, Attributes: s.attributes(kind, "Gone")})
	}
	if s.knows(directory.User) {
		id := s.create(directory.User, "Pupil")
		s.refused(directory.InvalidValue, directory.Change{Kind: directory.User, ID: id, Delete: true})
		s.expect(directory.Object{Kind: directory.User, ID: id, Attributes: s.attributes(directory.User, "Pupil")})
	}
}
