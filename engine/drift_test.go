package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
)

// drift returns what others changed.
func (w *world) drift() *plan.Plan {
	w.Helper()
	p := engine.Preparer{Store: w.keeper, Target: w.target, Scope: w.scope, Now: w.clock.Now, Wait: w.clock.Wait}
	prepared, err := p.Drift(w.Context(), engine.DriftRequest{Limits: w.limits})
	if err != nil {
		w.Fatalf("drift: %v", err)
	}
	return prepared.Plan
}

// repair puts back what others changed, and nothing fails.
func (w *world) repair() *plan.Plan {
	w.Helper()
	var made *plan.Plan
	report, err := w.engine().Repair(w.Context(), w.lease("test"), engine.DriftRequest{Limits: w.limits}, func(p *engine.Prepared) (bool, error) {
		made = p.Plan
		return true, nil
	})
	if err != nil || len(report.Failures) > 0 {
		w.Fatalf("repair: %v, failures: %+v", err, report.Failures)
	}
	return made
}

// undrifted checks that nothing differs that could be put back.
func (w *world) undrifted() {
	w.Helper()
	for step := range stepsOf(w.drift()) {
		w.Errorf("others changed something: %s", text(step))
	}
	if w.Failed() {
		w.FailNow()
	}
}

// What others changed, took out, or deleted is put back; what they added stays and is
// told of.
func TestRepairPutsBack(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.settings.Sets[0].ClassGroup.CreateTeam = false // the last owner of a team cannot be removed
	s := lesson()
	w.sync(s)
	w.undrifted()
	if p := w.drift(); len(p.Skipped) != 0 {
		t.Errorf("skipped: %s", text(p.Skipped))
	}
	before := w.stable()
	ledger := w.ledger()
	w.byHand(w.dir.Set(t.Context(), nameOf(section()), []string{"displayName=The Best", "description="}))
	w.byHand(w.dir.Set(t.Context(), user("User_P0"), []string{"ageGroup=Adult"}))
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_T0"), true))
	students := object{directory.SecurityGroup, "RoleGroup_students"}
	w.byHand(w.dir.Delete(t.Context(), nameOf(students)))
	if p := w.drift(); p.Summary().Objects[directory.SecurityGroup].Create != 1 || p.Summary().Member.Remove != 0 {
		t.Errorf("summary: %+v", p.Summary())
	}
	w.repair()
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +repaired):\n%s", diff)
	}
	now := w.ledger()
	again := ledger[students]
	again.ID = now[students].ID // it is another one
	ledger[students] = again
	if diff := cmp.Diff(ledger, now); diff != "" {
		t.Errorf("ledger (-before +repaired):\n%s", diff)
	}
	w.undrifted()
	w.sound()
	w.settled(s)
}

// Whom others added stays and is told of: by key who is a person of the roster, and else
// by the directory's id. So is an account that somebody locked.
func TestDriftTellsOfWhatStays(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.stranger("visitor")
	for _, name := range []string{"visitor@school.example", "User_P2"} {
		w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user(name), false))
	}
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P2"), true))
	w.byHand(w.dir.Set(t.Context(), user("User_P0"), []string{"accountEnabled=false"}))
	before := w.stable()
	stranger := directory.StrangerKey(w.observe()[object{directory.User, "visitor@school.example"}].ID)
	want := map[object]map[string]string{
		section():                   {"AddedByOthers": "owners: User_P2; members: User_P2, " + stranger},
		{directory.User, "User_P0"}: {"AccountDisabled": "somebody disabled the account"},
	}
	if diff := cmp.Diff(want, skipped(w.repair())); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +repaired):\n%s", diff)
	}
}

// A user who is gone is told of, is not made again, and is missed in no group.
func TestDriftTellsOfUsersWhoAreGone(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lesson())
	w.byHand(w.dir.Delete(t.Context(), user("User_P1")))
	p := w.repair()
	want := map[object]map[string]string{{directory.User, "User_P1"}: {"LinkBroken": "the account is no longer there"}}
	if diff := cmp.Diff(want, skipped(p)); diff != "" || p.Len() > 0 {
		t.Errorf("%d steps; skipped (-want +got):\n%s", p.Len(), diff)
	}
	w.byHand(w.dir.Set(t.Context(), user("User_P1"), []string{"deleted=false"}))
	w.undrifted()
	w.sound()
}

// What is retired is nobody's drift.
func TestRetiredObjectsDoNotDrift(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.class("C1", "O0")
	s.enroll("C1", "P0", "student")
	s.enroll("C1", "T0", "teacher")
	w.sync(s)
	s.drop(classes, "C1")
	s.drop(enrollments, "C1/P0")
	s.drop(enrollments, "C1/T0")
	w.sync(s)
	w.byHand(w.dir.Delete(t.Context(), nameOf(object{directory.ClassGroup, "Section_C1"})))
	w.undrifted()
}

// A group that somebody made in the place of one is told of, and left alone.
func TestDriftTellsOfOtherObjects(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lesson())
	w.byHand(w.dir.Delete(t.Context(), nameOf(section())))
	outcomes, err := w.dir.Apply(t.Context(), []directory.Change{{Kind: directory.ClassGroup, Set: directory.Attributes{
		directory.DisplayName: "Class C0", directory.AnchorID: "Section_C0", directory.MailNickname: "other",
	}}})
	if err != nil || outcomes[0].Verdict != directory.Done {
		t.Fatal(outcomes, err)
	}
	p := w.repair()
	want := map[object]map[string]string{section(): {"AnchorTaken": outcomes[0].ID + " is another object, and bears its anchor"}}
	if diff := cmp.Diff(want, skipped(p)); diff != "" || p.Len() > 0 {
		t.Errorf("%d steps; skipped (-want +got):\n%s", p.Len(), diff)
	}
}

