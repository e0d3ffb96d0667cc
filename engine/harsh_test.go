package engine_test

import (
	"context"
	"fmt"
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
	const enough = 100 // runs: each ends with the first search of which no answer comes
	school := bigSchool("", "Family")
	calm := newWorld(t, emptyDatabase(t))
	calm.sync(school)
	want := calm.stable()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGround(t)
				defer g.close()
				w := g.world(t)
				faults := directorytest.Harsh()
				faults.PerCall, faults.Cut = 10, 0.0005 // of so many people else hardly any reading comes to its end
				arrived := &counted{Target: w.dir}
				sent := &counted{Target: directorytest.Disturb(arrived, faults, seed), inner: arrived}
				w.target = sent
				runs := 1
				for ; runs <= enough; runs++ {
					report, _, err := w.try(school)
					if err == nil && !report.Resumed && len(report.Failures)+len(report.Waiting) == 0 {
						break
					}
				}
				share := 100 * sent.hit / sent.calls
				t.Logf("%d runs, and %d %% of %d calls went wrong", runs, share, sent.calls)
				if runs > enough || share < 25 {
					t.Fatal("too many runs, or too little went wrong")
				}
				w.observe() // in which nothing is twice
				if diff := cmp.Diff(want, w.stable()); diff != "" {
					t.Errorf("directory (-without faults +with them):\n%s", diff)
				}
				w.sound()
				w.settled(school)
			})
		})
	}
}
