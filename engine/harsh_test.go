package engine_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
)

// counted is a target of which it is counted how many calls it is given, and how many of them
// did not arrive once, whole, with an answer. Its inner one counts what arrives.
type counted struct {
	directory.Target
	inner      *counted
	calls, hit int
}

func (c *counted) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	c.calls++
	if c.inner == nil {
		return c.Target.Apply(ctx, changes)
	}
	before := c.inner.calls
	outcomes, err := c.Target.Apply(ctx, changes)
	if err != nil || len(outcomes) != len(changes) || c.inner.calls != before+1 {
		c.hit++
	}
	return outcomes, err
}

// With three calls in ten lost, halved, doubled or miscounted, and some of the other changes
// put off or refused, a school comes to be in the directory as without that: everything, and
// nothing twice.
func TestThreeCallsInTenGoWrong(t *testing.T) {
	school := bigSchool("", "Family")
	calm := newWorld(t, emptyDatabase(t))
	calm.sync(school)
	want := calm.stable()
	calls, hit := 0, 0
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			g := newGround(t)
			defer g.close()
			w := g.world(t)
			faults := directorytest.Harsh()
			faults.PerCall, faults.Cut = 3, 0.0005 // of so many people else hardly any reading comes to its end
			arrived := &counted{Target: w.dir}
			sent := &counted{Target: directorytest.Disturb(arrived, faults, seed), inner: arrived}
			w.target = sent
			w.persist(school)
			w.target = w.dir
			w.observe() // in which nothing is twice
			if diff := cmp.Diff(want, w.stable()); diff != "" {
				t.Errorf("seed %d: directory (-without faults +with them):\n%s", seed, diff)
			}
			w.sound()
			w.settled(school)
			calls, hit = calls+sent.calls, hit+sent.hit
		})
	}
	share := 100 * hit / calls
	t.Logf("%d %% of %d calls went wrong", share, calls)
	if share < 25 {
		t.Error("which is too little")
	}
}

// persist makes runs until everything is done.
func (w *world) persist(s school) {
	w.Helper()
	for range 200 { // each ends with the first search of which no answer comes
		report, _, err := w.try(s)
		if err == nil && !report.Resumed && len(report.Failures)+len(report.Waiting) == 0 {
			return
		}
	}
	w.Fatal("two hundred runs did not come to an end")
}
