package engine_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// lastYear returns a school with classes C0 to C4 of one school year, in each of which are
// a teacher and three students.
func lastYear() school {
	s := newSchool()
	s.person("T", "teacher", "O0")
	for i := range 6 {
		s.person(fmt.Sprint("P", i), "student", "O0")
	}
	for i := range 5 {
		class := fmt.Sprint("C", i)
		s.class(class, "O0")
		s.enroll(class, "T", "teacher")
		for j := range 3 {
			s.enroll(class, fmt.Sprint("P", (i+j)%6), "student")
		}
	}
	return s
}

// nextYear returns the school of the year after: C0 to C3 are other classes, with other
// people in them, and C4 goes on with a session of either year.
func nextYear() school {
	s := lastYear()
	s.put(sessions, "Y2", "Fall", "term", "2028", "2027-08-24", "2028-06-11")
	for i := range 4 {
		class := fmt.Sprint("C", i)
		s.put(classes, class, "O0", "Other "+class, "Y2", "", "")
		s.drop(enrollments, fmt.Sprintf("C%d/P%d", i, i))
		s.enroll(class, "P5", "student")
	}
	s.change(classes, "C4", 3, `"Y1,Y2"`)
	return s
}

// expired are the keys of those that go out of use.
func expired() []string {
	var keys []string
	for i := range 4 {
		keys = append(keys, fmt.Sprint("Exp0926_Section_C", i))
	}
	return keys
}

// wantTurned checks that the groups of last year are out of use, untouched but for their
// names, and that those of the next one are others.
func (w *world) wantTurned(before map[object]seen) {
	w.Helper()
	there, ledger := w.observe(), w.ledger()
	for i, key := range expired() {
		was := before[object{directory.ClassGroup, fmt.Sprint("Section_C", i)}]
		old, now := there[object{directory.ClassGroup, key}], there[object{directory.ClassGroup, fmt.Sprint("Section_C", i)}]
		if old.ID != was.ID || !slices.Equal(old.Members, was.Members) || !slices.Equal(old.Owners, was.Owners) {
			w.Errorf("%s is %+v, and was %+v", key, old, was)
		}
		if name := old.Attributes[directory.MailNickname]; name != key || old.Attributes[directory.DisplayName] != was.Attributes[directory.DisplayName] {
			w.Errorf("%s is called %s", key, text(old.Attributes))
		}
		if now.ID == was.ID || now.ID == "" || now.Attributes[directory.DisplayName] != fmt.Sprint("Other C", i) {
			w.Errorf("the new group of C%d is %+v", i, now)
		}
		if have := ledger[object{directory.ClassGroup, key}]; have.State != directory.Retired || !slices.Equal(have.Members, was.Members) {
			w.Errorf("the ledger has %+v", have)
		}
	}
	same := object{directory.ClassGroup, "Section_C4"}
	if there[same].ID != before[same].ID {
		w.Errorf("C4 is another group: %+v", there[same])
	}
	if w.sound(); w.Failed() {
		w.FailNow()
	}
}

// Held, everything about the groups stays as it is, until somebody decides; what is
// decided is gone by once.
func TestReuseDecided(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lastYear())
	before := w.observe()
	held := 0
	for step := range stepsOf(w.sync(nextYear())) {
		if step.Kind == directory.ClassGroup && step.Key != "Section_C4" {
			if held++; step.Held == nil || step.Held.Rule != plan.IDReused || step.Set[directory.SchoolYears].To != "2028" {
				t.Errorf("not held: %s", text(step))
			}
		}
	}
	if held != 4 {
		t.Errorf("%d groups are held", held)
	}
	for i := range 4 {
		name := object{directory.ClassGroup, fmt.Sprint("Section_C", i)}
		if was, is := before[name], w.observe()[name]; text(was) != text(is) {
			t.Errorf("%s was %s and is %s", name.Key, text(was), text(is))
		}
	}
	w.decide("new", "2027", "Section_C0") // another year's: no use
	for step := range stepsOf(w.sync(nextYear())) {
		if step.Held == nil {
			t.Errorf("decided of another year: %s", text(step))
		}
	}
	if left := w.decisions(); len(left) != 0 {
		t.Errorf("decisions that had no use: %+v", left)
	}
	w.decide("new", "2028", "Section_C0", "Section_C1", "Section_C2", "Section_C3")
	w.sync(nextYear())
	w.wantTurned(before)
	w.settled(nextYear())
	w.sync(nextYear())
	if left := w.decisions(); len(left) != 0 {
		t.Errorf("decisions that were carried out: %+v", left)
	}
}

// Decided to be the same, the groups go on.
func TestReuseSame(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lastYear())
	before := w.observe()
	w.sync(nextYear())
	w.decide("same", "2028", "Section_C0")
	w.sync(nextYear())
	name := object{directory.ClassGroup, "Section_C0"}
	if is := w.observe()[name]; is.ID != before[name].ID || is.Attributes[directory.DisplayName] != "Other C0" || slices.Contains(is.Members, "User_P0") {
		t.Errorf("C0 is %+v", is)
	}
	w.sound()
	w.settled(nextYear())
}

