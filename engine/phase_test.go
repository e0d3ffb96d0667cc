package engine_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/ledger"
)

// late are a target, and a store that records a batch only when nobody else can go on
// without that. They note in which order things happen.
type late struct {
	engine.Store
	directory.Target
	events chan string
}

func (l late) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	l.events <- "apply"
	return l.Target.Apply(ctx, changes)
}

func (l late) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	synctest.Wait()
	l.events <- "record"
	return l.Store.Record(ctx, lease, run, answers)
}

// syncLate makes a run in which batches are recorded as late as can be, and returns
// what happened.
func (w *world) syncLate(s school) (events []string) {
	w.Helper()
	l := late{w.store, w.dir, make(chan string, 100)}
	w.keeper, w.target = l, l
	w.sync(s)
	w.keeper, w.target = w.store, w.dir
	close(l.events)
	for event := range l.events {
		events = append(events, event)
	}
	return events
}

// swapped is a lesson that another teacher takes over.
func swapped(s school) school {
	s = s.clone()
	s.drop(enrollments, "C0/T0")
	s.enroll("C0", "T1", "teacher")
	return s
}

// A phase waits for what is recorded of the one before only where it matters.
func TestPhases(t *testing.T) {
	school := lesson()
	school.person("T1", "teacher", "O0")
	renamed := school.clone()
	renamed.drop(enrollments, "C0/P1")
	renamed.change(classes, "C0", 2, "Another title")
	empty := emptyDatabase(t)
	t.Run("not for known users", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, empty)
			w.sync(school)
			events := w.syncLate(renamed)
			events = slices.Compact(events) // batches that wait for that are recorded together
			if want := []string{"apply", "record"}; !slices.Equal(events, want) {
				t.Errorf("in this order: %q, want %q", events, want)
			}
			w.sound()
			w.settled(renamed)
		})
	})
	t.Run("for users who are made", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, empty)
			w.syncLate(school)
			w.sound()
			w.settled(school)
		})
	})
	t.Run("for who follows an owner", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, empty)
			w.sync(school)
			w.syncLate(swapped(school))
			if diff := cmp.Diff([]string{"User_T1"}, w.observe()[section()].Owners); diff != "" {
				t.Errorf("owners (-want +got):\n%s", diff)
			}
			w.sound()
			w.settled(swapped(school))
		})
	})
}
