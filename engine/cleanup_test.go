package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
)

// tryCleanup cleans up and returns what became of that, and the plan, nil for a cleanup
// that was carried on.
func (w *world) tryCleanup(request engine.CleanupRequest) (report engine.Report, made *plan.Plan, err error) {
	w.Helper()
	request.Limits = w.limits
	report, err = w.engine().Cleanup(w.Context(), w.lease("test"), request, func(p *engine.Prepared) (bool, error) {
		made = p.Plan
		return true, nil
	})
	return report, made, err
}

// cleanup cleans up, and nothing fails.
func (w *world) cleanup(request engine.CleanupRequest) *plan.Plan {
	w.Helper()
	report, made, err := w.tryCleanup(request)
	if err != nil || len(report.Failures)+len(report.Waiting) > 0 {
		w.Fatalf("cleanup: %v, %+v", err, report)
	}
	return made
}

func unit() object { return object{directory.AdministrativeUnit, "School_O0"} }

// letGo makes a world in which aides and administrative units were asked for, and are
// no longer.
func (w *world) letGo() school {
	w.Helper()
	s := lesson()
	s.person("A0", "aide", "O0")
	s.enroll("C0", "A0", "aide")
	w.settings.Sets[0].ClassGroup.MemberRoles = &[]string{"student", "aide"}
	w.settings.Sets[0].AdministrativeUnit.ByOrgRoleGroup = false
	w.sync(s)
	w.settings = allFlows()
	w.settings.Sets[0].AdministrativeUnit = nil
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_A0", "User_P0", "User_P1", "User_T0"})
	return s
}

// What the settings let go of stays until a cleanup takes it away; what others put there
// stays then, too.
func TestCleanupOfReleased(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := w.letGo()
	w.stranger("visitor")
	w.byHand(w.dir.AddMember(t.Context(), nameOf(unit()), user("visitor@school.example"), false))
	w.cleanup(engine.CleanupRequest{Retired: plan.Empty})
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_A0", "User_P0", "User_P1", "User_T0"})
	w.cleanup(engine.CleanupRequest{Released: true, Delete: true})
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.expectPeople(unit(), nil, []string{"visitor@school.example"})
	if state := w.ledger()[unit()].State; state != directory.Released {
		t.Errorf("the unit is %s", state)
	}
	w.sound()
	w.settled(s)
	if again := w.cleanup(engine.CleanupRequest{Released: true}); again.Len() > 0 {
		t.Errorf("cleaned up twice, there is still to do: %s", text(slices.Collect(stepsOf(again))))
	}
	w.settings = allFlows()
	w.sync(s)
	w.expectPeople(unit(), nil, []string{"User_A0", "User_P0", "User_P1", "User_T0", "visitor@school.example"})
	w.settled(s)
}

// Where nobody else is in a released object that Homeroom created, it can be deleted, and
// a revert makes it anew.
func TestCleanupDeletesReleased(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := w.letGo()
	before := w.observe()
	w.cleanup(engine.CleanupRequest{Released: true, Delete: true})
	if _, there := w.observe()[unit()]; there {
		t.Error("the unit is still there")
	}
	w.sound()
	w.settled(s)
	w.undone(before, w.revert(engine.RevertRequest{Run: w.last()}), true)
	w.sound()
}

// What is emptied since it cannot be deleted keeps its place in the plan: steps come in the
// order of the keys.
func TestCleanupInOrder(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.stranger("visitor")
	s := lesson()
	for _, class := range []string{"C1", "C2"} {
		s.class(class, "O0")
		s.enroll(class, "T0", "teacher")
		s.enroll(class, "P0", "student")
		s.enroll(class, "P1", "student")
	}
	w.sync(s)
	w.settings.Exclude.Classes = []string{"C0", "C1"}
	w.settings.Exclude.People = []string{"P1"}
	w.sync(s)
	w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("visitor@school.example"), false))
	var keys []string
	for step := range stepsOf(w.cleanup(engine.CleanupRequest{Released: true, Delete: true})) {
		if step.Kind == directory.ClassGroup {
			keys = append(keys, string(step.Action)+" "+step.Key)
		}
	}
	if diff := cmp.Diff([]string{"remove Section_C0", "remove Section_C2", "delete Section_C1"}, keys); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	w.sound()
}

// A retired group is emptied but for its last owner, and stays retired until its class is
// back.
func TestCleanupEmptiesRetired(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	full := s.clone()
	s.close("C0")
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	made := w.cleanup(engine.CleanupRequest{Retired: plan.Empty})
	if _, kept := skipped(made)[section()]["LastOwner"]; !kept {
		t.Errorf("left: %v", skipped(made))
	}
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_T0"})
	if have := w.ledger()[section()]; have.State != directory.Retired || have.Since == "" {
		t.Errorf("the group is %s since %s", have.State, have.Since)
	}
	w.sound()
	w.settled(s)
	w.sync(full)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.settled(full)
}

