package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// resume clears up what an earlier process left: a run that was interrupted is carried
// on when it was made of the roster and the settings of now, or of no roster at all.
func (r *runner) resume(ctx context.Context) error {
	tenants, err := r.data.Tenants(ctx)
	for _, tenant := range tenants {
		err = errors.Join(err, r.resumeOf(ctx, tenant))
	}
	return err
}

func (r *runner) resumeOf(ctx context.Context, tenant string) error {
	t := r.turn(tenant)
	t.Lock()
	defer t.Unlock()
	scope, err := r.data.lastScope(ctx, tenant)
	if err != nil {
		return err
	}
	lease, release, err := r.data.of(tenant).acquire(ctx, scope.Target, false)
	if fault.KindOf(err) == fault.Busy {
		return nil // somebody is at work
	}
	if err != nil {
		return err
	}
	c, run, err := r.left(ctx, lease)
	if c == nil || err != nil {
		release()
		return err
	}
	r.launch(&begun{lease: lease, release: release, config: c, run: run, only: run.Only})
	return nil
}

// left returns the run that is to be carried on, with its settings; nil for none. A run
// that has no plan has failed. One that was found to have another roster than that of now
// waits for the next start, which takes its place: that roster is not read again and again.
func (r *runner) left(ctx context.Context, lease ledger.Lease) (*config, ledger.Run, error) {
	if err := r.data.Interrupt(ctx, lease, r.now()); err != nil {
		return nil, ledger.Run{}, err
	}
	if err := r.dueAgain(ctx, lease.Scope); err != nil {
		return nil, ledger.Run{}, err
	}
	run, open, err := r.data.OpenRun(ctx, lease.Scope)
	ofRoster := run.Kind == ledger.OfRoster
	if err != nil || !open || ofRoster && run.RosterPath != r.rosters[lease.Scope.Tenant] {
		return nil, run, err
	}
	if other, ok := r.others.Load(lease.Scope.Tenant); ok && other == run.ID {
		return nil, run, nil
	}
	c, err := r.settings(ctx, lease.Scope.Tenant)
	if err != nil || c.Target != lease.Scope.Target {
		return nil, run, err
	}
	if !ofRoster {
		return c, run, nil
	}
	settings, err := json.Marshal(c.Settings)
	if err != nil || !bytes.Equal(run.Settings, settings) {
		return nil, run, err
	}
	return c, run, nil
}
