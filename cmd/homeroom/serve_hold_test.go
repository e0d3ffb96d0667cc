package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// A lease is renewed well before it runs out, again after the database was away, and no more
// when somebody else has it.
func TestRenewing(t *testing.T) {
	answers := []error{nil, errors.New("the database is away"), nil, fault.New(fault.Conflict, "the lease was lost")}
	asked, lost := 0, 0
	pause := func(_ context.Context, d time.Duration) error {
		if d > engine.LeaseTime/3 {
			t.Errorf("after %s the lease is renewed", d)
		}
		return nil
	}
	renewing(t.Context(), pause, func() { lost++ }, func() error {
		asked++
		return answers[asked-1]
	})
	if asked != len(answers) || lost != 1 {
		t.Errorf("renewed %d times, lost %d times", asked, lost)
	}
	ended := func(context.Context, time.Duration) error { return context.Canceled }
	renewing(t.Context(), ended, func() { t.Error("lost") }, func() error { t.Error("renewed"); return nil })
}

// No more runs are made at once than there are places. Who waits says so, and goes when
// somebody cancels that.
func TestPlaces(t *testing.T) {
	r := &runner{places: make(chan struct{}, 2)}
	at := func(tenant string) *begun {
		return &begun{run: ledger.Run{ID: 1, Scope: ledger.Scope{Tenant: tenant}}}
	}
	leave, err := r.enter(t.Context(), at("a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.enter(t.Context(), at("b")); err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.enter(gone, at("c")); !errors.Is(err, context.Canceled) {
		t.Errorf("who does not wait any longer: %v", err)
	}
	if told, _ := r.stages.Load("c"); told != (stage{run: 1, stage: waiting}) {
		t.Errorf("who waits is at %v", told)
	}
	entered := make(chan error)
	go func() {
		_, err := r.enter(t.Context(), at("d"))
		entered <- err
	}()
	leave()
	if err := <-entered; err != nil {
		t.Error(err)
	}
}