func (w *world) decide(choice, years string, keys ...string) {
	w.Helper()
	var all []ledger.ClassDecision
	for _, key := range keys {
		all = append(all, ledger.ClassDecision{Key: key, Years: years, Choice: choice, By: "Ada", At: w.clock.Now()})
	}
	if err := w.store.DecideClasses(w.Context(), w.scope, all); err != nil {
		w.Fatal(err)
	}
}

func (w *world) decisions() map[string]ledger.ClassDecision {
	w.Helper()
	all, err := w.store.ClassDecisions(w.Context(), w.scope)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// stubborn is a target that puts nothing out of use, for a while.
type stubborn struct {
	directory.Target
	refuses bool
}

func (r *stubborn) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes, err := r.Target.Apply(ctx, slices.DeleteFunc(slices.Clone(changes), r.refused))
	for i := range changes {
		if r.refused(changes[i]) {
			refusal := directory.Outcome{Verdict: directory.Later, Rule: directory.TargetBusy, Message: "not now"}
			outcomes = slices.Insert(outcomes, i, refusal)
		}
	}
	return outcomes, err
}

func (r *stubborn) refused(c directory.Change) bool {
	return r.refuses && directory.IsExpired(c.Set[directory.AnchorID])
}

// As long as a group cannot be put out of use, the new class gets none, and least of all
// that one. The decision holds until it is done.
func TestReuseRefused(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lastYear())
	before := w.observe()
	w.sync(nextYear())
	w.decide("new", "2028", "Section_C0", "Section_C1", "Section_C2", "Section_C3")
	target := &stubborn{w.dir, true}
	w.target = target
	report, _, err := w.try(nextYear())
	if err != nil || len(report.Failures) != 8 {
		t.Fatalf("%v, failures %+v", err, report.Failures)
	}
	for i := range 4 {
		name := object{directory.ClassGroup, fmt.Sprint("Section_C", i)}
		if was, is := before[name], w.observe()[name]; text(was) != text(is) {
			t.Errorf("%s was %s and is %s", name.Key, text(was), text(is))
		}
	}
	w.sound()
	target.refuses = false
	w.sync(nextYear())
	w.wantTurned(before)
	w.settled(nextYear())
}

// nostalgic is a target that shows objects under the anchors that they had.
type nostalgic struct {
	directory.Target
	had map[string]string // id by anchor
}

func (f *nostalgic) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	objects, err := f.Target.Find(ctx, kind, anchors)
	for _, anchor := range anchors {
		if id := f.had[anchor]; id != "" {
			objects = append(objects, directory.Object{Kind: kind, ID: id, Attributes: directory.Attributes{directory.AnchorID: anchor}})
		}
	}
	return objects, err
}

// A group that is out of use is not taken for the new one where the directory still shows
// it under its former name.
func TestReuseSeenLate(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lastYear())
	before := w.observe()
	had := make(map[string]string)
	for i := range 4 {
		key := fmt.Sprint("Section_C", i)
		had[key] = before[object{directory.ClassGroup, key}].ID
	}
	w.target, w.reused = &nostalgic{w.dir, had}, plan.NewClass
	w.sync(nextYear())
	w.wantTurned(before)
}

// The same id can go to another class time and again within a month.
func TestReuseTwice(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.reused = plan.NewClass
	w.sync(lastYear())
	w.sync(nextYear())
	w.sync(lastYear())
	w.sync(nextYear())
	there := w.observe()
	for _, key := range []string{"Exp0926_Section_C0", "Exp0926_Section_C0_2", "Exp0926_Section_C0_3", "Section_C0"} {
		if _, known := there[object{directory.ClassGroup, key}]; !known {
			t.Errorf("%s is missing", key)
		}
	}
	w.sound()
	w.settled(nextYear())
}

// A run in which groups go out of use and others take their names, cut off at any moment
// and carried on, leaves what one leaves that was not.
func TestCrashInReuse(t *testing.T) {
	b := &bench{T: t, empty: emptyDatabase(t), secrets: make(map[string]directory.Secret)}
	b.story[0], b.story[1] = chapter{lastYear(), allFlows()}, chapter{nextYear(), allFlows()}
	b.story[2] = chapter{nextYear(), allFlows()}
	b.story[2].settings.Sets = slices.Clone(b.story[2].settings.Sets)
	b.story[2].settings.Sets[0].SecurityGroup = &flow.SecurityGroupFlow{ByRoleGroup: true}
	b.passed = filepath.Join(t.TempDir(), "passed.db")
	copyData(t, b.empty, b.passed)
	w := open(t, b.passed)
	w.target = &mortal{littleAtATime(&witness{w.dir, b.secrets}), &fuse{left: -1}}
	w.tell(b.story[0])
	before := w.observe()
	w.close()
	calm := b.begin(t)
	calm.reused = plan.NewClass
	calm.tell(b.story[1])
	want, moments := calm.outcome(), calm.fuse.seen
	for moment := range moments {
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel()
			l := b.begin(t)
			l.reused = plan.NewClass
			l.die(b.story[1], moment)
			for again := moment % 5; again > 0 && !l.die(b.story[1], again); again-- {
			}
			if moment%2 == 0 { // another run takes its place
				l.tell(b.story[2])
				l.wantTurned(before)
				l.settled(b.story[2].school)
				return
			}
			l.tell(b.story[1])
			l.same(want)
			l.wantTurned(before)
			l.settled(b.story[1].school)
		})
	}
}
