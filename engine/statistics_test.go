package engine_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// statistics returns what the last run counted.
func (w *world) statistics() ledger.Statistics {
	w.Helper()
	runs, err := w.store.Runs(w.Context(), w.scope, 1)
	if err != nil || len(runs) == 0 {
		w.Fatalf("there are no runs, %v", err)
	}
	s, err := w.store.Statistics(w.Context(), w.scope.Tenant, runs[0].ID)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// wantStatistics compares what the last run counted with what it is to have counted.
func (w *world) wantStatistics(when string, want ledger.Statistics) {
	w.Helper()
	if diff := cmp.Diff(want, w.statistics()); diff != "" {
		w.Errorf("statistics %s (-want +got):\n%s", when, diff)
	}
}

func noRoles() []ledger.RoleCount { return []ledger.RoleCount{} }

func byRole(students, teachers int) []ledger.RoleCount {
	return []ledger.RoleCount{{Role: "student", Count: students}, {Role: "teacher", Count: teachers}}
}

// flowsOf are the flows of allFlows, all of which went well.
func flowsOf() []ledger.FlowResult {
	var flows []ledger.FlowResult
	for _, name := range []string{"userProvisioningFlow", "classGroupProvisioningFlow", "securityGroupProvisioningFlow", "administrativeUnitProvisioningFlow"} {
		flows = append(flows, ledger.FlowResult{Set: "1", SetName: "All", Type: name})
	}
	return flows
}

// A run counts what is active, whom it found in the directory, and who was there
// earlier in the school year.
func TestStatistics(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := newSchool()
	s.person("T", "teacher", "O0")
	for _, id := range []string{"A", "B", "C"} {
		s.person(id, "student", "O0")
	}
	s.person("G", "guardian", "O0") // in no role group
	s.class("Art", "O0")
	s.enroll("Art", "T", "teacher")
	s.enroll("Art", "A", "student")
	s.enroll("Art", "B", "student")
	want := ledger.Statistics{
		Organizations: ledger.Count{Active: 1}, People: ledger.Count{Active: 5},
		Classes: ledger.Count{Active: 1}, Memberships: ledger.Count{Active: 3},
		Matched: noRoles(), Unmatched: byRole(3, 1), Flows: flowsOf(),
	}
	w.sync(s)
	w.wantStatistics("of the first run", want)
	want.Matched, want.Unmatched = byRole(3, 1), noRoles()
	w.sync(s)
	w.wantStatistics("of the same again", want)

	whole := s.clone()
	s.leave("A")
	less := want
	less.People, less.Memberships = ledger.Count{Active: 4, Inactive: 1}, ledger.Count{Active: 2, Inactive: 1}
	less.Matched = byRole(2, 1)
	w.sync(s)
	w.wantStatistics("when one is gone", less)
	w.sync(s)
	w.wantStatistics("when one is still gone", less)

	s.enroll("Art", "B", "pupil") // an unknown role: dropped
	w.sync(s)
	if got := w.statistics(); got.Memberships != (ledger.Count{Active: 1, Inactive: 1}) {
		t.Errorf("with a record that was dropped, memberships are %+v", got.Memberships)
	}
	w.sync(whole)
	w.wantStatistics("when all are back", want)
	next := whole.clone()
	next.put(sessions, "Y1", "Fall", "term", "2028", "2026-08-24", "2027-06-11")
	next.leave("A")
	w.reused = plan.SameClass
	w.sync(next)
	less.People.Inactive, less.Memberships.Inactive = 0, 0
	w.wantStatistics("in another school year", less)
}

// Of a roster that is held one sees what it lacks.
func TestStatisticsOfHeldRoster(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := crowd(60)
	w.sync(s)
	for i := range 30 {
		s.leave(fmt.Sprintf("Q%02d", i))
	}
	report, _, err := w.try(s)
	if err == nil || report.Run.Code != string(roster.RosterShrunk) {
		t.Fatalf("the run ended as %+v, %v", report.Run, err)
	}
	got := w.statistics()
	if got.People.Inactive != 30 || got.Memberships.Inactive != 30 {
		t.Errorf("inactive are %d people, %d memberships, want 30", got.People.Inactive, got.Memberships.Inactive)
	}
	if len(got.Flows) != 0 {
		t.Errorf("flows %+v", got.Flows)
	}
}

// A record that says of itself that it is not active is inactive, and stays so when it is
// gone.
func TestStatisticsOfInactiveRecord(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := newSchool()
	s.person("T", "teacher", "O0")
	s.person("A", "student", "O0")
	disabled := func(who string) school {
		s := s.clone()
		for _, row := range slices.Collect(maps.Keys(s[users])) {
			s[users][row] = append(slices.Clone(s[users][row]), strconv.FormatBool(row != who))
		}
		return s
	}
	for _, test := range []struct {
		who  string
		gone bool
		want ledger.Count
	}{
		{"A", false, ledger.Count{Active: 1, Inactive: 1}},
		{"", true, ledger.Count{Active: 1, Inactive: 1}},
		{"", false, ledger.Count{Active: 2}},
	} {
		now := disabled(test.who)
		if test.gone {
			now.leave("A")
		}
		files := now.files()
		files[users] = bytes.Replace(files[users], []byte("\n"), []byte(",enabledUser\n"), 1)
		r, _, err := sdscsv.Read(t.Context(), files, roster.DefaultCodes())
		if err != nil {
			t.Fatal(err)
		}
		request := w.request(s)
		request.Roster = r
		request.Problems = []roster.Problem{{Severity: roster.Error}, {Severity: roster.Warning, Count: 3}, {Severity: roster.Warning}}
		_, err = w.engine().Sync(t.Context(), w.lease("test"), request, func(*engine.Prepared) (bool, error) { return true, nil })
		if err != nil {
			t.Fatal(err)
		}
		got := w.statistics()
		if got.People != test.want {
			t.Errorf("%+v: people are %+v", test, got.People)
		}
		if got.Errors != 1 || got.Warnings != 4 {
			t.Errorf("%d errors, %d warnings, want 1 and 4", got.Errors, got.Warnings)
		}
	}
}

// What was held or failed is counted for the flows that asked for it.
func TestStatisticsOfFlows(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := crowd(15)
	w.sync(s)
	w.limits = plan.DefaultLimits()
	for i := range 12 {
		s.drop(enrollments, fmt.Sprintf("C0/Q%02d", i))
	}
	s.change(roles, "Q14/O0", 3, "09")
	w.target = refusing{w.dir, directory.User}
	if _, _, err := w.try(s); err != nil {
		t.Fatal(err)
	}
	want := flowsOf()
	want[0].Failed = 1
	want[1].Held = 1
	if diff := cmp.Diff(want, w.statistics().Flows); diff != "" {
		t.Errorf("flows (-want +got):\n%s", diff)
	}
}

// What makes a run end with warnings is counted: what its planning found, and steps that
// wait, for the flows that ask for them.
func TestStatisticsSayWhy(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.settings.Sets[0].Filter = &flow.Filter{In: []string{"O0", "O8", "O9"}}
	w.target = &picky{w.dir, []string{"User_P1"}, directory.Never}
	if _, _, err := w.try(lesson()); err != nil {
		t.Fatal(err)
	}
	want := flowsOf()
	want[0].Failed, want[1].Waiting, want[2].Waiting, want[3].Waiting = 1, 1, 2, 2
	found := ledger.Findings{Warnings: 2}
	if got := w.statistics(); !cmp.Equal(got.Flows, want) || got.Planning != found {
		t.Errorf("planning %+v, flows %+v, want %+v and %+v", got.Planning, got.Flows, found, want)
	}
	w.target = w.dir
	w.sync(lesson())
	if got := w.statistics(); !cmp.Equal(got.Flows, flowsOf()) || got.Planning != found {
		t.Errorf("in the end, planning %+v, flows %+v", got.Planning, got.Flows)
	}
	w.settings.Sets[0].Filter = nil
	report, _, err := w.try(lesson())
	if got := w.statistics(); err != nil || got.Planning != (ledger.Findings{}) || report.Run.Status != ledger.Completed {
		t.Errorf("without a filter the run is %s (%v), planning %+v", report.Run.Status, err, got.Planning)
	}
}

// refusing is a target that refuses changes of a kind.
type refusing struct {
	directory.Target
	kind directory.Kind
}

func (r refusing) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes, err := r.Target.Apply(ctx, changes)
	for i := range outcomes {
		if changes[i].Kind == r.kind {
			outcomes[i] = directory.Outcome{Verdict: directory.Never, Rule: "Planted", Message: "It was refused."}
		}
	}
	return outcomes, err
}

