package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

const (
	// startsWithin is the time in which the starts of clients are counted (contract C.3).
	startsWithin = 12 * time.Hour

	// startsPatience is the longest Retry-After. SDKs sleep as long before they show the
	// error, and that of Go has no limit of its own.
	startsPatience = time.Minute
)

// starter is who begins a run, and when.
type starter struct {
	automatic bool           // it does not count as a client's start
	entry     outbound.Entry // for those who audit; its Object is filled in when the run is known
	only      []string       // keys that the run is limited to; nil for everything

	of            int64 // the run that is reverted; 0 for none
	deleteCreated bool

	cleanup *api.Cleanup // what is tidied up; nil for nothing
}

// readsRoster reports whether the run is one of a roster.
func (s *starter) readsRoster() bool { return s.of == 0 && s.cleanup == nil }

// begun is a run that was begun, with all that carrying it out takes.
type begun struct {
	lease   ledger.Lease
	release func()
	config  *config
	run     ledger.Run
	only    []string // keys that the run is limited to; empty for everything
	start   *starter // nil for a run that an earlier server began
}

// Start begins a run and does not wait for it.
func (r *runner) Start(ctx context.Context, caller access.Caller) error {
	t := r.turn(caller.Tenant)
	t.Lock()
	defer t.Unlock()
	b, err := r.ready(ctx, caller.Tenant)
	if err != nil {
		return taken(err)
	}
	if err = r.mayStart(ctx, b); err == nil {
		err = r.begin(ctx, b, starter{entry: outbound.Entry{
			At: r.now(), App: caller.App, Kind: string(caller.Kind), User: caller.User, RequestID: requestID(ctx), Action: "start",
		}})
	}
	if err != nil {
		b.release()
		return err
	}
	r.launch(b)
	return nil
}

// startOther begins a run that is not simply one over the whole roster, and returns it.
func (r *runner) startOther(ctx context.Context, caller access.Caller, by starter) (api.RunDetail, error) {
	t := r.turn(caller.Tenant)
	t.Lock()
	defer t.Unlock()
	ready := r.ready
	if !by.readsRoster() {
		ready = r.leased
	}
	b, err := ready(ctx, caller.Tenant)
	if err != nil {
		return api.RunDetail{}, taken(err)
	}
	if !by.automatic {
		err = r.mayStart(ctx, b)
	}
	if by.cleanup != nil {
		err = r.canCleanUp(ctx, b, by.cleanup)
	}
	if err == nil {
		var open bool
		if _, open, err = r.data.OpenRun(ctx, b.lease.Scope); open {
			err = odata.Conflict("A run was interrupted. Start a run, which carries it on, or cancel it.")
		}
	}
	if err == nil {
		err = r.begin(ctx, b, by)
	}
	if err != nil {
		b.release()
		return api.RunDetail{}, err
	}
	r.launch(b)
	return detail(b.run), nil
}

// canCleanUp refuses what the settings or the directory do not provide for.
func (r *runner) canCleanUp(ctx context.Context, b *begun, what *api.Cleanup) error {
	if what.Leavers && b.config.Leavers == 0 {
		return odata.Conflict("The configuration keeps leavers. To disable their accounts, write into it, for example: leavers: disable after 30 days")
	}
	if !what.Delete {
		return nil
	}
	target, err := openTarget(ctx, r.data.of(b.lease.Scope.Tenant), b.config)
	if err == nil && !target.Abilities().Deletes {
		err = odata.Conflict("The %s deletes nothing. Leave out that released objects are to be deleted.", target.Abilities().Name)
	}
	return err
}

// taken tells a client that the lease is somebody else's.
func taken(err error) error {
	if fault.KindOf(err) == fault.Busy {
		return odata.Conflict("Somebody is at work on the directory with the command line, or a run of another server is under way. Start another when that has ended.")
	}
	return err
}

