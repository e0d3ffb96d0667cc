package engine

import (
	"context"
	"iter"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
)

// What is had of objects that are made to match (rules 3, "By hand") is what the directory
// shows of those that the ledger knows. They are looked up by their anchors, so nothing else
// is ever touched, and in the order of the ledger.

// haves returns what is had of a kind: by the ledger, or as the directory shows it.
func (p *Preparer) haves(ctx context.Context, wanted *flow.Wanted, made []directory.Kind) func(directory.Kind, directory.Span) iter.Seq2[directory.Have, error] {
	var failed error
	known := p.known(ctx, &failed)
	witness := plan.Witness{Find: known.Find, IDs: known.IDs, Keys: p.linkedTo(ctx)}
	return func(kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error] {
		if !slices.Contains(made, kind) {
			return known.Have(kind, span)
		}
		return observed(witness, kind, known.Have(kind, span), wanted.Excluded)
	}
}

// observedTogether is how many objects are looked up at a time.
const observedTogether = 200

// observed yields records as the directory shows them.
func observed(w plan.Witness, kind directory.Kind, haves iter.Seq2[directory.Have, error], excluded func(directory.Kind, string) bool) iter.Seq2[directory.Have, error] {
	return func(yield func(directory.Have, error) bool) {
		some := make([]directory.Have, 0, observedTogether)
		tell := func() bool {
			if len(some) == 0 {
				return true
			}
			sights, err := w.See(kind, some)
			if err != nil {
				yield(directory.Have{}, err)
				return false
			}
			for i := range some {
				if had, there := sights[i].Observed(&some[i], excluded); there && !yield(had, nil) {
					return false
				}
			}
			some = some[:0]
			return true
		}
		for have, err := range haves {
			if err != nil {
				yield(have, err)
				return
			}
			if some = append(some, have); len(some) == observedTogether && !tell() {
				return
			}
		}
		tell()
	}
}

// awaitShown waits until the directory shows what the last run wrote: until then nothing of
// it is gone.
func (p *Preparer) awaitShown(ctx context.Context) error {
	if p.Target.Abilities().Visible == 0 {
		return nil
	}
	until, err := p.visible(ctx)
	if err != nil {
		return err
	}
	if d := until.Sub(p.Now()); d > 0 {
		return p.Wait(ctx, d)
	}
	return nil
}
