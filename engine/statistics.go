package engine

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// count counts a roster: its problems and its records.
func count(request Request, a absent) ledger.Statistics {
	r := request.Roster
	s := ledger.Statistics{
		Organizations: ledger.Count{Inactive: a.inactive[0]},
		People:        ledger.Count{Inactive: a.inactive[1]},
		Classes:       ledger.Count{Inactive: a.inactive[2]},
		Memberships:   ledger.Count{Inactive: a.inactive[3]},
		Matched:       []ledger.RoleCount{}, Unmatched: []ledger.RoleCount{}, Flows: []ledger.FlowResult{},
	}
	for _, p := range request.Problems {
		if p.Severity == roster.Warning {
			s.Warnings += max(1, p.Count)
		} else {
			s.Errors += max(1, p.Count)
		}
	}
	for i := range r.Orgs {
		add(&s.Organizations, r.Orgs[i].Active)
	}
	for i := range r.People {
		add(&s.People, r.People[i].Active)
	}
	for i := range r.Classes {
		if class := &r.Classes[i]; class.Active {
			s.Classes.Active++
			s.Memberships.Active += peopleIn(r, roster.Ref(i))
		}
	}
	return s
}

func add(to *ledger.Count, active bool) {
	if active {
		to.Active++
	}
}

// peopleIn returns how many people are enrolled in a class. Whoever has two roles
// there counts once: enrollments come by person.
func peopleIn(r *roster.Roster, class roster.Ref) int {
	n, last := 0, roster.None
	for _, e := range r.EnrollmentsOf(class) {
		if e.Active && e.Person != last {
			n, last = n+1, e.Person
		}
	}
	return n
}

// countFlows adds to the statistics of a run how its flows went.
func (e *Engine) countFlows(ctx context.Context, lease ledger.Lease, run ledger.Run) error {
	statistics, err := e.Store.Statistics(ctx, e.Scope.Tenant, run.ID)
	if fault.KindOf(err) == fault.NotFound {
		return nil // an earlier version of the program began it
	}
	if err != nil {
		return err
	}
	var settings flow.Settings
	if err := json.Unmarshal(run.Settings, &settings); err != nil {
		return fmt.Errorf("reading the settings of run %d: %w", run.ID, err)
	}
	statistics.Flows = settings.Flows()
	if run.Held+run.Failed > 0 {
		if err := e.countShort(ctx, run, statistics.Flows); err != nil {
			return err
		}
	}
	return e.Store.PutStatistics(ctx, lease, run.ID, statistics)
}

// countShort counts the steps that were held or failed, for each flow that they are
// there for.
func (e *Engine) countShort(ctx context.Context, run ledger.Run, flows []ledger.FlowResult) error {
	failed := make(map[int]bool)
	for answer, err := range e.Store.Answers(ctx, e.Scope.Tenant, run.ID) {
		if err != nil {
			return err
		}
		for _, r := range answer.Short {
			if !waits(r) {
				failed[r.Seq] = true
			}
		}
	}
	for step, err := range e.Store.Steps(ctx, e.Scope.Tenant, run.ID, 1) {
		if err != nil {
			return err
		}
		if step.Held == nil && !failed[step.Seq] {
			continue
		}
		for i := range flows {
			if !asksFor(flows[i], step.Why) {
				continue
			}
			if step.Held != nil {
				flows[i].Held++
			} else {
				flows[i].Failed++
			}
		}
	}
	return nil
}

// asksFor reports whether a flow is among the reasons of a step.
func asksFor(f ledger.FlowResult, why []directory.Why) bool {
	for _, w := range why {
		if w.FlowSet == f.SetName && w.Flow == f.Type {
			return true
		}
	}
	return false
}
