package engine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
)

// Effort is what it took to carry a run out. The target, the searches and the journal
// are at work at the same time, so their times together may be more than the whole.
type Effort struct {
	Changes int           // that were carried out: an object is one, and an owner or a member
	Calls   int           // to the target, searches included
	Wall    time.Duration // from the first batch to the last
	Target  time.Duration // of it, in which changes were with the target
	Search  time.Duration // in which objects were looked for by their anchors
	Journal time.Duration // in which journal, ledger and lease were written
}

// Rate returns the changes in a second.
func (e Effort) Rate() float64 { return ratio(float64(e.Changes), e.Wall.Seconds()) }

// CallsPerThousand returns the calls to the target for a thousand changes.
func (e Effort) CallsPerThousand() float64 { return 1000 * ratio(float64(e.Calls), float64(e.Changes)) }

// Idle returns the share of the time in which the target had nothing to do: what
// everything else cost that was not done beside it.
func (e Effort) Idle() float64 { return ratio(float64(e.Wall-e.Target), float64(e.Wall)) }

// ratio returns 0 for nothing of nothing.
func ratio(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return part / whole
}

// meter notes the effort of a run.
type meter struct {
	lock                          sync.Mutex
	changes, calls                int
	wall, target, search, journal watch
}

// watch sums up how long somebody is at something, however many are at it at once.
type watch struct {
	at    int // how many
	since time.Time
	total time.Duration
}

// metered returns an engine that is like this one, and whose effort is noted.
func (e *Engine) metered() (*Engine, *meter) {
	m := new(meter)
	like := *e
	like.Store, like.Target, like.meter = meteredStore{e.Store, m}, meteredTarget{e.Target, m}, m
	return &like, m
}

// start notes that somebody begins with something that is watched, until the function
// that it returns is called.
func (m *meter) start(w *watch) (stop func()) {
	m.lock.Lock()
	defer m.lock.Unlock()
	if w.at++; w.at == 1 {
		w.since = time.Now()
	}
	return func() {
		m.lock.Lock()
		defer m.lock.Unlock()
		if w.at--; w.at == 0 {
			w.total += time.Since(w.since)
		}
	}
}

// called notes a call to the target, and the changes that it carried out.
func (m *meter) called(changes int) {
	m.lock.Lock()
	defer m.lock.Unlock()
	m.calls++
	m.changes += changes
}

func (m *meter) effort() Effort {
	m.lock.Lock()
	defer m.lock.Unlock()
	return Effort{
		Changes: m.changes, Calls: m.calls,
		Wall: m.wall.total, Target: m.target.total, Search: m.search.total, Journal: m.journal.total,
	}
}

// meteredTarget is a target whose calls are noted, and whose answers are complete.
type meteredTarget struct {
	directory.Target
	meter *meter
}

func (t meteredTarget) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	defer t.meter.start(&t.meter.search)()
	t.meter.called(0)
	return t.Target.Find(ctx, kind, anchors)
}

func (t meteredTarget) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	stop := t.meter.start(&t.meter.target)
	outcomes, err := t.Target.Apply(ctx, changes)
	stop()
	if err == nil && len(outcomes) != len(changes) {
		err = fmt.Errorf("the directory gave %d outcomes of %d changes", len(outcomes), len(changes))
	}
	if err != nil {
		t.meter.called(0)
		return nil, err
	}
	done := 0
	for i, o := range outcomes {
		if o.Verdict == directory.Done {
			done += changes[i].Size()
		}
	}
	t.meter.called(done)
	return outcomes, nil
}

// meteredStore is a store of which it is noted how long the journal takes.
type meteredStore struct {
	Store
	meter *meter
}

func (s meteredStore) Sent(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password) error {
	defer s.meter.start(&s.meter.journal)()
	return s.Store.Sent(ctx, lease, run, batch, passwords)
}

func (s meteredStore) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	defer s.meter.start(&s.meter.journal)()
	return s.Store.Record(ctx, lease, run, answers)
}

func (s meteredStore) HandOut(ctx context.Context, lease ledger.Lease, run int64, batches []ledger.Handed) error {
	defer s.meter.start(&s.meter.journal)()
	return s.Store.HandOut(ctx, lease, run, batches)
}

func (s meteredStore) Take(
	ctx context.Context, lease ledger.Lease, run int64, taker string, sentOnly bool, ttl time.Duration,
) (ledger.Handed, error) {
	defer s.meter.start(&s.meter.journal)()
	return s.Store.Take(ctx, lease, run, taker, sentOnly, ttl)
}

func (s meteredStore) Renew(ctx context.Context, lease ledger.Lease, ttl time.Duration) (ledger.Lease, error) {
	defer s.meter.start(&s.meter.journal)()
	return s.Store.Renew(ctx, lease, ttl)
}
