package main

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// nameOf returns what people call a caller.
func nameOf(caller access.Caller) string { return cmp.Or(caller.UserName, caller.User, caller.App) }

// entry makes a record for those who audit. Its changes are texts, numbers and lists of
// them.
func (r *runner) entry(ctx context.Context, caller access.Caller, action, object string, changes map[string]any) outbound.Entry {
	e := outbound.Entry{
		At: r.now(), App: caller.App, Kind: string(caller.Kind), User: caller.User, RequestID: requestID(ctx), Action: action, Object: object,
	}
	if changes != nil {
		e.Changes, _ = json.Marshal(changes) // such values always marshal
	}
	return e
}

// Decide approves held steps of a run, or rejects them.
func (r *runner) Decide(ctx context.Context, caller access.Caller, id string, d api.Decision) (api.Decided, error) {
	run, _, err := r.find(ctx, caller.Tenant, id)
	if err != nil {
		return api.Decided{}, err
	}
	contents, err := r.meant(ctx, run, d)
	if err != nil {
		return api.Decided{}, err
	}
	action, decided := "reject", api.Decided{Steps: len(contents)}
	if !d.Rejected {
		expires := r.now().Add(approvalTime).UTC()
		action, decided.Expires = "approve", &expires
	}
	changes := map[string]any{"steps": contents}
	if d.All {
		changes = map[string]any{"all": len(contents)}
	}
	return decided, r.data.Approve(ctx, run.Scope, verdicts(run, contents, nameOf(caller), decided.Expires), r.entry(ctx, caller, action, objectOf(run), changes))
}

// verdicts are what somebody decided about steps: approvals until a time, or with nil
// rejections.
func verdicts(run ledger.Run, contents []string, by string, until *time.Time) []ledger.Approval {
	all := make([]ledger.Approval, len(contents))
	for i, content := range contents {
		all[i] = ledger.Approval{Step: content, Run: run.ID, By: by, Rejected: until == nil}
		if until != nil {
			all[i].Expires = *until
		}
	}
	return all
}

// meant returns the contents of the steps that a decision is about.
func (r *runner) meant(ctx context.Context, run ledger.Run, d api.Decision) ([]string, error) {
	named := make(map[string]bool, len(d.Steps))
	for _, content := range d.Steps {
		named[content] = true
	}
	decided, err := r.data.Decisions(ctx, run.Scope)
	if err != nil {
		return nil, err
	}
	var contents []string
	for step, err := range r.data.of(run.Scope.Tenant).heldSteps(ctx, run) {
		if err != nil {
			return nil, err
		}
		content := step.Content()
		before := decided[content]
		if !isDone(before, run) && (named[content] || d.All && !before.Rejected) {
			contents = append(contents, content)
			delete(named, content)
		}
	}
	for _, content := range d.Steps {
		if named[content] {
			return nil, odata.BadRequest("steps", "The run holds no step with the content '%s' that somebody could decide about.", content)
		}
	}
	if len(contents) == 0 {
		return nil, odata.Conflict("The run holds no step that somebody could decide about.")
	}
	return contents, nil
}

// Accept says that the roster which a run held is right.
func (r *runner) Accept(ctx context.Context, caller access.Caller, id, reason string) error {
	run, _, err := r.find(ctx, caller.Tenant, id)
	if err != nil {
		return err
	}
	if !isHeldRoster(run.Code) {
		return odata.Conflict("The run held no roster.")
	}
	entry := r.entry(ctx, caller, "accept", objectOf(run), map[string]any{"rosterSha256": run.RosterSHA256})
	return r.data.AcceptRoster(ctx, run.Scope, run.RosterSHA256, nameOf(caller), reason, entry)
}

// Cancel ends a run, beside the request. One that is under way here or elsewhere ends within
// seconds.
func (r *runner) Cancel(ctx context.Context, caller access.Caller, id string) (api.RunDetail, error) {
	run, _, err := r.find(ctx, caller.Tenant, id)
	if err != nil {
		return api.RunDetail{}, err
	}
	entry := r.entry(ctx, caller, "cancel", objectOf(run), nil)
	if err := r.data.Cancel(ctx, run.Scope, ledger.Cancellation{Run: run.ID, By: nameOf(caller)}, r.now(), entry); err != nil {
		return api.RunDetail{}, err
	}
	if err := r.endCanceled(run.Scope); err != nil {
		return api.RunDetail{}, err
	}
	return r.RunDetail(ctx, caller.Tenant, id)
}

