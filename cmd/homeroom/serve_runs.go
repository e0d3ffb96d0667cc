package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// runner runs the engine for the API, one run of a tenant at a time.
type runner struct {
	app      *app
	data     *memory
	rosters  map[string]string // paths, by tenant
	strict   bool
	settings func(ctx context.Context, tenant string) (*config, error)
	metrics  *metrics
	log      *slog.Logger
	now      func() time.Time
	life     context.Context //nolint:containedctx // runs outlive the requests that start them, not the server
	crew     *crew           // that takes part in runs; nil for none

	watch func(directory.Target) directory.Target // puts somebody before the target; nil for nobody

	stages sync.Map // by tenant: stage of its run
	others sync.Map // by tenant: number of the run that was interrupted, and had another roster than that of now
	counts sync.Map // by tenant: its *lastCounts

	turns  sync.Map      // by tenant: its *turn
	places chan struct{} // full when as many runs are made as may be at once; nil for any number
}

// turn is that of one tenant: who has it starts a run, or looks for one to carry on.
type turn struct {
	sync.Mutex
	ended chan struct{} // closed when the last run is over; nil before the first
}

// turn returns that of a tenant. Others do not wait for it.
func (r *runner) turn(tenant string) *turn {
	t, _ := r.turns.LoadOrStore(tenant, new(turn))
	return t.(*turn)
}

// of returns the same data folder for another tenant. What is not open yet is opened by
// each alone.
func (m *memory) of(tenant string) *memory {
	other := *m
	other.tenant = tenant
	return &other
}

// launch carries out a run beside requests, for who has the turn.
func (r *runner) launch(b *begun) {
	ended := make(chan struct{})
	r.turn(b.lease.Scope.Tenant).ended = ended
	go func() {
		defer close(ended)
		defer b.release()
		r.carryOut(b)
	}()
}

// wait waits for the end of the last runs.
func (r *runner) wait() {
	r.turns.Range(func(_, value any) bool {
		t := value.(*turn)
		t.Lock()
		defer t.Unlock()
		if t.ended != nil {
			<-t.ended
		}
		return true
	})
}

// Inbound says whether there is a roster.
func (r *runner) Inbound(ctx context.Context, tenant string) (api.Inbound, error) {
	path := r.rosters[tenant]
	if path == "" {
		return api.InboundMissing, nil
	}
	if _, err := os.Stat(path); err != nil {
		return api.InboundMissing, nil
	}
	// Settings that cannot be read are told to whoever starts a run.
	if c, err := r.settings(ctx, tenant); err == nil && c.expired(r.now()) {
		return api.InboundExpired, nil
	}
	return api.InboundUsable, nil
}

// carryOut carries out a run that was begun, or carries on one that was interrupted.
func (r *runner) carryOut(b *begun) {
	log := r.log.With("tenant", b.lease.Scope.Tenant)
	log.Info("run begins", "run", b.run.ID, "kind", string(b.run.Kind), "carriedOn", b.start == nil)
	r.metrics.under.Inc()
	defer r.metrics.under.Dec()
	defer limitGarbage(garbageAfter, 0) // requests need not go slowly for a roster that is gone
	if err := r.data.subscribe(r.life, b.lease.Scope.Tenant, b.config); err != nil {
		log.Error("notices of the run go where those of the last one went", "run", b.run.ID, "error", err)
	}
	defer r.stages.Delete(b.lease.Scope.Tenant)
	report, err := r.sync(b)
	_, held := errors.AsType[*engine.HeldRoster](err)
	if canceled := report.Run.Code == ledger.OperationCanceled; err != nil && !held && !canceled {
		log.Error("run broke off", "run", b.run.ID, "error", err)
		if r.planned(b, report) {
			return // the next one carries it on
		}
		report.Run = r.fail(b.lease, b.run, err)
		if err := r.dueAgain(context.WithoutCancel(r.life), b.lease.Scope); err != nil {
			log.Error("a run that was broken off is not made up for", "error", err)
		}
	}
	ended := report.Run
	if b.start != nil && ended.ID != b.run.ID { // it took the place of one that was interrupted
		if err := r.noteStart(context.WithoutCancel(r.life), b, ended.ID); err != nil {
			log.Error("the start of a run is not recorded", "run", ended.ID, "error", err)
		}
	}
	if err := r.data.of(b.lease.Scope.Tenant).sweep(context.WithoutCancel(r.life), b.lease, b.config.Keeping, r.now()); err != nil {
		log.Error("what is kept for too long cannot be deleted", "error", err)
	}
	r.metrics.ran(ended)
	log.Info("run ended", "run", ended.ID, "status", string(ended.Status), "steps", ended.Steps,
		"done", ended.Done, "held", ended.Held, "failed", ended.Failed, "code", ended.Code)
}

// planned reports whether what broke off has a plan.
func (r *runner) planned(b *begun, report engine.Report) bool {
	if b.run.Planned || report.Run.ID != 0 {
		return true
	}
	run, err := r.data.Run(context.WithoutCancel(r.life), b.lease.Scope.Tenant, b.run.ID)
	return err == nil && run.Planned
}

