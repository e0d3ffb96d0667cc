package store

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

const day = 24 * time.Hour

func testApprovals(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	approval := func(step string, expires time.Time) ledger.Approval {
		return ledger.Approval{Step: step, Run: 3, By: "Ada", Expires: expires}
	}
	holding := func(want ...string) {
		t.Helper()
		approvals, err := s.Approvals(ctx, lease.Scope, monday)
		check(t, err)
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(approvals))); diff != "" {
			t.Errorf("approvals (-want +got):\n%s", diff)
		}
	}
	check(t, s.Approve(ctx, lease.Scope, []ledger.Approval{
		approval("a", monday.Add(day)), approval("b", monday.Add(day)),
		approval("c", monday.Add(day)), approval("expired", monday),
	}))
	holding("a", "b", "c")
	approvals, err := s.Approvals(ctx, lease.Scope, monday)
	check(t, err)
	if want := approval("a", monday.Add(day)); approvals["a"] != want {
		t.Errorf("approval %+v, want %+v", approvals["a"], want)
	}
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.Commit(ctx, lease, ledger.Commit{
		Run: run, Used: []string{"a", "unknown"}, Lapsed: []string{"b"},
	}, all(steps(1)), nil))
	holding("c")
	want := approval("a", monday.Add(day))
	want.Used = true
	if used, err := s.Approval(ctx, lease.Scope, "a"); err != nil || used != want {
		t.Errorf("used approval %+v, %v", used, err)
	}
	if _, err := s.Approval(ctx, lease.Scope, "b"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("lapsed approval: %v", err)
	}
	check(t, s.Approve(ctx, lease.Scope, []ledger.Approval{approval("a", monday.Add(day))}))
	holding("a", "c")
	testStepRejected(t, s, lease, approval("c", time.Time{}))
}

// A rejection takes the place of an approval, has no end, and is no approval.
func testStepRejected(t *testing.T, s *Store, lease ledger.Lease, no ledger.Approval) {
	t.Helper()
	ctx := t.Context()
	no.Rejected = true
	audit := outbound.Entry{At: monday, Kind: "delegated", User: "Ada", Action: "reject", Object: "runs('3')"}
	check(t, s.Approve(ctx, lease.Scope, []ledger.Approval{no}, audit))
	for _, now := range []time.Time{monday, monday.AddDate(1, 0, 0)} {
		approvals, err := s.Approvals(ctx, lease.Scope, now)
		check(t, err)
		if approvals["c"] != no {
			t.Errorf("at %s the rejection is %+v", now, approvals["c"])
		}
	}
	if _, err := s.Approval(ctx, lease.Scope, "c"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a rejection is an approval: %v", err)
	}
	decided, err := s.Decisions(ctx, lease.Scope)
	check(t, err)
	if got := slices.Sorted(maps.Keys(decided)); decided["c"] != no || !slices.Equal(got, []string{"a", "c", "expired"}) {
		t.Errorf("decided is about %v: %+v", got, decided["c"])
	}
	entries, err := s.Audit(ctx, lease.Scope.Tenant, 1)
	check(t, err)
	if diff := cmp.Diff([]outbound.Entry{audit}, entries); diff != "" {
		t.Errorf("the audit (-want +got):\n%s", diff)
	}
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday, Generation: 1})
	check(t, err)
	check(t, s.Finish(ctx, lease, ledger.Run{ID: 1, Status: ledger.Completed}, nil))
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Lapsed: []string{"c"}}, all(steps(1)), nil))
	if approvals, err := s.Approvals(ctx, lease.Scope, monday); err != nil || approvals["c"].Rejected {
		t.Errorf("the roster took it back, but it is still rejected; %v", err)
	}
}

func testTallies(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	tally := func(at time.Time, org string, count int) ledger.Tally {
		return ledger.Tally{At: at, Sort: "member.classGroup", Org: org, Count: count}
	}
	check(t, s.Finish(ctx, lease, run, []ledger.Tally{tally(monday, "", 3), tally(monday, "north", 2)}))
	check(t, s.Finish(ctx, lease, run, []ledger.Tally{tally(monday.Add(6*day), "", 1), tally(monday, "", 4)}))
	check(t, s.Finish(ctx, lease, run, nil))
	for _, test := range []struct {
		since time.Time
		want  []ledger.Tally
	}{
		{monday, []ledger.Tally{tally(monday, "", 7), tally(monday, "north", 2), tally(monday.Add(6*day), "", 1)}},
		{monday.Add(day), []ledger.Tally{tally(monday.Add(6*day), "", 1)}},
	} {
		got, err := s.Tallies(ctx, lease.Scope, test.since)
		check(t, err)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("tallies since %s (-want +got):\n%s", test.since, diff)
		}
	}
	check(t, s.Finish(ctx, lease, run, []ledger.Tally{tally(monday.Add(8*day), "", 5)}))
	got, err := s.Tallies(ctx, lease.Scope, time.Time{})
	check(t, err)
	if len(got) != 2 {
		t.Errorf("tallies %+v, want those of the last week", got)
	}
}

