package store

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

func testStatistics(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	_, err = s.Statistics(ctx, lease.Scope.Tenant, run.ID)
	wantKind(t, err, fault.NotFound)
	want := ledger.Statistics{
		Errors: 1, Warnings: 2, People: ledger.Count{Active: 3, Inactive: 4},
		Matched: []ledger.RoleCount{{Role: "teacher", Count: 5}}, Unmatched: []ledger.RoleCount{}, Flows: []ledger.FlowResult{},
	}
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Statistics: want}, all[plan.Step](nil), nil))
	compare := func() {
		t.Helper()
		got, err := s.Statistics(ctx, lease.Scope.Tenant, run.ID)
		check(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("statistics (-want +got):\n%s", diff)
		}
	}
	compare()
	want.Flows = []ledger.FlowResult{{Set: "1", SetName: "All", Type: "userProvisioningFlow", Held: 1, Failed: 2}}
	check(t, s.PutStatistics(ctx, lease, run.ID, want))
	compare()
	_, err = s.Statistics(ctx, "another tenant", run.ID)
	wantKind(t, err, fault.NotFound)
	check(t, s.Release(ctx, lease))
	wantKind(t, s.PutStatistics(ctx, lease, run.ID, want), fault.Conflict)
}

func testAbsent(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	absent := func(year int) []byte {
		t.Helper()
		var ids []byte
		for piece, err := range s.AbsentIDs(ctx, lease.Scope, year) {
			if fault.KindOf(err) == fault.NotFound {
				return nil
			}
			check(t, err)
			ids = append(ids, piece...)
		}
		return ids
	}
	put := func(year int, pieces ...[]byte) {
		t.Helper()
		run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
		check(t, err)
		run.Generation, err = s.Generation(ctx, lease.Scope)
		check(t, err)
		run.Status = ledger.Completed
		check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Absent: &ledger.Absent{Year: year, IDs: slices.Values(pieces)}}, all(steps(1)), nil))
	}
	if got := absent(2027); got != nil {
		t.Errorf("before any run %v", got)
	}
	put(2027, []byte{1, 2}, []byte{3})
	put(2027, []byte{4}, []byte{5})
	if got := absent(2027); !bytes.Equal(got, []byte{4, 5}) {
		t.Errorf("of the year %v", got)
	}
	put(2028, []byte{6})
	if got := absent(2027); got != nil {
		t.Errorf("of a year that is over %v", got)
	}
}

// Starts that failed do not count, nor those of another tenant or before.
func testStarts(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	for hour, status := range []ledger.Status{ledger.Completed, ledger.Failed, ledger.CompletedWithWarnings, ledger.Running} {
		at := monday.Add(time.Duration(hour) * time.Hour)
		run, err := s.Begin(ctx, lease, ledger.Run{Started: at})
		check(t, err)
		check(t, s.PutStart(ctx, lease, run.ID, false, outbound.Entry{At: at, Kind: "application", Action: "start"}))
		run.Status = status
		check(t, s.Finish(ctx, lease, run, nil))
	}
	_, err := s.Begin(ctx, lease, ledger.Run{Started: monday.Add(5 * time.Hour)}) // by somebody else
	check(t, err)
	for _, test := range []struct {
		tenant string
		since  time.Time
		want   []time.Time
	}{
		{lease.Scope.Tenant, monday.Add(-time.Hour), []time.Time{monday, monday.Add(2 * time.Hour)}},
		{lease.Scope.Tenant, monday, []time.Time{monday.Add(2 * time.Hour)}},
		{"another tenant", time.Time{}, nil},
	} {
		got, err := s.Starts(ctx, test.tenant, test.since)
		check(t, err)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("starts of %s since %s (-want +got):\n%s", test.tenant, test.since, diff)
		}
	}
	check(t, s.Interrupt(ctx, lease, monday.Add(6*time.Hour)))
	run, err := s.Run(ctx, lease.Scope.Tenant, 5)
	check(t, err)
	if run.Status != ledger.Failed || run.Code != Interrupted {
		t.Errorf("the run that was cut off is %+v", run)
	}
}
