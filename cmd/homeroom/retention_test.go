package main

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// A server on which no run is made any more deletes what is kept no longer, too; whoever
// asks for it is told so, and the counts and the statistics stay.
func TestServerSweeps(t *testing.T) {
	c := newClocked(t)
	c.passes(30*time.Minute, 0, "before the first time")
	run := c.passes(time.Hour, 1, "at the first time")
	id, ended := runID(c.data.tenant, 1), run[0].Ended
	sweep := func(after time.Duration) api.RunDetail {
		t.Helper()
		c.at = ended.Add(after)
		c.sweepAll(t.Context(), func(context.Context, time.Duration) error { return errors.New("the end") })
		detail, err := c.RunDetail(t.Context(), c.data.tenant, id)
		if err != nil {
			t.Fatal(err)
		}
		return detail
	}
	const day = 24 * time.Hour
	before := sweep(180*day - time.Second)
	if before.Reduced || before.Done == 0 {
		t.Fatalf("on the last day: %+v", before)
	}
	_, release, err := c.data.acquire(t.Context(), localTarget, false)
	if err != nil {
		t.Fatal(err)
	}
	if during := sweep(181 * day); during.Reduced {
		t.Error("it was reduced while somebody was at work")
	}
	release()
	want := before
	want.Reduced = true
	if got := sweep(181 * day); got.Reduced != want.Reduced || got.Done != want.Done || got.Steps != want.Steps || got.Status != want.Status {
		t.Errorf("a day later: %+v, want %+v", got, want)
	}
	if files, err := os.ReadDir(c.data.snapshotFolder()); err != nil || len(files) != 1 {
		t.Errorf("of the last roster are kept %v, %v", files, err) // it is one of the last three
	}
	c.refusesPast(id)
	if counted, err := c.data.Statistics(t.Context(), c.data.tenant, 1); err != nil || counted.People.Active == 0 || len(counted.Flows) == 0 {
		t.Errorf("the statistics are %+v, %v", counted, err)
	}
	told, err := c.runner.Run(t.Context(), c.data.tenant, id)
	if err != nil || len(told.Activities) < 2 {
		t.Errorf("Graph's run is %+v, %v", told, err)
	}
	c.passes(181*day+2*time.Hour, 2, "and runs go on")
}

// refusesPast asks for all that is kept no longer of a run.
func (c *clocked) refusesPast(id string) {
	c.Helper()
	ctx, tenant, caller := c.Context(), c.data.tenant, access.Caller{Tenant: c.data.tenant, Kind: access.Delegated, User: "u"}
	_, plan := c.Plan(ctx, tenant, id, "application/json")
	_, steps := c.Steps(ctx, tenant, id, 1)
	_, failures := c.Failures(ctx, tenant, id)
	_, decided := c.Decide(ctx, caller, id, api.Decision{All: true})
	_, retried := c.Retry(ctx, caller, id)
	for name, err := range map[string]error{"plan": plan, "steps": steps, "failures": failures, "approve": decided, "retry": retried} {
		if fault.KindOf(err) != fault.NotFound {
			c.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Revert(ctx, caller, id, false); err == nil {
		c.Error("what is past was reverted")
	}
	if runs, err := c.data.Runs(ctx, c.data.scope(localTarget), 9); err != nil || len(runs) != 1 || runs[0].Status == ledger.Failed {
		c.Errorf("the runs are %v, %v", runs, err)
	}
}
