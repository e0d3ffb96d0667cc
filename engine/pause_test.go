package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
)

// busy is a target that turns everybody away at first.
type busy struct {
	directory.Target
	refusals int
}

func (b *busy) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if b.refusals == 0 {
		return b.Target.Apply(ctx, changes)
	}
	b.refusals--
	outcomes := make([]directory.Outcome, len(changes))
	for i, c := range changes {
		outcomes[i] = directory.Outcome{ID: c.ID, Verdict: directory.Retry, Rule: directory.TargetBusy, Wait: 2 * time.Second}
	}
	return outcomes, nil
}

// A directory that is busy is asked again no sooner than it said, later each time, and
// not by everybody at the same moment.
func TestPauses(t *testing.T) {
	empty := emptyDatabase(t)
	waits := func() (all []time.Duration) {
		w := newWorld(t, empty)
		w.target = &busy{w.dir, 3}
		e := w.engine()
		var lock sync.Mutex
		e.Wait = func(ctx context.Context, d time.Duration) error {
			if d != renewal {
				lock.Lock()
				defer lock.Unlock()
				all = append(all, d)
			}
			return w.clock.Wait(ctx, d)
		}
		report, err := e.Sync(t.Context(), w.lease("test"), w.request(lesson()), func(*engine.Prepared) (bool, error) { return true, nil })
		if err != nil || len(report.Failures) > 0 {
			t.Fatalf("%v, %+v", err, report.Failures)
		}
		return all
	}
	first, second := waits(), waits()
	for _, all := range [][]time.Duration{first, second} {
		least := 2 * time.Second
		for _, d := range all {
			if d < least || d > least*3/2 {
				t.Errorf("waited %v, where %v was asked for or due", d, least)
			}
			least *= 2
		}
	}
	if len(first) != 3 || slices.Equal(first, second) {
		t.Errorf("waited %v and %v", first, second)
	}
}
