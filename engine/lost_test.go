package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// hazy is a target that shows its objects as they were at some time.
type hazy struct {
	directory.Target
	past map[string]directory.Object // by id
}

// haze returns the directory, which does not show what is done from now on.
func (w *world) haze() *hazy {
	w.Helper()
	h := &hazy{w.dir, make(map[string]directory.Object)}
	for _, kind := range directory.Kinds() {
		for o, err := range w.dir.Observe(w.Context(), kind, directory.Whole) {
			if err != nil {
				w.Fatal(err)
			}
			h.past[o.ID] = o
		}
	}
	return h
}

func (h *hazy) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	found, err := h.Target.Find(ctx, kind, anchors)
	var shown []directory.Object
	for _, o := range found {
		if past, was := h.past[o.ID]; was {
			shown = append(shown, past)
		}
	}
	return shown, err
}

// turn is an edit of a roster and the one that takes it back.
type turn struct {
	name        string
	there, back func(school)
}

func turns() []turn {
	return []turn{
		{"a member comes", func(s school) { s.enroll("C0", "P2", "student") }, func(s school) { s.drop(enrollments, "C0/P2") }},
		{"a member goes", func(s school) { s.drop(enrollments, "C0/P1") }, func(s school) { s.enroll("C0", "P1", "student") }},
		{"an owner comes", func(s school) { s.enroll("C0", "T1", "teacher") }, func(s school) { s.drop(enrollments, "C0/T1") }},
		{"an owner goes", func(s school) { s.drop(enrollments, "C0/T2") }, func(s school) { s.enroll("C0", "T2", "teacher") }},
		{"another title", func(s school) { s.change(classes, "C0", 2, "Weaving") }, func(s school) { s.change(classes, "C0", 2, "Class C0") }},
		{"a number", func(s school) { s.change(classes, "C0", 5, "7") }, func(s school) { s.change(classes, "C0", 5, "") }},
		{"three members come", func(s school) {
			for _, person := range []string{"P2", "P3", "P4"} { // in two changes
				s.enroll("C0", person, "student")
			}
		}, func(s school) {
			for _, person := range []string{"P2", "P3", "P4"} {
				s.drop(enrollments, "C0/"+person)
			}
		}},
	}
}

// Of what was sent to a group nobody knows what became: the answer was lost, then the
// directory put it off, and does not show it. Whatever the roster says next, that becomes
// true.
func TestLost(t *testing.T) {
	empty := emptyDatabase(t)
	base := lesson()
	for i := 2; i < 5; i++ {
		base.person(fmt.Sprint("P", i), "student", "O0")
	}
	base.person("T1", "teacher", "O0")
	base.person("T2", "teacher", "O0")
	base.enroll("C0", "T2", "teacher")
	lostOften := slices.Repeat([]fate{lostAfter}, 6)
	for _, turn := range turns() {
		calm := newWorld(t, empty)
		edited := base.clone()
		turn.there(edited)
		calm.sync(edited)
		for _, fates := range [][]fate{
			{lostAfter, putOff},
			{lostBefore, putOff},
			{lostAfter, lostAfter, putOff},
			append(lostOften, putOff), // when it is cleared up
			append(append([]fate{answered}, lostOften...), putOff),
		} {
			for _, again := range []bool{false, true} {
				t.Run(fmt.Sprint(turn.name, fates, again), func(t *testing.T) {
					w := newWorld(t, empty)
					w.sync(base)
					before := w.stable()
					w.target = &fateful{w.haze(), fates}
					_, _, _ = w.try(edited) // what comes of it is seen in the end
					if again {
						_, _, _ = w.try(edited)
						_, _, _ = w.try(edited)
						w.equals(calm.stable())
					}
					_, _, _ = w.try(base)
					w.target = w.dir
					w.sync(base)
					w.equals(before)
					w.sound()
					w.settled(base)
					w.nothingLost()
				})
			}
		}
	}
}

// equals checks that the directory is as it was.
func (w *world) equals(want local.Document) {
	w.Helper()
	if diff := cmp.Diff(want, w.stable()); diff != "" {
		w.Errorf("directory (-want +there):\n%s", diff)
	}
}

// nothingLost checks that of everything the ledger knows what became of it.
func (w *world) nothingLost() {
	w.Helper()
	for name, have := range w.ledger() {
		if diff := cmp.Diff(directory.Lost{}, have.Lost); diff != "" {
			w.Errorf("lost of %s:\n%s", name.Key, diff)
		}
	}
}

// Of members whom people put there before Homeroom asked for them, those stay whose addition
// was never sent. Whose addition was lost may be somebody else's or Homeroom's, and goes when
// the roster says so.
func TestLostAreThoseWhoWereSent(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	for i := 2; i < 6; i++ {
		s.person(fmt.Sprint("P", i), "student", "O0")
	}
	w.sync(s)
	haze := w.haze()
	for i := 2; i < 6; i++ {
		w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user(fmt.Sprint("User_P", i)), false))
		s.enroll("C0", fmt.Sprint("P", i), "student")
	}
	w.target = &fateful{haze, []fate{lostAfter, putOff}} // two are sent at a time
	_, _, _ = w.try(s)
	if diff := cmp.Diff([]string{"User_P2", "User_P3"}, w.ledger()[section()].Lost.Members); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
	w.target = w.dir
	w.sync(s)
	if diff := cmp.Diff([]string{"User_P4", "User_P5"}, w.ledger()[section()].StrangeMembers); diff != "" {
		t.Errorf("there before (-want +got):\n%s", diff)
	}
	w.nothingLost()
	for i := 2; i < 6; i++ {
		s.drop(enrollments, fmt.Sprint("C0/P", i))
	}
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_P4", "User_P5", "User_T0"})
	w.sound()
	w.settled(s)
}

