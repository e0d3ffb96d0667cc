package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/store"
)

// scheduleEvery is how often the server looks whether a run is to start by itself.
const scheduleEvery = 15 * time.Second

// scheduled starts runs by themselves, until the context ends (contract C.3).
func (r *runner) scheduled(ctx context.Context, wait func(context.Context, time.Duration) error) {
	failed := ""
	for {
		tenants, err := r.data.Tenants(ctx)
		for _, tenant := range tenants {
			err = errors.Join(err, r.look(ctx, tenant))
		}
		switch {
		case err == nil || ctx.Err() != nil:
			failed = ""
		case err.Error() != failed: // once, not every time
			failed = err.Error()
			r.log.Error("no run can start by itself", "error", err)
		}
		if wait(ctx, scheduleEvery) != nil {
			return
		}
	}
}

// look starts a run of a tenant by itself when it is time, and works out when the next
// one is. Times that passed while no server looked make one run together.
func (r *runner) look(ctx context.Context, tenant string) error {
	if r.rosters[tenant] == "" {
		return nil
	}
	c, err := r.settings(ctx, tenant)
	if err != nil {
		return err
	}
	scope := ledger.Scope{Tenant: tenant, Target: c.Target}
	due, err := r.data.Due(ctx, scope)
	if err != nil {
		return err
	}
	now := r.now()
	next := c.Runs.Schedule.due(now, c.TimeZone)
	switch {
	case due.Schedule != next.Schedule:
		next.Last = now // what was before is not made up for
		if put, err := r.data.PutDue(ctx, scope, due, next); err != nil || !put {
			return err
		}
		r.log.Info("runs start by themselves", "tenant", tenant, "schedule", next.Schedule, "next", next.At)
		return nil
	case due.At.IsZero() || now.Before(due.At):
		return nil
	}
	next.Last = due.At
	return r.startDue(ctx, scope, c, due, next)
}

// startDue starts the run that is due, or says why there is none. While somebody is at work
// with the command line, as on a backup, it is looked for again.
func (r *runner) startDue(ctx context.Context, scope ledger.Scope, c *config, due, next ledger.Due) error {
	gone, err := r.gone(ctx, scope)
	if err != nil {
		return err
	}
	why, err := r.skips(ctx, scope, c, due, gone)
	if err != nil {
		return err
	}
	if why == "" {
		why, err = r.startAutomatic(ctx, scope, due, next, gone)
	} else {
		_, err = r.data.PutDue(ctx, scope, due, next)
	}
	if why != "" && err == nil {
		r.log.Info("no run starts by itself this time", "tenant", scope.Tenant, "due", due.At, "why", why, "next", next.At)
	}
	return err
}

// startedBefore is for how long a client's start makes the next automatic run needless
// (contract C.3).
const startedBefore = 10 * time.Hour

// gone reports whether there is no roster where runs have read one. A run then fails, so that
// somebody is told, although no flow is ready without a roster.
func (r *runner) gone(ctx context.Context, scope ledger.Scope) (bool, error) {
	if _, err := os.Stat(r.rosters[scope.Tenant]); err == nil {
		return false, nil
	}
	accepted, err := r.data.Accepted(ctx, scope, r.now())
	return len(accepted) > 0, err
}

// skips returns why a run that is due does not start, "" when it does.
func (r *runner) skips(ctx context.Context, scope ledger.Scope, c *config, due ledger.Due, gone bool) (string, error) {
	if len(c.Settings.Flows()) == 0 && !gone {
		return "no flow is ready", nil
	}
	by, err := r.data.Paused(ctx, scope)
	if err != nil {
		return "", err
	}
	if by != 0 {
		return "runs are paused since one was reverted; homeroom resume lets them start again", nil
	}
	since := due.At.Add(-startedBefore)
	if due.Last.After(since) {
		since = due.Last // it let the one at that time be skipped
	}
	starts, err := r.data.Starts(ctx, scope.Tenant, since)
	if err != nil || len(starts) == 0 {
		return "", err
	}
	return "one was started not long before", nil
}

// startAutomatic starts a run that is due. What comes next is noted once it has begun, so
// that a crash in between makes one more run, not one less.
func (r *runner) startAutomatic(ctx context.Context, scope ledger.Scope, due, next ledger.Due, gone bool) (why string, err error) {
	t := r.turn(scope.Tenant)
	t.Lock()
	defer t.Unlock()
	ready := r.ready
	if gone {
		ready = r.leased
	}
	b, err := ready(ctx, scope.Tenant)
	if refused, ok := errors.AsType[*odata.Error](err); ok {
		_, err := r.data.PutDue(ctx, scope, due, next)
		return refused.Message, err
	}
	if err != nil {
		return "", err
	}
	now, err := r.data.Due(ctx, scope)
	if err == nil && !now.At.Equal(due.At) {
		b.release() // another server was faster
		return "", nil
	}
	if err == nil {
		err = r.begin(ctx, b, starter{automatic: true, entry: outbound.Entry{At: r.now(), Kind: string(access.Schedule), Action: "start"}})
	}
	if err != nil {
		b.release()
		return "", err
	}
	r.launch(b)
	_, err = r.data.PutDue(ctx, scope, due, next)
	return "", err
}

// dueAgain makes a run due that ended before it had a plan because its server did: preparing
// is started over after a crash. It does so once, so that what ends the server does not do it
// again and again.
func (r *runner) dueAgain(ctx context.Context, scope ledger.Scope) error {
	runs, err := r.data.Runs(ctx, scope, 2)
	if err != nil || len(runs) == 0 || !endedWithServer(runs[0]) || len(runs) > 1 && endedWithServer(runs[1]) {
		return err
	}
	due, err := r.data.Due(ctx, scope)
	if err != nil || due.At.IsZero() {
		return err
	}
	again := due
	again.At = r.now()
	_, err = r.data.PutDue(ctx, scope, due, again)
	return err
}

// endedWithServer reports whether a run of a roster ended before it had a plan because its
// process did.
func endedWithServer(run ledger.Run) bool {
	return run.Kind == ledger.OfRoster && (run.Code == store.Interrupted || run.Code == serverStopped)
}
