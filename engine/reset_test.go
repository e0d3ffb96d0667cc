package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// resetClasses resets the flow of class groups, as the API does.
func (w *world) resetClasses(name string) { w.settings.Sets[0].ClassGroup.Reset = name }

// rewritten returns what a plan writes again, by key.
func rewritten(p *plan.Plan) []string {
	var keys []string
	for step := range stepsOf(p) {
		if step.Action == plan.Rewrite {
			keys = append(keys, step.Key)
		}
	}
	return keys
}

// A reset writes and adds everything of a flow again, once, and takes nothing more
// away than an ordinary run.
func TestReset(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.stranger("visitor")
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("visitor@school.example"), false))
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.byHand(w.dir.Set(t.Context(), nameOf(section()), []string{"displayName=The Best"}))
	w.byHand(w.dir.Set(t.Context(), user("User_P0"), []string{"education.grade=12"}))
	w.resetClasses("first")
	if diff := cmp.Diff([]string{"Section_C0"}, rewritten(w.sync(s))); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0", "visitor@school.example"})
	if name := w.observe()[section()].Attributes[directory.DisplayName]; name != "Class C0" {
		t.Errorf("the group is called %s", name)
	}
	if grade := w.observe()[object{directory.User, "User_P0"}].Attributes[directory.Grade]; grade != "12" {
		t.Errorf("the reset of another flow made the grade %q", grade)
	}
	w.settled(s)

	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	s.drop(enrollments, "C0/P0")
	if again := rewritten(w.sync(s)); again != nil {
		t.Errorf("written again without another reset: %v", again)
	}
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_T0", "visitor@school.example"})
	w.settled(s)
}

// What was there before Homeroom asked stays what it was: whoever a reset adds again is
// not taken for somebody who was added by hand, nor the other way round.
func TestResetRemembersWhoWasAdded(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P2"), false))
	s.enroll("C0", "P2", "student")
	w.sync(s)
	before := w.ledger()
	w.resetClasses("first")
	w.sync(s)
	if diff := cmp.Diff(before, w.ledger()); diff != "" {
		t.Errorf("the ledger (-before +after a reset):\n%s", diff)
	}
	s.drop(enrollments, "C0/P1")
	s.drop(enrollments, "C0/P2")
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P2", "User_T0"})
}

// down is a target that answers nothing but that it is down.
type down struct{ directory.Target }

func (d down) Apply(_ context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes := make([]directory.Outcome, len(changes))
	for i, c := range changes {
		outcomes[i] = directory.Outcome{ID: c.ID, Verdict: directory.Later, Rule: directory.TargetDown, Message: "down"}
	}
	return outcomes, nil
}

// What a run did not get to write again, the next one does, whatever was reset since.
func TestResetOutlastsAFailure(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.resetClasses("first")
	up := w.target
	w.target = down{up}
	if _, _, err := w.try(s); err != nil {
		t.Fatal(err)
	}
	w.target = up
	for range 2 { // a run about something else does not take the mark away
		prepared := w.plan(s)
		if diff := cmp.Diff([]string{"Section_C0"}, rewritten(prepared.Plan)); diff != "" {
			t.Fatalf("to be written again (-want +got):\n%s", diff)
		}
	}
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.settled(s)
}

// A flow that was not ready when the run came is written again once it is.
func TestResetOfAFlowThatIsNotReady(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.resetClasses("first")
	flow := w.settings.Sets[0].ClassGroup
	w.settings.Sets[0].ClassGroup = nil
	w.sync(s)
	w.settings.Sets[0].ClassGroup = flow
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.settled(s)
}

// However often a process dies and whatever was done by hand, after a reset of every
// flow the directory is what a first run would have made of it.
func TestResetSurvivesCrashes(t *testing.T) {
	empty := emptyDatabase(t)
	check(t, 15, func(t *rapid.T) {
		w := newWorld(t, empty)
		s := drawSchool(t)
		w.sync(s)
		want := w.stable()
		for name, o := range w.observe() {
			if name.Kind == directory.ClassGroup && len(o.Owners) == 0 && len(o.Members) > 0 {
				w.byHand(w.dir.RemoveMember(t.Context(), nameOf(name), user(o.Members[0]), false))
			}
		}
		set := &w.settings.Sets[0]
		set.User.Reset, set.ClassGroup.Reset, set.SecurityGroup.Reset, set.AdministrativeUnit.Reset = "a", "b", "c", "d"
		fuse := &fuse{left: -1}
		w.keeper, w.target = &fragile{w.store, fuse}, &mortal{littleAtATime(w.dir), fuse}
		for i := range 20 {
			fuse.set(rapid.IntRange(0, 12).Draw(t, fmt.Sprint("moment ", i)))
			if _, _, err := w.try(s); err == nil {
				break
			}
			if i == 10 {
				s.change(users, "P0", 4, "other@mail.example") // another plan takes its place
			}
		}
		fuse.set(-1)
		w.sync(s)
		w.sync(s)
		if diff := cmp.Diff(want, w.stable()); diff != "" {
			t.Fatalf("directory (-first run +after the reset):\n%s", diff)
		}
		w.settled(s)
	})
}
