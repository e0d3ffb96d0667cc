package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// crowd returns a school whose people take many batches of few steps.
func crowd(people int) school {
	s := lesson()
	for i := range people {
		s.person(fmt.Sprintf("Q%02d", i), "student", "O0")
		s.enroll("C0", fmt.Sprintf("Q%02d", i), "student")
	}
	return s
}

// few is a target that takes few changes at a time.
type few struct{ directory.Target }

func (f few) Abilities() directory.Abilities {
	can := f.Target.Abilities()
	can.PerCall = 2
	return can
}

// awaiting are a target and a store that wait for each other: a batch is carried out
// only when the next one was noted as sent, and recorded only when the next one is
// being carried out. Both would wait for ever if one came after the other.
type awaiting struct {
	engine.Store
	directory.Target
	sent, applied [8]chan struct{} // by batch, the first ones
	calls         int
}

func (a *awaiting) wait(ctx context.Context, batch int, of *[8]chan struct{}) error {
	if batch >= len(of) {
		return nil
	}
	select {
	case <-of[batch]:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (a *awaiting) Sent(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password) error {
	err := a.Store.Sent(ctx, lease, run, batch, passwords)
	if batch.Number < len(a.sent) {
		close(a.sent[batch.Number])
	}
	return err
}

func (a *awaiting) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	a.calls++
	if a.calls < len(a.applied) {
		close(a.applied[a.calls])
	}
	if err := a.wait(ctx, a.calls+1, &a.sent); err != nil {
		return nil, err
	}
	return a.Target.Apply(ctx, changes)
}

func (a *awaiting) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	if err := a.wait(ctx, answers[len(answers)-1].Number+1, &a.applied); err != nil {
		return err
	}
	return a.Store.Record(ctx, lease, run, answers)
}

// While the target carries out a batch, the next one is made ready, and the one
// before is recorded.
func TestBatchesOverlap(t *testing.T) {
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) { // which notices when all wait
		w := newWorld(t, empty)
		s := crowd(20)
		a := &awaiting{Store: w.store, Target: few{w.dir}}
		for i := range a.sent {
			a.sent[i], a.applied[i] = make(chan struct{}), make(chan struct{})
		}
		w.keeper, w.target = a, a
		w.sync(s)
		w.keeper, w.target = w.store, w.dir
		w.sound()
		w.settled(s)
	})
}

// breaking are a target and a store of which one kind of call fails from the third
// one on, or cancels the run and then goes on. It counts who is at work.
type breaking struct {
	engine.Store
	directory.Target
	at     string
	cancel context.CancelFunc // nil to fail
	calls  atomic.Int32
	atWork atomic.Int32
}

func (b *breaking) Abilities() directory.Abilities { return b.Target.Abilities() }

// call counts a call until the function that it returns is called.
func (b *breaking) call(name string) (func(), error) {
	b.atWork.Add(1)
	end := func() { b.atWork.Add(-1) }
	if name != b.at || b.calls.Add(1) < 3 {
		return end, nil
	}
	if b.cancel != nil {
		b.cancel()
		return end, nil
	}
	return end, errPlanted
}

func (b *breaking) Sent(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password) error {
	end, err := b.call("Sent")
	defer end()
	if err != nil {
		return err
	}
	return b.Store.Sent(ctx, lease, run, batch, passwords)
}

func (b *breaking) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	end, err := b.call("Record")
	defer end()
	if err != nil {
		return err
	}
	return b.Store.Record(ctx, lease, run, answers)
}

func (b *breaking) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	end, err := b.call("Find")
	defer end()
	if err != nil {
		return nil, err
	}
	return b.Target.Find(ctx, kind, anchors)
}

func (b *breaking) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	end, err := b.call("Apply")
	defer end()
	if err != nil {
		return nil, err
	}
	return b.Target.Apply(ctx, changes)
}

// checkBroken checks the error of a run that broke off.
func checkBroken(t *testing.T, err error, cancelled bool) {
	t.Helper()
	if cancelled && fault.KindOf(err) != fault.Canceled {
		t.Errorf("cancelled, and the error is %v", err)
	}
	if !cancelled && !errors.Is(err, errPlanted) {
		t.Errorf("the error is %v", err)
	}
}

// Wherever a run breaks off: it says why, nothing of it is still at work, and the
// next one ends where an undisturbed one does.
func TestBreakingOff(t *testing.T) {
	empty := emptyDatabase(t)
	s := crowd(20)
	calm := newWorld(t, empty)
	calm.sync(s)
	for _, at := range []string{"Find", "Sent", "Apply", "Record"} {
		for _, cancelled := range []bool{false, true} {
			t.Run(fmt.Sprint(at, cancelled), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // which waits for every goroutine
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					w := newWorld(t, empty)
					b := &breaking{Store: w.store, Target: few{w.dir}, at: at}
					if cancelled {
						b.cancel = cancel
					}
					w.keeper, w.target = b, b
					_, err := w.engine().Sync(ctx, w.lease("test"), w.request(s), func(*engine.Prepared) (bool, error) { return true, nil })
					if n := b.atWork.Load(); n != 0 {
						t.Errorf("%d calls are still under way", n)
					}
					checkBroken(t, err, cancelled)
					w.keeper, w.target = w.store, w.dir
					report, _, err := w.try(s)
					if err != nil || !report.Resumed {
						t.Errorf("resumed %v, %v", report.Resumed, err)
					}
					if diff := cmp.Diff(calm.stable(), w.stable()); diff != "" {
						t.Errorf("directory (-undisturbed +resumed):\n%s", diff)
					}
					w.sound()
				})
			})
		}
	}
}
