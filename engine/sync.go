package engine

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// Report is what became of a run.
type Report struct {
	Run      ledger.Run
	Resumed  bool // an interrupted run was carried on
	Before   int  // with Resumed: steps that were done before
	Reached  int  // of a run that was stopped: the last step that was carried out; 0 for none
	Failures []Failure
	Waiting  []Failure // steps of which a part must wait for another
	Effort   Effort
}

// Failure is a step that was not, or not wholly, carried out.
type Failure struct {
	Kind    directory.Kind
	Key     string
	Rule    string
	Message string
}

// Ask shows a prepared run to a person and returns whether to carry it out. It is
// not asked about an interrupted run that is carried on: that was approved.
type Ask func(*Prepared) (bool, error)

// Sync makes one run: it carries on what was interrupted, or else prepares, asks,
// commits and applies. The lease must be held. When ask says no, the report is
// empty and nothing was done.
func (e *Engine) Sync(ctx context.Context, lease ledger.Lease, request Request, ask Ask) (Report, error) {
	return e.underLease(ctx, lease, request.Begun.ID, func(ctx context.Context, e *Engine) (Report, error) {
		report, err := e.sync(ctx, lease, request, ask)
		if held, ok := errors.AsType[*HeldRoster](err); ok {
			return e.refuse(ctx, lease, request, held)
		}
		return report, err
	})
}

func (e *Engine) sync(ctx context.Context, lease ledger.Lease, request Request, ask Ask) (Report, error) {
	carried, report, err := e.carryOn(ctx, lease, request)
	if carried || err != nil {
		return report, err
	}
	prepared, err := e.preparer().Prepare(ctx, request)
	if err != nil {
		return Report{}, err
	}
	yes, err := ask(prepared)
	if err != nil || !yes {
		return Report{}, err
	}
	report, err = e.carryOut(ctx, lease, prepared, prepared.wanted)
	if err == nil {
		e.verify(ctx, lease, prepared)
	}
	return report, err
}

// carryOut commits a prepared run and carries it out.
func (e *Engine) carryOut(ctx context.Context, lease ledger.Lease, p *Prepared, secrets secrets) (Report, error) {
	run, err := e.commit(ctx, lease, p)
	if err != nil {
		return Report{}, err
	}
	p.Plan, p.links = nil, nil // stored; a country's take gigabytes
	s := e.sender(lease, run.ID, secrets)
	return e.finish(ctx, s, run, p.Problems)
}

func (e *Engine) preparer() *Preparer {
	return &Preparer{Store: e.Store, Target: e.Target, Scope: e.Scope, Now: e.Now, Wait: e.Wait, Progress: e.Progress}
}

// refuse records a run that a held roster stopped.
func (e *Engine) refuse(ctx context.Context, lease ledger.Lease, request Request, held *HeldRoster) (Report, error) {
	absent, err := e.preparer().absentIn(ctx, request, sync.OnceValue(func() present { return presentIn(request.Roster) }))
	if err != nil {
		return Report{}, err
	}
	run, err := e.begin(ctx, lease, request.Begun, ledger.Run{
		RosterPath: request.RosterPath, RosterSHA256: request.Roster.SHA256, Started: e.Now(),
	})
	if err != nil {
		return Report{}, err
	}
	if err := e.Store.PutStatistics(ctx, lease, run.ID, count(request, absent)); err != nil {
		return Report{}, err
	}
	run.Status, run.Ended = ledger.Failed, e.Now()
	run.Code, run.Message = string(held.Rule), held.Message
	if err := e.Store.Finish(ctx, lease, run, nil); err != nil {
		return Report{}, err
	}
	return Report{Run: run}, held
}

// begin begins a run, or goes on with the one that was begun.
func (e *Engine) begin(ctx context.Context, lease ledger.Lease, begun, run ledger.Run) (ledger.Run, error) {
	if begun.ID == 0 {
		return e.Store.Begin(ctx, lease, run)
	}
	run.ID, run.Scope, run.Status, run.Started = begun.ID, begun.Scope, begun.Status, begun.Started
	if run.Settings == nil { // it came to nothing
		run.Settings = begun.Settings
	}
	return run, nil
}

