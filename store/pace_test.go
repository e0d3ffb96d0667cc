package store

import (
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// reserve reserves calls of a tenth of a second each.
func reserve(t *testing.T, p Pace, calls int, patience time.Duration) time.Duration {
	t.Helper()
	wait, err := p.Reserve(t.Context(), calls, time.Second/10, patience)
	check(t, err)
	return wait
}

// between fails when a time is not within those limits: the database's clock goes on.
func between(t *testing.T, what string, got, least, most time.Duration) {
	t.Helper()
	if got < least-time.Second || got > most {
		t.Errorf("%s: %s, want %s to %s", what, got, least, most)
	}
}

func testPace(t *testing.T, s *Store) {
	const hour = time.Hour
	scope := scopeOf(t, s)
	first, second := Pace{s, scope}, Pace{s, scope} // of two servers
	between(t, "first calls", reserve(t, first, 36_000, hour), -burst, 0)
	between(t, "calls behind those of another", reserve(t, second, 36_000, 2*hour), hour/2, hour)
	between(t, "for which nobody waits", reserve(t, first, 36_000, hour), hour, 2*hour)
	between(t, "which took up nothing", reserve(t, first, 1, 2*hour), hour, 2*hour)

	other := Pace{s, ledger.Scope{Tenant: scope.Tenant, Target: "ldap"}}
	between(t, "calls to another target", reserve(t, other, 1, hour), -burst, 0)
	check(t, other.Defer(t.Context(), 3*hour))
	check(t, other.Defer(t.Context(), time.Second)) // what it asked for before holds
	between(t, "calls to a target that wants to be left alone", reserve(t, other, 1, hour), 2*hour, 3*hour)
	between(t, "after which calls are behind each other", reserve(t, other, 36_000, 4*hour), 2*hour, 3*hour)
	between(t, "again", reserve(t, other, 1, 5*hour), 3*hour, 4*hour)
}

// A target that nobody called for long is not called as often as it might have been.
func testPaceBurst(t *testing.T, s *Store) {
	p := Pace{s, scopeOf(t, s)}
	check(t, p.Defer(t.Context(), -time.Hour))
	between(t, "calls after a pause", reserve(t, p, 10_000, 0), -burst, 0)
	between(t, "calls behind them", reserve(t, p, 1, time.Hour), 900*time.Second, 1000*time.Second)
}
