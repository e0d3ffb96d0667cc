package main

import (
	"context"
	"time"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
)

// waiting is the stage of a run for which there is no place yet.
const waiting engine.Stage = "waiting"

// enter waits for a place: as many runs as there are processors are made at once, since each
// takes memory for its roster. What it returns gives the place back.
func (r *runner) enter(ctx context.Context, b *begun) (leave func(), err error) {
	if r.places == nil {
		return func() {}, nil
	}
	leave = func() { <-r.places }
	select {
	case r.places <- struct{}{}:
		return leave, nil
	default:
	}
	r.telling(b.run)(waiting, 0, 0)
	select {
	case r.places <- struct{}{}:
		r.telling(b.run)(reading, 0, 0)
		return leave, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// watched returns a context for the work before the engine's, which renews the lease and
// looks for cancellations by itself: it ends with the server, when somebody cancels the run,
// and when the lease is lost, until stop is called.
func (r *runner) watched(b *begun) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(r.life)
	go func() {
		for wait(ctx, lookEvery) == nil {
			if c, err := r.data.Canceled(ctx, b.lease.Scope); err == nil && c.Run == b.run.ID {
				cancel()
			}
		}
	}()
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		renewing(ctx, wait, cancel, func() error {
			_, err := r.data.Renew(ctx, b.lease, engine.LeaseTime)
			return err
		})
	}()
	return ctx, func() {
		cancel()
		<-renewed
	}
}

// renewing renews a lease until the context ends, and calls lost when somebody else has it.
// A database that does not answer may do so the next time.
func renewing(ctx context.Context, wait func(context.Context, time.Duration) error, lost func(), renew func() error) {
	for wait(ctx, engine.LeaseTime/6) == nil {
		if fault.KindOf(renew()) == fault.Conflict {
			lost()
			return
		}
	}
}