// A run that was begun for a request is the one that is carried out.
func TestBegun(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := crowd(3)
	lease := w.lease("test")
	begun, err := w.store.Begin(t.Context(), lease, ledger.Run{RosterPath: "roster", Started: w.clock.Now()})
	if err != nil {
		t.Fatal(err)
	}
	request := w.request(s)
	request.Begun = begun
	report, err := w.engine().Sync(t.Context(), lease, request, func(*engine.Prepared) (bool, error) { return true, nil })
	if err != nil {
		t.Fatal(err)
	}
	runs, err := w.store.Runs(t.Context(), w.scope, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) != 1 || runs[0].ID != report.Run.ID || runs[0].Status != ledger.Completed || !runs[0].Started.Equal(begun.Started) || runs[0].RosterSHA256 == "" {
		t.Errorf("the runs are %+v, and the report's is %+v", runs, report.Run)
	}
}

// A run that is carried on has the statistics that it was begun with: whom it created
// by then it did not find.
func TestStatisticsOfResumed(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := crowd(20)
	b := &breaking{Store: w.store, Target: few{w.dir}, at: "Record"}
	w.keeper, w.target = b, b
	if _, _, err := w.try(s); err == nil {
		t.Fatal("the run did not break off")
	}
	w.keeper, w.target = w.store, w.dir
	report, _, err := w.try(s)
	if err != nil || !report.Resumed {
		t.Fatalf("resumed %v, %v", report.Resumed, err)
	}
	got := w.statistics()
	if len(got.Matched) != 0 || len(got.Flows) != 4 {
		t.Errorf("the statistics are %+v", got)
	}
}

