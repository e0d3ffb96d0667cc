// Package directorytest is the suite that every target passes. What a target
// cannot do by its abilities is skipped; everything else it has to do as
// directory.Target says.
//
// The suite looks only at objects that it made itself, so a target may hold
// others. Its vocabulary is the contract's, and:
//
//   - desired: an object as a test wants it to be in the end.
//   - remaining: the change that would make an observed object the desired one;
//     when nothing remains, a plan made now would be empty.
//   - disturbed: a target with which things go wrong, as they do when a connection
//     breaks, a server is overloaded, or a directory shows what it has done only later.
//     Tests of whoever calls a target wrap it so; see Faults.
package directorytest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

// Knobs are what the suite has to be told about a target.
type Knobs struct {
	// Domain of the userPrincipalNames that the suite makes up; "" for
	// school.example.
	Domain string
	// Large is the number of members of the large group; 0 for 2,000.
	Large int
	// Delete soft-deletes a user as an administrator would; nil skips what
	// needs it.
	Delete func(t *testing.T, target directory.Target, id string)
}

// Run runs the suite. open returns a target that no other test uses.
func Run(t *testing.T, open func(t *testing.T) directory.Target, knobs Knobs) {
	tests := []struct {
		name string
		test func(*suite)
	}{
		{"abilities make sense", testAbilities},
		{"create, observe, find", testCreate},
		{"find by anchor", testFind},
		{"brief view", testBrief},
		{"stamp", testStamp},
		{"set and clear", testSet},
		{"unknown object", testUnknownObject},
		{"invalid values", testInvalid},
		{"names are unique", testNames},
		{"odd names", testOddNames},
		{"contacts", testContacts},
		{"deleted users", testDeleted},
		{"delete", testDelete},
		{"owners and members", testMembers},
		{"additions come before removals", testOrder},
		{"missing people", testMissing},
		{"teams", testTeams},
		{"hidden membership", testHidden},
		{"full calls", testFullCalls},
		{"large group", testLarge},
		{"concurrent calls", testConcurrent},
		{"canceled", testCanceled},
		{"lost answers", testLost},
		{"apply, observe, plan again: nothing", testAgain},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.test(newSuite(t, open, knobs))
		})
	}
}

// suite is one test's view of the target.
type suite struct {
	*testing.T
	open   func(t *testing.T) directory.Target
	target directory.Target
	can    directory.Abilities
	knobs  Knobs
}

func newSuite(t *testing.T, open func(t *testing.T) directory.Target, knobs Knobs) *suite {
	if knobs.Domain == "" {
		knobs.Domain = "school.example"
	}
	if knobs.Large == 0 {
		knobs.Large = 2000
	}
	target := open(t)
	return &suite{T: t, open: open, target: target, can: target.Abilities(), knobs: knobs}
}

// needs skips the test when the target does not know one of the kinds.
func (s *suite) needs(kinds ...directory.Kind) {
	s.Helper()
	for _, kind := range kinds {
		if !slices.Contains(s.can.Kinds, kind) {
			s.Skipf("%s knows no %s", s.can.Name, kind)
		}
	}
}

// attributes returns a sound set for a new object of the kind; name makes it
// unique.
func (s *suite) attributes(kind directory.Kind, name string) directory.Attributes {
	set := directory.Attributes{
		directory.DisplayName: "The " + name,
		directory.AnchorID:    name,
		directory.SyncSource:  "SIS",
	}
	switch kind {
	case directory.User:
		set[directory.UserPrincipalName] = name + "@" + s.knobs.Domain
		set[directory.MailNickname] = name
		set[directory.GivenName] = "Ada"
		set[directory.Surname] = name
		set[directory.AccountEnabled] = "true"
		set[directory.ObjectType] = "Student"
	case directory.ClassGroup:
		set[directory.MailNickname] = name
		set[directory.ObjectType] = "Section"
	}
	return set
}

