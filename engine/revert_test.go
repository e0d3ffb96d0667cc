package engine_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// tryRevert reverts a run and returns what became of that, and the plan, nil for a revert
// that was carried on.
func (w *world) tryRevert(request engine.RevertRequest) (report engine.Report, made *plan.Plan, err error) {
	w.Helper()
	request.Limits = w.limits
	report, err = w.engine().Revert(w.Context(), w.lease("test"), request, func(p *engine.Prepared) (bool, error) {
		made = p.Plan
		return true, nil
	})
	return report, made, err
}

// revert reverts a run, and nothing fails.
func (w *world) revert(request engine.RevertRequest) *plan.Plan {
	w.Helper()
	report, made, err := w.tryRevert(request)
	if err != nil {
		w.Fatalf("revert: %v", err)
	}
	if len(report.Failures) > 0 {
		w.Fatalf("failures: %+v", report.Failures)
	}
	return made
}

// last returns the number of the last run.
func (w *world) last() int64 {
	w.Helper()
	runs, err := w.store.Runs(w.Context(), w.scope, 1)
	if err != nil || len(runs) == 0 {
		w.Fatal(runs, err)
	}
	return runs[0].ID
}

// skipped returns what a plan leaves as it is, by object and reason.
func skipped(p *plan.Plan) map[object]map[string]string {
	all := make(map[object]map[string]string)
	for _, s := range p.Skipped {
		name := object{s.Kind, s.Key}
		if all[name] == nil {
			all[name] = make(map[string]string)
		}
		all[name][s.Reason] = s.Detail
	}
	return all
}

// undone checks that the directory is as it was, but for what the plan says that it
// leaves, users who were created, and, unless they were deleted, groups that are empty
// now but for a last owner.
func (w *world) undone(before map[object]seen, p *plan.Plan, deleted bool) {
	w.Helper()
	now, left := w.observe(), skipped(p)
	for name, was := range before {
		is := now[name]
		was.Attributes = maps.Clone(was.Attributes)
		for _, attribute := range slices.Concat(strings.Split(left[name]["ContactsNotKept"], ", "), strings.Split(left[name]["NeverTakenAway"], ", ")) {
			delete(was.Attributes, attribute)
			delete(is.Attributes, attribute)
		}
		if _, kept := left[name]["LastOwner"]; kept {
			if len(is.Owners) != 1 || len(was.Owners) != 0 {
				w.Errorf("%s keeps a last owner: %v, before: %v", name.Key, is.Owners, was.Owners)
			}
			is.Owners, is.Members = nil, minus(is.Members, minus(is.Owners, was.Members))
		}
		if diff := cmp.Diff(was, is, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(seen{}, "ID")); diff != "" {
			w.Errorf("%s %s (-before +reverted):\n%s", name.Kind, name.Key, diff)
		}
	}
	for name, is := range now {
		if _, there := before[name]; there || name.Kind == directory.User {
			continue
		}
		if deleted || len(is.Members) > 1 || !slices.Equal(is.Owners, is.Members) {
			w.Errorf("%s %s was not there before: %+v", name.Kind, name.Key, is)
		}
	}
	if w.Failed() {
		w.FailNow()
	}
}

