package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

const ttl = time.Hour

func scopeOf(t *testing.T, s *Store) ledger.Scope {
	t.Helper()
	tenant, err := s.DefaultTenant(t.Context())
	check(t, err)
	return ledger.Scope{Tenant: tenant, Target: "local"}
}

func acquire(t *testing.T, s *Store) ledger.Lease {
	t.Helper()
	lease, err := s.Acquire(t.Context(), scopeOf(t, s), "first", ttl)
	check(t, err)
	return lease
}

func testLeaseHeldByOne(t *testing.T, s *Store) {
	lease := acquire(t, s)
	if lease.Holder != "first" || lease.Epoch == 0 || !lease.Expires.After(time.Now()) {
		t.Errorf("lease %+v", lease)
	}
	_, err := s.Acquire(t.Context(), lease.Scope, "second", ttl)
	wantKind(t, err, fault.Busy)
	until := lease.Expires.Local().Format("2006-01-02 15:04:05")
	if !strings.Contains(err.Error(), "first") || !strings.Contains(err.Error(), until) {
		t.Errorf("%q does not say who holds the lease, or not until when (%s)", err, until)
	}
	other := ledger.Scope{Tenant: lease.Scope.Tenant, Target: "ldap"}
	_, err = s.Acquire(t.Context(), other, "second", ttl)
	check(t, err)

	check(t, s.Release(t.Context(), lease))
	_, err = s.Begin(t.Context(), lease, ledger.Run{})
	wantKind(t, err, fault.Conflict)
	next, err := s.Acquire(t.Context(), lease.Scope, "second", ttl)
	check(t, err)
	if next.Epoch <= lease.Epoch {
		t.Errorf("epoch %d after %d", next.Epoch, lease.Epoch)
	}
}

func testLeaseExpires(t *testing.T, s *Store) {
	scope := scopeOf(t, s)
	expired, err := s.Acquire(t.Context(), scope, "first", -time.Second)
	check(t, err)
	// Held until someone takes it.
	_, err = s.Begin(t.Context(), expired, ledger.Run{})
	check(t, err)
	renewed, err := s.Renew(t.Context(), expired, ttl)
	check(t, err)
	if renewed.Epoch != expired.Epoch || !renewed.Expires.After(expired.Expires) {
		t.Errorf("renewed %+v from %+v", renewed, expired)
	}
	_, err = s.Acquire(t.Context(), scope, "second", ttl)
	wantKind(t, err, fault.Busy)

	expired, err = s.Renew(t.Context(), renewed, -time.Second)
	check(t, err)
	taken, err := s.Acquire(t.Context(), scope, "second", ttl)
	check(t, err)
	if taken.Epoch <= expired.Epoch {
		t.Errorf("epoch %d after %d", taken.Epoch, expired.Epoch)
	}
	_, err = s.Renew(t.Context(), expired, ttl)
	wantKind(t, err, fault.Conflict)
}

func testTakeover(t *testing.T, s *Store) {
	old := acquire(t, s)
	taken, err := s.Takeover(t.Context(), old.Scope, "second", ttl)
	check(t, err)
	_, err = s.Begin(t.Context(), old, ledger.Run{})
	wantKind(t, err, fault.Conflict)
	_, err = s.Begin(t.Context(), taken, ledger.Run{})
	check(t, err)
	fresh := ledger.Scope{Tenant: old.Scope.Tenant, Target: "never seen"}
	_, err = s.Takeover(t.Context(), fresh, "second", ttl)
	check(t, err)
}

func testLostLease(t *testing.T, s *Store) {
	ctx, old := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, old, ledger.Run{})
	check(t, err)
	check(t, s.Sent(ctx, old, run.ID, ledger.Batch{Number: 1, First: 1, Last: 1}, nil))
	entry := ledger.Entry{Kind: directory.User, Key: "User_1", State: directory.Managed}
	check(t, s.Record(ctx, old, run.ID, []ledger.Answer{{
		Batch: ledger.Batch{Number: 1}, Entries: []ledger.Entry{entry}, Links: []ledger.Link{{Person: "User_1", ID: "1"}},
	}}))
	_, err = s.Takeover(ctx, old.Scope, "second", ttl)
	check(t, err)

	before := dump(t, s)
	_, beginErr := s.Begin(ctx, old, ledger.Run{})
	_, renewErr := s.Renew(ctx, old, ttl)
	for name, err := range map[string]error{
		"Begin":   beginErr,
		"Renew":   renewErr,
		"Release": s.Release(ctx, old),
		"Commit":  s.Commit(ctx, old, ledger.Commit{Run: run}, all([]plan.Step{{Seq: 1}}), nil),
		"Finish":  s.Finish(ctx, old, run, []ledger.Tally{{At: time.Now(), Sort: "x", Count: 1}}),
		"Sent":    s.Sent(ctx, old, run.ID, ledger.Batch{Number: 2}, nil),
		"Record":  s.Record(ctx, old, run.ID, []ledger.Answer{{Batch: ledger.Batch{Number: 1}}}),
	} {
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s under a lost lease: %v", name, err)
		}
	}
	if diff := cmp.Diff(before, dump(t, s)); diff != "" {
		t.Errorf("a lost lease wrote (-before +after):\n%s", diff)
	}
}

// A plan that takes long to be stored takes nothing from the lease: nobody can renew it
// meanwhile.
func testCommitOutlastsLease(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	number := func(query string) (n int64) {
		t.Helper()
		check(t, s.read.QueryRowContext(ctx, query).Scan(&n))
		return n
	}
	expires := `SELECT expires FROM scopes`
	before := number(expires)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	slow := func(yield func(plan.Step, error) bool) {
		start := number(`SELECT ` + clock)
		for number(`SELECT `+clock) < start+2000 { // two ticks of SQLite's clock
		}
		all(steps(1))(yield)
	}
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run}, slow, nil))
	if now := number(expires); now <= before {
		t.Errorf("the lease lasts until %d as it did before, %d", now, before)
	}
}
