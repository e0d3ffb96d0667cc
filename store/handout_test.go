package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// handedOut is a run of which batches were handed out.
type handedOut struct {
	*Store
	t     *testing.T
	lease ledger.Lease
	run   int64
}

func newHandedOut(t *testing.T, s *Store, batches ...ledger.Handed) handedOut {
	t.Helper()
	lease := acquire(t, s)
	run, err := s.Begin(t.Context(), lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.HandOut(t.Context(), lease, run.ID, batches))
	return handedOut{s, t, lease, run.ID}
}

// takes fails unless a taker gets a batch with the number, 0 for none.
func (h handedOut) takes(taker string, number int) ledger.Handed {
	h.t.Helper()
	return h.takesOf(taker, false, ttl/2, number)
}

func (h handedOut) takesOf(taker string, sentOnly bool, ttl time.Duration, number int) ledger.Handed {
	h.t.Helper()
	got, err := h.Take(h.t.Context(), h.lease, h.run, taker, sentOnly, ttl)
	check(h.t, err)
	if got.Number != number {
		h.t.Errorf("%q took batch %d, want %d", taker, got.Number, number)
	}
	return got
}

func (h handedOut) sends(b ledger.Handed) {
	h.t.Helper()
	check(h.t, h.Sent(h.t.Context(), h.lease, h.run, b.Batch, nil))
}

func three() []ledger.Handed {
	return []ledger.Handed{
		{Batch: ledger.Batch{Number: 1, First: 1, Last: 3}, Secrets: []byte("sealed")},
		{Batch: ledger.Batch{Number: 2, First: 4, Last: 4}},
		{Batch: ledger.Batch{Number: 3, First: 5, Last: 9}},
	}
}

// Everybody gets another batch, and nobody else may write to it.
func testHandOut(t *testing.T, s *Store) {
	h := newHandedOut(t, s, three()...)
	a, b, owner := h.takes("a", 1), h.takes("b", 2), h.takes("", 3)
	h.takes("c", 0)
	want := ledger.Handed{Batch: ledger.Batch{Number: 1, First: 1, Last: 3, Taker: "a"}, Secrets: []byte("sealed")}
	if diff := cmp.Diff(want, a, cmpopts.IgnoreFields(want, "Left")); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	between(t, "time of the first batch", a.Left, ttl/2, ttl/2)
	if owner.Left < ttl {
		t.Errorf("whoever holds the lease has a batch for %s alone", owner.Left)
	}
	others, err := s.TakenByOthers(t.Context(), h.lease.Scope.Tenant, h.run)
	check(t, err)
	if others != 2 {
		t.Errorf("others are at work on %d batches, want 2", others)
	}
	wantKind(t, s.Record(t.Context(), h.lease, h.run, []ledger.Answer{{Batch: a.Batch}}), fault.Conflict) // before it was sent
	h.sends(a)
	h.sends(owner)
	strange := a.Batch
	strange.Taker = "b"
	wantKind(t, s.Sent(t.Context(), h.lease, h.run, strange, nil), fault.Conflict)
	wantKind(t, s.Record(t.Context(), h.lease, h.run, []ledger.Answer{{Batch: strange}}), fault.Conflict)
	check(t, s.Record(t.Context(), h.lease, h.run, []ledger.Answer{{Batch: a.Batch, Done: 3}, {Batch: owner.Batch, Done: 5}}))
	wantKind(t, s.Record(t.Context(), h.lease, h.run, []ledger.Answer{{Batch: a.Batch}}), fault.Conflict)
	_, err = s.Keep(t.Context(), h.lease, h.run, a.Batch, ttl)
	wantKind(t, err, fault.Conflict)

	left, err := s.Unanswered(t.Context(), h.lease.Scope.Tenant, h.run)
	check(t, err)
	b.Taker = ""
	if diff := cmp.Diff([]ledger.Batch{b.Batch}, left); diff != "" {
		t.Errorf("unanswered (-want +got):\n%s", diff)
	}
}

// A batch whose taker is not heard of is taken by another one, who learns whether it was
// sent. The first one writes nothing more.
func testHandOutSlow(t *testing.T, s *Store) {
	h := newHandedOut(t, s, three()[:2]...)
	stopped, slow := h.takesOf("stopped", false, ttl, 1), h.takesOf("slow", false, -time.Second, 2)
	h.sends(stopped)
	h.sends(slow)
	if next := h.takes("next", 2); !next.Sent || next.First != 4 || next.Last != 4 {
		t.Errorf("the next one took %+v, want a batch that was sent", next)
	}
	wantKind(t, s.Record(t.Context(), h.lease, h.run, []ledger.Answer{{Batch: slow.Batch}}), fault.Conflict)
	_, err := s.Keep(t.Context(), h.lease, h.run, slow.Batch, ttl)
	wantKind(t, err, fault.Conflict)
	left, err := s.Keep(t.Context(), h.lease, h.run, stopped.Batch, -time.Second)
	check(t, err)
	between(t, "time that is over", left, -time.Second, -time.Second)
	left, err = s.Keep(t.Context(), h.lease, h.run, stopped.Batch, ttl/2) // nobody was faster
	check(t, err)
	between(t, "time of a batch that is kept", left, ttl/2, ttl/2)
	h.takes("next", 0)
}

// Nobody has a batch for longer than the lease lasts, and none of a lease that was lost.
func testHandOutLease(t *testing.T, s *Store) {
	h := newHandedOut(t, s, three()...)
	between(t, "time beyond the lease", h.takesOf("a", false, 10*ttl, 1).Left, ttl-2*time.Second, ttl)
	h.takes("", 2)
	old := h.lease
	var err error
	h.lease, err = s.Takeover(t.Context(), old.Scope, "second", ttl)
	check(t, err)
	_, err = s.Take(t.Context(), old, h.run, "b", false, ttl)
	wantKind(t, err, fault.Conflict)
	_, err = s.Keep(t.Context(), old, h.run, ledger.Batch{Number: 1, Taker: "a"}, ttl)
	wantKind(t, err, fault.Conflict)
	wantKind(t, s.HandOut(t.Context(), old, h.run, nil), fault.Conflict)
	h.takes("b", 3)
	if got := h.takes("", 2); got.Sent { // of the one who held the lease before
		t.Errorf("%+v was never sent", got)
	}
	h.takes("", 2) // again, when that failed
}

// What nobody has sent yet is not given when the run is to end, or has ended.
func testHandOutCanceled(t *testing.T, s *Store) {
	h := newHandedOut(t, s, three()...)
	h.sends(h.takesOf("dead", false, -time.Second, 1))
	h.takesOf("", true, ttl, 1)
	h.takesOf("", true, ttl, 1)
	check(t, s.Commit(t.Context(), h.lease, ledger.Commit{Run: ledger.Run{ID: h.run, Scope: h.lease.Scope, Status: ledger.Running}}, all(steps(9)), nil))
	check(t, s.Cancel(t.Context(), h.lease.Scope, ledger.Cancellation{Run: h.run, By: "somebody"}, monday, outbound.Entry{}))
	h.takes("a", 0)
	check(t, s.Finish(t.Context(), h.lease, ledger.Run{ID: h.run, Status: ledger.Failed}, nil))
	h.takes("", 0)
	kept, err := s.count(t.Context(), `SELECT COUNT(*) FROM batches WHERE secrets IS NOT NULL`)
	check(t, err)
	if kept != 0 {
		t.Errorf("the secrets of %d batches are kept after the run", kept)
	}
}