// loseMember adds somebody to a class, of which nobody knows what became.
func (w *world) loseMember(s school, person string) {
	w.Helper()
	s.enroll("C0", person, "student")
	w.target = &fateful{w.haze(), []fate{lostAfter, putOff}}
	if _, _, err := w.try(s); err != nil {
		w.Fatal(err)
	}
	w.target = w.dir
	if lost := w.ledger()[section()].Lost.Members; !slices.Equal(lost, []string{"User_" + person}) {
		w.Fatalf("lost: %v", lost)
	}
}

// The revert of a run takes away what nobody knows of, too.
func TestLostIsReverted(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	before := w.stable()
	w.loseMember(s, "P2")
	w.revert(engine.RevertRequest{Run: w.last()})
	w.equals(before)
	w.sound()
	w.nothingLost()
}

// Where the settings let go of it, it stays, as all that Homeroom added does, until somebody
// tidies up.
func TestLostIsReleased(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.loseMember(s, "P2")
	w.settings.Exclude.People = []string{"P2"}
	w.sync(s)
	have := w.ledger()[section()]
	if !slices.Equal(have.ReleasedMembers, []string{"User_P2"}) || have.Lost.Members != nil {
		t.Errorf("released %v, lost %v", have.ReleasedMembers, have.Lost.Members)
	}
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_P2", "User_T0"})
	w.cleanup(engine.CleanupRequest{Released: true})
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
}

// In a group that goes out of use it stays as the others do, and goes with them where
// somebody has it emptied.
func TestLostIsRetired(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.loseMember(s, "P2")
	s.close("C0")
	w.sync(s)
	w.settled(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_P2", "User_T0"})
	w.cleanup(engine.CleanupRequest{Retired: plan.Empty})
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_T0"})
}

// A group keeps an owner of whom it is known that there is one.
func TestLastOwnerIsNotALostOne(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("S0", "teacher", "O0") // who comes before the other
	w.sync(s)
	s.enroll("C0", "S0", "teacher")
	w.target = &fateful{w.haze(), []fate{lostBefore, putOff}}
	_, _, _ = w.try(s)
	w.target = w.dir
	s.drop(enrollments, "C0/S0")
	s.drop(enrollments, "C0/T0")
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.sound()
}

// A run that is canceled leaves what was lost in the ledger.
func TestLostInACanceledRun(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	before := w.stable()
	edited := s.clone()
	edited.enroll("C0", "P2", "student")
	w.target = &fateful{w.haze(), append(slices.Repeat([]fate{lostAfter}, 6), putOff)}
	if _, _, err := w.try(edited); err == nil {
		t.Fatal("every answer was lost, and the run came to its end")
	}
	w.cancel(w.last())
	if _, canceled, err := w.engine().EndCanceled(t.Context(), w.lease("test")); err != nil || !canceled {
		t.Fatalf("canceled %v, %v", canceled, err)
	}
	if diff := cmp.Diff([]string{"User_P2"}, w.ledger()[section()].Lost.Members); diff != "" {
		t.Errorf("lost (-want +got):\n%s", diff)
	}
	w.target = w.dir
	w.sync(s)
	w.equals(before)
	w.sound()
	w.settled(s)
	w.nothingLost()
}

// A reset adds again whom it would have added anyhow once, and whoever was lost is Homeroom's
// afterwards.
func TestLostBeforeAReset(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.loseMember(s, "P2")
	w.resetClasses("first")
	added := 0
	for step := range stepsOf(w.sync(s)) {
		if slices.Contains(step.Members.Add, "User_P2") {
			added++
		}
	}
	if added != 1 {
		t.Errorf("P2 is added by %d steps", added)
	}
	w.nothingLost()
	s.drop(enrollments, "C0/P2")
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	w.settled(s)
}

// Whoever gets another user was lost with the one before.
func TestLostWithAUserWhoIsGone(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.person("P2", "student", "O0")
	w.sync(s)
	w.loseMember(s, "P2")
	w.byHand(w.dir.Delete(t.Context(), user("User_P2")))
	w.byHand(w.dir.Set(t.Context(), user("User_P2"), []string{
		"userPrincipalName=old@school.example", "mailNickname=old", "education.anchorId=",
	}))
	w.approve(heldFor(w.sync(s), string(roster.LinkBroken)))
	w.sync(s)
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_P2", "User_T0"})
	w.nothingLost()
	w.sound()
	w.settled(s)
}

// Whom the ledger knows to have been there before Homeroom asked stays that, let go of and
// asked for again with whatever answer.
func TestKnownStrangersStayStrange(t *testing.T) {
	empty := emptyDatabase(t)
	for _, fates := range [][]fate{{answered}, {lostAfter}, {lostBefore}, {lostAfter, putOff}, append(slices.Repeat([]fate{lostAfter}, 6), putOff)} {
		t.Run(fmt.Sprint(fates), func(t *testing.T) {
			w := newWorld(t, empty)
			s := lesson()
			s.person("P2", "student", "O0")
			w.sync(s)
			w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("User_P2"), false))
			s.enroll("C0", "P2", "student")
			w.sync(s)
			w.settings.Exclude.People = []string{"P2"}
			w.sync(s)
			w.settings.Exclude.People = nil
			w.target = &fateful{w.dir, fates}
			for range 3 {
				_, _, _ = w.try(s)
			}
			have := w.ledger()[section()]
			if !slices.Equal(have.StrangeMembers, []string{"User_P2"}) || have.Lost.Members != nil {
				t.Errorf("there before: %v, lost %v", have.StrangeMembers, have.Lost.Members)
			}
			s.drop(enrollments, "C0/P2")
			w.sync(s)
			w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_P2", "User_T0"})
			w.settled(s)
		})
	}
}
