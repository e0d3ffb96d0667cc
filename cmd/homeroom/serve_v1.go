package main

import (
	"context"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"sync"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// RunDetails returns runs, the newest first.
func (r *runner) RunDetails(ctx context.Context, tenant string, before int64, limit int) ([]api.RunDetail, error) {
	scope, err := r.data.lastScope(ctx, tenant)
	if err != nil {
		return nil, err
	}
	runs, err := r.data.RunsBefore(ctx, scope, before, limit)
	if err != nil {
		return nil, err
	}
	details := make([]api.RunDetail, len(runs))
	for i, run := range runs {
		details[i] = detail(run)
	}
	return details, nil
}

// RunDetail returns one run.
func (r *runner) RunDetail(ctx context.Context, tenant, id string) (api.RunDetail, error) {
	run, _, err := r.find(ctx, tenant, id)
	return detail(run), err
}

// detail shows a run as people know it who operate Homeroom. Where the roster lies on the
// server is not for clients.
func detail(run ledger.Run) api.RunDetail {
	d := api.RunDetail{
		ID: runID(run.Scope.Tenant, run.ID), Number: run.ID, Kind: string(run.Kind), Status: run.Status, Started: run.Started.UTC(),
		SHA256: run.RosterSHA256, Only: slices.Clip(append([]string{}, run.Only...)), Planned: run.Planned, Reduced: run.Reduced,
		Steps: run.Steps, Done: run.Done, Held: run.Held, Failed: run.Failed, Code: run.Code, Message: run.Message,
	}
	if run.Kind == ledger.OfRoster {
		d.Kind = "roster"
	}
	if run.RosterPath != "" {
		d.Roster = filepath.Base(run.RosterPath)
	}
	if run.Of != 0 {
		of := runID(run.Scope.Tenant, run.Of)
		d.Reverts = &of
	}
	if !run.Ended.IsZero() {
		ended := run.Ended.UTC()
		d.Ended = &ended
	}
	return d
}

// Plan returns what writes the plan of a run.
func (r *runner) Plan(ctx context.Context, tenant, id, mediaType string) (func(io.Writer) error, error) {
	run, _, err := r.find(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	data := r.data.of(tenant)
	p, err := data.storedPlan(ctx, run)
	if err != nil {
		return nil, err
	}
	if mediaType == "application/json" {
		return func(w io.Writer) error { return plan.WriteJSON(w, p) }, nil
	}
	names, err := data.ledgerNames(ctx, run.Scope)
	if err != nil {
		return nil, err
	}
	if mediaType == "text/csv" {
		return func(w io.Writer) error { return plan.WriteCSV(w, p, names) }, nil
	}
	return func(w io.Writer) error {
		return plan.WriteHTML(w, p, plan.HTMLOptions{Title: runTitle(run), Names: names})
	}, nil
}

// Steps returns the steps of the plan of a run. A run that has none has no steps.
func (r *runner) Steps(ctx context.Context, tenant, id string, from int) (api.PlannedSteps, error) {
	run, _, err := r.find(ctx, tenant, id)
	if err != nil {
		return api.PlannedSteps{}, err
	}
	if err := past(run); err != nil {
		return api.PlannedSteps{}, err
	}
	outcome, err := r.data.of(tenant).outcomes(ctx, run)
	if err != nil {
		return api.PlannedSteps{}, err
	}
	decided, err := r.data.Decisions(ctx, run.Scope)
	return api.PlannedSteps{All: r.data.Steps(ctx, tenant, run.ID, from), Outcome: outcome, Decided: decided}, err
}

// Failures returns what failed in a run, and what waits.
func (r *runner) Failures(ctx context.Context, tenant, id string) (iter.Seq2[api.Failure, error], error) {
	run, _, err := r.find(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return r.data.of(tenant).shortSteps(ctx, run)
}

// Counts counts what Homeroom has in the directory, once for each generation of the ledger.
func (r *runner) Counts(ctx context.Context, tenant string) (api.Counts, error) {
	scope, err := r.data.lastScope(ctx, tenant)
	if err != nil {
		return api.Counts{}, err
	}
	generation, err := r.data.Generation(ctx, scope)
	if err != nil {
		return api.Counts{}, err
	}
	value, _ := r.counts.LoadOrStore(tenant, new(lastCounts))
	last := value.(*lastCounts)
	last.Lock()
	defer last.Unlock()
	if last.known && last.counts.Generation == generation {
		return last.counts, nil
	}
	counts := api.Counts{Generation: generation}
	for _, kind := range directory.Kinds() {
		of, err := r.countKind(ctx, scope, kind)
		if err != nil {
			return counts, err
		}
		counts.Kinds = append(counts.Kinds, of)
	}
	last.counts, last.known = counts, true
	return counts, nil
}

// lastCounts are the counts of a tenant as they were last. Who asks at the same time waits for
// whoever counts.
type lastCounts struct {
	sync.Mutex
	counts api.Counts
	known  bool
}

func (r *runner) countKind(ctx context.Context, scope ledger.Scope, kind directory.Kind) (api.CountOfKind, error) {
	of := api.CountOfKind{Kind: kind}
	for have, err := range r.data.Haves(ctx, scope, kind, directory.Span{}) {
		if err != nil {
			return of, err
		}
		if have.Created {
			of.Created++
		}
		switch have.State {
		case directory.Retired:
			of.Retired++
		case directory.Released:
			of.Released++
		default:
			of.Managed++
			of.Owners += len(have.Owners) - len(have.StrangeOwners)
			of.Members += len(have.Members) - len(have.StrangeMembers)
		}
	}
	return of, nil
}

// StartedBy reports whether a caller started a run. Of a person who was forgotten nobody
// knows.
func (r *runner) StartedBy(ctx context.Context, caller access.Caller, id string) (bool, error) {
	run, _, err := r.find(ctx, caller.Tenant, id)
	if err != nil {
		return false, err
	}
	asked, err := r.data.Asked(ctx, caller.Tenant, objectOf(run), "start", "retry", "revert", "cleanup")
	for _, entry := range asked {
		same := entry.App == caller.App
		if caller.User != "" {
			same = entry.User == caller.User
		}
		if same && entry.Kind == string(caller.Kind) {
			return true, nil
		}
	}
	return false, err
}

// objectOf is by what those who audit know a run.
func objectOf(run ledger.Run) string { return "runs('" + runID(run.Scope.Tenant, run.ID) + "')" }
