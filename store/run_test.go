package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

var monday = time.Date(2026, 11, 23, 6, 30, 0, 123456000, time.UTC)

// commit begins a run and commits entries with a plan without steps.
func commit(t *testing.T, s *Store, lease ledger.Lease, entries []ledger.Entry) ledger.Run {
	t.Helper()
	run, err := s.Begin(t.Context(), lease, ledger.Run{Started: monday})
	check(t, err)
	run.Generation, err = s.Generation(t.Context(), lease.Scope)
	check(t, err)
	check(t, s.Commit(t.Context(), lease, ledger.Commit{Run: run, Entries: all(entries)}, all[plan.Step](nil), nil))
	run.Status = ledger.Completed
	check(t, s.Finish(t.Context(), lease, run, nil))
	return run
}

func testRuns(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	settings, err := s.Baselines(ctx, lease.Scope)
	check(t, err)
	if settings != nil {
		t.Errorf("settings %q before any run", settings)
	}
	run, err := s.Begin(ctx, lease, ledger.Run{
		RosterPath: "roster.zip", RosterSHA256: "ab", Settings: []byte(`{"a":1}`), Started: monday,
	})
	check(t, err)
	if run.ID != 1 || run.Status != ledger.Running {
		t.Errorf("begun as %+v", run)
	}
	run.Status, run.Ended, run.Code, run.Message = ledger.Failed, monday.Add(time.Second), "EmptyFile", "It is empty."
	run.Steps, run.Done, run.Held, run.Failed = 4, 3, 2, 1
	check(t, s.Finish(ctx, lease, run, nil))
	got, err := s.Run(ctx, lease.Scope.Tenant, run.ID)
	check(t, err)
	if diff := cmp.Diff(run, got); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	second, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	runs, err := s.Runs(ctx, lease.Scope, 10)
	check(t, err)
	if len(runs) != 2 || runs[0].ID != second.ID || second.ID != 2 {
		t.Errorf("runs %+v", runs)
	}
	settings, err = s.Baselines(ctx, lease.Scope)
	check(t, err)
	if settings != nil {
		t.Errorf("settings %q, and no run had a plan", settings)
	}
	_, err = s.Run(ctx, lease.Scope.Tenant, 99)
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.Finish(ctx, lease, ledger.Run{ID: 99}, nil), fault.NotFound)
}

func testInterruptedRun(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	cut, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	_, err = s.Begin(ctx, lease, ledger.Run{Started: monday.Add(time.Hour)})
	check(t, err)
	got, err := s.Run(ctx, lease.Scope.Tenant, cut.ID)
	check(t, err)
	if got.Status != ledger.Failed || got.Code != Interrupted || got.Ended.IsZero() {
		t.Errorf("the run that was cut off is %+v", got)
	}
}

func testSettled(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	want := func(want bool, when string) {
		t.Helper()
		settled, err := s.Settled(ctx, lease.Scope)
		check(t, err)
		if settled != want {
			t.Errorf("settled %s: %t", when, settled)
		}
	}
	want(false, "before any run")
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run}, all(steps(1)), nil))
	want(false, "while the first run is under way")
	run.Status = ledger.Failed
	check(t, s.Finish(ctx, lease, run, nil))
	want(false, "after a run that failed")
	run.Status = ledger.CompletedWithWarnings
	check(t, s.Finish(ctx, lease, run, nil))
	want(false, "after a run that did nothing")
	run.Done = 1
	check(t, s.Finish(ctx, lease, run, nil))
	want(true, "after a run that was completed")
}

// A run about a part of everything settles nothing, and adds to the settings that the
// ledger came to be by.
func testParts(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run := func(settings string, only ...string) {
		t.Helper()
		run, err := s.Begin(ctx, lease, ledger.Run{Started: monday, Settings: []byte(settings), Only: only})
		check(t, err)
		run.Generation, err = s.Generation(ctx, lease.Scope)
		check(t, err)
		check(t, s.Commit(ctx, lease, ledger.Commit{Run: run}, all(steps(1)), nil))
		run.Status, run.Done = ledger.Completed, 1
		check(t, s.Finish(ctx, lease, run, nil))
		got, err := s.Run(ctx, lease.Scope.Tenant, run.ID)
		check(t, err)
		if diff := cmp.Diff(only, got.Only); diff != "" {
			t.Errorf("part (-want +got):\n%s", diff)
		}
	}
	want := func(settled bool, settings ...string) {
		t.Helper()
		is, err := s.Settled(ctx, lease.Scope)
		check(t, err)
		got, err := s.Baselines(ctx, lease.Scope)
		check(t, err)
		var texts []string
		for _, g := range got {
			texts = append(texts, string(g))
		}
		if diff := cmp.Diff(settings, texts); diff != "" || is != settled {
			t.Errorf("settled %t; settings (-want +got):\n%s", is, diff)
		}
	}
	run("a", "School_1")
	run("b", "School_1", "User_2")
	want(false, "a", "b")
	run("b")
	want(true, "b")
	run("c", "School_1")
	run("b", "School_2")
	run("c", "School_2")
	want(true, "b", "c")
	run("d")
	want(true, "d")
}

func steps(n int) []plan.Step {
	steps := make([]plan.Step, n)
	for i := range steps {
		steps[i] = plan.Step{
			Seq: i + 1, Action: plan.Create, Kind: directory.ClassGroup, Key: fmt.Sprintf("Section_%d", i),
			Set:     map[string]plan.Delta{directory.DisplayName: {To: "Algebra <1> & more"}},
			Members: plan.Pairs{Add: []string{"User_1"}},
			Why:     []directory.Why{{FlowSet: "All", Flow: "classGroup", Rule: "classGroup", Record: "classes.csv:2"}},
		}
	}
	return steps
}

