package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

func yes(*engine.Prepared) (bool, error) { return true, nil }

// cancel says that a run is to end.
func (w *world) cancel(run int64) {
	w.Helper()
	err := w.store.Cancel(context.Background(), w.scope, ledger.Cancellation{Run: run, By: "Ada"}, w.clock.Now(), outbound.Entry{Action: "cancel"})
	if err != nil {
		w.Fatal(err)
	}
}

// ended wants a run to have ended since somebody canceled it, and nothing to be open or
// asked for any more.
func (w *world) ended(run int64, message string) {
	w.Helper()
	got, err := w.store.Run(w.Context(), w.scope.Tenant, run)
	if err != nil || got.Status != ledger.Failed || got.Code != ledger.OperationCanceled || got.Message != message || got.Ended.IsZero() {
		w.Errorf("the run is %+v; %v", got, err)
	}
	if _, open, err := w.store.OpenRun(w.Context(), w.scope); open || err != nil {
		w.Errorf("a run is open: %v; %v", open, err)
	}
	if left, err := w.store.Unanswered(w.Context(), w.scope.Tenant, run); len(left) > 0 || err != nil {
		w.Errorf("%d batches have no answer; %v", len(left), err)
	}
	if c, err := w.store.Canceled(w.Context(), w.scope); c.Run != 0 || err != nil {
		w.Errorf("run %d is still to end; %v", c.Run, err)
	}
}

const (
	stays   = "Canceled by Ada. What was done until then stays; the next sync plans the rest."
	nothing = "Canceled by Ada before there was a plan. Nothing was changed."
)

// A run that is canceled while the directory is at work ends, whether the directory did
// what it was asked for or not; the ledger is true, and the next sync does the rest.
func TestCanceled(t *testing.T) {
	for _, answers := range []bool{true, false} {
		w := newWorld(t, emptyDatabase(t))
		e := w.engine()
		renew, calls := make(chan struct{}, 1), 0
		e.Wait = func(ctx context.Context, d time.Duration) error {
			if d == renewal {
				select {
				case <-renew: // once
					return nil
				case <-ctx.Done():
				}
			}
			return w.clock.Wait(ctx, d)
		}
		e.Target = few{w.dir}
		e.Target = &interrupted{e.Target, func() {
			if calls++; calls == 2 {
				w.cancel(1)
				e.Target.(*interrupted).Target = few{&stuck{w.dir, answers, func(ctx context.Context) {
					renew <- struct{}{}
					<-ctx.Done()
					e.Target.(*interrupted).Target = few{w.dir}
				}}}
			}
		}}
		report, err := e.Sync(t.Context(), w.lease("test"), w.request(lesson()), yes)
		if fault.KindOf(err) != fault.Canceled || err.Error() != "Run 1: "+stays || report.Run.Status != ledger.Failed {
			t.Errorf("got %+v, %v", report.Run, err)
		}
		w.ended(1, stays)
		if got := len(w.observe()); got == 0 || got != len(w.ledger()) {
			t.Errorf("the directory has %d objects, the ledger %d", got, len(w.ledger()))
		}
		w.sync(lesson())
		w.sound()
		w.settled(lesson())
		calm := newWorld(t, emptyDatabase(t))
		calm.sync(lesson())
		if diff := gocmp.Diff(calm.stable(), w.stable()); diff != "" {
			t.Errorf("directory (-undisturbed +canceled):\n%s", diff)
		}
	}
}

// A run that nobody is at work on is ended by whoever comes next: by the one who cancels
// it, or by the next sync, which goes on with a plan of its own.
func TestCanceledWhileInterrupted(t *testing.T) {
	for _, bySync := range []bool{false, true} {
		w := newWorld(t, emptyDatabase(t))
		b := &breaking{Store: w.store, Target: few{w.dir}, at: "Record"}
		w.keeper, w.target = b, b
		if _, _, err := w.try(lesson()); err == nil {
			t.Fatal("the run did not break off")
		}
		w.keeper, w.target = w.store, w.dir
		w.cancel(1)
		if !bySync {
			report, canceled, err := w.engine().EndCanceled(t.Context(), w.lease("test"))
			if err != nil || !canceled || report.Run.ID != 1 {
				t.Fatalf("got %+v, %v, %v", report.Run, canceled, err)
			}
			w.ended(1, stays)
		}
		report, _, err := w.try(lesson())
		if err != nil || report.Run.ID != 2 || report.Resumed {
			t.Errorf("got %+v, %v", report.Run, err)
		}
		w.ended(1, stays)
		w.settled(lesson())
		if _, canceled, err := w.engine().EndCanceled(t.Context(), w.lease("test")); err != nil || canceled {
			t.Errorf("there is nothing to end: %v, %v", canceled, err)
		}
	}
}

