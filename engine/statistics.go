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
	found := findings(request.Problems)
	s.Errors, s.Warnings = found.Errors, found.Warnings
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

// findings counts problems, those of many records by record.
func findings(problems []roster.Problem) ledger.Findings {
	var f ledger.Findings
	for _, p := range problems {
		if p.Severity == roster.Warning {
			f.Warnings += max(1, p.Count)
		} else {
			f.Errors += max(1, p.Count)
		}
	}
	return f
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

// countOutcome adds to the statistics of a run what made its status: the problems of its
// plan, and how its flows went.
func (e *Engine) countOutcome(ctx context.Context, lease ledger.Lease, report Report, problems []roster.Problem) error {
	run := report.Run
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
	statistics.Planning, statistics.Flows = findings(problems), settings.Flows()
	if run.Held+run.Failed+len(report.Waiting) > 0 {
		if err := e.countShort(ctx, run, statistics.Flows); err != nil {
			return err
		}
	}
	return e.Store.PutStatistics(ctx, lease, run.ID, statistics)
}

// countShort counts the steps that were held, wait or failed, for each flow that they are
// there for.
func (e *Engine) countShort(ctx context.Context, run ledger.Run, flows []ledger.FlowResult) error {
	short := make(map[int]ledger.FlowResult) // of one step
	for answer, err := range e.Store.Answers(ctx, e.Scope.Tenant, run.ID) {
		if err != nil {
			return err
		}
		for _, r := range answer.Short {
			if !waits(r) {
				short[r.Seq] = ledger.FlowResult{Failed: 1}
			} else if short[r.Seq].Failed == 0 {
				short[r.Seq] = ledger.FlowResult{Waiting: 1}
			}
		}
	}
	for step, err := range e.Store.Steps(ctx, e.Scope.Tenant, run.ID, 1) {
		if err != nil {
			return err
		}
		result, fell := short[step.Seq]
		if step.Held != nil {
			result, fell = ledger.FlowResult{Held: 1}, true
		}
		if fell {
			countStep(flows, step.Why, result)
		}
	}
	return nil
}

// countStep counts a step that fell short for the flows that ask for it.
func countStep(flows []ledger.FlowResult, why []directory.Why, result ledger.FlowResult) {
	for i := range flows {
		if f := &flows[i]; asksFor(*f, why) {
			f.Held, f.Waiting, f.Failed = f.Held+result.Held, f.Waiting+result.Waiting, f.Failed+result.Failed
		}
	}
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
