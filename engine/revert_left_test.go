package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
)

// What a run held it did not do, even if a later run did: a revert of it passes that by.
func TestRevertPassesByWhatWasHeld(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	s = s.clone()
	s.change(classes, "C0", 2, "Weaving")
	s.drop(enrollments, "C0/P1") // comes later in the plan, and is done
	w.limits.Renames = 0
	held := heldFor(w.sync(s), "RenameLimit")
	if len(held) != 1 {
		t.Fatalf("held: %s", text(held))
	}
	run := w.last()
	w.byHand(w.store.Approve(t.Context(), w.scope, []ledger.Approval{
		{Step: held[0].Content(), Run: run, By: "Ada", Expires: w.clock.Now().Add(time.Hour)},
	}))
	w.sync(s)
	w.limits = unlimited()
	w.revert(engine.RevertRequest{Run: run})
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	if name := w.observe()[section()].Attributes[directory.DisplayName]; name != "Weaving" {
		t.Errorf("what a later run did is taken back: the group is called %s", name)
	}
}

// Whom a run let go of is Homeroom's again after its revert.
func TestRevertTakesBackWhoWasReleased(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.letGo()
	if left := skipped(w.revert(engine.RevertRequest{Run: w.last()})); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	have := w.ledger()[section()]
	want := []string{"User_A0", "User_P0", "User_P1", "User_T0"}
	if diff := cmp.Diff(want, have.Members); diff != "" || len(have.StrangeMembers)+len(have.ReleasedMembers) > 0 {
		t.Errorf("%v are strangers and %v released; members (-want +got):\n%s", have.StrangeMembers, have.ReleasedMembers, diff)
	}
}

// What a run wrote again, since a flow was reset, was there before: a revert leaves it.
func TestRevertPassesByWhatWasWrittenAgain(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	before := w.observe()
	w.settings.Sets[0].ClassGroup.Reset = "once"
	w.sync(s)
	if again := w.revert(engine.RevertRequest{Run: w.last()}); again.Len() > 0 {
		t.Errorf("taken back: %s", text(slices.Collect(stepsOf(again))))
	}
	if diff := cmp.Diff(before, w.observe()); diff != "" {
		t.Errorf("directory (-before +reverted):\n%s", diff)
	}
}

// slow shows what was written to it only after a while.
type slow struct {
	directory.Target
	visible time.Duration
}

func (s slow) Abilities() directory.Abilities {
	abilities := s.Target.Abilities()
	abilities.Visible = s.visible
	return abilities
}

// A revert does not look at the directory before that shows what the run wrote.
func TestRevertAwaitsTheDirectory(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.target = slow{w.dir, time.Minute}
	w.sync(lesson())
	ended, err := w.store.Run(t.Context(), w.scope.Tenant, w.last())
	if err != nil {
		t.Fatal(err)
	}
	w.revert(engine.RevertRequest{Run: ended.ID})
	begun, err := w.store.Run(t.Context(), w.scope.Tenant, w.last())
	if err != nil || begun.Started.Before(ended.Ended.Add(time.Minute)) {
		t.Errorf("the run ended at %s, and its revert began at %s; %v", ended.Ended, begun.Started, err)
	}
}
