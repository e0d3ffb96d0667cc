package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

// ended makes a run with a plan of steps that ended on a day, holding so many of them.
func ended(t *testing.T, s *Store, lease ledger.Lease, day, held int, run ledger.Run) ledger.Run {
	t.Helper()
	ctx := t.Context()
	run.Started = monday.AddDate(0, 0, day)
	run, err := s.Begin(ctx, lease, run)
	check(t, err)
	run.Generation, err = s.Generation(ctx, lease.Scope)
	check(t, err)
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Document: []byte(`{}`), Statistics: ledger.Statistics{Errors: 7}},
		all(steps(3)), []plan.Skip{{Key: "User_1"}}))
	check(t, s.Sent(ctx, lease, run.ID, ledger.Batch{Number: 1, First: 1, Last: 3}, nil))
	check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{{Batch: ledger.Batch{Number: 1, First: 1, Last: 3}, Done: 3}}))
	run.Status, run.Ended, run.Planned = ledger.CompletedWithWarnings, run.Started, true
	run.Steps, run.Done, run.Held, run.Message = 3, 3-held, held, "User_1 has two names."
	check(t, s.Finish(ctx, lease, run, []ledger.Tally{{At: run.Ended, Sort: "create", Count: 1}}))
	return run
}

// Of a run that ended long ago only what it counted is kept, and its settings.
func testReduce(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	tenant, scope := lease.Scope.Tenant, lease.Scope
	run := ended(t, s, lease, 0, 0, ledger.Run{Settings: []byte(`{"a":1}`), Only: []string{"User_1"}})
	other := ended(t, s, lease, 0, 0, ledger.Run{Settings: []byte(`{"a":2}`)})
	check(t, s.Approve(ctx, scope, []ledger.Approval{{Step: "aa", Run: run.ID, Expires: monday.AddDate(1, 0, 0)}}, outbound.Entry{Action: "approve"}))
	check(t, s.Reduce(ctx, lease, run.ID))

	want := run
	want.Reduced, want.Only, want.Message = true, []string{"…"}, "It ended long ago: only its counts are kept."
	got, err := s.Run(ctx, tenant, run.ID)
	check(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = s.PlanDocument(ctx, tenant, run.ID)
	wantKind(t, err, fault.NotFound)
	for _, err := range s.Steps(ctx, tenant, run.ID, 1) {
		t.Fatalf("a step is left, or %v", err)
	}
	for _, err := range s.Skips(ctx, tenant, run.ID) {
		t.Fatalf("a skip is left, or %v", err)
	}
	if _, found, err := s.LastBatch(ctx, tenant, run.ID); found || err != nil {
		t.Errorf("a batch is left, or %v", err)
	}
	if n, err := s.count(ctx, `SELECT COUNT(*) FROM plan_chunks WHERE run = $1`, run.ID); n != 0 || err != nil {
		t.Errorf("%d chunks are left, %v", n, err)
	}

	// Everything else is.
	if _, err := s.PlanDocument(ctx, tenant, other.ID); err != nil {
		t.Errorf("the plan of another run: %v", err)
	}
	if _, found, err := s.LastBatch(ctx, tenant, other.ID); !found || err != nil {
		t.Errorf("the journal of another run: %t, %v", found, err)
	}
	statistics, err := s.Statistics(ctx, tenant, run.ID)
	if err != nil || statistics.Errors != 7 {
		t.Errorf("it counted %+v, %v", statistics, err)
	}
	approvals, err := s.Approvals(ctx, scope, monday)
	if err != nil || len(approvals) != 1 {
		t.Errorf("approvals %v, %v", approvals, err)
	}
	tallies, err := s.Tallies(ctx, scope, monday.Add(-time.Hour))
	if err != nil || len(tallies) != 1 || tallies[0].Count != 2 {
		t.Errorf("tallies %v, %v", tallies, err)
	}
	if _, err := s.VerifyAudit(ctx, tenant, outbound.Mark{}); err != nil {
		t.Errorf("audit: %v", err)
	}
	baselines, err := s.Baselines(ctx, scope)
	if err != nil || len(baselines) != 1 || string(baselines[0]) != `{"a":2}` {
		t.Errorf("baselines %s, %v", baselines, err)
	}
	wantKind(t, s.Reduce(ctx, lease, 99), fault.NotFound)
}

// A run is past once it ended before a time, unless it holds what still waits for somebody.
func testPast(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	part := []string{"S1"}
	ended(t, s, lease, 0, 2, ledger.Run{})                                      // 1: another took its place
	ended(t, s, lease, 1, 0, ledger.Run{Only: part})                            // 2
	ended(t, s, lease, 2, 1, ledger.Run{})                                      // 3: the last of everything
	ended(t, s, lease, 3, 1, ledger.Run{Only: part})                            // 4: holds something since
	ended(t, s, lease, 3, 1, ledger.Run{Kind: ledger.Cleanup})                  // 5: likewise
	ended(t, s, lease, 4, 0, ledger.Run{Kind: ledger.Revert})                   // 6: holds nothing
	_, err := s.Begin(ctx, lease, ledger.Run{Started: monday.AddDate(0, 0, 5)}) // 7: is under way
	check(t, err)
	past := func(days int) []int64 {
		t.Helper()
		runs, err := s.Past(ctx, lease.Scope, monday.AddDate(0, 0, days))
		check(t, err)
		return runs
	}
	for days, want := range map[int][]int64{0: nil, 1: {1}, 2: {1, 2}, 4: {1, 2}, 9: {1, 2, 6}} {
		if got := past(days); !slices.Equal(got, want) {
			t.Errorf("before day %d: %v, want %v", days, got, want)
		}
	}
	check(t, s.Reduce(ctx, lease, 1))
	if got := past(9); !slices.Equal(got, []int64{2, 6}) {
		t.Errorf("with one that was reduced: %v", got)
	}
	if err := s.Reduce(ctx, lease, 7); fault.KindOf(err) != fault.NotFound {
		t.Errorf("of one that is under way: %v", err)
	}
	check(t, s.Interrupt(ctx, lease, monday.AddDate(0, 0, 6)))
	ended(t, s, lease, 8, 0, ledger.Run{}) // takes the place of all
	if got := past(8); !slices.Equal(got, []int64{2, 3, 4, 5, 6, 7}) {
		t.Errorf("after another of everything: %v", got)
	}
}
