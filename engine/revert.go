package engine

import (
	"context"
	"iter"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// RevertRequest asks for a run to be taken back.
type RevertRequest struct {
	Run           int64 // that is reverted
	DeleteCreated bool  // what it created is deleted, but for users
	Limits        plan.Limits
	Begun         ledger.Run // the run that was begun for this already; the zero Run for none
}

// Revert makes one run that takes back what another one did, as far as it still stands
// (rules 4, "Revert"). It carries on what was interrupted, or else prepares, asks,
// commits and applies. The roster of the run that is reverted is rejected, and no run
// starts by itself until somebody says so, also when there is nothing to take back. The
// lease must be held.
func (e *Engine) Revert(ctx context.Context, lease ledger.Lease, request RevertRequest, ask Ask) (Report, error) {
	run := ledger.Run{ID: request.Begun.ID, Kind: ledger.Revert, Of: request.Run}
	return e.other(ctx, lease, run, func(ctx context.Context) (*Prepared, error) {
		if err := e.awaitVisible(ctx, request.Run); err != nil {
			return nil, err
		}
		return e.preparer().Revert(ctx, request)
	}, ask)
}

// awaitVisible waits until the target shows what a run wrote.
func (e *Engine) awaitVisible(ctx context.Context, run int64) error {
	r, err := e.Store.Run(ctx, e.Scope.Tenant, run)
	if err != nil {
		return err
	}
	if d := r.Ended.Add(e.Target.Abilities().Visible).Sub(e.Now()); d > 0 && !r.Ended.IsZero() {
		return e.Wait(ctx, d)
	}
	return nil
}

// Revert works out what a revert would do.
func (p *Preparer) Revert(ctx context.Context, request RevertRequest) (*Prepared, error) {
	run, err := p.revertible(ctx, request)
	if err != nil {
		return nil, err
	}
	out := &Prepared{
		request:  Request{Limits: request.Limits, Begun: request.Begun},
		run:      ledger.Run{Kind: ledger.Revert, Of: run.ID},
		rejected: &ledger.Rejection{Run: run.ID, SHA256: run.RosterSHA256},
	}
	return out, p.prepareOther(ctx, out, func(known plan.Known) (*plan.Plan, error) {
		return p.planRevert(ctx, run, request.DeleteCreated, known)
	})
}

// revertible returns the run that is to be reverted, if that can be.
func (p *Preparer) revertible(ctx context.Context, request RevertRequest) (ledger.Run, error) {
	run, err := p.Store.Run(ctx, p.Scope.Tenant, request.Run)
	switch {
	case err != nil:
		return run, err
	case run.Scope != p.Scope:
		return run, fault.New(fault.Invalid, "Run %d was for the directory %s, not for %s.", run.ID, run.Scope.Target, p.Scope.Target)
	case !run.Planned:
		return run, fault.New(fault.Invalid, "Run %d ended before it had a plan: it changed nothing, and there is nothing to revert.", run.ID)
	case run.Reduced:
		return run, fault.New(fault.Invalid, "Run %d ended on %s, so long ago that its plan is no longer kept: it cannot be taken back.", run.ID, day(run.Ended))
	case run.Status == ledger.Running:
		return run, fault.New(fault.Conflict, "Run %d is still under way. Revert it when it has ended.", run.ID)
	case request.DeleteCreated && !p.Target.Abilities().Deletes:
		return run, fault.New(fault.Invalid, "The %s deletes nothing. Leave out that what was created is to be deleted.", p.Target.Abilities().Name)
	}
	return run, nil
}

func (p *Preparer) planRevert(ctx context.Context, run ledger.Run, deleteCreated bool, known plan.Known) (*plan.Plan, error) {
	tenant := p.Scope.Tenant
	last, _, err := p.Store.LastBatch(ctx, tenant, run.ID)
	if err != nil {
		return nil, err
	}
	open, err := p.Store.Unanswered(ctx, tenant, run.ID) // that were handed out, and nobody came to
	if err != nil {
		return nil, err
	}
	short := make(map[int]bool)
	for answer, err := range p.Store.Answers(ctx, tenant, run.ID) {
		if err != nil {
			return nil, err
		}
		for _, r := range answer.Short {
			short[r.Seq] = true
		}
	}
	return plan.Revert(plan.RevertInput{
		Known: known, Run: run.ID, Reached: last.Last, DeleteCreated: deleteCreated,
		Short: func(seq int) bool { return short[seq] || ledger.InBatches(open, seq) },
		Steps: func(from int) iter.Seq2[plan.Step, error] { return p.Store.Steps(ctx, tenant, run.ID, from) },
	})
}
