package main

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// resume clears up what an earlier process left: a run that was interrupted is carried
// on when it was made of the roster and the settings of now, or of none.
func (r *runner) resume(ctx context.Context) error {
	r.starting.Lock()
	defer r.starting.Unlock()
	lease, release, err := r.data.acquire(ctx, localTarget, false)
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
	r.launch(lease, release, c, run, true)
	return nil
}

// left returns the run that is to be carried on, with its settings; nil for none. A run
// that has no plan has failed. One that no roster asked for is carried on in any case.
func (r *runner) left(ctx context.Context, lease ledger.Lease) (*config, ledger.Run, error) {
	if err := r.data.Interrupt(ctx, lease, time.Now()); err != nil {
		return nil, ledger.Run{}, err
	}
	run, open, err := r.data.OpenRun(ctx, lease.Scope)
	if err != nil || !open || run.Kind == ledger.OfRoster && run.RosterPath != r.path {
		return nil, run, err
	}
	c, err := r.settings(ctx, lease.Scope.Tenant)
	if err != nil || run.Kind != ledger.OfRoster {
		return c, run, err
	}
	settings, err := json.Marshal(c.Settings)
	if err != nil || !bytes.Equal(run.Settings, settings) {
		return nil, run, err
	}
	return c, run, nil
}
