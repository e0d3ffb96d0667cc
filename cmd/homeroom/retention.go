package main

import (
	"context"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// sweep deletes what is kept no longer: copies of rosters, and what there is of runs besides
// counts (rules 5). The run lease must be held.
func (m *memory) sweep(ctx context.Context, lease ledger.Lease, k keeping, now time.Time) error {
	err := m.sweepCopies(ctx, k, now)
	runs, failed := m.Past(ctx, lease.Scope, k.past(now))
	err = errors.Join(err, failed)
	for _, run := range runs {
		err = errors.Join(err, m.Reduce(ctx, lease, run))
	}
	return err
}

// past is the error of whoever wants to see more of a run than is kept; nil while all is.
func past(run ledger.Run) error {
	if !run.Reduced {
		return nil
	}
	return fault.New(fault.NotFound, "Run %d ended on %s. Its plan, and what became of each step, are kept no longer (history in the configuration): only its counts are.",
		run.ID, run.Ended.Local().Format(time.DateOnly))
}

// sweepEvery is how often a server looks whether something is kept for too long: it may be
// that no run is made any more.
const sweepEvery = time.Hour

// sweepAll deletes what is kept no longer of all tenants, until the context ends.
func (r *runner) sweepAll(ctx context.Context, wait func(context.Context, time.Duration) error) {
	for {
		tenants, err := r.data.Tenants(ctx)
		for _, tenant := range tenants {
			err = errors.Join(err, r.sweepOf(ctx, tenant))
		}
		if err != nil && ctx.Err() == nil {
			r.log.Error("what is kept for too long cannot be deleted", "error", err)
		}
		if wait(ctx, sweepEvery) != nil {
			return
		}
	}
}

// sweepOf does that for one tenant. Starts of its runs wait meanwhile, and a run that is under
// way sweeps at its end.
func (r *runner) sweepOf(ctx context.Context, tenant string) error {
	c, err := r.settings(ctx, tenant)
	if err != nil {
		return err
	}
	data := r.data.of(tenant)
	copies, err := data.ExpiredSnapshots(ctx, tenant, r.now().AddDate(0, 0, -c.Keeping.Days), c.Keeping.Last)
	if err != nil {
		return err
	}
	runs, err := data.Past(ctx, data.scope(c.Target), c.Keeping.past(r.now()))
	if err != nil || len(copies)+len(runs) == 0 {
		return err
	}
	t := r.turn(tenant)
	t.Lock()
	defer t.Unlock()
	lease, release, err := data.acquire(ctx, c.Target, false)
	if fault.KindOf(err) == fault.Busy {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	return data.sweep(ctx, lease, c.Keeping, r.now())
}