// commit makes the prepared run the one that is carried out.
func (e *Engine) commit(ctx context.Context, lease ledger.Lease, p *Prepared) (ledger.Run, error) {
	run := p.run
	run.Started, run.Generation = e.Now(), p.Plan.Generation
	run, err := e.begin(ctx, lease, p.request.Begun, run)
	if err != nil {
		return run, err
	}
	run.Steps = p.Plan.Len()
	run.Held = p.Plan.Summary().Held
	document, err := plan.Document(p.Plan)
	if err != nil {
		return run, err
	}
	c := ledger.Commit{Run: run, Document: document, Entries: ledgerEntries(p.Plan, day(run.Started))}
	p.remember(&c)
	return run, e.Store.Commit(ctx, lease, c, e.watchSteps(p.Plan), p.Plan.Skipped)
}

// carryOn carries on the run that was interrupted, if there is one and it was
// made from the same roster and settings. Of any other one only the batches
// whose outcome is unknown are cleared up, so that the ledger is true; the new
// plan takes its place. A roster that is held takes no other one's place, and none takes
// that of a run that no roster asked for: that one is carried on first.
func (e *Engine) carryOn(ctx context.Context, lease ledger.Lease, request Request) (bool, Report, error) {
	run, open, err := e.Store.OpenRun(ctx, e.Scope)
	if err != nil || !open {
		return false, Report{}, err
	}
	if run.Kind != ledger.OfRoster {
		report, err := e.carryOnOther(ctx, lease, run)
		return false, report, err
	}
	again, err := e.preparer().Prepare(ctx, request)
	if err != nil {
		return false, Report{}, err
	}
	same := run.RosterSHA256 == request.Roster.SHA256 && bytes.Equal(run.Settings, again.settings) && slices.Equal(run.Only, request.Only)
	s := e.sender(lease, run.ID, again.wanted)
	s.superseded = !same
	before, err := s.clearUp(ctx)
	if err != nil {
		return false, Report{Run: run}, err
	}
	if same {
		report, err := e.finish(ctx, s, run, again.Problems)
		if err == nil {
			e.verify(ctx, lease, again)
		}
		report.Resumed, report.Before = true, before
		return true, report, err
	}
	return false, Report{}, e.abandon(ctx, s, run)
}

// abandon closes a run that another one takes the place of.
func (e *Engine) abandon(ctx context.Context, s *sender, run ledger.Run) error {
	_, err := e.breakOff(ctx, s, run, ledger.OperationCanceled, "The run was interrupted, and another roster or other settings took its place.")
	return err
}

// breakOff closes a run before its end.
func (e *Engine) breakOff(ctx context.Context, s *sender, run ledger.Run, code, message string) (Report, error) {
	report := Report{Run: run}
	tallies, err := e.sumUp(ctx, &report)
	if err != nil {
		return report, err
	}
	report.Run.Status, report.Run.Ended = ledger.Failed, e.Now()
	report.Run.Code, report.Run.Message = code, message
	return report, e.Store.Finish(ctx, s.lease, report.Run, tallies)
}

// clearUp sends the batches again that were sent and never answered, and those that were
// handed out, unless another plan follows. It waits for servers that are at work on some.
// It returns how many steps were behind the run before.
func (s *sender) clearUp(ctx context.Context) (before int, err error) {
	defer s.meter.start(&s.meter.wall)()
	last, _, err := s.Store.LastBatch(ctx, s.Scope.Tenant, s.run)
	if err != nil {
		return 0, err
	}
	before = last.Last
	batches, err := s.Store.Unanswered(ctx, s.Scope.Tenant, s.run)
	if err != nil {
		return before, err
	}
	if len(batches) > 0 {
		before = batches[0].First - 1
	}
	for left := len(batches); left > 0; {
		took, err := s.takeNext(ctx)
		if err != nil {
			return before, err
		}
		if !took {
			if left, err = s.Store.TakenByOthers(ctx, s.Scope.Tenant, s.run); err == nil && left > 0 {
				err = s.Wait(ctx, firstPause)
			}
			if err != nil {
				return before, err
			}
		}
	}
	return before, nil
}

