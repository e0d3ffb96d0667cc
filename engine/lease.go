package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// LeaseTime is how long a lease lasts after it was last renewed.
const LeaseTime = 30 * time.Second

// underLease does the work of a run while its lease is renewed. What is to end does not
// go on: a run that was canceled while nobody was at work on it ends first, and one that
// is canceled meanwhile ends where it is. begun is the run that was begun for the work; 0
// for none.
func (e *Engine) underLease(
	ctx context.Context, lease ledger.Lease, begun int64, work func(context.Context, *Engine) (Report, error),
) (Report, error) {
	e, meter := e.metered()
	report, canceled, err := e.endCanceled(ctx, lease)
	if err != nil || canceled && report.Run.ID == begun {
		return report, cmp.Or(err, report.canceled())
	}
	held, stop := e.hold(ctx, lease, true)
	report, err = work(held, e)
	err = stopped(held, report, err)
	stop()
	if err != nil && ctx.Err() == nil {
		switch end, canceled, failed := e.endCanceled(ctx, lease); {
		case failed != nil:
			err = failed
		case canceled:
			report, err = end, end.canceled()
		}
	}
	report.Effort = meter.effort()
	return report, err
}

// errToEnd ends the work of a run that was canceled.
var errToEnd = errors.New("the run was canceled")

// hold renews a lease until stop is called. The context that it returns ends when the
// lease is lost or, where that is looked for, when the run is canceled.
func (e *Engine) hold(ctx context.Context, lease ledger.Lease, canceled bool) (held context.Context, stop func()) {
	return e.holdBy(ctx, func(ctx context.Context) error {
		_, err := e.Store.Renew(ctx, lease, LeaseTime)
		if err == nil && canceled {
			err = e.asked(ctx)
		}
		return err
	})
}

// holdBy calls renew again and again until stop is called. The context that it returns ends
// with its first error.
func (e *Engine) holdBy(ctx context.Context, renew func(context.Context) error) (held context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e.Wait(ctx, LeaseTime/6) == nil {
			if err := renew(ctx); err != nil {
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

// asked returns errToEnd when somebody canceled a run.
func (e *Engine) asked(ctx context.Context) error {
	c, err := e.Store.Canceled(ctx, e.Scope)
	if err == nil && c.Run != 0 {
		return errToEnd
	}
	return err
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
