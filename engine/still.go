package engine

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// A run that was carried out is followed by a look at what it leaves: stretches of
// the ledger that are as wanted are noted with a fingerprint of the wants. The next
// plan works out the fingerprints anew, which is quick, and compares the rest.

// still returns the stretches of a kind of which the flows ask the same as when
// they were noted.
func (p *Preparer) still(ctx context.Context, out *Prepared, kind directory.Kind) ([]plan.Stretch, error) {
	if slices.Contains(out.request.Settings.Authoritative, kind) {
		return nil, nil // what others did is looked for in all of it
	}
	noted, err := p.Store.Stretches(ctx, p.Scope, kind)
	if err != nil {
		return nil, err
	}
	same := make([]bool, len(noted))
	eachOf(len(noted), func(i int) {
		same[i] = out.wanted.Fingerprint(kind, noted[i].Span) == noted[i].Fingerprint
	})
	var still []plan.Stretch
	for i, s := range noted {
		if same[i] {
			still = append(still, s)
			out.still[kind] = append(out.still[kind], s.Span) // what it counts is not needed to the end
		}
	}
	return still, nil
}

// eachOf does something for each of n numbers, on all cores.
func eachOf(n int, do func(int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// verify notes the stretches that are as wanted after a run. Nothing depends on
// them: a run that could not note them is complete, and the next plan takes longer.
func (e *Engine) verify(ctx context.Context, lease ledger.Lease, p *Prepared) {
	if p.part != nil {
		return
	}
	e.Progress.tell(Verifying, 0, 0)
	var kinds errgroup.Group
	kinds.SetLimit(2) // each keeps its reader and its flows at work besides
	kinds.Go(func() error { return e.lookForUsers(ctx, lease) })
	for _, kind := range directory.Kinds() {
		kinds.Go(func() error { return e.verifyKind(ctx, lease, p, kind) })
	}
	if err := kinds.Wait(); err != nil && ctx.Err() == nil {
		e.Log.Warn("what the run left could not be noted; the next plan takes longer", "error", err)
	}
}

func (e *Engine) verifyKind(ctx context.Context, lease ledger.Lease, p *Prepared, kind directory.Kind) error {
	in := plan.Input{
		Want:     wantsAhead(p.wanted.Objects),
		HasRole:  p.wanted.HasRole,
		Excluded: p.wanted.Excluded,
		Have: func(kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error] {
			return readAhead(e.Store.Haves(ctx, e.Scope, kind, span))
		},
	}
	var looked []directory.Span // where those that were found lie
	var found []plan.Stretch
	note := func() error {
		eachOf(len(found), func(i int) {
			found[i].Fingerprint = p.wanted.Fingerprint(kind, found[i].Span)
		})
		err := e.Store.PutStretches(ctx, lease, kind, looked, found)
		looked, found = looked[:0], found[:0]
		return err
	}
	for _, gap := range plan.Gaps(p.still[kind]) {
		for stretch, err := range plan.Stretches(in, kind, gap) {
			if err != nil {
				return err
			}
			if found = append(found, stretch); len(found) == notedTogether {
				looked = append(looked, directory.Span{After: gap.After, UpTo: stretch.Span.UpTo})
				if err := note(); err != nil {
					return err
				}
				gap.After = stretch.Span.UpTo
			}
		}
		looked = append(looked, gap)
	}
	return note()
}

// notedTogether is how many stretches are noted at a time: after a day's changes there
// are tens of thousands of them.
const notedTogether = 1000
