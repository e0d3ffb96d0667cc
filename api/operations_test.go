package api_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// operations stands for the engine as far as runs are shown and steered: the school has
// one run, r1, or as many as the test says, and what is done about it is noted.
type operations struct {
	runs     []api.RunDetail
	steps    []plan.Step
	outcomes map[int]plan.Outcome // by seq; held steps are held, all others done
	decided  map[string]ledger.Approval
	failures []api.Failure
	progress []api.Progress // one after the other; the last one stays
	starter  string         // user
	broken   error          // in the middle of steps

	done []string
}

func newOperations() *operations {
	return &operations{
		runs:     []api.RunDetail{{ID: "r1", Number: 1, Kind: "roster", Status: ledger.Completed, Only: []string{}}},
		progress: []api.Progress{{Run: api.RunDetail{ID: "r1", Status: ledger.Completed}}},
	}
}

func (o *operations) RunDetail(_ context.Context, tenant, id string) (api.RunDetail, error) {
	for _, run := range o.runs {
		if tenant == school && run.ID == id {
			return run, nil
		}
	}
	return api.RunDetail{}, fault.New(fault.NotFound, "there is no run %s", id)
}

func (o *operations) RunDetails(_ context.Context, tenant string, before int64, limit int) ([]api.RunDetail, error) {
	var found []api.RunDetail
	for _, run := range o.runs {
		if tenant == school && (before == 0 || run.Number < before) && len(found) < limit {
			found = append(found, run)
		}
	}
	return found, nil
}

func (o *operations) Plan(ctx context.Context, tenant, id, mediaType string) (func(io.Writer) error, error) {
	_, err := o.RunDetail(ctx, tenant, id)
	return func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%q", "the plan as "+mediaType)
		return err
	}, err
}

func (o *operations) Steps(ctx context.Context, tenant, id string, from int) (api.PlannedSteps, error) {
	_, err := o.RunDetail(ctx, tenant, id)
	return api.PlannedSteps{
		All: func(yield func(plan.Step, error) bool) {
			for _, step := range o.steps {
				if step.Seq >= from && !yield(step, nil) {
					return
				}
			}
			if o.broken != nil {
				yield(plan.Step{}, o.broken)
			}
		},
		Outcome: func(s *plan.Step) plan.Outcome {
			if s.Held != nil {
				return plan.Outcome{Status: plan.Held}
			}
			if outcome, ok := o.outcomes[s.Seq]; ok {
				return outcome
			}
			return plan.Outcome{Status: plan.Done}
		},
		Decided: o.decided,
	}, err
}

func (o *operations) Failures(ctx context.Context, tenant, id string) (iter.Seq2[api.Failure, error], error) {
	_, err := o.RunDetail(ctx, tenant, id)
	return func(yield func(api.Failure, error) bool) {
		for _, f := range o.failures {
			if !yield(f, nil) {
				return
			}
		}
	}, err
}

func (o *operations) Progress(ctx context.Context, tenant, id string) (api.Progress, error) {
	_, err := o.RunDetail(ctx, tenant, id)
	now := o.progress[0]
	if len(o.progress) > 1 {
		o.progress = o.progress[1:]
	}
	return now, err
}

func (o *operations) Counts(_ context.Context, tenant string) (api.Counts, error) {
	counts := api.Counts{Generation: 7}
	for _, kind := range directory.Kinds() {
		of := api.CountOfKind{Kind: kind}
		if tenant == school {
			of.Managed = 3
		}
		counts.Kinds = append(counts.Kinds, of)
	}
	return counts, nil
}

func (o *operations) StartedBy(ctx context.Context, caller access.Caller, id string) (bool, error) {
	_, err := o.RunDetail(ctx, caller.Tenant, id)
	return caller.User == o.starter, err
}

// note notes what is done about a run.
func (o *operations) note(ctx context.Context, caller access.Caller, id, what string) (api.RunDetail, error) {
	run, err := o.RunDetail(ctx, caller.Tenant, id)
	if err == nil {
		o.done = append(o.done, what+" "+id+" by "+caller.User)
	}
	return run, err
}

func (o *operations) Decide(ctx context.Context, caller access.Caller, id string, d api.Decision) (api.Decided, error) {
	what, decided := "approve", api.Decided{Steps: max(1, len(d.Steps))}
	if d.Rejected {
		what = "reject"
	} else {
		expires := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		decided.Expires = &expires
	}
	_, err := o.note(ctx, caller, id, fmt.Sprint(what, " ", slices.Sorted(slices.Values(d.Steps)), d.All))
	return decided, err
}

func (o *operations) Accept(ctx context.Context, caller access.Caller, id, reason string) error {
	_, err := o.note(ctx, caller, id, "accept since "+reason)
	return err
}

func (o *operations) Cancel(ctx context.Context, caller access.Caller, id string) (api.RunDetail, error) {
	return o.note(ctx, caller, id, "cancel")
}

func (o *operations) Retry(ctx context.Context, caller access.Caller, id string) (api.RunDetail, error) {
	return o.note(ctx, caller, id, "retry")
}

func (o *operations) Revert(ctx context.Context, caller access.Caller, id string, deleteCreated bool) (api.RunDetail, error) {
	return o.note(ctx, caller, id, fmt.Sprint("revert ", deleteCreated))
}

func (o *operations) Cleanup(_ context.Context, caller access.Caller, what api.Cleanup) (api.RunDetail, error) {
	if caller.Tenant == school {
		o.done = append(o.done, fmt.Sprintf("cleanup %+v by %s", what, caller.User))
	}
	return o.runs[0], nil
}

func (o *operations) ResumeSchedule(_ context.Context, caller access.Caller) error {
	if caller.Tenant == school {
		o.done = append(o.done, "resume by "+caller.User)
	}
	return nil
}