// ready takes the lease for a run of a tenant that can be made of its roster now, by the
// settings of now. Its errors are for clients.
func (r *runner) ready(ctx context.Context, tenant string) (*begun, error) {
	inbound, err := r.Inbound(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if inbound == api.InboundExpired {
		return nil, odata.Conflict("The time in which rosters are taken has passed (inbound.expires), so nothing is changed.")
	}
	if inbound != api.InboundUsable {
		return nil, odata.Conflict("There is no roster that a run could read: none lies where the server was told with --roster PATH.")
	}
	return r.leased(ctx, tenant)
}

// leased takes the lease for a run of a tenant, of a roster or of none.
func (r *runner) leased(ctx context.Context, tenant string) (*begun, error) {
	c, err := r.settings(ctx, tenant)
	if fault.KindOf(err) == fault.Invalid { // what it says of files and keys is not for clients
		r.log.Error("no run can be made", "tenant", tenant, "error", err)
		return nil, odata.Conflict("The server is configured in a way that no run can be made. Its log tells more.")
	}
	if err != nil {
		return nil, err
	}
	lease, release, err := r.take(ctx, ledger.Scope{Tenant: tenant, Target: c.Target})
	if err != nil {
		return nil, err
	}
	return &begun{lease: lease, release: release, config: c}, nil
}

// take takes the run lease. A run that has ended for clients may still hold it for a
// moment. Without a run under way, somebody is at work with the command line: fault.Busy.
func (r *runner) take(ctx context.Context, scope ledger.Scope) (ledger.Lease, func(), error) {
	data := r.data.of(scope.Tenant)
	lease, release, err := data.acquire(ctx, scope.Target, false)
	if fault.KindOf(err) != fault.Busy {
		return lease, release, err
	}
	underWay := odata.Conflict("A run is under way. Start another when it has ended.")
	last, err := data.Runs(ctx, scope, 1)
	if err != nil {
		return lease, nil, err
	}
	if len(last) > 0 && last[0].Status == ledger.Running {
		return lease, nil, underWay
	}
	if ended := r.turn(scope.Tenant).ended; ended != nil {
		select {
		case <-ended:
		case <-ctx.Done(): // it is a run that has not begun for clients
			return lease, nil, underWay
		}
	}
	return data.acquire(ctx, scope.Target, false)
}

// mayStart refuses a client's start when as many as may be were made in the last twelve
// hours. Runs that failed do not count, nor do those that started by themselves.
func (r *runner) mayStart(ctx context.Context, b *begun) error {
	now, allowed := r.now(), b.config.Runs.Starts
	starts, err := r.data.Starts(ctx, b.lease.Scope.Tenant, now.Add(-startsWithin))
	if err != nil || len(starts) < allowed {
		return err
	}
	again := starts[len(starts)-allowed].Add(startsWithin)
	return &api.Later{
		Err: odata.TooManyRequests("%s in the last twelve hours. Another can be started from %s on.",
			count(len(starts), "run was started", "runs were started"), again.UTC().Format(time.RFC3339)),
		After: min(again.Sub(now), startsPatience),
	}
}

// begin begins a run, or takes the one that was interrupted. The settings are frozen.
func (r *runner) begin(ctx context.Context, b *begun, by starter) (err error) {
	open := false
	if b.run, open, err = r.data.OpenRun(ctx, b.lease.Scope); err != nil {
		return err
	}
	if !open {
		settings, err := json.Marshal(b.config.Settings)
		if err != nil {
			return fmt.Errorf("writing the settings of a run: %w", err)
		}
		run := ledger.Run{RosterPath: r.rosters[b.lease.Scope.Tenant], Settings: settings, Started: by.entry.At, Only: by.only}
		switch {
		case by.of != 0:
			run = ledger.Run{Kind: ledger.Revert, Of: by.of, Started: by.entry.At}
		case by.cleanup != nil:
			run = ledger.Run{Kind: ledger.Cleanup, Started: by.entry.At}
		}
		b.run, err = r.data.Begin(ctx, b.lease, run)
		if err != nil {
			return err
		}
	}
	b.start, b.only = &by, by.only
	err = r.noteStart(ctx, b, b.run.ID)
	if err != nil && !open {
		b.run = r.fail(b.lease, b.run, err)
	}
	return err
}

// noteStart notes who started a run.
func (r *runner) noteStart(ctx context.Context, b *begun, run int64) error {
	entry := b.start.entry
	entry.Object = objectOf(ledger.Run{Scope: b.lease.Scope, ID: run})
	return r.data.PutStart(ctx, b.lease, run, b.start.automatic, entry)
}
