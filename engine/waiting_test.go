package engine_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/plan"
)

// picky is a target that refuses to make some users.
type picky struct {
	directory.Target
	refused []string // their anchors
	verdict directory.Verdict
}

func (p *picky) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes := make([]directory.Outcome, len(changes))
	var at []int
	var some []directory.Change
	for i, c := range changes {
		outcomes[i] = directory.Outcome{Verdict: p.verdict, Rule: directory.InvalidValue, Message: "The name is odd."}
		if c.ID != "" || !slices.Contains(p.refused, c.Set[directory.AnchorID]) {
			at, some = append(at, i), append(some, c)
		}
	}
	done, err := p.Target.Apply(ctx, some)
	for i, outcome := range done {
		outcomes[at[i]] = outcome
	}
	return outcomes, err
}

// keysOf returns the keys of failures.
func keysOf(failures []engine.Failure) []string {
	var keys []string
	for _, f := range failures {
		keys = append(keys, f.Key)
	}
	slices.Sort(keys)
	return keys
}

// lesson is a school with one class of one teacher and two students.
func lesson() school {
	s := newSchool()
	s.class("C0", "O0")
	for person, role := range map[string]string{"T0": "teacher", "P0": "student", "P1": "student"} {
		s.person(person, role, "O0")
		s.enroll("C0", person, role)
	}
	return s
}

func section() object { return object{directory.ClassGroup, "Section_C0"} }

// What one person's failure touches waits for that person and goes on for all
// others; the next run adds the one.
func TestOnesFailureIsNotOthers(t *testing.T) {
	for _, verdict := range []directory.Verdict{directory.Later, directory.Never} {
		t.Run(string(verdict), func(t *testing.T) {
			w := newWorld(t, emptyDatabase(t))
			w.target = &picky{w.dir, []string{"User_P1"}, verdict}
			report, _, err := w.try(lesson())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"User_P1"}, keysOf(report.Failures)); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
			waiting := []string{"RoleGroup_students", "RoleGroup_students_O0", "RoleGroup_students_O0", "School_O0", "Section_C0"}
			if diff := cmp.Diff(waiting, keysOf(report.Waiting)); diff != "" {
				t.Errorf("waiting (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"User_P0", "User_T0"}, w.observe()[section()].Members); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			w.sound()
			w.target = w.dir
			w.sync(lesson())
			if diff := cmp.Diff([]string{"User_P0", "User_P1", "User_T0"}, w.observe()[section()].Members); diff != "" {
				t.Errorf("members in the end (-want +got):\n%s", diff)
			}
			w.settled(lesson())
		})
	}
}

// A group of which nobody is there yet waits, and is no failure of its own.
func TestGroupWaitsForItsFirstMember(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.target = &picky{w.dir, []string{"User_P0", "User_P1", "User_T0"}, directory.Never}
	report, _, err := w.try(lesson())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"User_P0", "User_P1", "User_T0"}, keysOf(report.Failures)); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	for _, f := range report.Waiting {
		if f.Rule != plan.WaitsForUser || f.Message == "" {
			t.Errorf("waiting without a reason: %+v", f)
		}
	}
	if len(w.observe()) > 0 {
		t.Errorf("made: %v", w.observe())
	}
}

// A group whose only teacher cannot be made is a group all the same, and a team
// once the teacher is there; until then new students come in.
func TestTeamWaitsForItsOwner(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.target = &picky{w.dir, []string{"User_T0"}, directory.Never}
	s := lesson()
	for _, student := range []string{"", "P2"} {
		if student != "" {
			s.person(student, "student", "O0")
			s.enroll("C0", student, "student")
		}
		report, _, err := w.try(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"User_T0"}, keysOf(report.Failures)); diff != "" {
			t.Errorf("failures (-want +got):\n%s", diff)
		}
		w.sound()
	}
	group := w.observe()[section()]
	if diff := cmp.Diff([]string{"User_P0", "User_P1", "User_P2"}, group.Members); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if group.Attributes[directory.Team] != "" {
		t.Error("a team without an owner")
	}
	w.target = w.dir
	w.sync(s)
	group = w.observe()[section()]
	if diff := cmp.Diff([]string{"User_T0"}, group.Owners); diff != "" || group.Attributes[directory.Team] != "true" {
		t.Errorf("team %q, owners (-want +got):\n%s", group.Attributes[directory.Team], diff)
	}
	w.settled(s)
}

// The last owner stays until the one who follows is there, while students come and
// go.
func TestLastOwnerStaysUntilTheNextIsThere(t *testing.T) {
	for _, team := range []bool{true, false} {
		w := newWorld(t, emptyDatabase(t))
		w.settings.Sets[0].ClassGroup.CreateTeam = team
		s := lesson()
		w.sync(s)
		s.leave("T0")
		s.leave("P1")
		s.person("T1", "teacher", "O0")
		s.enroll("C0", "T1", "teacher")
		w.target = &picky{w.dir, []string{"User_T1"}, directory.Never}
		report, _, err := w.try(s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"User_T1"}, keysOf(report.Failures)); diff != "" {
			t.Errorf("failures (-want +got):\n%s", diff)
		}
		w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_T0"})
		w.sound()
		w.target = w.dir
		w.sync(s)
		w.expectPeople(section(), []string{"User_T1"}, []string{"User_P0", "User_T1"})
		w.settled(s)
	}
}

// expectPeople checks who owns a group and who is in it.
func (w *world) expectPeople(group object, owners, members []string) {
	w.Helper()
	there := w.observe()[group]
	if diff := cmp.Diff([][]string{owners, members}, [][]string{there.Owners, there.Members}); diff != "" {
		w.Errorf("%s: owners and members (-want +there):\n%s", group.Key, diff)
	}
}

// A team waits, too, for an owner whose creation the guard holds.
func TestTeamWaitsForAnOwnerWhoIsHeld(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	s.leave("T0")
	w.sync(s)
	w.limits.Creations, w.limits.CreationShare = 0, 0
	for _, verdict := range []string{"held", "approved"} {
		held := w.sync(lesson())
		w.sound()
		w.settled(lesson())
		if verdict == "held" {
			w.expectPeople(section(), nil, []string{"User_P0", "User_P1"})
			w.approve(heldFor(held, "CreationLimit"))
		}
	}
	w.sync(lesson())
	w.expectPeople(section(), []string{"User_T0"}, []string{"User_P0", "User_P1", "User_T0"})
	if team := w.observe()[section()].Attributes[directory.Team]; team != "true" {
		t.Errorf("team: %q", team)
	}
}
