package main

import (
	"context"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// takeoverEvery is how often a server looks whether another one died in the middle of a
// run. Its lease has to run out as well, so that the run goes on within a minute.
const takeoverEvery = 15 * time.Second

// takeOver carries on what other servers left, until the context ends.
func (r *runner) takeOver(ctx context.Context, wait func(context.Context, time.Duration) error) {
	for wait(ctx, takeoverEvery) == nil {
		left, err := r.unfinished(ctx)
		if err == nil && left {
			err = r.resume(ctx)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Error("what another server left cannot be cleared up", "error", err)
		}
	}
}

// unfinished reports whether a run is under way, whoever is at it. That is told without
// taking a lease, which one who is at work would have to share.
func (r *runner) unfinished(ctx context.Context) (bool, error) {
	tenants, err := r.data.Tenants(ctx)
	if err != nil {
		return false, err
	}
	for _, tenant := range tenants {
		scope, err := r.data.lastScope(ctx, tenant)
		if err != nil {
			return false, err
		}
		last, err := r.data.Runs(ctx, scope, 1)
		if err != nil {
			return false, err
		}
		if len(last) > 0 && last[0].Status == ledger.Running {
			return true, nil
		}
	}
	return false, nil
}
