package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// carryOut makes a run of one step that is carried out.
func carryOut(t *testing.T, s *Store, lease ledger.Lease, run ledger.Run, c ledger.Commit) ledger.Run {
	t.Helper()
	run.Started = monday
	run, err := s.Begin(t.Context(), lease, run)
	check(t, err)
	run.Generation, err = s.Generation(t.Context(), lease.Scope)
	check(t, err)
	c.Run = run
	check(t, s.Commit(t.Context(), lease, c, all(steps(1)), nil))
	run.Status, run.Done, run.Steps, run.Ended = ledger.Completed, 1, 1, run.Started.Add(time.Second)
	check(t, s.Finish(t.Context(), lease, run, nil))
	return run
}

// A roster that a revert rejected is nothing that the next one is compared with, and no
// earlier word for it counts; a later one does, and lets runs start by themselves again.
func testRejection(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	scope := lease.Scope
	want := func(rejected, paused int64, when string, accepted ...string) {
		t.Helper()
		run, err := s.RosterRejected(ctx, scope, "bb")
		check(t, err)
		by, err := s.Paused(ctx, scope)
		check(t, err)
		if run != rejected || by != paused {
			t.Errorf("%s: rejected by %d, paused by %d; want %d and %d", when, run, by, rejected, paused)
		}
		var hashes []string
		known, err := s.Accepted(ctx, scope, monday.Add(-time.Hour))
		check(t, err)
		for _, a := range known {
			hashes = append(hashes, a.SHA256)
		}
		if diff := cmp.Diff(accepted, hashes); diff != "" {
			t.Errorf("%s: accepted rosters (-want +got):\n%s", when, diff)
		}
	}
	roster := func(hash string, at time.Time) ledger.Commit {
		return ledger.Commit{Accepted: &ledger.Accepted{SHA256: hash, At: at}}
	}
	another := ledger.Scope{Tenant: scope.Tenant, Target: "another"}
	check(t, s.Resume(ctx, another))
	check(t, s.AcceptRoster(ctx, scope, "bb", "Ada", "it is right"))
	carryOut(t, s, lease, ledger.Run{}, roster("aa", monday))
	bad := carryOut(t, s, lease, ledger.Run{}, roster("bb", monday.Add(time.Minute)))
	want(0, 0, "before the revert", "bb", "aa")
	revert := ledger.Run{Kind: ledger.Revert, Of: bad.ID}
	rejecting := ledger.Commit{Rejected: &ledger.Rejection{Run: bad.ID, SHA256: "bb"}}
	done := carryOut(t, s, lease, revert, rejecting)
	want(bad.ID, bad.ID, "after the revert", "aa")
	if by, err := s.Paused(ctx, another); err != nil || by != 0 {
		t.Errorf("runs for another target are paused by %d; %v", by, err)
	}
	check(t, s.Resume(ctx, another))
	want(bad.ID, bad.ID, "after another target was resumed", "aa")
	if ok, err := s.RosterAccepted(ctx, scope, "bb"); err != nil || ok {
		t.Errorf("the earlier word for it counts: %t, %v", ok, err)
	}
	if _, err := s.Statistics(ctx, scope.Tenant, done.ID); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a run without a roster has statistics: %v", err)
	}
	got, err := s.Run(ctx, scope.Tenant, done.ID)
	check(t, err)
	if got.Kind != ledger.Revert || got.Of != bad.ID {
		t.Errorf("the revert is %+v", got)
	}
	check(t, s.Resume(ctx, scope))
	want(bad.ID, 0, "after a resume", "aa")
	carryOut(t, s, lease, revert, rejecting)
	carryOut(t, s, lease, ledger.Run{}, roster("cc", monday.Add(time.Hour)))
	want(bad.ID, 0, "after another roster", "cc", "aa")
	check(t, s.AcceptRoster(ctx, scope, "bb", "Ada", "it was right after all"))
	want(0, 0, "after it was accepted", "cc", "aa")
	carryOut(t, s, lease, revert, rejecting)
	carryOut(t, s, lease, ledger.Run{}, roster("bb", monday.Add(2*time.Hour)))
	want(0, 0, "after it passed again", "bb", "cc", "aa")
	carryOut(t, s, lease, ledger.Run{Kind: ledger.Revert, Of: done.ID}, ledger.Commit{Rejected: &ledger.Rejection{Run: done.ID}})
	want(0, done.ID, "after a run without a roster was reverted", "bb", "cc", "aa")
}

// Of rosters that are too old to be compared with the last one before stays all the same:
// when the run of the newest is reverted, there is something to compare the next one with.
func testRejectionAfterHolidays(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	pass := func(hash string, days int) ledger.Run {
		t.Helper()
		return carryOut(t, s, lease, ledger.Run{}, ledger.Commit{Accepted: &ledger.Accepted{
			SHA256: hash, At: monday.AddDate(0, 0, days), IDs: slices.Values([][]byte{[]byte(hash)}),
		}})
	}
	pass("spring", 0)
	pass("summer", 1)
	bad := pass("autumn", 50)
	since := monday.AddDate(0, 0, 51-14)
	if known, err := s.Accepted(ctx, lease.Scope, since); err != nil || len(known) != 1 || known[0].SHA256 != "autumn" {
		t.Errorf("compared with %v, %v; want the last one alone", known, err)
	}
	carryOut(t, s, lease, ledger.Run{Kind: ledger.Revert, Of: bad.ID}, ledger.Commit{Rejected: &ledger.Rejection{Run: bad.ID, SHA256: "autumn"}})
	known, err := s.Accepted(ctx, lease.Scope, since)
	check(t, err)
	if len(known) != 1 || known[0].SHA256 != "summer" {
		t.Fatalf("after the revert compared with %v, want what passed before the holidays", known)
	}
	for ids, err := range s.AcceptedIDs(ctx, lease.Scope, "summer") {
		if check(t, err); string(ids) != "summer" {
			t.Errorf("its ids are %q", ids)
		}
	}
	for _, gone := range []string{"spring", "autumn"} {
		for _, err := range s.AcceptedIDs(ctx, lease.Scope, gone) {
			wantKind(t, err, fault.NotFound)
		}
	}
}

// What is left of a run that was reverted came to be by its settings, and everything
// else by those of the run before it.
func testBaselinesOfReverted(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run := func(run ledger.Run, settings string) int64 {
		t.Helper()
		run.Settings = []byte(settings)
		return carryOut(t, s, lease, run, ledger.Commit{}).ID
	}
	want := func(settings ...string) {
		t.Helper()
		got, err := s.Baselines(ctx, lease.Scope)
		check(t, err)
		var texts []string
		for _, g := range got {
			texts = append(texts, string(g))
		}
		if diff := cmp.Diff(settings, texts); diff != "" {
			t.Errorf("baselines (-want +got):\n%s", diff)
		}
	}
	run(ledger.Run{}, "a")
	run(ledger.Run{}, "b")
	last := run(ledger.Run{}, "c")
	run(ledger.Run{Kind: ledger.Cleanup}, "other")
	want("c")
	run(ledger.Run{Kind: ledger.Revert, Of: last}, "other")
	want("b", "c")
	run(ledger.Run{}, "d")
	want("d")
}