// endCanceled ends the run that was canceled when nobody is at work on it, and does not wait
// for that: the target may take its time to say what it did.
func (r *runner) endCanceled(scope ledger.Scope) error {
	t := r.turn(scope.Tenant)
	t.Lock()
	defer t.Unlock()
	data := r.data.of(scope.Tenant)
	lease, release, err := data.acquire(r.life, scope.Target, false)
	if fault.KindOf(err) == fault.Busy {
		return nil // who is at work was told
	}
	if err != nil {
		return err
	}
	c, err := r.settings(r.life, scope.Tenant)
	if err == nil && c.Target != scope.Target {
		err = fault.New(fault.Invalid, "The run was for the directory %s, and %s is configured.", scope.Target, c.Target)
	}
	if err != nil {
		release()
		return err
	}
	ended := make(chan struct{})
	t.ended = ended
	go func() {
		defer close(ended)
		defer release()
		if err := data.endCanceled(r.life, r.log, c, lease); err != nil {
			r.log.Error("a run that was canceled has not ended yet", "tenant", scope.Tenant, "error", err)
		}
	}()
	return nil
}

// Retry begins a run about what failed in another one.
func (r *runner) Retry(ctx context.Context, caller access.Caller, id string) (api.RunDetail, error) {
	run, _, err := r.find(ctx, caller.Tenant, id)
	if err != nil {
		return api.RunDetail{}, err
	}
	_, keys, err := r.data.of(caller.Tenant).shortOf(ctx, run.ID)
	if fault.KindOf(err) == fault.Invalid {
		return api.RunDetail{}, odata.Conflict("%s", err)
	}
	if err != nil {
		return api.RunDetail{}, err
	}
	return r.startOther(ctx, caller, starter{only: keys, entry: r.entry(ctx, caller, "retry", "", map[string]any{"run": objectOf(run)})})
}

// Revert begins a run that takes another one back.
func (r *runner) Revert(ctx context.Context, caller access.Caller, id string, deleteCreated bool) (api.RunDetail, error) {
	run, _, err := r.find(ctx, caller.Tenant, id)
	switch {
	case err != nil:
		return api.RunDetail{}, err
	case run.Status == ledger.Running:
		return api.RunDetail{}, odata.Conflict("The run is still under way. Revert it when it has ended.")
	case run.Reduced:
		return api.RunDetail{}, odata.Conflict("The run ended so long ago that its plan is no longer kept: it cannot be taken back.")
	case !run.Planned:
		return api.RunDetail{}, odata.Conflict("The run ended before it had a plan: it changed nothing, and there is nothing to revert.")
	}
	entry := r.entry(ctx, caller, "revert", "", map[string]any{"run": objectOf(run), "deleteCreated": deleteCreated})
	return r.startOther(ctx, caller, starter{automatic: true, of: run.ID, deleteCreated: deleteCreated, entry: entry})
}

// Cleanup begins a run that takes away what is no longer asked for.
func (r *runner) Cleanup(ctx context.Context, caller access.Caller, what api.Cleanup) (api.RunDetail, error) {
	entry := r.entry(ctx, caller, "cleanup", "", map[string]any{
		"released": what.Released, "delete": what.Delete, "retired": what.Retired, "leavers": what.Leavers,
	})
	return r.startOther(ctx, caller, starter{automatic: true, cleanup: &what, entry: entry})
}

// ResumeSchedule lets runs start by themselves again.
func (r *runner) ResumeSchedule(ctx context.Context, caller access.Caller) error {
	scope, err := r.data.lastScope(ctx, caller.Tenant)
	if err != nil {
		return err
	}
	return r.data.Resume(ctx, scope, r.entry(ctx, caller, "resume", "schedule", nil))
}
