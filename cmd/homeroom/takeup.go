package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/ledger"
)

// takeUp opens what a command makes a run with: the data folder, which is the
// configuration's from now on, and the run lease. end gives both back, and sends the notices
// that are due.
func (a *app) takeUp(
	ctx context.Context, cmd *cobra.Command, o *runOptions, c *config, waiting bool,
) (m *memory, lease ledger.Lease, end func(*error), err error) {
	if m, err = a.open(ctx); err != nil {
		return nil, lease, nil, err
	}
	if err = m.settleOwner(ctx, o); err == nil {
		err = m.subscribe(ctx, m.tenant, c)
	}
	var release func()
	if err == nil {
		lease, release, err = m.acquire(ctx, c.Target, waiting)
	}
	if err != nil {
		closing(m, &err)
		return nil, lease, nil, err
	}
	return m, lease, func(err *error) {
		release()
		m.sendNotices(ctx, cmd, c)
		closing(m, err)
	}, nil
}
