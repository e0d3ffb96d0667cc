package store

import (
	"testing"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// A run without a plan ends at once when it is canceled, and gets none any more. Of one
// with a plan it is noted, until it ends. A new run has nothing to do with that.
func testCancel(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	cancel := func(run int64) error {
		return s.Cancel(ctx, lease.Scope, ledger.Cancellation{Run: run, By: "Ada"}, monday, outbound.Entry{At: monday, User: "Ada", Action: "cancel"})
	}
	noted := func(want int64) {
		t.Helper()
		got, err := s.Canceled(ctx, lease.Scope)
		check(t, err)
		if got.Run != want || (got.By == "Ada") != (want != 0) {
			t.Errorf("run %d is to end, as %q wants; want %d", got.Run, got.By, want)
		}
	}
	noted(0)
	wantKind(t, cancel(1), fault.NotFound)
	first, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, cancel(first.ID))
	noted(first.ID)
	run, err := s.Run(ctx, lease.Scope.Tenant, first.ID)
	check(t, err)
	if run.Status != ledger.Failed || run.Code != ledger.OperationCanceled || !run.Ended.Equal(monday) {
		t.Errorf("the run without a plan is %+v", run)
	}
	wantKind(t, s.Commit(ctx, lease, ledger.Commit{Run: first}, all(steps(1)), nil), fault.Conflict)
	wantKind(t, cancel(first.ID), fault.Conflict)
	noted(first.ID)

	second, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	noted(0)
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: second}, all(steps(1)), nil))
	check(t, cancel(second.ID))
	noted(second.ID)
	if run, err = s.Run(ctx, lease.Scope.Tenant, second.ID); err != nil || run.Status != ledger.Running {
		t.Errorf("the run with a plan is %s; %v", run.Status, err)
	}
	run.Status = ledger.Failed
	check(t, s.Finish(ctx, lease, run, nil))
	noted(0)
	if entries, err := s.Audit(ctx, lease.Scope.Tenant, 10); err != nil || len(entries) != 2 {
		t.Errorf("the audit has %v; %v", entries, err)
	}
}
