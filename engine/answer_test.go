package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
)

// fate is what becomes of one call to a target.
type fate string

const (
	answered   fate = "answered"
	lostBefore fate = "lost before it was carried out"
	lostAfter  fate = "lost after it was carried out"
	putOff     fate = "put off"
)

// fateful is a target that takes little at a time, and of whose calls the first
// ones have fates.
type fateful struct {
	directory.Target
	fates []fate
}

func (f *fateful) Abilities() directory.Abilities {
	can := f.Target.Abilities()
	can.Members = 2
	return can
}

func (f *fateful) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	next := answered
	if len(f.fates) > 0 {
		next, f.fates = f.fates[0], f.fates[1:]
	}
	switch next {
	case lostBefore:
		return nil, errPlanted
	case putOff:
		outcomes := make([]directory.Outcome, len(changes))
		for i, c := range changes {
			outcomes[i] = directory.Outcome{ID: c.ID, Verdict: directory.Later, Rule: directory.TargetDown, Message: "Not now."}
		}
		return outcomes, nil
	case lostAfter:
		_, err := f.Target.Apply(ctx, changes)
		return nil, errors.Join(err, errPlanted)
	}
	return f.Target.Apply(ctx, changes)
}

// Whatever becomes of the calls that make or fill a group: the group, and whom
// Homeroom put there, are Homeroom's, and go when the roster says so; whom a person
// put there stays.
func TestOwnWorkIsKnownAgain(t *testing.T) {
	empty := emptyDatabase(t)
	for _, fates := range [][]fate{
		{lostBefore}, {lostAfter}, {putOff}, {lostAfter, lostAfter}, {lostAfter, putOff}, {lostBefore, putOff},
		{answered, putOff}, {answered, lostAfter}, {answered, lostAfter, putOff}, {answered, answered, putOff},
		{lostAfter, lostAfter, lostAfter, lostAfter, lostAfter, lostAfter, putOff},
	} {
		for _, class := range []string{"C0", "C1"} { // one that is there, and a new one
			t.Run(fmt.Sprint(class, fates), func(t *testing.T) {
				w := newWorld(t, empty)
				s := lesson()
				for i := 2; i < 7; i++ {
					s.person(fmt.Sprint("P", i), "student", "O0")
				}
				w.sync(s)
				w.stranger("visitor")
				w.byHand(w.dir.AddMember(t.Context(), nameOf(section()), user("visitor@school.example"), false))
				if class == "C1" {
					s.class("C1", "O0")
					s.enroll("C1", "T0", "teacher")
				}
				for i := range 7 {
					s.enroll(class, fmt.Sprint("P", i), "student")
				}
				w.brave(s, fates)
				group := object{directory.ClassGroup, "Section_" + class}
				if !w.ledger()[group].Created {
					t.Error("Homeroom made the group and does not know it")
				}
				for i := range 7 {
					s.drop(enrollments, fmt.Sprint(class, "/P", i))
				}
				w.brave(s, fates)
				left := []string{"User_T0"}
				if class == "C0" {
					left = append(left, "visitor@school.example")
				}
				w.expectPeople(group, []string{"User_T0"}, left)
			})
		}
	}
}

// brave makes runs whose first calls have fates, until there is nothing left to do.
func (w *world) brave(s school, fates []fate) {
	w.Helper()
	w.target = &fateful{w.dir, fates}
	for range 3 {
		_, _, _ = w.try(s) // what comes of it is seen in the end
	}
	w.sound()
	w.settled(s)
}
