package engine_test

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
)

// hurry makes a run or two of a roster, whatever becomes of them, and has what was left in
// the middle canceled: the next roster finds the directory as it is, and answers may be
// missing.
func (s *simulation) hurry(t *rapid.T, roster school) {
	s.Helper()
	s.request = s.world.request(roster)
	for _, moment := range rapid.SliceOfN(rapid.IntRange(-1, 60), 1, 2).Draw(t, "runs") {
		s.run(moment)
	}
	s.cancelOpen()
	s.oracle.find(s.observe())
}

// cancelOpen has a run canceled that was left in the middle.
func (s *simulation) cancelOpen() {
	s.Helper()
	run, open, err := s.store.OpenRun(s.Context(), s.scope)
	if err != nil {
		s.Fatal(err)
	}
	if !open {
		return
	}
	s.cancel(run.ID)
	for range 100 {
		if _, _, err := s.engine().EndCanceled(s.Context(), s.lease("test")); err == nil {
			return
		}
	}
	s.Fatal("a run that was canceled did not come to an end")
}

// find takes the directory for what it is, whoever made it so.
func (o *oracle) find(there map[object]seen) {
	o.there = make(map[object]thing)
	for name, is := range there {
		t := thing{make(directory.Attributes), make(map[string]bool), make(map[string]bool)}
		for attribute, value := range is.Attributes {
			t.attributes[attribute] = value
		}
		for _, user := range is.Owners {
			t.owners[user] = true
		}
		for _, user := range is.Members {
			t.members[user] = true
		}
		o.there[name] = t
	}
}

// keepNames gives people the names that they were first called by: of a run that was left in
// the middle nobody knows whether it came to know other ones (rules 2, PersonReplaced).
func (s school) keepNames(first map[string][2]string) {
	for person, row := range s[users] {
		if _, known := first[person]; !known {
			first[person] = [2]string(row[2:4])
		}
		row = slices.Clone(row)
		row[2], row[3] = first[person][0], first[person][1]
		s[users][person] = row
	}
}
