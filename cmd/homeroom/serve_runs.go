package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

// How often runs may be started through the API (contract C.3): runs that failed do not
// count.
const (
	startsAllowed = 5
	startsWithin  = 12 * time.Hour

	// startsPatience is the longest Retry-After. SDKs sleep as long before they show the
	// error, and that of Go has no limit of its own.
	startsPatience = time.Minute
)

// runner runs the engine for the API, one run at a time.
type runner struct {
	app      *app
	data     *memory
	path     string // of the roster; "" for none
	strict   bool
	settings func(ctx context.Context, tenant string) (*config, error)
	metrics  *metrics
	log      *slog.Logger
	life     context.Context //nolint:containedctx // runs outlive the requests that start them, not the server

	starting sync.Mutex
	ended    chan struct{} // closed when the last run is over; nil before the first
}

// launch carries out a run beside requests.
func (r *runner) launch(lease ledger.Lease, release func(), c *config, run ledger.Run, resumed bool) {
	ended := make(chan struct{})
	r.ended = ended
	go func() {
		defer close(ended)
		defer release()
		r.carryOut(lease, c, run, resumed)
	}()
}

// wait waits for the end of the last run.
func (r *runner) wait() {
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.ended != nil {
		<-r.ended
	}
}

// Inbound says whether there is a roster. It is that of the data folder's first tenant.
func (r *runner) Inbound(_ context.Context, tenant string) (api.Inbound, error) {
	if r.path == "" || tenant != r.data.tenant {
		return api.InboundMissing, nil
	}
	if _, err := os.Stat(r.path); err != nil {
		return api.InboundMissing, nil
	}
	return api.InboundUsable, nil
}

// Start begins a run and does not wait for it.
func (r *runner) Start(ctx context.Context, caller access.Caller) error {
	r.starting.Lock()
	defer r.starting.Unlock()
	inbound, err := r.Inbound(ctx, caller.Tenant)
	if err != nil {
		return err
	}
	if inbound != api.InboundUsable {
		return odata.Conflict("There is no roster that a run could read: the server is to be started with --roster PATH.")
	}
	c, err := r.settings(ctx, caller.Tenant)
	if fault.KindOf(err) == fault.Invalid { // what it says of files and keys is not for clients
		r.log.Error("no run can be made", "tenant", caller.Tenant, "error", err)
		return odata.Conflict("The server is configured in a way that no run can be made. Its log tells more.")
	}
	if err != nil {
		return err
	}
	lease, release, err := r.take(ctx, ledger.Scope{Tenant: caller.Tenant, Target: c.Target})
	if err != nil {
		return err
	}
	run, err := r.admit(ctx, lease, caller)
	if err != nil {
		release()
		return err
	}
	r.launch(lease, release, c, run, false)
	return nil
}

// take takes the run lease. A run that has ended for clients may still hold it for a
// moment.
func (r *runner) take(ctx context.Context, scope ledger.Scope) (ledger.Lease, func(), error) {
	lease, release, err := r.data.acquire(ctx, scope.Target, false)
	if fault.KindOf(err) != fault.Busy {
		return lease, release, err
	}
	underWay := odata.Conflict("A run is under way. Start another when it has ended.")
	last, err := r.data.Runs(ctx, scope, 1)
	if err != nil {
		return lease, nil, err
	}
	if len(last) == 0 || last[0].Status == ledger.Running {
		return lease, nil, underWay
	}
	if r.ended != nil {
		select {
		case <-r.ended:
		case <-ctx.Done(): // it is a run that has not begun for clients
			return lease, nil, underWay
		}
	}
	lease, release, err = r.data.acquire(ctx, scope.Target, false)
	if fault.KindOf(err) == fault.Busy {
		err = underWay
	}
	return lease, release, err
}

