package engine

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// Hand takes part in a run that another server owns. It may be used by several goroutines at
// once.
type Hand struct {
	engine *Engine
	lease  ledger.Lease
	run    int64
	met    *met
}

// Hand returns a hand for a run whose owner holds the lease. It writes nothing once another
// one does.
func (e *Engine) Hand(lease ledger.Lease, run int64) *Hand {
	metered, _ := e.metered()
	return &Hand{engine: metered, lease: lease, run: run, met: new(met)}
}

// Take carries out a batch that was handed out and that nobody has taken, and reports
// whether there was one. When it fails, another server takes the batch: one that was sent is
// looked up first, as after a crash.
func (h *Hand) Take(ctx context.Context) (bool, error) {
	now := time.Now()
	batch, err := h.engine.Store.Take(ctx, h.lease, h.run, rand.Text(), false, LeaseTime)
	if err != nil || batch.Number == 0 {
		return false, err
	}
	secrets, err := h.engine.unseal(h.run, batch)
	if err != nil {
		return false, err
	}
	s := &sender{
		Engine: h.engine, lease: h.lease, run: h.run, secrets: secrets, met: h.met,
		taken: &batch, until: now.Add(batch.Left),
	}
	held, stop := h.engine.holdBy(ctx, func(ctx context.Context) error {
		_, err := s.extend(ctx)
		return err
	})
	defer stop()
	steps, err := s.stepsOf(held, batch.Batch)
	if err == nil {
		err = s.send(held, batch.Batch, steps, batch.Sent)
	}
	if err != nil && held.Err() != nil {
		err = context.Cause(held)
	}
	return true, err
}
