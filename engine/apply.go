package engine

import (
	"context"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// applyAll sends the steps of a run that were not sent yet, in order. It returns the
// last step that is behind the run.
func (s *sender) applyAll(ctx context.Context, total int) (reached int, err error) {
	last, _, err := s.Store.LastBatch(ctx, s.Scope.Tenant, s.run)
	if err != nil {
		return 0, err
	}
	reached = last.Last
	s.Progress.tell(Applying, reached, total)
	next := ledger.Batch{Number: last.Number + 1, First: last.Last + 1}
	var steps []plan.Step
	flush := func() error {
		if len(steps) == 0 {
			return nil
		}
		next.Last = steps[len(steps)-1].Seq
		if err := s.send(ctx, next, steps, false); err != nil {
			return err
		}
		reached = next.Last
		s.Progress.tell(Applying, reached, total)
		next = ledger.Batch{Number: next.Number + 1, First: next.Last + 1}
		steps = nil
		return ctx.Err()
	}
	for step, err := range s.Store.Steps(ctx, s.Scope.Tenant, s.run, next.First) {
		if err != nil {
			return reached, err
		}
		if step.Held != nil || step.LedgerOnly() {
			continue
		}
		if len(steps) > 0 && (len(steps) == s.Target.Abilities().PerCall || !steps[0].SamePhase(&step)) {
			if err := flush(); err != nil {
				return reached, err
			}
		}
		steps = append(steps, step)
	}
	err = flush()
	return reached, err
}