// A run that was begun and has no plan ends at once. Whoever prepares it commits none,
// wherever it was.
func TestCanceledBeforePlan(t *testing.T) {
	for _, at := range []engine.Stage{"", engine.Comparing, engine.Planning} {
		w := newWorld(t, emptyDatabase(t))
		lease := w.lease("test")
		begun, err := w.store.Begin(t.Context(), lease, ledger.Run{RosterPath: "roster", Started: w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		if at == "" {
			w.cancel(begun.ID)
		}
		e := w.engine()
		e.Progress = func(stage engine.Stage, _, _ int) {
			if c, _ := w.store.Canceled(t.Context(), w.scope); stage == at && c.Run == 0 {
				w.cancel(begun.ID)
			}
		}
		request := w.request(lesson())
		request.Begun = begun
		report, err := e.Sync(t.Context(), lease, request, yes)
		if fault.KindOf(err) != fault.Canceled || !strings.HasSuffix(err.Error(), nothing) || report.Run.ID != begun.ID {
			t.Errorf("%s: got %+v, %v", at, report.Run, err)
		}
		w.ended(begun.ID, nothing)
		if len(w.ledger()) > 0 {
			t.Errorf("%s: the ledger has %v", at, w.ledger())
		}
		w.sync(lesson())
		w.settled(lesson())
	}
}

// So do a revert and a cleanup that were begun.
func TestOthersCanceledBeforePlan(t *testing.T) {
	for kind, start := range map[ledger.Kind]func(*world, ledger.Run) error{
		ledger.Revert: func(w *world, begun ledger.Run) error {
			_, err := w.engine().Revert(t.Context(), w.lease("test"), engine.RevertRequest{Run: 1, Limits: w.limits, Begun: begun}, yes)
			return err
		},
		ledger.Cleanup: func(w *world, begun ledger.Run) error {
			_, err := w.engine().Cleanup(t.Context(), w.lease("test"), engine.CleanupRequest{Released: true, Limits: w.limits, Begun: begun}, yes)
			return err
		},
	} {
		w := newWorld(t, emptyDatabase(t))
		w.letGo()
		before := w.observe()
		begun, err := w.store.Begin(t.Context(), w.lease("test"), ledger.Run{Kind: kind, Of: 1, Started: w.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		w.cancel(begun.ID)
		if err := start(w, begun); fault.KindOf(err) != fault.Canceled {
			t.Errorf("%s: %v", kind, err)
		}
		w.ended(begun.ID, nothing)
		if diff := gocmp.Diff(before, w.observe()); diff != "" {
			t.Errorf("%s: the directory (-before +now):\n%s", kind, diff)
		}
	}
}

// A step that somebody rejected stays held until the roster takes it back; then it is as
// though nobody had decided anything.
func TestRejected(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	w.limits.Removals = 0
	s.leave("P1")
	held := heldFor(w.sync(s), "RemovalLimit")
	if len(held) == 0 {
		t.Fatal("nothing is held")
	}
	decide := func(rejected bool) {
		var all []ledger.Approval
		for i := range held {
			a := ledger.Approval{Step: held[i].Content(), Run: 2, By: "Ada", Rejected: rejected}
			if !rejected {
				a.Expires = w.clock.Now().AddDate(0, 0, 3)
			}
			all = append(all, a)
		}
		w.byHand(w.store.Approve(t.Context(), w.scope, all))
	}
	decide(false)
	decide(true)
	again := heldFor(w.sync(s), "RemovalLimit")
	if diff := gocmp.Diff(text(held), text(again)); diff != "" {
		t.Errorf("after the rejection (-held +held):\n%s", diff)
	}
	if all, err := w.store.Approvals(t.Context(), w.scope, w.clock.Now()); err != nil || len(all) != len(held) {
		t.Errorf("decided is about %d steps of %d; %v", len(all), len(held), err)
	}
	w.sync(lesson()) // the roster has the person again
	if all, err := w.store.Approvals(t.Context(), w.scope, w.clock.Now()); err != nil || len(all) != 0 {
		t.Errorf("rejections outlast their reason: %v; %v", all, err)
	}
}
