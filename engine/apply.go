package engine

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// line carries the batches of a run: while the target is at work on one, the next
// ones are made ready and the last ones are recorded. Each of the three is one
// goroutine, so that batches are sent, carried out and recorded in their order.
type line struct {
	*sender
	total    int
	reached  int                     // the last step that is behind the run
	phases   bool                    // batches of an earlier phase may not be recorded yet
	renames  bool                    // of these, some give names to objects that are out of use
	fail     context.CancelCauseFunc // the first error stops all of it
	ready    chan *parcel            // noted as sent
	answered chan *parcel
	underway sync.WaitGroup // batches that were not recorded yet
	stations sync.WaitGroup
}

// How many batches may wait for the target, and how many to be recorded. Those are
// recorded together: where the journal is slower than the target, it has less to do.
const (
	waiting  = 1
	recorded = 4
)

// startLine starts a line. Its context ends with the first error.
func (s *sender) startLine(ctx context.Context, total int) (context.Context, *line) {
	l := &line{sender: s, total: total, ready: make(chan *parcel, waiting), answered: make(chan *parcel, recorded-1)}
	ctx, l.fail = context.WithCancelCause(ctx)
	l.stations.Go(func() {
		defer close(l.answered)
		for p := range l.ready {
			if l.do(ctx, 1, func() error { return s.deliver(ctx, p) }) {
				l.answered <- p
			}
		}
	})
	l.stations.Go(func() {
		for p := range l.answered {
			parcels := l.withWaiting(p)
			if l.do(ctx, len(parcels), func() error { return s.record(ctx, parcels...) }) {
				l.reached = parcels[len(parcels)-1].Last
				l.Progress.tell(Applying, l.reached, l.total)
				l.underway.Add(-len(parcels))
			}
		}
	})
	return ctx, l
}

// withWaiting returns a batch and those that wait behind it to be recorded.
func (l *line) withWaiting(first *parcel) []*parcel {
	parcels := []*parcel{first}
	for len(parcels) < recorded {
		select {
		case p, open := <-l.answered:
			if !open {
				return parcels
			}
			parcels = append(parcels, p)
		default:
			return parcels
		}
	}
	return parcels
}

// do does a station's work on so many batches, and reports whether they go on.
func (l *line) do(ctx context.Context, batches int, work func() error) bool {
	err := context.Cause(ctx)
	if err == nil {
		err = work()
	}
	if err != nil {
		l.fail(err)
		l.underway.Add(-batches)
	}
	return err == nil
}

// put makes a batch ready and puts it on the line.
func (l *line) put(ctx context.Context, batch ledger.Batch, steps []plan.Step) error {
	p, err := l.pack(ctx, batch, steps, false)
	if err != nil {
		return err
	}
	l.underway.Add(1)
	l.ready <- p // the stations take what comes, even when they have failed
	return context.Cause(ctx)
}

// end waits for all batches to come to their end, and returns the first error.
func (l *line) end(ctx context.Context) error {
	close(l.ready)
	l.stations.Wait()
	err := context.Cause(ctx)
	l.fail(nil)
	return err
}

// applyAll sends the steps of a run that were not sent yet, in order. It returns the
// last step that is behind the run.
func (s *sender) applyAll(ctx context.Context, total int) (reached int, err error) {
	defer s.meter.start(&s.meter.wall)()
	last, _, err := s.Store.LastBatch(ctx, s.Scope.Tenant, s.run)
	if err != nil {
		return 0, err
	}
	s.Progress.tell(Applying, last.Last, total)
	if s.Crew != nil && total > worthSharing*s.Target.Abilities().PerCall {
		return s.applyShared(ctx, last, total)
	}
	ctx, l := s.startLine(ctx, total)
	l.reached = last.Last
	if err := l.putAll(ctx, last); err != nil {
		l.fail(err)
	}
	err = l.end(ctx)
	return l.reached, err
}

// putAll puts the batches after the last one on the line.
func (l *line) putAll(ctx context.Context, last ledger.Batch) error {
	var before *plan.Step
	for steps, err := range l.batches(ctx, last.Last+1) {
		if err != nil {
			return err
		}
		l.phases = l.phases || before != nil && !before.SamePhase(&steps[0])
		l.renames = l.renames || l.phases && before.Was() != ""
		before = &steps[0]
		if err := l.await(ctx, steps); err != nil {
			return err
		}
		last = ledger.Batch{Number: last.Number + 1, First: last.Last + 1, Last: steps[len(steps)-1].Seq}
		if err := l.put(ctx, last, steps); err != nil {
			return err
		}
	}
	return nil
}

// await waits until all is recorded that was put on the line before, where the steps
// rest on what earlier phases leave behind: who is to have a name waits for it to become
// free. Steps of one phase do not depend on each other.
func (l *line) await(ctx context.Context, steps []plan.Step) error {
	if !l.phases {
		return nil
	}
	rest, err := l.restOnLedger(ctx, steps)
	if rest || l.renames {
		l.underway.Wait()
		l.phases, l.renames = false, false
	}
	return err
}

// restOnLedger reports whether it matters to steps what is recorded before they are
// made ready: they name users of whom no id is known yet, or take owners away, so that
// the ledger must tell who is left. All other steps need only be carried out in their
// order, as the line does.
func (s *sender) restOnLedger(ctx context.Context, steps []plan.Step) (bool, error) {
	for i := range steps {
		if len(steps[i].Owners.Remove) > 0 {
			return true, nil
		}
	}
	users := usersOf(steps)
	ids, err := s.userIDs(ctx, users)
	return slices.ContainsFunc(users, func(key string) bool { return ids[key] == "" }), err
}

// batchPairs is how many owners and members the steps of a batch have together, or
// less by one step's: a batch is what is in memory, and what is looked up after a
// crash.
const batchPairs = 10_000

// batches yields the steps from a number on that change the directory, as many of one
// phase as are sent together.
func (s *sender) batches(ctx context.Context, from int) iter.Seq2[[]plan.Step, error] {
	return func(yield func([]plan.Step, error) bool) {
		limit := s.Target.Abilities().PerCall
		var batch []plan.Step
		pairs := 0
		for step, err := range s.Store.Steps(ctx, s.Scope.Tenant, s.run, from) {
			if err != nil {
				yield(nil, err)
				return
			}
			if step.Held != nil || step.LedgerOnly() {
				continue
			}
			if len(batch) > 0 && (len(batch) == limit || pairs >= batchPairs || !batch[0].SamePhase(&step)) {
				if !yield(batch, nil) {
					return
				}
				batch, pairs = nil, 0
			}
			batch = append(batch, step)
			pairs += pairsOf(&step)
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// pairsOf returns how many owners and members a step adds and removes.
func pairsOf(s *plan.Step) int {
	return len(s.Owners.Add) + len(s.Owners.Remove) + len(s.Members.Add) + len(s.Members.Remove)
}
