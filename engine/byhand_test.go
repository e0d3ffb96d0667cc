package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

func user(key string) local.Name { return local.Name{Kind: directory.User, Text: key} }

// byHand does what a person does.
func (w *world) byHand(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// Whom people added is never removed, in the roster or out of it.
func TestAddedByHandStays(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.stranger("visitor")
	for _, name := range []string{"visitor@school.example", "User_P2"} {
		w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user(name), false))
	}
	all := []string{"User_P0", "User_P1", "User_P2", "User_T0", "visitor@school.example"}
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, all)
	s.enroll("C0", "P2", "student") // now the roster asks for whom somebody added
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, all)
	s.drop(enrollments, "C0/P2")
	s.drop(enrollments, "C0/P1")
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P2", "User_T0", "visitor@school.example"})
	w.settled(s)
}

// Whom people took out stays out until the roster row changes, and what they
// renamed keeps its name until the title changes.
func TestRemovedAndRenamedByHand(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.byHand(w.dir.Set(t.Context(), nameOf(section()), []string{"displayName=The Best"}))
	s.change(users, "P0", 4, "other@mail.example") // something else
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_T0"})
	if name := w.observe()[section()].Attributes[directory.DisplayName]; name != "The Best" {
		t.Errorf("the group is called %s", name)
	}
	s.change(classes, "C0", 2, "Weaving")
	s.change(enrollments, "C0/P1", 2, "teacher")
	w.sync(s)
	w.expectPeople(section(), []string{"User_P1", "User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	if name := w.observe()[section()].Attributes[directory.DisplayName]; name != "Weaving" {
		t.Errorf("the group is called %s", name)
	}
	w.settled(s)
}

// A group that people deleted is reported when a step comes upon it, and made
// again, whole, by the run after that.
func TestGroupDeletedByHand(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.Delete(t.Context(), nameOf(section())))
	s.change(classes, "C0", 2, "Weaving")
	s.leave("P1")
	report, _, err := w.try(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Failures {
		if f.Key != "Section_C0" || f.Rule != directory.ObjectMissing {
			t.Errorf("failure: %+v", f)
		}
	}
	if len(report.Failures) != 2 { // what was to be changed, and what to be removed
		t.Errorf("failures: %+v", report.Failures)
	}
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_T0"})
	w.sound()
	w.settled(s)
}

// heldFor returns the steps of a plan that a rule holds.
func heldFor(p *plan.Plan, rule string) []plan.Step {
	var held []plan.Step
	for step := range stepsOf(p) {
		if step.Held != nil && step.Held.Rule == rule {
			held = append(held, step)
		}
	}
	return held
}

// approve approves steps as a person does.
func (w *world) approve(steps []plan.Step) {
	w.Helper()
	var approvals []ledger.Approval
	for i := range steps {
		approvals = append(approvals, ledger.Approval{
			Step: steps[i].Content(), Run: 1, By: "test", Expires: w.clock.Now().Add(time.Hour),
		})
	}
	if err := w.store.Approve(w.Context(), w.scope, approvals); err != nil {
		w.Fatal(err)
	}
}

// A user whom people deleted is held as LinkBroken, and stays in the groups; when
// the user is restored everything is as before.
func TestUserDeletedByHand(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	before := w.stable()
	w.byHand(w.dir.Delete(t.Context(), user("User_P1")))
	s.change(classes, "C0", 2, "Weaving")
	held := heldFor(w.sync(s), string(roster.LinkBroken))
	if len(held) != 1 || held[0].Key != "User_P1" {
		t.Fatalf("held: %v", text(held))
	}
	have := w.ledger()[section()]
	if diff := cmp.Diff([]string{"User_P0", "User_P1", "User_T0"}, have.Members); diff != "" {
		t.Errorf("members by the ledger (-want +got):\n%s", diff)
	}
	w.settled(s)
	w.byHand(w.dir.Set(t.Context(), user("User_P1"), []string{"deleted=false"}))
	s.change(classes, "C0", 2, "Class C0")
	w.sync(s)
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +restored):\n%s", diff)
	}
	w.settled(s)
}