// year is what one saw in the rosters of a school year, worked out simply.
type year map[string]bool

// see adds what a roster has and returns how many of what was seen are inactive.
func (y year) see(r *roster.Roster) map[string]int {
	sure, unknown := map[string]bool{}, map[string]bool{}
	note := func(active bool, id string) {
		y[id] = true
		sure[id] = sure[id] || active
	}
	for i := range r.Orgs {
		note(r.Orgs[i].Active, "o "+r.Str(r.Orgs[i].ID))
	}
	for i := range r.People {
		note(r.People[i].Active, "p "+r.Str(r.People[i].ID))
	}
	for i := range r.Classes {
		class := &r.Classes[i]
		note(class.Active, "c "+r.Str(class.ID))
		for _, e := range r.EnrollmentsOf(roster.Ref(i)) {
			note(class.Active && e.Active, "e "+r.Str(class.ID)+" "+r.Str(r.People[e.Person].ID))
		}
	}
	anyEnrollment := 0
	for sort, ids := range map[string][]string{"o ": r.Unknown.Orgs, "p ": r.Unknown.People, "c ": r.Unknown.Classes} {
		for _, id := range ids {
			unknown[sort+id] = true
		}
	}
	for _, e := range r.Unknown.Enrollments {
		if e.Class == "" || e.Person == "" {
			anyEnrollment++
		}
		unknown["e "+e.Class+" "+e.Person] = true
	}
	inactive := map[string]int{}
	for id := range y {
		if !sure[id] && !unknown[id] {
			inactive[id[:1]]++
		}
	}
	inactive["e"] = max(0, inactive["e"]-anyEnrollment)
	return inactive
}

// However rosters of a year follow each other, inactive is what one of them had and
// the last has not.
func TestInactive(t *testing.T) {
	empty := emptyDatabase(t)
	check(t, 30, func(t *rapid.T) {
		w := newWorld(t, empty)
		s := drawSchool(t)
		seen := make(year)
		for range 4 {
			if _, _, err := w.try(s); err != nil {
				t.Fatal(err)
			}
			got := w.statistics()
			want := seen.see(s.roster(w))
			for sort, count := range map[string]ledger.Count{"o": got.Organizations, "p": got.People, "c": got.Classes, "e": got.Memberships} {
				if count.Inactive != want[sort] {
					t.Fatalf("inactive of %q are %d, want %d", sort, count.Inactive, want[sort])
				}
			}
			for range rapid.IntRange(0, 6).Draw(t, "edits") {
				s.edit(t)
			}
		}
	})
}