func testAccepted(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	accept := func(sha256 string, at time.Time) {
		t.Helper()
		run, err := s.Begin(ctx, lease, ledger.Run{Started: at})
		check(t, err)
		run.Generation, err = s.Generation(ctx, lease.Scope)
		check(t, err)
		run.Status = ledger.Completed
		check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Accepted: &ledger.Accepted{
			SHA256: sha256, At: at, ByHand: sha256 == "d", Files: []string{"classes.csv", "users.csv"},
			IDs: slices.Values([][]byte{{0, 1}, {2}}),
		}}, all(steps(1)), nil))
	}
	want := func(since time.Time, hashes ...string) {
		t.Helper()
		accepted, err := s.Accepted(ctx, lease.Scope, since)
		check(t, err)
		var got []string
		for _, a := range accepted {
			got = append(got, a.SHA256)
		}
		if diff := cmp.Diff(hashes, got); diff != "" {
			t.Errorf("accepted since %s (-want +got):\n%s", since, diff)
		}
	}
	want(monday)
	accept("a", monday)
	accept("b", monday.Add(day))
	accept("c", monday.Add(2*day))
	want(monday, "c", "b", "a")
	want(monday.Add(day), "c", "b")
	want(monday.Add(30*day), "c")
	accept("a", monday.Add(3*day)) // again: counts from now on
	want(monday.Add(2*day), "a", "c")
	accept("d", monday.Add(16*day))
	want(time.Time{}, "d", "a", "c") // b is older than two weeks

	accepted, err := s.Accepted(ctx, lease.Scope, monday.Add(30*day))
	check(t, err)
	whole := ledger.Accepted{
		SHA256: "d", At: monday.Add(16 * day), ByHand: true, Files: []string{"classes.csv", "users.csv"},
	}
	if diff := cmp.Diff([]ledger.Accepted{whole}, accepted); diff != "" {
		t.Errorf("accepted (-want +got):\n%s", diff)
	}
	for _, sha256 := range []string{"a", "d"} { // a was accepted twice
		var ids [][]byte
		for piece, err := range s.AcceptedIDs(ctx, lease.Scope, sha256) {
			check(t, err)
			ids = append(ids, slices.Clone(piece))
		}
		if diff := cmp.Diff([][]byte{{0, 1}, {2}}, ids); diff != "" {
			t.Errorf("ids of %s (-want +got):\n%s", sha256, diff)
		}
	}
	for _, sha256 := range []string{"b", "unknown"} { // b was forgotten
		for _, err := range s.AcceptedIDs(ctx, lease.Scope, sha256) {
			wantKind(t, err, fault.NotFound)
		}
	}

	for _, word := range []bool{false, true} {
		if word {
			check(t, s.AcceptRoster(ctx, lease.Scope, "shrunk", "Ada", "the school closed"))
			check(t, s.AcceptRoster(ctx, lease.Scope, "shrunk", "Ada", "really"))
		}
		got, err := s.RosterAccepted(ctx, lease.Scope, "shrunk")
		check(t, err)
		if got != word {
			t.Errorf("roster accepted: %t, want %t", got, word)
		}
	}
	wantKind(t, s.AcceptRoster(ctx, lease.Scope, "", "Ada", ""), fault.Invalid)
}

func testPasswords(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	north1 := ledger.Password{Key: "User_1", Org: "north", Ciphertext: []byte{1, 0, 255}}
	north2 := ledger.Password{Key: "User_2", Org: "north", Ciphertext: []byte{2}}
	east := ledger.Password{Key: "User_3", Org: "east", Ciphertext: []byte{3}}
	check(t, s.Sent(ctx, lease, run.ID, ledger.Batch{Number: 1}, []ledger.Password{north2, north1, east}))
	got, err := s.Passwords(ctx, lease.Scope)
	check(t, err)
	if diff := cmp.Diff([]ledger.Password{east, north1, north2}, got); diff != "" {
		t.Errorf("passwords (-want +got):\n%s", diff)
	}
	north2.Ciphertext = []byte{4}
	check(t, s.Sent(ctx, lease, run.ID, ledger.Batch{Number: 1}, []ledger.Password{north2}))
	check(t, s.ErasePasswords(ctx, lease.Scope, []string{"User_1", "User_3"}))
	got, err = s.Passwords(ctx, lease.Scope)
	check(t, err)
	if diff := cmp.Diff([]ledger.Password{north2}, got); diff != "" {
		t.Errorf("passwords after two were erased (-want +got):\n%s", diff)
	}
}
