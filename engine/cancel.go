package engine

import (
	"context"
	"fmt"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// EndCanceled ends the run that somebody canceled, and reports whether there was one.
// What was done of it stays; what was sent and not answered is cleared up. It is for
// whoever finds the lease free: who is at work on a run ends it without that. The lease
// must be held.
func (e *Engine) EndCanceled(ctx context.Context, lease ledger.Lease) (Report, bool, error) {
	e, meter := e.metered()
	report, canceled, err := e.endCanceled(ctx, lease)
	report.Effort = meter.effort()
	return report, canceled, err
}

func (e *Engine) endCanceled(ctx context.Context, lease ledger.Lease) (report Report, canceled bool, err error) {
	c, err := e.Store.Canceled(ctx, e.Scope)
	if err != nil || c.Run == 0 {
		return Report{}, false, err
	}
	run, err := e.Store.Run(ctx, e.Scope.Tenant, c.Run)
	if err != nil {
		return Report{}, true, err
	}
	if run.Status != ledger.Running { // it had no plan, and ended when it was canceled
		return Report{Run: run}, true, e.Store.Heed(ctx, lease)
	}
	report, err = e.end(ctx, lease, run, ledger.OperationCanceled, fmt.Sprintf("Canceled by %s. What was done until then stays; the next sync plans the rest.", c.By))
	return report, true, err
}

// End ends a run that was interrupted and cannot be carried on, for a reason: a code, and
// a sentence. What was done of it stays; what was sent and not answered is cleared up. The
// lease must be held.
func (e *Engine) End(ctx context.Context, lease ledger.Lease, run ledger.Run, code, message string) (Report, error) {
	e, meter := e.metered()
	report, err := e.end(ctx, lease, run, code, message)
	report.Effort = meter.effort()
	return report, err
}

func (e *Engine) end(ctx context.Context, lease ledger.Lease, run ledger.Run, code, message string) (Report, error) {
	ctx, stop := e.hold(ctx, lease, false)
	defer stop()
	s := e.sender(lease, run.ID, noSecrets{})
	s.superseded = true
	before, err := s.clearUp(ctx)
	if err != nil {
		return Report{Run: run}, stopped(ctx, Report{Run: run}, err)
	}
	report, err := e.breakOff(ctx, s, run, code, message)
	report.Reached = before
	return report, stopped(ctx, report, err)
}

// canceled says of a run that it ended since somebody wanted that.
func (r Report) canceled() error {
	return fault.New(fault.Canceled, "Run %d: %s", r.Run.ID, r.Run.Message)
}