// A retired group is archived: its names are free for a new class with its id. A revert
// gives them back, unless another group bears them.
func TestCleanupArchivesRetired(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	full := s.clone()
	s.close("C0")
	w.sync(s)
	before := w.observe()
	archived := object{directory.ClassGroup, "Exp0926_Section_C0"}
	w.cleanup(engine.CleanupRequest{Retired: plan.Archive})
	if now := w.observe(); now[archived].ID != before[section()].ID || now[section()].ID != "" {
		t.Fatalf("archived: %+v", now[archived])
	}
	if have := w.ledger()[archived]; have.State != directory.Retired {
		t.Errorf("the ledger has it as %s", have.State)
	}
	w.sound()
	w.settled(s)
	run := w.last()
	if again := w.cleanup(engine.CleanupRequest{Retired: plan.Archive}); again.Len() > 0 {
		t.Errorf("archived twice: %s", text(slices.Collect(stepsOf(again))))
	}
	w.undone(before, w.revert(engine.RevertRequest{Run: run}), false)
	w.sound()
	w.settled(s)
	w.cleanup(engine.CleanupRequest{Retired: plan.Archive})
	run = w.last()
	w.sync(full)
	if now := w.observe(); now[archived].ID != before[section()].ID || now[section()].ID == "" {
		t.Errorf("there is no new group: %+v", now[section()])
	}
	if left := skipped(w.revert(engine.RevertRequest{Run: run}))[archived]; left["ChangedSince"] == "" {
		t.Errorf("left: %v", left)
	}
	w.sound()
}

// enabled returns whether the accounts of people can be used.
func (w *world) enabled(people ...string) []string {
	w.Helper()
	var out []string
	there := w.observe()
	for _, key := range people {
		out = append(out, there[object{directory.User, key}].Attributes[directory.AccountEnabled])
	}
	return out
}

// Those who left are disabled after so many days, if Homeroom created their accounts, and
// enabled when they are back. Whoever has a role that no flow looks at has not left.
func TestLeavers(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.stranger("p1")
	w.stranger("p9")
	w.settings.Sets[0].Filter = &flow.Filter{In: []string{"O0"}}
	s := lesson()
	s.put(orgs, "O1", "Elm", "school")
	s.person("P2", "student", "O0")
	w.sync(s)
	full := s.clone()
	s = s.clone()
	for _, id := range []string{"P0", "P1", "P2"} {
		s.leave(id)
	}
	s.person("P2", "student", "O1")
	s.person("P9", "student", "O1")
	w.sync(s)
	people := []string{"User_P0", "User_P1", "User_P2", "User_T0"}
	all := []string{"true", "true", "true", "true"}
	w.pass(29 * 24 * time.Hour)
	for _, days := range []int{30, 0} {
		if made := w.cleanup(engine.CleanupRequest{Leavers: days}); made.Len() > 0 {
			t.Errorf("too early for %d days: %s", days, text(slices.Collect(stepsOf(made))))
		}
	}
	w.pass(24 * time.Hour)
	w.cleanup(engine.CleanupRequest{Leavers: 30})
	if diff := cmp.Diff([]string{"false", "true", "true", "true"}, w.enabled(people...)); diff != "" {
		t.Errorf("enabled (-want +got):\n%s", diff)
	}
	w.sound()
	w.settled(s)
	if again := w.cleanup(engine.CleanupRequest{Leavers: 30}); again.Len() > 0 {
		t.Errorf("disabled twice: %s", text(slices.Collect(stepsOf(again))))
	}
	w.sync(full)
	if diff := cmp.Diff(all, w.enabled(people...)); diff != "" {
		t.Errorf("enabled once they are back (-want +got):\n%s", diff)
	}
	w.settled(full)
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.Helper()
	if err := w.clock.Wait(w.Context(), d); err != nil {
		w.Fatal(err)
	}
}

// An account with a directory role is never disabled unasked, and many at once never are.
func TestLeaversAreGuarded(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	for i := range 20 {
		s.person(fmt.Sprintf("Q%02d", i), "student", "O0")
	}
	w.sync(s)
	w.byHand(w.dir.Set(t.Context(), user("User_Q00"), []string{"directoryRole=true"}))
	full := s.clone()
	s = s.clone()
	s.leave("Q00")
	w.sync(s)
	w.pass(24 * time.Hour)
	request := engine.CleanupRequest{Leavers: 1}
	if held := heldFor(w.cleanup(request), "DirectoryRole"); len(held) != 1 {
		t.Errorf("held: %s", text(held))
	}
	w.limits = plan.DefaultLimits()
	s = full.clone()
	for i := range 12 {
		s.leave(fmt.Sprintf("Q%02d", i))
	}
	w.sync(s)
	w.pass(24 * time.Hour)
	if held := heldFor(w.cleanup(request), "RemovalLimit"); len(held) != 12 {
		t.Errorf("held: %s", text(held))
	}
}

// A cleanup that was cut off at any moment and is carried on leaves what one leaves that
// was not.
func TestCleanupCrashesAnywhere(t *testing.T) {
	empty := emptyDatabase(t)
	request := engine.CleanupRequest{Released: true, Delete: true, Retired: plan.Empty}
	begin := func(t *testing.T) *life {
		l := &life{world: newWorld(t, empty), fuse: &fuse{left: -1}}
		s := l.letGo()
		s.close("C0")
		l.sync(s)
		l.keeper, l.target = &fragile{Store: l.store, fuse: l.fuse}, &mortal{Target: l.dir, fuse: l.fuse}
		return l
	}
	calm := begin(t)
	calm.cleanup(request)
	want := calm.outcome()
	for moment := range calm.fuse.seen {
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel()
			l := begin(t)
			l.fuse.set(moment)
			if _, _, err := l.tryCleanup(request); err != nil && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			l.fuse.set(-1)
			l.cleanup(request)
			l.same(want)
			l.sound()
		})
	}
}
