package engine

import (
	"context"
	"crypto/rand"
	"errors"
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
// whether there was one. When it fails, or somebody wants the run to end, others have the
// batch: one that was sent is looked up first, as after a crash.
func (h *Hand) Take(ctx context.Context) (bool, error) {
	now := time.Now()
	batch, err := h.engine.Store.Take(ctx, h.lease, h.run, rand.Text(), false, LeaseTime)
	if err != nil || batch.Number == 0 {
		return false, err
	}
	s := &sender{
		Engine: h.engine, lease: h.lease, run: h.run, met: h.met, taken: &batch, until: now.Add(batch.Left),
	}
	err = s.carryOutTaken(ctx)
	if err != nil { // at once, not when its time is over
		_, _ = s.Store.Keep(context.WithoutCancel(ctx), h.lease, h.run, batch.Batch, 0)
	}
	if errors.Is(err, errToEnd) {
		err = nil
	}
	return true, err
}

// carryOutTaken carries out the batch that was taken, and keeps it meanwhile.
func (s *sender) carryOutTaken(ctx context.Context) error {
	secrets, err := s.unseal(s.run, *s.taken)
	if err != nil {
		return err
	}
	s.secrets = secrets
	held, stop := s.holdBy(ctx, func(ctx context.Context) error {
		if _, err := s.extend(ctx); err != nil {
			return err
		}
		return s.asked(ctx)
	})
	defer stop()
	steps, err := s.stepsOf(held, s.taken.Batch)
	if err == nil {
		err = s.send(held, s.taken.Batch, steps, s.taken.Sent)
	}
	if err != nil && held.Err() != nil {
		err = context.Cause(held)
	}
	return err
}
