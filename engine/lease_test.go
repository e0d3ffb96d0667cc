package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
)

// interrupted calls something in the middle of a call to the target.
type interrupted struct {
	directory.Target
	do func()
}

func (i *interrupted) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	i.do()
	return i.Target.Apply(ctx, changes)
}

// Whoever lost the lease writes nothing any more and says why.
func TestLostLease(t *testing.T) {
	b := newBench(t)
	calm := b.begin(t)
	calm.tell(b.story[1])
	w := b.begin(t)
	w.settings = b.story[1].settings
	calls := 0
	w.target = &interrupted{w.target, func() {
		if calls++; calls == 2 {
			w.lease("somebody else")
		}
	}}
	_, _, err := w.try(b.story[1].school)
	if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "another process has taken over") {
		t.Errorf("got %v", err)
	}
	// What was noted as sent before may have been on its way.
	if calls > 4 {
		t.Errorf("%d calls to the directory, of which the second lost the lease", calls)
	}
	w.target = &mortal{littleAtATime(&witness{w.dir, w.sent}), w.fuse}
	w.tell(b.story[1])
	w.same(calm.outcome())
	w.passwordsKept(w.sent)
}

// A lease that is found lost when it is renewed ends the run, with the same words,
// whether the directory still answers or not.
func TestLostLeaseIsNoticed(t *testing.T) {
	for _, answers := range []bool{true, false} {
		w := newWorld(t, emptyDatabase(t))
		e := w.engine()
		renew := make(chan struct{})
		e.Wait = func(ctx context.Context, _ time.Duration) error {
			select {
			case <-renew:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		lease := w.lease("test")
		calls := 0
		e.Target = &stuck{w.dir, answers, func(ctx context.Context) {
			calls++
			w.lease("somebody else")
			close(renew)
			<-ctx.Done()
		}}
		_, err := e.Sync(t.Context(), lease, w.request(lesson()), func(*engine.Prepared) (bool, error) { return true, nil })
		if fault.KindOf(err) != fault.Conflict || !strings.Contains(err.Error(), "another process has taken over") {
			t.Errorf("got %v", err)
		}
		if calls != 1 || len(w.ledger()) > 0 {
			t.Errorf("after %d calls to the directory the ledger has %v", calls, w.ledger())
		}
	}
}

// stuck waits in the middle of a call until the call is ended.
type stuck struct {
	directory.Target
	answers bool // and does all the same what it was asked for
	wait    func(context.Context)
}

func (s *stuck) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	s.wait(ctx)
	if s.answers {
		return s.Target.Apply(context.WithoutCancel(ctx), changes)
	}
	return nil, ctx.Err()
}

// Whoever is asked to stop says that nothing is lost, and goes on the next time.
func TestStopped(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	ctx, cancel := context.WithCancel(t.Context())
	e := w.engine()
	e.Target = &interrupted{w.dir, cancel}
	_, err := e.Sync(ctx, w.lease("test"), w.request(lesson()), func(*engine.Prepared) (bool, error) { return true, nil })
	if fault.KindOf(err) != fault.Canceled || err.Error() != "Run 1 was stopped; nothing of it is lost. Run the same command again to go on." {
		t.Errorf("got %v", err)
	}
	report, _, err := w.try(lesson())
	if err != nil || !report.Resumed || report.Before != 0 {
		t.Errorf("resumed %v after %d steps, %v", report.Resumed, report.Before, err)
	}
	w.settled(lesson())
}

// Stages are told of in their order, and whoever asks to stop in one of them is told
// how far the run came, and goes on the next time.
func TestStoppedInAnyStage(t *testing.T) {
	empty := emptyDatabase(t)
	var stages []engine.Stage
	w := newWorld(t, empty)
	e := w.engine()
	e.Progress = func(stage engine.Stage, done, total int) {
		if total > 0 && done > total {
			t.Errorf("%s: %d of %d", stage, done, total)
		}
		if len(stages) == 0 || stages[len(stages)-1] != stage {
			stages = append(stages, stage)
		}
	}
	yes := func(*engine.Prepared) (bool, error) { return true, nil }
	if _, err := e.Sync(t.Context(), w.lease("test"), w.request(lesson()), yes); err != nil {
		t.Fatal(err)
	}
	want := []engine.Stage{engine.Comparing, engine.Matching, engine.Planning, engine.Committing, engine.Applying, engine.Verifying}
	if diff := gocmp.Diff(want, stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
	for _, at := range stages {
		w := newWorld(t, empty)
		ctx, cancel := context.WithCancel(t.Context())
		e := w.engine()
		e.Progress = func(stage engine.Stage, done, _ int) {
			if stage == at && (at != engine.Applying || done > 0) {
				cancel()
			}
		}
		_, err := e.Sync(ctx, w.lease("test"), w.request(lesson()), yes)
		said := "Stopped; nothing was changed. Run the same command again to go on."
		if at == engine.Applying {
			said = "Run 1 was stopped after step 3 of 11; nothing of it is lost. Run the same command again to go on."
		}
		switch {
		case at == engine.Verifying: // the run is complete by then
			if err != nil {
				t.Errorf("%s: %v", at, err)
			}
		case fault.KindOf(err) != fault.Canceled || err.Error() != said:
			t.Errorf("%s: got %v", at, err)
		}
		w.sync(lesson())
		w.settled(lesson())
	}
}
