package engine_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
)

// newRevertBench makes a bench in which the first two chapters have been told, so that
// the second can be reverted.
func newRevertBench(t *testing.T) (*bench, engine.RevertRequest) {
	b := newBench(t)
	path := filepath.Join(t.TempDir(), "second.db")
	copyData(t, b.passed, path)
	w := open(t, path)
	w.tell(b.story[1])
	request := engine.RevertRequest{Run: w.last(), DeleteCreated: true}
	w.close()
	b.passed = path
	return b, request
}

// dieReverting begins a revert and ends it at a moment. It reports whether the revert was
// done before.
func (l *life) dieReverting(request engine.RevertRequest, moment int) bool {
	l.Helper()
	l.fuse.set(moment)
	defer l.fuse.set(-1)
	_, _, err := l.tryRevert(request)
	if err != nil && !errors.Is(err, errCrash) {
		l.Fatalf("not the crash, but %v", err)
	}
	return err == nil
}

// A revert that was cut off at any moment, and at some more, and is carried on, by the
// same revert or by whatever run comes next, leaves what one leaves that was not.
func TestRevertCrashesAnywhere(t *testing.T) {
	b, request := newRevertBench(t)
	calm := b.begin(t)
	calm.revert(request)
	moments := calm.fuse.seen
	want := calm.outcome()
	var died atomic.Int32
	t.Cleanup(func() {
		if int(died.Load()) < moments*3/4 {
			t.Errorf("of %d reverts, %d were cut off", moments, died.Load())
		}
	})
	for moment := range moments {
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel()
			l := b.begin(t)
			if !l.dieReverting(request, moment) {
				died.Add(1)
			}
			for again := moment % 5; again > 0 && !l.dieReverting(request, again); again-- {
			}
			l.settings = b.story[0].settings
			if _, open, err := l.store.OpenRun(t.Context(), l.scope); err != nil || open && moment%2 == 0 {
				l.carriedOnBySync(b.story[1].school)
			} else {
				l.revert(request)
			}
			l.same(want)
			l.sound()
			l.paused(request.Run)
		})
	}
}

// carriedOnBySync lets a sync with the rejected roster come upon the revert.
func (l *life) carriedOnBySync(rejected school) {
	l.Helper()
	_, _, err := l.try(rejected)
	if held, ok := errors.AsType[*engine.HeldRoster](err); !ok {
		l.Fatalf("the sync: %v, %v", held, err)
	}
}

// A run that was cut off at any moment can be reverted: what it came to is taken back.
func TestInterruptedRunIsReverted(t *testing.T) {
	b := newBench(t)
	l := b.begin(t)
	before := l.observe()
	l.tell(b.story[1])
	for moment := 5; moment < l.fuse.seen; moment += 3 {
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel()
			l := b.begin(t)
			if l.die(b.story[1], moment) {
				return
			}
			run, open, err := l.store.OpenRun(t.Context(), l.scope)
			if err != nil || !open {
				return // it had no plan yet
			}
			made := l.revert(engine.RevertRequest{Run: run.ID, DeleteCreated: true})
			l.undone(before, made, true)
			l.sound()
			ended, err := l.store.Run(t.Context(), l.scope.Tenant, run.ID)
			if err != nil || ended.Status != ledger.Failed || ended.Code != "OperationCanceled" {
				t.Errorf("the run ended as %+v, %v", ended, err)
			}
		})
	}
}

// A deletion of which nobody heard is looked for, and what is gone is forgotten.
func TestLostDeletion(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(newSchoolWithTeacher())
	s := newSchoolWithTeacher()
	s.class("C0", "O0")
	s.enroll("C0", "T0", "teacher")
	w.sync(s)
	w.target = &mumbling{Target: w.dir}
	_, _, err := w.tryRevert(engine.RevertRequest{Run: w.last(), DeleteCreated: true})
	if err != nil {
		t.Fatal(err)
	}
	w.target = w.dir
	if _, there := w.observe()[section()]; there {
		t.Error("the group is still there")
	}
	w.sound()
}

func newSchoolWithTeacher() school {
	s := newSchool()
	s.person("T0", "teacher", "O0")
	return s
}

// mumbling is a target whose answer to a deletion is lost, and that is down when it is
// asked again.
type mumbling struct {
	directory.Target
	lost bool
}

func (m *mumbling) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if m.lost {
		return down{m.Target}.Apply(ctx, changes)
	}
	outcomes, err := m.Target.Apply(ctx, changes)
	if m.lost = changes[0].Delete; m.lost {
		return nil, errPlanted
	}
	return outcomes, err
}