// apply carries out the changes in one call; what the target calls a passing
// fault is tried again.
func (s *suite) apply(changes ...directory.Change) []directory.Outcome {
	s.Helper()
	outcomes, err := carryOut(s.Context(), s.target, changes)
	if err != nil {
		s.Fatal(err)
	}
	return outcomes
}

// do carries out one change, which has to succeed, and returns its outcome.
func (s *suite) do(change directory.Change) directory.Outcome {
	s.Helper()
	outcome := s.apply(change)[0]
	if outcome.Verdict != directory.Done || outcome.ID == "" {
		s.Fatalf("%s %v: want done, got %+v", change.Kind, change.Set, outcome)
	}
	return outcome
}

// refused carries out one change, which has to fail for good by the rule.
func (s *suite) refused(rule string, change directory.Change) {
	s.Helper()
	outcome := s.apply(change)[0]
	if outcome.Verdict != directory.Never || outcome.Rule != rule {
		s.Errorf("%s %v: want never, %s; got %s, %s", change.Kind, change.Set, rule, outcome.Verdict, outcome.Rule)
	}
	if outcome.Message == "" {
		s.Errorf("%s %v: refused without a sentence", change.Kind, change.Set)
	}
}

func (s *suite) create(kind directory.Kind, name string) string {
	s.Helper()
	return s.do(directory.Change{Kind: kind, Set: s.attributes(kind, name)}).ID
}

// users makes n users and returns their ids, sorted.
func (s *suite) users(name string, n int) []string {
	s.Helper()
	var changes []directory.Change
	for i := range n {
		changes = append(changes, directory.Change{
			Kind: directory.User, Set: s.attributes(directory.User, fmt.Sprintf("%s%d", name, i)),
		})
	}
	var ids []string
	for some := range slices.Chunk(changes, s.can.PerCall) {
		for i, outcome := range s.apply(some...) {
			if outcome.Verdict != directory.Done {
				s.Fatalf("user %v: %+v", some[i].Set, outcome)
			}
			ids = append(ids, outcome.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// observe returns the objects of the kind by id.
func (s *suite) observe(kind directory.Kind) map[string]directory.Object {
	s.Helper()
	return s.observeAs(kind, directory.Whole)
}

func (s *suite) observeAs(kind directory.Kind, view directory.View) map[string]directory.Object {
	s.Helper()
	objects := map[string]directory.Object{}
	for o, err := range s.target.Observe(s.Context(), kind, view) {
		if err != nil {
			s.Fatal(err)
		}
		if _, twice := objects[o.ID]; twice {
			s.Errorf("%s %s is observed twice", kind, o.ID)
		}
		objects[o.ID] = o
	}
	return objects
}

// expect checks that the target shows the object with at least these
// attributes and with exactly these owners and members. A target may take its
// time to show it.
func (s *suite) expect(want directory.Object) {
	s.Helper()
	var have directory.Object
	s.eventually(func() bool {
		have = s.observe(want.Kind)[want.ID]
		return have.ID != "" && nothing(remaining(want, have))
	}, func() string {
		return fmt.Sprintf("%s %s is not as desired (-want +have):\n%s", want.Kind, want.ID, cmp.Diff(want, have))
	})
}

// eventually waits for as long as the target may take to show what was written.
func (s *suite) eventually(shown func() bool, complaint func() string) {
	s.Helper()
	deadline := time.Now().Add(s.can.Visible)
	for !shown() {
		if time.Now().After(deadline) {
			s.Fatal(complaint())
		}
		time.Sleep(s.can.Visible / 50)
	}
}

// expectNone checks that the target never came to show an object of the kind
// with the anchor.
func (s *suite) expectNone(kind directory.Kind, anchor string) {
	s.Helper()
	found, err := s.target.Find(s.Context(), kind, []string{anchor})
	if err != nil {
		s.Fatal(err)
	}
	if len(found) > 0 {
		s.Errorf("%s %s is there and should not be", kind, anchor)
	}
}