// takeNext sends the next batch that nobody is at work on, and reports whether there is one.
func (s *sender) takeNext(ctx context.Context) (bool, error) {
	batch, err := s.Store.Take(ctx, s.lease, s.run, "", s.superseded, LeaseTime)
	if err != nil || batch.Number == 0 {
		return false, err
	}
	steps, err := s.stepsOf(ctx, batch.Batch)
	if err != nil {
		return false, err
	}
	return true, s.send(ctx, batch.Batch, steps, batch.Sent)
}

// stepsOf returns the steps of a batch that change the directory.
func (s *sender) stepsOf(ctx context.Context, batch ledger.Batch) ([]plan.Step, error) {
	var steps []plan.Step
	for step, err := range s.Store.Steps(ctx, s.Scope.Tenant, s.run, batch.First) {
		if err != nil {
			return nil, err
		}
		if step.Seq > batch.Last {
			break
		}
		if step.Held == nil && !step.LedgerOnly() {
			steps = append(steps, step)
		}
	}
	return steps, nil
}

// finish applies what is left of a run and closes it.
func (e *Engine) finish(ctx context.Context, s *sender, run ledger.Run, problems []roster.Problem) (Report, error) {
	report := Report{Run: run}
	var err error
	if report.Reached, err = s.applyAll(ctx, run.Steps); err != nil {
		return report, err
	}
	tallies, err := e.sumUp(ctx, &report)
	if err != nil {
		return report, err
	}
	report.Run.Done = run.Steps - run.Held - report.Run.Failed // with what changed the ledger alone
	report.Run.Ended = e.Now()
	report.Run.Status = status(report, problems)
	if err := e.countOutcome(ctx, s.lease, report, problems); err != nil {
		return report, err
	}
	return report, e.Store.Finish(ctx, s.lease, report.Run, tallies)
}

func status(r Report, problems []roster.Problem) ledger.Status {
	switch {
	case r.Run.Failed > 0:
		return ledger.CompletedWithErrors
	case r.Run.Held > 0 || len(r.Waiting) > 0 || len(problems) > 0:
		return ledger.CompletedWithWarnings
	}
	return ledger.Completed
}

// sumUp counts what became of the steps that were sent, and what of it the guard
// remembers.
func (e *Engine) sumUp(ctx context.Context, report *Report) ([]ledger.Tally, error) {
	settled, err := e.Store.Settled(ctx, e.Scope)
	if err != nil {
		return nil, err
	}
	done := make(plan.Tally)
	for answer, err := range e.Store.Answers(ctx, e.Scope.Tenant, report.Run.ID) {
		if err != nil {
			return nil, err
		}
		report.Run.Done += answer.Done
		for _, r := range answer.Short {
			failure := Failure{r.Kind, r.Key, r.Rule, r.Message}
			if waits(r) {
				report.Waiting = append(report.Waiting, failure)
			} else {
				report.Failures = append(report.Failures, failure)
			}
		}
		for _, t := range answer.Tallies {
			if sort := plan.Sort(t.Sort); settled || !sort.Creates() { // the first run may create everything (rules 4)
				done.Add(sort, t.Org, t.Count)
			}
		}
	}
	report.Run.Failed = len(report.Failures)
	return tallies(done, e.Now()), nil
}

func tallies(done plan.Tally, at time.Time) []ledger.Tally {
	var out []ledger.Tally
	for sort, orgs := range done {
		for org, n := range orgs {
			out = append(out, ledger.Tally{At: at, Sort: string(sort), Org: org, Count: n})
		}
	}
	return out
}