func testPlan(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	_, open, err := s.OpenRun(ctx, lease.Scope)
	check(t, err)
	if open {
		t.Error("an open run, and none was begun")
	}
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday, Settings: []byte("frozen")})
	check(t, err)
	if _, open, _ = s.OpenRun(ctx, lease.Scope); open {
		t.Error("an open run, and none has a plan")
	}
	if _, some, err := s.LastPlanned(ctx, lease.Scope); some || err != nil {
		t.Errorf("a last run, and none has a plan; %v", err)
	}
	want := steps(2*chunkItems + 3)
	skips := []plan.Skip{{Kind: directory.User, Key: "User_9", Reason: "PasswordMissing", Record: "users.csv:7"}}
	document := []byte(`{"version": 1, "text": "<&>"}`)
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Document: document}, all(want), skips))

	found, open, err := s.OpenRun(ctx, lease.Scope)
	check(t, err)
	if !open || found.ID != run.ID || found.Steps != len(want) {
		t.Errorf("open run %+v %t", found, open)
	}
	if last, some, err := s.LastPlanned(ctx, lease.Scope); !some || last.ID != run.ID || err != nil {
		t.Errorf("the last run is %d, want %d; %v", last.ID, run.ID, err)
	}
	settings, err := s.Baselines(ctx, lease.Scope)
	check(t, err)
	if len(settings) != 1 || string(settings[0]) != "frozen" {
		t.Errorf("settings %q", settings)
	}
	tenant := lease.Scope.Tenant
	for _, from := range []int{1, 2, chunkItems, chunkItems + 1, 2*chunkItems + 3, 2*chunkItems + 4} {
		got := s.Steps(ctx, tenant, run.ID, from)
		for range 2 { // as often as one likes
			if diff := cmp.Diff(want[from-1:], collect(t, got), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("steps from %d (-want +got):\n%s", from, diff)
			}
		}
	}
	if diff := cmp.Diff(skips, collect(t, s.Skips(ctx, tenant, run.ID))); diff != "" {
		t.Errorf("skips (-want +got):\n%s", diff)
	}
	stored, err := s.PlanDocument(ctx, tenant, run.ID)
	check(t, err)
	if string(stored) != string(document) {
		t.Errorf("document %s, want %s", stored, document)
	}
	_, err = s.PlanDocument(ctx, tenant, 99)
	wantKind(t, err, fault.NotFound)
}

// cutOff yields the items and then an error.
func cutOff[T any](items []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item := range slices.Values(items) {
			if !yield(item, nil) {
				return
			}
		}
		var none T
		yield(none, err)
	}
}

func testCommitAtomic(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	broken := errors.New("broken off")
	check(t, s.Approve(ctx, lease.Scope, []ledger.Approval{{Step: "a", Expires: monday}}))
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	before := dump(t, s)
	c := ledger.Commit{
		Run: run, Document: []byte("{}"), Links: []ledger.Link{{Person: "User_1", ID: "1"}},
		Accepted: &ledger.Accepted{SHA256: "ab", At: monday}, Used: []string{"a"},
		Entries: all(memberEntries(10, "User_1")),
	}
	late := c
	late.Entries = cutOff(memberEntries(waveEntries+10, "User_1"), broken)
	gap := steps(20)
	gap[10].Seq = 12
	for name, err := range map[string]error{
		"steps":   s.Commit(ctx, lease, c, cutOff(steps(chunkItems+10), broken), nil),
		"entries": s.Commit(ctx, lease, late, all(steps(10)), nil),
	} {
		if !errors.Is(err, broken) {
			t.Errorf("%s that broke off: %v", name, err)
		}
	}
	if err := s.Commit(ctx, lease, c, all(gap), nil); err == nil || !strings.Contains(err.Error(), "step 11") {
		t.Errorf("a gap in the steps: %v", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of a stream was swallowed")
			}
		}()
		_ = s.Commit(ctx, lease, c, func(func(plan.Step, error) bool) { panic("stream") }, nil)
	}()
	if diff := cmp.Diff(before, dump(t, s)); diff != "" {
		t.Errorf("a failed commit wrote (-before +after):\n%s", diff)
	}
	if _, open, _ := s.OpenRun(ctx, lease.Scope); open {
		t.Error("a failed commit left an open run")
	}
	if approvals, _ := s.Approvals(ctx, lease.Scope, monday.Add(-time.Second)); len(approvals) != 1 {
		t.Error("a failed commit used an approval")
	}

	check(t, s.Commit(ctx, lease, c, all(steps(10)), nil))
	after := dump(t, s)
	for table, count := range map[string]int{"plan_chunks": 2, "objects": 10, "link_pages": 1, "accepted": 1} {
		if after[table] != count {
			t.Errorf("%s: %d rows, want %d", table, after[table], count)
		}
	}
	if approvals, _ := s.Approvals(ctx, lease.Scope, monday.Add(-time.Second)); len(approvals) != 0 {
		t.Error("an approval holds after it was used")
	}
}

func testCommitStale(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	commit(t, s, lease, nil)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	// The run says that its plan was made from generation 0.
	wantKind(t, s.Commit(ctx, lease, ledger.Commit{Run: run}, all(steps(1)), nil), fault.Conflict)
}
