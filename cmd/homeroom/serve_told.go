package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
)

// runID returns the id by which the API knows a run: ten bytes that stand for the
// tenant, and the run's number in the last six. So ids are in the order of the runs.
func runID(tenant string, number int64) string {
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte("runs of "+tenant))
	var raw [8]byte
	binary.BigEndian.PutUint64(raw[:], uint64(number))
	copy(id[10:], raw[2:])
	return id.String()
}

// runNumberOf returns the number of the run with an id, or 0 when no run of the tenant
// can have it.
func runNumberOf(tenant, id string) int64 {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return 0
	}
	var raw [8]byte
	copy(raw[2:], parsed[10:])
	number := int64(binary.BigEndian.Uint64(raw[:])) // 48 bits
	if runID(tenant, number) != parsed.String() {
		return 0
	}
	return number
}

// runsKept is how many runs the API shows.
const runsKept = 1000

// Runs returns the runs of a tenant, the newest first.
func (r *runner) Runs(ctx context.Context, tenant string) ([]api.Run, error) {
	scope, err := r.data.lastScope(ctx, tenant)
	if err != nil {
		return nil, err
	}
	runs, err := r.data.Runs(ctx, scope, runsKept)
	if err != nil {
		return nil, err
	}
	flows, err := r.flowIDs(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 {
		return nil, nil
	}
	counted, err := r.data.StatisticsSince(ctx, tenant, runs[len(runs)-1].ID)
	if err != nil {
		return nil, err
	}
	told := make([]api.Run, len(runs))
	for i, run := range runs {
		var statistics *ledger.Statistics
		if of, ok := counted[run.ID]; ok {
			statistics = &of
		}
		if told[i], err = tell(run, statistics, flows); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// Run returns one run.
func (r *runner) Run(ctx context.Context, tenant, id string) (api.Run, error) {
	run, counted, err := r.find(ctx, tenant, id)
	if err != nil {
		return api.Run{}, err
	}
	flows, err := r.flowIDs(ctx, tenant)
	if err != nil {
		return api.Run{}, err
	}
	return tell(run, counted, flows)
}

// find returns a run and what it counted so far; nil for nothing.
func (r *runner) find(ctx context.Context, tenant, id string) (ledger.Run, *ledger.Statistics, error) {
	number := runNumberOf(tenant, id)
	run, err := r.data.Run(ctx, tenant, number)
	if number == 0 || fault.KindOf(err) == fault.NotFound {
		return run, nil, fault.New(fault.NotFound, "There is no run with the id %s. GET runs lists them.", id)
	}
	if err != nil {
		return run, nil, err
	}
	counted, err := r.data.Statistics(ctx, tenant, number)
	if fault.KindOf(err) == fault.NotFound {
		return run, nil, nil
	}
	return run, &counted, err
}

// flowsOfRun returns the flows of a run: those that it was made of, also before it ends.
func flowsOfRun(run ledger.Run, counted *ledger.Statistics) ([]ledger.FlowResult, error) {
	if counted != nil && len(counted.Flows) > 0 {
		return counted.Flows, nil
	}
	if len(run.Settings) == 0 {
		return nil, nil
	}
	var settings flow.Settings
	if err := json.Unmarshal(run.Settings, &settings); err != nil {
		return nil, fmt.Errorf("reading the settings of run %d: %w", run.ID, err)
	}
	return settings.Flows(), nil
}

// flowName names a flow by its set and its type.
type flowName struct{ set, kind string }

// flowIDs returns the ids of the flows that the API keeps.
func (r *runner) flowIDs(ctx context.Context, tenant string) (map[flowName]string, error) {
	flows, err := r.data.AllFlows(ctx, tenant)
	ids := make(map[flowName]string)
	for _, f := range flows {
		ids[flowName{f.Set, f.Type}] = f.ID
	}
	return ids, err
}

// activityID makes an id of a text, the same in every run.
func activityID(tenant, text string) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("activity of "+tenant+": "+text)).String()
}

// tell shows a run as the API does.
func tell(run ledger.Run, counted *ledger.Statistics, ids map[flowName]string) (api.Run, error) {
	told := api.Run{
		ID: runID(run.Scope.Tenant, run.ID), Started: run.Started, Ended: run.Ended, Status: api.RunStatus(run.Status),
	}
	if run.Status == ledger.Failed {
		told.Blocking = &api.PublicError{Code: run.Code, Message: run.Message}
	}
	if run.Kind != ledger.OfRoster {
		return told, nil // it read nothing, and no flow takes part
	}
	reading := inboundActivity(run, counted)
	if told.Status == api.Completed || told.Status == api.CompletedWithWarnings && reading.Status == api.CompletedWithErrors {
		told.Status = reading.Status // what was wrong with the roster counts, too
	}
	told.Activities = append(told.Activities, reading)
	flows, err := flowsOfRun(run, counted)
	for _, f := range flows {
		a := api.Activity{
			ID: ids[flowName{f.Set, f.Type}], DisplayName: f.SetName + ": " + f.Type, Outbound: true, Status: flowStatus(run, f),
		}
		if a.ID == "" {
			a.ID = activityID(run.Scope.Tenant, f.Set+"/"+f.Type)
		}
		if a.Status == api.RunFailed {
			a.Blocking = told.Blocking
		}
		told.Activities = append(told.Activities, a)
	}
	return told, err
}

// inboundActivity tells how the reading of the roster went, and its planning: that is no
// flow's.
func inboundActivity(run ledger.Run, counted *ledger.Statistics) api.Activity {
	a := api.Activity{
		ID: activityID(run.Scope.Tenant, "inbound"), DisplayName: "Roster " + filepath.Base(run.RosterPath), Status: api.Completed,
	}
	switch {
	case run.Status == ledger.Running && !run.Planned:
		a.Status = api.InProgress
	case run.Status == ledger.Failed && !run.Planned:
		a.Status, a.Blocking = api.RunFailed, &api.PublicError{Code: run.Code, Message: run.Message}
	case counted == nil:
	case counted.Errors+counted.Planning.Errors > 0:
		a.Status = api.CompletedWithErrors
	case counted.Warnings+counted.Planning.Warnings > 0:
		a.Status = api.CompletedWithWarnings
	}
	return a
}

// flowStatus tells how a flow went. Where the roster could not be used, it had no turn.
func flowStatus(run ledger.Run, f ledger.FlowResult) api.RunStatus {
	switch {
	case run.Status == ledger.Running:
		return api.InProgress
	case run.Status == ledger.Failed && !run.Planned:
		return api.Skipped
	case run.Status == ledger.Failed:
		return api.RunFailed
	case f.Failed > 0:
		return api.CompletedWithErrors
	case f.Held+f.Waiting > 0:
		return api.CompletedWithWarnings
	}
	return api.Completed
}

// Statistics returns what a run counted.
func (r *runner) Statistics(ctx context.Context, tenant, id string) (api.Statistics, error) {
	run, counted, err := r.find(ctx, tenant, id)
	if err != nil {
		return api.Statistics{}, err
	}
	told, err := tell(run, counted, nil)
	if err != nil {
		return api.Statistics{}, err
	}
	out := api.Statistics{Run: told.ID, Status: told.Status}
	if counted == nil || run.Kind != ledger.OfRoster {
		return out, nil
	}
	out.Totals = &api.Totals{
		Errors: counted.Errors + counted.Planning.Errors, Warnings: counted.Warnings + counted.Planning.Warnings,
		Organizations: counted.Organizations.Active, People: counted.People.Active,
		Groups: counted.Classes.Active, Memberships: counted.Memberships.Active,
		Matched: roleCounts(counted.Matched), Unmatched: roleCounts(counted.Unmatched),
	}
	reading := told.Activities[0]
	out.Activities = []api.ActivityStatistics{{
		Activity: reading.ID, DisplayName: reading.DisplayName, Status: reading.Status,
		Errors: out.Totals.Errors, Warnings: out.Totals.Warnings,
		Organizations: api.EntityCount(counted.Organizations), People: api.EntityCount(counted.People),
		Groups: api.EntityCount(counted.Classes), Memberships: api.EntityCount(counted.Memberships),
		Matched: out.Totals.Matched, Unmatched: out.Totals.Unmatched,
	}}
	return out, nil
}

func roleCounts(counts []ledger.RoleCount) []api.RoleCount {
	told := make([]api.RoleCount, len(counts))
	for i, c := range counts {
		told[i] = api.RoleCount(c)
	}
	return told
}
