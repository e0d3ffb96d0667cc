package store

import (
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// What is due is written by one of those who saw the same before.
func testSchedule(t *testing.T, s *Store) {
	ctx, scope := t.Context(), acquire(t, s).Scope
	want := func(want ledger.Due, when string) {
		t.Helper()
		got, err := s.Due(ctx, scope)
		check(t, err)
		if got.Schedule != want.Schedule || !got.At.Equal(want.At) || !got.Last.Equal(want.Last) {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	put := func(was, next ledger.Due, want bool) {
		t.Helper()
		got, err := s.PutDue(ctx, scope, was, next)
		check(t, err)
		if got != want {
			t.Errorf("%v in place of %v: %v", next, was, got)
		}
	}
	first := ledger.Due{Schedule: "daily", At: monday}
	second := ledger.Due{Schedule: "daily", At: monday.Add(24 * time.Hour), Last: monday}
	never := ledger.Due{Schedule: "never", Last: monday}
	want(ledger.Due{}, "at first")
	put(ledger.Due{}, first, true)
	put(ledger.Due{}, second, false) // who saw nothing was slower
	want(first, "once written")
	put(first, second, true)
	put(first, never, false)
	want(second, "when two saw the same")
	put(second, never, true)
	want(never, "switched off")
	if other, err := s.Due(ctx, ledger.Scope{Tenant: scope.Tenant, Target: "other"}); err != nil || other != (ledger.Due{}) {
		t.Errorf("of another target: %v, %v", other, err)
	}
}
