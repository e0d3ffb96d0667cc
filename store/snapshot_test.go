package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/ledger"
)

// Copies are kept for a time, and those of the last rosters that runs were planned from for
// longer.
func testSnapshots(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	tenant := lease.Scope.Tenant
	day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	hashes := func(all []ledger.Snapshot, err error) string {
		t.Helper()
		check(t, err)
		var names []string
		for _, snapshot := range all {
			names = append(names, snapshot.SHA256)
		}
		return strings.Join(names, " ")
	}
	for n, hash := range []string{"aa", "bb", "cc", "held", "dd", "bb"} {
		run := ledger.Run{RosterSHA256: hash}
		if hash == "held" { // has no plan
			run.Started = day(n)
			_, err := s.Begin(ctx, lease, run)
			check(t, err)
		} else {
			carryOut(t, s, lease, run, ledger.Commit{})
		}
		check(t, s.PutSnapshot(ctx, tenant, ledger.Snapshot{SHA256: hash, Used: day(n), Whole: hash == "cc" || n == 5}))
	}
	elsewhere, err := s.Acquire(ctx, ledger.Scope{Tenant: "another tenant", Target: "local"}, "test", ttl)
	check(t, err)
	for range 9 { // they are of that one's
		carryOut(t, s, elsewhere, ledger.Run{RosterSHA256: "aa"}, ledger.Commit{})
	}
	check(t, s.PutSnapshot(ctx, "another tenant", ledger.Snapshot{SHA256: "zz", Used: day(0)}))
	all, err := s.Snapshots(ctx, tenant)
	check(t, err)
	if got := hashes(all, nil); got != "bb dd held cc aa" {
		t.Errorf("there are %s", got)
	}
	if !all[0].Whole {
		t.Error("a copy that was made anew is not what it was made as")
	}
	if diff := cmp.Diff(ledger.Snapshot{SHA256: "cc", Used: day(2).UTC(), Whole: true}, all[3]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		before, last int
		want         string
	}{{6, 3, "aa held"}, {6, 2, "aa cc held"}, {6, 0, "aa bb cc dd held"}, {3, 0, "aa cc"}, {0, 0, ""}} {
		if got := hashes(s.ExpiredSnapshots(ctx, tenant, day(test.before), test.last)); got != test.want {
			t.Errorf("used before day %d, but for %d: %q, want %q", test.before, test.last, got, test.want)
		}
	}
	check(t, s.DropSnapshot(ctx, tenant, "aa"))
	check(t, s.DropSnapshot(ctx, tenant, "zz"))
	if got := hashes(s.Snapshots(ctx, tenant)) + ", " + hashes(s.Snapshots(ctx, "another tenant")); got != "bb dd held cc, zz" {
		t.Errorf("left are %s", got)
	}
}