// sync reads the roster and runs the engine, which puts a new run in the place of one that
// was interrupted when roster or settings are others by now. A run that nobody asked for
// now is carried on with its own roster alone, or with none.
func (r *runner) sync(b *begun) (engine.Report, error) {
	e, err := r.engine(b)
	if err != nil {
		return engine.Report{}, err
	}
	if b.start == nil {
		if report, canceled, err := e.EndCanceled(r.life, b.lease); canceled {
			return report, err
		}
	}
	ctx, stop := r.watched(b)
	defer stop()
	leave, err := r.enter(ctx, b)
	if err != nil {
		return r.given(e, b, err)
	}
	defer leave()
	if b.start == nil && b.run.Kind != ledger.OfRoster || b.start != nil && !b.start.readsRoster() {
		stop()
		return r.syncWithout(e, b)
	}
	request, err := r.request(ctx, b)
	if err != nil {
		return r.given(e, b, err)
	}
	stop()
	return e.Sync(r.life, b.lease, request, yesOf)
}

// given ends a run that was given up before the engine was at work: canceled, or for a cause.
func (r *runner) given(e *engine.Engine, b *begun, cause error) (engine.Report, error) {
	if report, canceled, err := e.EndCanceled(r.life, b.lease); canceled && err == nil {
		return report, nil
	}
	if unread, ok := errors.AsType[*unusable](cause); ok {
		return r.unread(e, b, unread)
	}
	return engine.Report{}, cause
}

// request reads the roster, and keeps a copy of it.
func (r *runner) request(ctx context.Context, b *begun) (engine.Request, error) {
	tenant, c := b.lease.Scope.Tenant, b.config
	people, problems, err := r.app.useRoster(ctx, r.rosters[tenant], c.Codes, r.strict) // a large one takes minutes
	if err != nil {
		return engine.Request{}, readingFault(problems, err)
	}
	if b.start == nil && people.SHA256 != b.run.RosterSHA256 {
		r.others.Store(tenant, b.run.ID)
		return engine.Request{}, fault.New(fault.Conflict, "The roster is another one than that of the interrupted run; start a new run.")
	}
	if err := r.data.of(tenant).keep(ctx, c.Keeping, people, r.rosters[tenant], r.now()); err != nil {
		return engine.Request{}, &unkept{err}
	}
	today := roster.DateOf(r.now().In(c.TimeZone))
	request := engine.Request{
		Roster: people, RosterPath: r.rosters[tenant], Problems: problems, Codes: c.Codes, Settings: c.Settings, Limits: c.Limits,
		AsOf: today, Rollover: c.Rollover.has(today), Reused: c.Reused, Only: b.only,
	}
	if !b.run.Planned {
		request.Begun = b.run
	}
	return request, nil
}

// syncWithout runs the engine without a roster.
func (r *runner) syncWithout(e *engine.Engine, b *begun) (engine.Report, error) {
	switch by := b.start; {
	case by == nil:
		report, _, err := e.CarryOn(r.life, b.lease)
		return report, err
	case by.of != 0:
		request := engine.RevertRequest{Run: by.of, DeleteCreated: by.deleteCreated, Limits: b.config.Limits, Begun: b.run}
		return e.Revert(r.life, b.lease, request, yesOf)
	}
	return e.Cleanup(r.life, b.lease, cleanupOf(b), yesOf)
}

// unread ends a run that was interrupted and whose roster cannot be used by now: somebody
// is to be told of it. Of any other run it returns what is wrong.
func (r *runner) unread(e *engine.Engine, b *begun, cause *unusable) (engine.Report, error) {
	if !b.run.Planned || r.life.Err() != nil {
		return engine.Report{}, cause
	}
	r.log.Error("an interrupted run cannot be carried on", "tenant", b.lease.Scope.Tenant, "run", b.run.ID, "error", cause)
	code, message := cause.told()
	message = strings.ReplaceAll(message, "Nothing was changed.", "What was done of the run stays.")
	return e.End(r.life, b.lease, b.run, code, message)
}

// cleanupOf returns what the engine is asked for by who started a cleanup.
func cleanupOf(b *begun) engine.CleanupRequest {
	what := b.start.cleanup
	request := engine.CleanupRequest{Released: what.Released, Delete: what.Delete, Retired: what.Retired, Limits: b.config.Limits, Begun: b.run}
	if what.Leavers {
		request.Leavers = b.config.Leavers
	}
	return request
}

// yesOf lets every plan be carried out: what is dangerous in it is held.
func yesOf(*engine.Prepared) (bool, error) { return true, nil }

func (r *runner) engine(b *begun) (*engine.Engine, error) {
	data := r.data.of(b.lease.Scope.Tenant)
	target, err := writtenTarget(r.life, data, b.config)
	if err != nil {
		return nil, err
	}
	if r.watch != nil {
		target = r.watch(target)
	}
	key, err := openVault(data.dir)
	if err != nil {
		return nil, err
	}
	e := &engine.Engine{
		Log: r.log, Store: data.Store, Target: target, Scope: b.lease.Scope, Now: r.now,
		NewPassword: newPassword, Seal: key.seal, Wait: wait, Progress: r.telling(b.run),
	}
	if r.crew != nil {
		e.Crew = crewOf{r.crew, b.lease.Scope, key}
	}
	return e, nil
}
