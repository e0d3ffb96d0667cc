package main

import (
	"context"
	"iter"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// storedPlan returns the plan of a run as it was stored, with what became of its
// steps.
func (m *memory) storedPlan(ctx context.Context, run ledger.Run) (*plan.Plan, error) {
	if err := past(run); err != nil {
		return nil, err
	}
	document, err := m.PlanDocument(ctx, m.tenant, run.ID)
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.New(fault.NotFound, "Run %d has no plan: it ended before there was one. homeroom runs %d tells why.", run.ID, run.ID)
	}
	if err != nil {
		return nil, err
	}
	var skips []plan.Skip
	for skip, err := range m.Skips(ctx, m.tenant, run.ID) {
		if err != nil {
			return nil, err
		}
		skips = append(skips, skip)
	}
	outcome, err := m.outcomes(ctx, run)
	if err != nil {
		return nil, err
	}
	return plan.Stored(document, run.Steps, m.Steps(ctx, m.tenant, run.ID, 1), skips, outcome)
}

// shortSteps yields the steps of a run that were not, or not wholly, carried out.
func (m *memory) shortSteps(ctx context.Context, run ledger.Run) (iter.Seq2[api.Failure, error], error) {
	if err := past(run); err != nil {
		return nil, err
	}
	outcome, err := m.outcomes(ctx, run)
	if err != nil {
		return nil, err
	}
	return func(yield func(api.Failure, error) bool) {
		for step, err := range m.Steps(ctx, m.tenant, run.ID, 1) {
			if err != nil {
				yield(api.Failure{}, err)
				return
			}
			o := outcome(&step)
			if (o.Status == plan.Failed || o.Status == plan.Waiting) && !yield(newFailure(&step, o), nil) {
				return
			}
		}
	}, nil
}

// heldSteps yields the steps of a run that wait for a person.
func (m *memory) heldSteps(ctx context.Context, run ledger.Run) iter.Seq2[plan.Step, error] {
	return func(yield func(plan.Step, error) bool) {
		if err := past(run); err != nil {
			yield(plan.Step{}, err)
			return
		}
		for step, err := range m.Steps(ctx, m.tenant, run.ID, 1) {
			if err != nil {
				yield(step, err)
				return
			}
			if step.Held != nil && approvable(step.Held.Rule) && !yield(step, nil) {
				return
			}
		}
	}
}

// outcomes returns what became of the steps of a run. Only what was not done is
// remembered: it is little.
func (m *memory) outcomes(ctx context.Context, run ledger.Run) (func(*plan.Step) plan.Outcome, error) {
	short := make(map[int]ledger.Result)
	last := 0 // of the steps that were answered
	for answer, err := range m.Answers(ctx, m.tenant, run.ID) {
		if err != nil {
			return nil, err
		}
		last = answer.Last
		for _, result := range answer.Short {
			short[result.Seq] = result
		}
	}
	open, err := m.Unanswered(ctx, m.tenant, run.ID)
	if err != nil {
		return nil, err
	}
	return func(s *plan.Step) plan.Outcome {
		r, isShort := short[s.Seq]
		o := plan.Outcome{Status: plan.Done, Rule: r.Rule, Message: r.Message}
		switch {
		case s.Held != nil:
			o.Status = plan.Held
		case s.LedgerOnly():
		case s.Seq > last || ledger.InBatches(open, s.Seq):
			o.Status = plan.Open
		case isShort && r.Verdict == directory.Later && r.Rule == plan.WaitsForUser:
			o.Status = plan.Waiting
		case isShort:
			o.Status = plan.Failed
		}
		return o
	}, nil
}

// ledgerNames returns what objects are called by what Homeroom wrote to them.
func (m *memory) ledgerNames(ctx context.Context, scope ledger.Scope) (func(directory.Kind, string) string, error) {
	names := make(map[directory.Kind]map[string]string)
	for _, kind := range directory.Kinds() {
		names[kind] = make(map[string]string)
		for have, err := range m.Haves(ctx, scope, kind, directory.Span{}) {
			if err != nil {
				return nil, err
			}
			if name := have.Attributes[directory.DisplayName]; name != "" {
				names[kind][have.Key] = name
			}
		}
	}
	return func(kind directory.Kind, key string) string { return names[kind][key] }, nil
}
