package main

import (
	"context"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
)

// reading is the stage before those of the engine.
const reading engine.Stage = "reading"

// stage is how far a run of this process is, as the engine told last.
type stage struct {
	run         int64
	stage       engine.Stage
	done, total int
}

// telling keeps what the engine tells of a run.
func (r *runner) telling(run ledger.Run) engine.Progress {
	return func(at engine.Stage, done, total int) {
		r.stages.Store(run.Scope.Tenant, stage{run.ID, at, done, total})
	}
}

// Progress returns how far a run is: as its engine told, or, where that is another
// process's, as far as the journal knows.
func (r *runner) Progress(ctx context.Context, tenant, id string) (api.Progress, error) {
	run, _, err := r.find(ctx, tenant, id)
	if err != nil {
		return api.Progress{}, err
	}
	p := api.Progress{Run: detail(run), Stage: string(reading)}
	at, ok := r.stages.Load(tenant)
	if told, _ := at.(stage); ok && told.run == run.ID && run.Status == ledger.Running {
		p.Stage, p.Done, p.Total = string(told.stage), told.done, told.total
		return p, nil
	}
	if !run.Planned {
		return p, nil
	}
	p.Stage, p.Total = string(engine.Applying), run.Steps
	last, _, err := r.data.LastBatch(ctx, tenant, run.ID)
	if err != nil {
		return p, err
	}
	open, err := r.data.Unanswered(ctx, tenant, run.ID)
	if p.Done = last.Last; len(open) > 0 {
		p.Done = open[0].First - 1
	}
	return p, err
}