// Whatever a run did: when it is reverted, the directory is what it was before, and the
// ledger knows it. A revert of that is what the run had left.
func TestRevert(t *testing.T) {
	empty := emptyDatabase(t)
	check(t, 40, func(t *rapid.T) {
		w := newWorld(t, empty)
		strangers := rapid.Bool().Draw(t, "strangers")
		if strangers {
			w.drawStrangers(t)
		}
		s := drawSchool(t)
		w.sync(s)
		if rapid.Bool().Draw(t, "released before") {
			settings := w.settings
			w.drawSettings(t)
			w.limits = unlimited()
			w.sync(s)
			w.settings = settings
		}
		before := w.observe()
		s = s.clone()
		for range rapid.IntRange(1, 12).Draw(t, "edits") {
			s.edit(t)
		}
		w.sync(s)
		run, after := w.last(), w.observe()
		request := engine.RevertRequest{Run: run, DeleteCreated: rapid.Bool().Draw(t, "delete")}
		made := w.revert(request)
		w.undone(before, made, request.DeleteCreated)
		if !strangers { // of whom the directory shows other names once they are given back
			w.sound()
		}
		if again := w.revert(request); again.Len() > 0 {
			t.Fatalf("reverted twice, there is still to do: %s", text(slices.Collect(stepsOf(again))))
		}
		w.undone(after, w.revert(engine.RevertRequest{Run: w.last() - 1}), true)
		if !strangers { // of whom the directory shows other names once they are given back
			w.sound()
		}
	})
}

// Whom a setting let go of stays in the group, also when that was taken back and is so again.
func TestRevertOfRevertLetsGo(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	before := w.observe()
	w.settings.Sets[0].ClassGroup.MemberRoles = &[]string{}
	w.sync(s)
	for range 2 {
		w.revert(engine.RevertRequest{Run: w.last()})
		if diff := cmp.Diff(before, w.observe()); diff != "" {
			t.Errorf("(-before +now):\n%s", diff)
		}
	}
}