// A broken link that somebody gives up lets the person be matched anew: to
// another account, which takes the places of the one that is gone.
func TestBrokenLinkGivenUp(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.Delete(t.Context(), user("User_P1")))
	w.byHand(w.dir.Set(t.Context(), user("User_P1"), []string{
		"userPrincipalName=old@school.example", "mailNickname=old", "education.anchorId=",
	}))
	held := heldFor(w.sync(s), string(roster.LinkBroken))
	w.approve(held)
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.sound()
	w.settled(s)
}

// A link that is given up stays given up, also when nobody takes the place of the
// user who is gone.
func TestBrokenLinkGivenUpForNobody(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.Delete(t.Context(), user("User_P1")))
	w.settings.Sets[0].User.CreateUnmatched = false
	w.approve(heldFor(w.sync(s), string(roster.LinkBroken)))
	for range 2 {
		if held := heldFor(w.sync(s), string(roster.LinkBroken)); held != nil {
			t.Errorf("held once more: %s", text(held))
		}
	}
	w.settled(s)
}

// The first run may create everything; only what is created after it counts.
func TestCreationsOfTheFirstRunDoNotCount(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.limits = plan.DefaultLimits()
	w.limits.Creations, w.limits.CreationShare = 2, 50
	s := lesson()
	w.sync(s)
	for _, id := range []string{"N1", "N2", "N3"} {
		s.person(id, "student", "O0")
		if held := heldFor(w.sync(s), "CreationLimit"); (held != nil) != (id == "N3") {
			t.Errorf("%s is held: %v", id, held != nil)
		}
	}
}

// A run that finds nothing to do is not yet the first: the one that fills an empty
// directory is not held for a run that was started before the flows were right.
func TestRunThatDoesNothingIsNotTheFirst(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.limits = plan.DefaultLimits()
	w.limits.Creations, w.limits.CreationShare = 2, 50
	s := lesson()
	sets := w.settings.Sets
	w.settings.Sets = nil
	w.sync(s)
	w.settings.Sets = sets
	if held := heldFor(w.sync(s), "CreationLimit"); held != nil {
		t.Errorf("held: %s", text(held))
	}
	s.person("N1", "student", "O0")
	if held := heldFor(w.sync(s), "CreationLimit"); held != nil {
		t.Errorf("what the first run created counts: %s", text(held))
	}
}

// What the guard holds waits; what is approved is done once.
func TestApprovedOnce(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.limits = plan.Limits{Removals: 0, RemovalShare: 0, RemovalOrgShare: 0, Creations: 100, Renames: 100}
	s.drop(enrollments, "C0/P1")
	held := heldFor(w.sync(s), "RemovalLimit")
	if len(held) != 1 {
		t.Fatalf("held: %s", text(held))
	}
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.approve(held)
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_T0"})
	s.enroll("C0", "P1", "student")
	w.sync(s)
	s.drop(enrollments, "C0/P1")
	if held := heldFor(w.sync(s), "RemovalLimit"); len(held) != 1 {
		t.Errorf("the approval lets the same pass twice: %s", text(held))
	}
}

// A roster that is held changes nothing, and takes no interrupted run's place.
func TestHeldRosterChangesNothing(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	for _, id := range strings.Fields("A B C D E F G H I J K L M N O P Q R S T U V W X Y Z") {
		s.person(id, "student", "O0")
	}
	w.sync(s)
	full := s.clone()
	full.change(classes, "C0", 2, "Weaving")
	cut := &fuse{left: 6} // in the middle of a batch that was sent
	w.keeper = &fragile{w.store, cut}
	w.target = &mortal{littleAtATime(w.dir), cut}
	if _, _, err := w.try(full); !errors.Is(err, errCrash) {
		t.Fatalf("not the crash, but %v", err)
	}
	w.keeper, w.target = w.store, w.dir
	before, ledgerBefore := w.stable(), w.ledger()
	few := lesson()
	if _, _, err := w.try(few); err == nil || !strings.Contains(err.Error(), "shrank") {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +held):\n%s", diff)
	}
	if diff := cmp.Diff(ledgerBefore, w.ledger()); diff != "" {
		t.Errorf("ledger (-before +held):\n%s", diff)
	}
	report, _, err := w.try(full)
	if err != nil || !report.Resumed {
		t.Errorf("resumed %v, %v", report.Resumed, err)
	}
	w.settled(full)
}
