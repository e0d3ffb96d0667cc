package directorytest

import (
	"errors"
	"fmt"
	"time"

	"github.com/homeroomhq/homeroom/directory"
)

// testLost makes, changes and fills objects while calls and answers get lost. Looking
// by anchor before a creation is repeated, and repeating everything else, ends with
// each object once and as desired.
func testLost(s *suite) {
	s.needs(directory.User)
	for seed := range uint64(10) {
		target := Disturb(s.target, Faults{Lost: 0.25, Unheard: 0.25, Throttled: 0.25}, seed)
		prefix := fmt.Sprintf("Lost%d-", seed)
		people := []string{s.bring(target, directory.User, prefix+"a"), s.bring(target, directory.User, prefix+"b")}
		for _, kind := range s.groups() {
			name := fmt.Sprintf("%s%s", prefix, kind)
			id := s.bring(target, kind, name)
			s.repeat(target, directory.Change{
				Kind: kind, ID: id, Set: directory.Attributes{directory.Status: "Active"}, AddMembers: people,
			})
			s.repeat(target, directory.Change{Kind: kind, ID: id, RemoveMembers: people[:1]})
			want := s.attributes(kind, name)
			want[directory.Status] = "Active"
			s.expect(directory.Object{Kind: kind, ID: id, Attributes: want, Members: people[1:]})
		}
	}
}

// bring creates an object and returns its id. When the answer is lost it looks
// for the object before it tries again.
func (s *suite) bring(target directory.Target, kind directory.Kind, name string) string {
	s.Helper()
	change := directory.Change{Kind: kind, Set: s.attributes(kind, name)}
	for {
		outcomes, err := carryOut(s.Context(), target, []directory.Change{change})
		switch {
		case err == nil && outcomes[0].Verdict == directory.Done:
			return s.expectOne(kind, name).ID
		case err == nil:
			s.Fatalf("create %s %s: %+v", kind, name, outcomes[0])
		case !errors.Is(err, ErrLost):
			s.Fatal(err)
		}
		if id := s.lookFor(target, kind, name); id != "" {
			return s.expectOne(kind, name).ID
		}
	}
}

// lookFor returns the id of the object with the anchor, or "" if the target
// does not come to show it in the time that it may take.
func (s *suite) lookFor(target directory.Target, kind directory.Kind, anchor string) string {
	s.Helper()
	deadline := time.Now().Add(s.can.Visible)
	for {
		found, err := target.Find(s.Context(), kind, []string{anchor})
		if errors.Is(err, ErrLost) {
			continue
		}
		if err != nil {
			s.Fatal(err)
		}
		if len(found) > 0 {
			return found[0].ID
		}
		if !time.Now().Before(deadline) {
			return ""
		}
		time.Sleep(s.can.Visible / 50)
	}
}

// repeat carries out a change until its answer arrives.
func (s *suite) repeat(target directory.Target, change directory.Change) {
	s.Helper()
	for {
		outcomes, err := carryOut(s.Context(), target, []directory.Change{change})
		switch {
		case err == nil && outcomes[0].Verdict == directory.Done:
			return
		case err == nil:
			s.Fatalf("change %s: %+v", change.Kind, outcomes[0])
		case !errors.Is(err, ErrLost):
			s.Fatal(err)
		}
	}
}
