package engine

import (
	"context"
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
				if ctx.Err() == nil {
					cancel(fault.Wrap(err, fault.Conflict, "Another process took over this run"))
				}
				return
			}
		}
	}()
	return ctx, func() {
		cancel(context.Canceled)
		<-done
	}
}
