package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/jobs"
	"github.com/homeroomhq/homeroom/ledger"
)

// crew are the servers that work with the same database of PostgreSQL's and take part in
// each other's runs.
type crew struct {
	runs  *runner
	queue *jobs.Queue

	lock  sync.Mutex
	hands map[ledger.Scope]*hand // in the last run of each
}

// hand is this server's part in a run.
type hand struct {
	epoch, run int64
	used       time.Time
	failed     bool // others go on with the run

	opened sync.Once
	hand   *engine.Hand
	err    error
}

// join lets a server on PostgreSQL take part in the runs of others, and others in its own,
// until leave is called. A server with files is alone.
func (r *runner) join(ctx context.Context) (leave func(), err error) {
	address := r.data.postgres
	if address == "" {
		return func() {}, nil
	}
	if _, err := jobs.Migrate(ctx, address); err != nil {
		return nil, err
	}
	c := &crew{runs: r, hands: make(map[ledger.Scope]*hand)}
	if c.queue, err = jobs.Open(ctx, address, r.log, c.take); err != nil {
		return nil, err
	}
	r.crew = c
	return func() {
		if err := c.queue.Close(ctx); err != nil {
			r.log.Error("what was done for other servers did not end", "error", err)
		}
	}, nil
}

// take carries out a batch of a run, if there is one left.
func (c *crew) take(ctx context.Context, b jobs.Batch) {
	h := c.hand(b)
	if h == nil {
		return
	}
	h.opened.Do(func() { h.hand, h.err = c.open(ctx, b) })
	took, err := false, h.err
	if err == nil {
		took, err = h.hand.Take(ctx)
	}
	switch {
	case err == nil && took:
		c.runs.metrics.shared.Inc()
	case err == nil || ctx.Err() != nil:
	case fault.KindOf(err) == fault.Conflict: // its owner is another one by now, or this server was slow
		c.runs.log.Info("another server goes on with a batch", "run", b.Run, "why", err)
	default:
		c.runs.log.Error("this server takes part in a run no longer", "run", b.Run, "error", err)
		c.lock.Lock()
		defer c.lock.Unlock()
		h.failed = true
	}
}

// handTime is how long it is remembered what a server met in a run, for the next batch.
const handTime = time.Minute

// hand returns this server's part in the run of a batch; nil for none.
func (c *crew) hand(b jobs.Batch) *hand {
	c.lock.Lock()
	defer c.lock.Unlock()
	now := time.Now()
	for scope, h := range c.hands {
		if now.Sub(h.used) > handTime {
			delete(c.hands, scope)
		}
	}
	scope := ledger.Scope{Tenant: b.Tenant, Target: b.Target}
	h := c.hands[scope]
	switch {
	case h == nil || h.epoch < b.Epoch:
		h = &hand{epoch: b.Epoch, run: b.Run}
		c.hands[scope] = h
	case h.epoch > b.Epoch || h.run != b.Run || h.failed: // a word that comes late, or nothing to be done here
		return nil
	}
	h.used = now
	return h
}

// open gets what it takes to carry out batches of a run, by the settings of now.
func (c *crew) open(ctx context.Context, b jobs.Batch) (*engine.Hand, error) {
	settings, err := c.runs.settings(ctx, b.Tenant)
	if err != nil {
		return nil, err
	}
	if settings.Target != b.Target {
		return nil, fault.New(fault.Invalid, "The run is for the directory %s; here %s is configured.", b.Target, settings.Target)
	}
	lease := ledger.Lease{Scope: ledger.Scope{Tenant: b.Tenant, Target: b.Target}, Epoch: b.Epoch}
	e, err := c.runs.engine(&begun{lease: lease, config: settings})
	if err != nil {
		return nil, err
	}
	e.Progress = nil // the owner tells
	return e.Hand(lease, b.Run), nil
}

// crewOf is the crew for the runs of a scope.
type crewOf struct {
	*crew
	scope ledger.Scope
	key   *vault
}

func (c crewOf) Call(ctx context.Context, lease ledger.Lease, run int64, batches int) error {
	return c.queue.Call(ctx, jobs.Batch{Tenant: c.scope.Tenant, Target: c.scope.Target, Epoch: lease.Epoch, Run: run}, batches)
}

func (c crewOf) Seal(run int64, batch int, plain []byte) []byte {
	return c.key.sealBound(c.scope.Tenant, sealedRun(run), fmt.Sprint("batch ", batch), plain)
}

func (c crewOf) Open(run int64, batch int, sealed []byte) ([]byte, error) {
	plain, err := c.key.openBound(c.scope.Tenant, sealedRun(run), fmt.Sprint("batch ", batch), sealed)
	return plain, fault.Wrap(err, fault.Invalid, "What comes with a batch cannot be decrypted: the key %s is not that of the server whose run it is", c.key.key)
}

func sealedRun(run int64) string { return fmt.Sprint("run ", run) }