// admit begins a run, or takes the one that was interrupted. It refuses a sixth start
// in twelve hours.
func (r *runner) admit(ctx context.Context, lease ledger.Lease, caller access.Caller) (ledger.Run, error) {
	now := time.Now()
	starts, err := r.data.Starts(ctx, lease.Scope.Tenant, now.Add(-startsWithin))
	if err != nil {
		return ledger.Run{}, err
	}
	if n := len(starts); n >= startsAllowed {
		again := starts[n-startsAllowed].Add(startsWithin)
		return ledger.Run{}, &api.Later{
			Err: odata.TooManyRequests("Five runs were started in the last twelve hours. Another can be started from %s on.",
				again.UTC().Format(time.RFC3339)),
			After: min(again.Sub(now), startsPatience),
		}
	}
	run, open, err := r.data.OpenRun(ctx, lease.Scope)
	if err == nil && !open {
		run, err = r.data.Begin(ctx, lease, ledger.Run{RosterPath: r.path, Started: now})
	}
	if err != nil {
		return run, err
	}
	entry := outbound.Entry{
		At: now, App: caller.App, Kind: string(caller.Kind), User: caller.User, RequestID: requestID(ctx),
		Action: "start", Object: "runs('" + runID(caller.Tenant, run.ID) + "')",
	}
	err = r.data.PutStart(ctx, lease, run.ID, entry)
	if err != nil && !open {
		run = r.fail(lease, run, err)
	}
	return run, err
}

// carryOut carries out a run that was begun, or carries on one that was interrupted. With
// resumed nobody asked for it now, and it is carried on with its own roster alone.
func (r *runner) carryOut(lease ledger.Lease, c *config, run ledger.Run, resumed bool) {
	r.metrics.under.Inc()
	defer r.metrics.under.Dec()
	defer limitGarbage(garbageAfter, 0) // requests need not go slowly for a roster that is gone
	report, err := r.sync(lease, c, run, resumed)
	if _, held := errors.AsType[*engine.HeldRoster](err); err != nil && !held {
		r.log.Error("run broke off", "run", run.ID, "error", err)
		if run.Planned {
			return // the next one carries it on
		}
		report.Run = r.fail(lease, run, err)
	}
	ended := report.Run
	r.metrics.ran(ended)
	r.log.Info("run ended", "run", ended.ID, "status", string(ended.Status), "steps", ended.Steps,
		"done", ended.Done, "held", ended.Held, "failed", ended.Failed, "code", ended.Code)
}

// sync reads the roster and runs the engine, which puts a new run in the place of one that
// was interrupted when roster or settings are others by now.
func (r *runner) sync(lease ledger.Lease, c *config, run ledger.Run, resumed bool) (engine.Report, error) {
	ctx := r.life
	e, err := r.engine(ctx, lease, c)
	if err != nil {
		return engine.Report{}, err
	}
	if resumed && run.Kind != ledger.OfRoster {
		report, _, err := e.CarryOn(ctx, lease)
		return report, err
	}
	people, problems, err := r.app.useRoster(ctx, r.path, c.Codes, r.strict)
	if err != nil {
		return engine.Report{}, readingFault(problems, err)
	}
	if resumed && people.SHA256 != run.RosterSHA256 {
		return engine.Report{}, fault.New(fault.Conflict, "The roster is another one than that of the interrupted run; start a new run.")
	}
	today := roster.DateOf(time.Now().In(c.TimeZone))
	request := engine.Request{
		Roster: people, RosterPath: r.path, Problems: problems, Codes: c.Codes, Settings: c.Settings, Limits: c.Limits,
		AsOf: today, Rollover: c.Rollover.has(today),
	}
	if !run.Planned {
		request.Begun = run
	}
	return e.Sync(ctx, lease, request, func(*engine.Prepared) (bool, error) { return true, nil }) // what is dangerous is held
}

func (r *runner) engine(ctx context.Context, lease ledger.Lease, c *config) (*engine.Engine, error) {
	target, err := openTarget(ctx, c.Target, r.data, c.Settings.Domains)
	if err != nil {
		return nil, err
	}
	key, err := openVault(r.data.dir)
	if err != nil {
		return nil, err
	}
	return &engine.Engine{
		Log: r.log, Store: r.data.Store, Target: target, Scope: lease.Scope, Now: time.Now,
		NewPassword: newPassword, Seal: key.seal, Wait: wait,
	}, nil
}
