package engine

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// Stage is a part of a run that can take its time.
type Stage string

// The stages, in their order. Users, objects or steps are counted.
const (
	Comparing  Stage = "comparing"  // the roster with earlier ones
	Matching   Stage = "matching"   // people with the directory's users
	Planning   Stage = "planning"   // what is wanted against the ledger
	Committing Stage = "committing" // steps to the store
	Applying   Stage = "applying"   // steps to the target
	Verifying  Stage = "verifying"  // that the ledger is now as wanted
)

// Progress is told which stage a run is in, and now and then how much of about how
// much is behind it; the total is 0 where nobody knows. It must be safe for
// concurrent use.
type Progress func(stage Stage, done, total int)

func (p Progress) tell(stage Stage, done, total int) {
	if p != nil {
		p(stage, done, total)
	}
}

// countBetween is after how many things progress is told, and somebody may stop the
// work.
const countBetween = 1000

// wants yields what is wanted of a kind, within a span of keys.
type wants = func(directory.Kind, directory.Span) iter.Seq[directory.Want]

// watchWants tells progress of the objects that are compared. The streams end early
// when the context is done: what is made of them then must not be used.
func (p *Preparer) watchWants(ctx context.Context, r *roster.Roster, wants wants) wants {
	var done atomic.Int64
	total := min(len(r.People), len(r.Roles)) + len(r.Classes) // nobody without a role is wanted
	return func(kind directory.Kind, span directory.Span) iter.Seq[directory.Want] {
		return func(yield func(directory.Want) bool) {
			for want := range wants(kind, span) {
				if n := int(done.Add(1)) - 1; n%countBetween == 0 {
					if ctx.Err() != nil {
						return
					}
					p.Progress.tell(Planning, n, max(n, total))
				}
				if !yield(want) {
					return
				}
			}
		}
	}
}

// watchSteps tells progress of the steps that are stored.
func (e *Engine) watchSteps(p *plan.Plan) iter.Seq2[plan.Step, error] {
	return func(yield func(plan.Step, error) bool) {
		for step, err := range p.All() {
			if step.Seq%countBetween == 1 {
				e.Progress.tell(Committing, step.Seq-1, p.Len())
			}
			if !yield(step, err) {
				return
			}
		}
	}
}
