package engine_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/roster"
)

// watched is a target of which it is counted how often users are gone through.
type watched struct {
	directory.Target
	listings *int
}

func (w watched) Observe(ctx context.Context, kind directory.Kind, view directory.View) iter.Seq2[directory.Object, error] {
	*w.listings++
	return w.Target.Observe(ctx, kind, view)
}

// The directory's users are gone through once after it was changed, whoever changed
// it, and not again; and as long as somebody has no user, for every plan.
func TestUsersLookedForOnce(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	listings := 0
	w.target = watched{w.dir, &listings}
	s := lesson()
	expect := func(want int, when string) {
		t.Helper()
		if listings != want {
			t.Errorf("%s the users were gone through %d times, want %d", when, listings, want)
		}
		listings = 0
	}
	w.sync(s)
	expect(2, "in the first run, before and after it,")
	w.plan(s)
	s.change(classes, "C0", 2, "Weaving")
	w.plan(s)
	expect(0, "for two plans after it")
	w.sync(s)
	expect(1, "after a run that changed something")
	w.sync(s)
	expect(0, "for a run that did not")

	w.byHand(w.dir.Set(t.Context(), user("User_P1"), []string{"displayName=Somebody"}))
	w.plan(s)
	w.plan(s)
	expect(2, "for two plans after a change by hand")
	w.sync(s)
	w.plan(s)
	expect(2, "for a run after it, and once more at its end,")

	w.byHand(w.dir.Set(t.Context(), user("User_P1"), []string{"directoryRole=true"}))
	w.sync(s)
	w.plan(s)
	expect(3, "as long as somebody holds a directory role, for run, its end and plan")
	w.byHand(w.dir.Delete(t.Context(), user("User_P1")))
	w.sync(s)
	w.plan(s)
	expect(3, "as long as a user is gone, for run, its end and plan")
}

// Somebody new is looked for among all users.
func TestUsersLookedForAnew(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	w.sync(s)
	s.person("N1", "student", "O0")
	w.stranger("N1")
	made := w.sync(s)
	if made.Summary().Objects[directory.User].Create != 0 {
		t.Errorf("somebody was created who was there: %+v", made.Summary())
	}
	w.settled(s)
}

// A user whom the last run made, and whom the directory does not show yet, is waited for;
// one who is gone is not.
func TestNewUsersAreWaitedFor(t *testing.T) {
	empty := emptyDatabase(t)
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, empty)
		w.clock = bubble{}
		w.target = directorytest.Disturb(w.dir, directorytest.Faults{Visible: time.Minute}, 1)
		s := lesson()
		w.sync(s)
		for _, id := range []string{"N1", "N2", "N3"} {
			s.person(id, "student", "O0")
			s.enroll("C0", id, "student")
			if held := heldFor(w.sync(s), string(roster.LinkBroken)); held != nil {
				t.Errorf("held: %s", text(held))
			}
		}
		time.Sleep(time.Minute)
		w.byHand(w.dir.Delete(t.Context(), user("User_N3")))
		s.change(classes, "C0", 2, "Weaving")
		began := time.Now()
		if held := heldFor(w.sync(s), string(roster.LinkBroken)); len(held) != 1 {
			t.Errorf("held: %s", text(held))
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("a user who is gone was waited for, for %s", took)
		}
	})
}

// However slowly the directory answers, it is asked once more when it has had its time.
func TestNewUsersAreLookedForToTheEnd(t *testing.T) {
	empty := emptyDatabase(t)
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, empty)
			w.clock = bubble{}
			faults := directorytest.Faults{Visible: 20 * time.Second, Slow: 0.5, Delay: 15 * time.Second, PerCall: 4}
			w.target = directorytest.Disturb(w.dir, faults, seed)
			set := &w.settings.Sets[0]
			set.ClassGroup, set.SecurityGroup, set.AdministrativeUnit = nil, nil, nil // else it has had its time when the run ends
			s := lesson()
			for i := range 9 {
				s.person(fmt.Sprint("N", i), "student", "O0")
			}
			w.sync(s)
			if held := heldFor(w.sync(s), string(roster.LinkBroken)); held != nil {
				t.Errorf("seed %d: held: %s", seed, text(held))
			}
		})
	}
}
