package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// LeaseTime is how long a lease lasts after it was last renewed.
const LeaseTime = 30 * time.Second

// hold renews a lease until stop is called. The context that it returns ends
// when the lease is lost.
func (e *Engine) hold(ctx context.Context, lease ledger.Lease) (held context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e.Wait(ctx, LeaseTime/6) == nil {
			if _, err := e.Store.Renew(ctx, lease, LeaseTime); err != nil {
				cancel(err) // of what ends a run the first counts
				return
			}
		}
	}()
	return ctx, func() {
		cancel(context.Canceled)
		<-done
	}
}

// stopped returns why a run ended early when something from outside ended it: a
// lease that was lost, or somebody who wants it to stop. Then err is only what
// was cut off by that.
func stopped(ctx context.Context, report Report, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return fault.New(fault.Canceled, "%s Run the same command again to go on.", report.reached())
}

// reached says in a sentence how far a run came that was stopped.
func (r Report) reached() string {
	switch {
	case r.Run.ID == 0:
		return "Stopped; nothing was changed."
	case r.Reached == 0:
		return fmt.Sprintf("Run %d was stopped; nothing of it is lost.", r.Run.ID)
	}
	return fmt.Sprintf("Run %d was stopped after step %d of %d; nothing of it is lost.", r.Run.ID, r.Reached, r.Run.Steps)
}
