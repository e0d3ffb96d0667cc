package main

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/odata"
)

// A run that has ended for clients lets the next one start as soon as it lets go. Whoever
// cannot wait so long is told that one is under way.
func TestTakeWaitsForTheEnd(t *testing.T) {
	m, err := openDev(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	lease, release, err := m.acquire(t.Context(), localTarget, false)
	if err != nil {
		t.Fatal(err)
	}
	run, err := m.Begin(t.Context(), lease, ledger.Run{RosterPath: "roster", Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	run.Status, run.Ended = ledger.Failed, time.Now()
	if err := m.Finish(t.Context(), lease, run, nil); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	r := &runner{data: m}
	r.turn(m.tenant).ended = ended
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, _, err = r.take(ctx, lease.Scope)
	if refused, ok := errors.AsType[*odata.Error](err); !ok || refused.Status != http.StatusConflict {
		t.Errorf("while another run holds the lease: %v, want 409", err)
	}
	go func() {
		release()
		close(ended)
	}()
	if _, release, err = r.take(t.Context(), lease.Scope); err != nil {
		t.Fatal(err)
	}
	release()
}