// What others changed since stays as it is, and is told.
func TestRevertLeavesWhatWasChangedSince(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	for _, id := range []string{"P2", "P3", "P4"} {
		s.person(id, "student", "O0")
	}
	s.class("C1", "O0")
	s.enroll("C1", "P2", "student")
	w.sync(s)
	s = s.clone()
	s.change(classes, "C0", 2, "Weaving")
	s.change(classes, "C1", 2, "Pottery")
	s.change(roles, "P2/O0", 3, "10")
	s.change(roles, "P3/O0", 3, "10")
	s.enroll("C0", "P2", "student")
	s.enroll("C0", "P3", "student")
	s.drop(enrollments, "C0/P0")
	s.drop(enrollments, "C0/P1")
	w.sync(s)
	run := w.last()
	s = s.clone()
	s.change(roles, "P3/O0", 3, "11") // a later run
	w.sync(s)
	w.byHand(w.dir.Set(t.Context(), nameOf(section()), []string{"displayName=The Best"}))
	w.byHand(w.dir.RemoveMember(t.Context(), nameOf(section()), user("User_P3"), false))
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P1"), false))
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P4"), false))
	w.byHand(w.dir.Delete(t.Context(), nameOf(object{directory.ClassGroup, "Section_C1"})))
	made := w.revert(engine.RevertRequest{Run: run})
	want := map[object]map[string]string{
		section():                            {"ChangedSince": "displayName"},
		{directory.ClassGroup, "Section_C1"}: {"ChangedSince": "it is no longer there, or another one"},
		{directory.User, "User_P3"}:          {"ChangedSince": "education.grade"},
	}
	if diff := cmp.Diff(want, skipped(made)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_P4", "User_T0"})
	there := w.observe()
	if name := there[section()].Attributes[directory.DisplayName]; name != "The Best" {
		t.Errorf("the group is called %s", name)
	}
	for person, want := range map[string]string{"User_P2": "", "User_P3": "11"} {
		if grade := there[object{directory.User, person}].Attributes[directory.Grade]; grade != want {
			t.Errorf("%s is in grade %q, want %q", person, grade, want)
		}
	}
}

// The roster of a run that was reverted is not taken again by itself. Somebody can accept
// it, and then it is as before.
func TestRosterOfRevertedRunIsRejected(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	good := lesson()
	w.sync(good)
	before := w.stable()
	bad := good.clone()
	bad.drop(enrollments, "C0/P1")
	w.sync(bad)
	after, run := w.stable(), w.last()
	w.revert(engine.RevertRequest{Run: run})
	_, _, err := w.try(bad)
	if held, ok := errors.AsType[*engine.HeldRoster](err); !ok || held.Rule != roster.RosterRejected {
		t.Fatalf("the roster is taken again: %v", err)
	}
	if diff := cmp.Diff(before, w.stable()); diff != "" {
		t.Errorf("directory (-before +reverted):\n%s", diff)
	}
	w.paused(run)
	w.settled(good)
	request := w.request(bad)
	request.AcceptRoster = request.Roster.SHA256
	_, err = w.engine().Sync(t.Context(), w.lease("test"), request, func(*engine.Prepared) (bool, error) { return true, nil })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(after, w.stable()); diff != "" {
		t.Errorf("directory (-after the run +accepted):\n%s", diff)
	}
	w.paused(0)
	w.settled(bad)
}

// paused checks which run's revert keeps runs from starting by themselves.
func (w *world) paused(want int64) {
	w.Helper()
	by, err := w.store.Paused(w.Context(), w.scope)
	if err != nil || by != want {
		w.Errorf("paused by %d, want %d: %v", by, want, err)
	}
}

// A run whose settings let go of something is reverted: the next one under the same
// settings lets go of it again, and takes nothing away.
func TestSettingsBeforeARevertedRunCount(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.enroll("C0", "P2", "aide")
	s.person("P2", "aide", "O0")
	all := w.settings
	all.Sets = slices.Clone(all.Sets)
	classes := *all.Sets[0].ClassGroup
	classes.MemberRoles = &[]string{"student", "aide"}
	all.Sets[0].ClassGroup = &classes
	w.settings = all
	w.sync(s)
	before := w.observe()
	less := allFlows()
	less.Sets[0].AdministrativeUnit = nil
	w.settings = less
	w.sync(s)
	w.revert(engine.RevertRequest{Run: w.last()})
	for name, have := range w.ledger() {
		if have.State != directory.Managed {
			t.Errorf("%s is %s after the revert", name.Key, have.State)
		}
	}
	s.change(users, "P0", 4, "other@mail.example") // another roster
	made := w.sync(s)
	for step := range stepsOf(made) {
		if step.Action == plan.Remove || step.Action == plan.Retire {
			t.Errorf("the settings take something away: %s", text(step))
		}
	}
	if diff := cmp.Diff(before, w.observe()); diff != "" {
		t.Errorf("directory (-before +now):\n%s", diff)
	}
}

// A revert is guarded as any plan; what is approved is done by the next one, also when
// a sync came in between.
func TestRevertIsGuarded(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	before := w.observe()
	bad := s.clone()
	bad.person("N1", "student", "O0")
	bad.enroll("C0", "N1", "student")
	w.sync(bad)
	run := w.last()
	w.limits = plan.Limits{Creations: 100, Renames: 100}
	held := heldFor(w.revert(engine.RevertRequest{Run: run}), "RemovalLimit")
	if len(held) == 0 {
		t.Fatal("nothing is held")
	}
	approvals := make([]ledger.Approval, len(held))
	for i := range held {
		approvals[i] = ledger.Approval{Step: held[i].Content(), Run: w.last(), By: "test", Expires: w.clock.Now().Add(time.Hour)}
	}
	w.byHand(w.store.Approve(t.Context(), w.scope, approvals))
	s.change(users, "P0", 4, "other@mail.example")
	w.sync(s)
	made := w.revert(engine.RevertRequest{Run: run})
	w.undone(before, made, false)
}

// What there is to revert is a run that had a plan and has ended.
func TestNothingToRevert(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lesson())
	for run, kind := range map[int64]fault.Kind{9: fault.NotFound, 0: fault.NotFound} {
		if _, _, err := w.tryRevert(engine.RevertRequest{Run: run}); fault.KindOf(err) != kind {
			t.Errorf("run %d: %v", run, err)
		}
	}
	begun, err := w.store.Begin(t.Context(), w.lease("test"), ledger.Run{Started: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.tryRevert(engine.RevertRequest{Run: begun.ID}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a run without a plan: %v", err)
	}
}
