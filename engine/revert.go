package engine

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/directory"
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
	approvals, err := p.approvals(ctx)
	if err != nil {
		return nil, err
	}
	// The generation comes first: see Prepare.
	generation, err := p.Store.Generation(ctx, p.Scope)
	if err != nil {
		return nil, err
	}
	p.Progress.tell(Planning, 0, 0)
	made, err := p.planRevert(ctx, run, request.DeleteCreated)
	if err != nil {
		return nil, err
	}
	made.Generation = generation
	out := &Prepared{
		Plan: made, request: Request{Limits: request.Limits, Begun: request.Begun},
		run:      ledger.Run{Kind: ledger.Revert, Of: run.ID},
		rejected: &ledger.Rejection{Run: run.ID, SHA256: run.RosterSHA256},
	}
	return out, p.guardOther(ctx, out, approvals)
}

// guardOther lets the guard hold what is dangerous in a plan that no roster asks for.
func (p *Preparer) guardOther(ctx context.Context, out *Prepared, approvals *approvals) error {
	privileged, err := p.privileged(ctx)
	if err != nil {
		return err
	}
	if err := p.guard(ctx, out, privileged, approvals); err != nil {
		return err
	}
	out.used, _ = approvals.split() // no roster took the reason of the others back
	return nil
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

func (p *Preparer) planRevert(ctx context.Context, run ledger.Run, deleteCreated bool) (*plan.Plan, error) {
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
	var failed error
	made, err := plan.Revert(plan.RevertInput{
		Run: run.ID, Reached: last.Last, DeleteCreated: deleteCreated, Taken: p.taken(ctx, &failed),
		Short: func(seq int) bool { return short[seq] || ledger.InBatches(open, seq) },
		Steps: func(from int) iter.Seq2[plan.Step, error] { return p.Store.Steps(ctx, tenant, run.ID, from) },
		Have: func(kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error] {
			return readAhead(p.Store.Haves(ctx, p.Scope, kind, span))
		},
		Find: func(kind directory.Kind, keys []string) ([]directory.Object, error) {
			objects, err := p.Target.Find(ctx, kind, keys)
			if err != nil {
				return nil, fmt.Errorf("looking up what the run wrote: %w", err)
			}
			return objects, nil
		},
		IDs: func(users []string) (map[string]string, error) {
			return p.Store.IDs(ctx, p.Scope, directory.User, users)
		},
	})
	return made, errors.Join(err, failed)
}