// authoritative lets class groups be made to match.
func (w *world) authoritative(kinds ...directory.Kind) { w.settings.Authoritative = kinds }

// A group that is made to match loses whom others added, strangers included, and gets back
// what they changed and took away; and nothing of other kinds.
func TestAuthoritativeRunMakesTheDirectoryMatch(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.settings.Sets[0].ClassGroup.CreateTeam = false
	w.authoritative(directory.ClassGroup)
	s := lesson()
	s.person("P2", "student", "O0")
	s.person("P3", "student", "O0")
	w.settings.Pins = []flow.Pin{{Person: "P3", Group: "Section_C0"}}
	w.sync(s)
	w.settled(s)
	ledger := w.ledger()
	w.stranger("visitor")
	before := w.stable()
	for _, name := range []string{"visitor@school.example", "User_P2"} {
		w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user(name), false))
	}
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P2"), true))
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.byHand(w.dir.Set(t.Context(), nameOf(section()), []string{"displayName=The Best"}))
	p := w.sync(s)
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +made to match):\n%s", diff)
	}
	if diff := cmp.Diff(ledger, w.ledger()); diff != "" {
		t.Errorf("ledger (-before +now):\n%s", diff)
	}
	if p.Summary().Member.Remove != 2 || p.Summary().Owner.Remove != 1 {
		t.Errorf("summary: %+v", p.Summary())
	}
	w.settled(s)

	students := object{directory.SecurityGroup, "RoleGroup_students"}
	w.byHand(w.dir.Set(t.Context(), nameOf(students), []string{"displayName=The Best"}))
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P3"), false)) // who is pinned
	w.settled(s)
	w.byHand(w.dir.Delete(t.Context(), nameOf(section())))
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
}

// Removals by an authoritative run are guarded, and strangers with a directory role stay
// until somebody approves.
func TestAuthoritativeRunIsGuarded(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.authoritative(directory.ClassGroup)
	s := lesson()
	w.sync(s)
	w.stranger("visitor")
	w.stranger("chief")
	w.byHand(w.dir.Set(t.Context(), user("chief@school.example"), []string{"directoryRole=true"}))
	for _, name := range []string{"visitor@school.example", "chief@school.example"} {
		w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user(name), false))
	}
	for _, held := range [][]plan.Step{heldFor(w.plan(s).Plan, "DirectoryRole"), heldFor(w.repairable(directory.ClassGroup), "DirectoryRole")} {
		if len(held) != 1 || len(held[0].Members.Remove) != 1 {
			t.Errorf("held: %s", text(held))
		}
	}
	w.limits.Removals = 0
	if held := heldFor(w.plan(s).Plan, "RemovalLimit"); len(held) != 1 {
		t.Errorf("held: %s", text(held))
	}
}

// repairable returns what a repair would do where kinds are made to match.
func (w *world) repairable(kinds ...directory.Kind) *plan.Plan {
	w.Helper()
	p := engine.Preparer{Store: w.keeper, Target: w.target, Scope: w.scope, Now: w.clock.Now, Wait: w.clock.Wait}
	prepared, err := p.Drift(w.Context(), engine.DriftRequest{Limits: w.limits, Authoritative: kinds})
	if err != nil {
		w.Fatalf("drift: %v", err)
	}
	return prepared.Plan
}

// An account that somebody locked stays locked, and one that is gone is not made again.
func TestAuthoritativeRunLeavesLockedAccounts(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.authoritative(directory.Kinds()...)
	s := lesson()
	w.sync(s)
	w.byHand(w.dir.Set(t.Context(), user("User_P0"), []string{"accountEnabled=false", "ageGroup=Adult"}))
	w.byHand(w.dir.Delete(t.Context(), user("User_P1")))
	p := w.sync(s)
	if n := p.Free(); n != 1 {
		t.Errorf("%d steps", n)
	}
	if shown := w.observe()[object{directory.User, "User_P0"}].Attributes; shown["accountEnabled"] != "false" || shown["ageGroup"] != "Minor" {
		t.Errorf("shown: %v", shown)
	}
	w.settled(s)
}

// Who was there before Homeroom asked goes, too, when the roster no longer has them there.
func TestAuthoritativeRunRemovesWhoWasThereBefore(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P2"), false))
	s.enroll("C0", "P2", "student")
	w.sync(s)
	w.authoritative(directory.ClassGroup)
	s.drop(enrollments, "C0/P2")
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.sound()
	w.settled(s)
}

// A revert puts a stranger back, and the ledger has none.
func TestRevertPutsStrangersBack(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.authoritative(directory.ClassGroup)
	s := lesson()
	w.sync(s)
	ledger := w.ledger()
	w.stranger("visitor")
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("visitor@school.example"), false))
	before := w.stable()
	w.sync(s)
	w.revert(engine.RevertRequest{Run: w.last()})
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +reverted):\n%s", diff)
	}
	if diff := cmp.Diff(ledger, w.ledger()); diff != "" {
		t.Errorf("ledger (-before +reverted):\n%s", diff)
	}
}
