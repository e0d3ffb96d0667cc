package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// errCrash is what everything answers once the process is dead.
var errCrash = errors.New("the process is dead")

// fuse counts the moments before and after every effect of a run, and ends the
// process at one of them: from then on nothing has an effect, but for what is under
// way elsewhere.
type fuse struct {
	turn func(effect string) // waits until it is this effect's turn; nil where all happens as it comes
	lock sync.Mutex
	left int // moments to live through; negative for ever
	seen int
	dead bool
}

func (f *fuse) moment() error {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.seen++
	f.left--
	if f.dead = f.dead || f.left == -1; f.dead {
		return errCrash
	}
	return nil
}

// set sets the moment, and revives who is dead.
func (f *fuse) set(left int) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.left, f.dead = left, false
}

// around carries out an effect, with a moment before and one after it.
func around[T any](f *fuse, name string, effect func() (T, error)) (T, error) {
	var none T
	if f.turn != nil {
		f.turn(name)
	}
	if err := f.moment(); err != nil {
		return none, err
	}
	out, err := effect()
	if dead := f.moment(); dead != nil {
		return none, dead
	}
	return out, err
}

func (f *fuse) around(name string, effect func() error) error {
	_, err := around(f, name, func() (struct{}, error) { return struct{}{}, effect() })
	return err
}

// fragile is a store whose writes are on a fuse.
type fragile struct {
	engine.Store
	fuse *fuse
}

func (f *fragile) Begin(ctx context.Context, lease ledger.Lease, run ledger.Run) (ledger.Run, error) {
	return around(f.fuse, "Begin", func() (ledger.Run, error) { return f.Store.Begin(ctx, lease, run) })
}

func (f *fragile) Commit(ctx context.Context, lease ledger.Lease, c ledger.Commit, steps iter.Seq2[plan.Step, error], skips []plan.Skip) error {
	return f.fuse.around("Commit", func() error { return f.Store.Commit(ctx, lease, c, steps, skips) })
}

func (f *fragile) Sent(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password) error {
	return f.fuse.around("Sent", func() error { return f.Store.Sent(ctx, lease, run, batch, passwords) })
}

func (f *fragile) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	return f.fuse.around("Record", func() error { return f.Store.Record(ctx, lease, run, answers) })
}

func (f *fragile) Finish(ctx context.Context, lease ledger.Lease, run ledger.Run, tallies []ledger.Tally) error {
	return f.fuse.around("Finish", func() error { return f.Store.Finish(ctx, lease, run, tallies) })
}

func (f *fragile) PutStatistics(ctx context.Context, lease ledger.Lease, run int64, statistics ledger.Statistics) error {
	return f.fuse.around("PutStatistics", func() error { return f.Store.PutStatistics(ctx, lease, run, statistics) })
}

func (f *fragile) PutUsersSeen(ctx context.Context, lease ledger.Lease, stamp string) error {
	return f.fuse.around("PutUsersSeen", func() error { return f.Store.PutUsersSeen(ctx, lease, stamp) })
}

func (f *fragile) PutStretches(ctx context.Context, lease ledger.Lease, kind directory.Kind, gaps []directory.Span, found []plan.Stretch) error {
	return f.fuse.around("PutStretches", func() error { return f.Store.PutStretches(ctx, lease, kind, gaps, found) })
}

// mortal is a target on a fuse.
type mortal struct {
	directory.Target
	fuse *fuse
}

func (m *mortal) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	return around(m.fuse, "Apply", func() ([]directory.Outcome, error) { return m.Target.Apply(ctx, changes) })
}

// witness is a target that notes with which password each user was made.
type witness struct {
	directory.Target
	sent map[string]directory.Secret // by anchor
}

func (w *witness) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes, err := w.Target.Apply(ctx, changes)
	for i, o := range outcomes {
		if c := changes[i]; c.Kind == directory.User && c.ID == "" && o.Verdict == directory.Done {
			w.sent[c.Set[directory.AnchorID]] = c.Password
		}
	}
	return outcomes, err
}

// littleAtATime makes a target take few changes, so that there are many calls.
func littleAtATime(target directory.Target) directory.Target {
	return directorytest.Disturb(target, directorytest.Faults{PerCall: 3, Members: 2}, 0)
}

// chapter is one roster with the settings of its time.
type chapter struct {
	school   school
	settings flow.Settings
}

func (w *world) tell(c chapter) {
	w.Helper()
	w.settings = c.settings
	w.sync(c.school)
}

// story returns three rosters: the second makes, changes, empties, retires and
// releases, and the third undoes some of that and does more of the same.
func story() [3]chapter {
	first := newSchool()
	first.put(orgs, "O1", "Elm", "school")
	first.put(courses, "K0", "O0", "Drawing", "02")
	for i, role := range []string{"teacher", "teacher", "student", "student", "student", "student"} {
		first.person(fmt.Sprint("P", i), role, fmt.Sprint("O", i%2))
	}
	first.person("P8", "guardian", "O0")
	first.pair(contacts, "P2", "P8", "parent")
	for i := range 4 {
		class := fmt.Sprint("C", i)
		first.class(class, fmt.Sprint("O", i%2))
		first.enroll(class, fmt.Sprint("P", i%2), "teacher")
		for j := range 3 {
			first.enroll(class, fmt.Sprint("P", 2+(i+j)%4), "student")
		}
	}
	second := first.clone()
	for i, role := range []string{"student", "student", "teacher"} {
		second.person(fmt.Sprint("N", i), role, "O1") // created
		second.enroll("C1", fmt.Sprint("N", i), role)
	}
	second.class("C4", "O1") // created with a team
	second.enroll("C4", "N2", "teacher")
	second.enroll("C4", "P2", "student")
	second.change(classes, "C0", 2, "Sculpture")  // renamed
	second.change(classes, "C0", 4, "K0")         // described
	second.close("C2")                            // retired
	second.leave("P5")                            // removed from everywhere
	second.change(roles, "P3/O1", 3, "09")        // a grade
	second.pair(contacts, "P3", "P8", "guardian") // a contact
	second.pair(contacts, "N1", "P8", "parent")
	second.drop(contacts, "P2/P8")       // and one less
	second.enroll("C3", "N2", "teacher") // an owner comes
	second.drop(enrollments, "C3/P1")    // and one goes
	third := second.clone()
	third.leave("N0")                                // created, perhaps, and gone
	third.close("C4")                                // the same
	third.change(classes, "C0", 2, "Pottery")        // renamed again
	third.change(users, "P8", 4, "new@mail.example") // the contact has moved
	third.drop(contacts, "P3/P8")
	third.person("P5", "student", "O1") // back
	third.enroll("C0", "P5", "student")
	third.person("N3", "student", "O0")
	third.enroll("C0", "N3", "student")
	less := allFlows()
	less.Sets[0].AdministrativeUnit = nil // released
	less.Sets[0].User.GradeLevel = true
	return [3]chapter{{first, allFlows()}, {second, less}, {third, less}}
}

// bench is where runs of the story are cut off.
type bench struct {
	*testing.T
	empty   string
	story   [3]chapter
	passed  string // database in which the first chapter has been told
	secrets map[string]directory.Secret
}

func newBench(t *testing.T) *bench {
	b := &bench{T: t, empty: emptyDatabase(t), story: story(), secrets: make(map[string]directory.Secret)}
	b.passed = filepath.Join(t.TempDir(), "passed.db")
	copyData(t, b.empty, b.passed)
	w := open(t, b.passed)
	w.target = &mortal{littleAtATime(&witness{w.dir, b.secrets}), &fuse{left: -1}}
	w.tell(b.story[0])
	w.close()
	return b
}

// life is a world with a fuse.
type life struct {
	*world
	fuse *fuse
	sent map[string]directory.Secret
}

// begin makes a world in which the first chapter has been told.
func (b *bench) begin(t *testing.T) *life {
	l := &life{world: newWorld(t, b.passed), fuse: &fuse{left: -1}, sent: make(map[string]directory.Secret)}
	for user, password := range b.secrets {
		l.sent[user] = password
	}
	l.made = slices.Repeat([]directory.Secret{""}, 100) // so that none is made twice
	l.keeper = &fragile{l.store, l.fuse}
	l.target = &mortal{littleAtATime(&witness{l.dir, l.sent}), l.fuse}
	return l
}

// die begins a run and ends it at a moment. It reports whether the run was done
// before.
func (l *life) die(c chapter, moment int) (done bool) {
	l.Helper()
	l.fuse.set(moment)
	defer l.fuse.set(-1)
	l.settings = c.settings
	_, _, err := l.try(c.school)
	if err != nil && !errors.Is(err, errCrash) {
		l.Fatalf("not the crash, but %v", err)
	}
	return err == nil
}

// outcome is a directory and its ledger, but for ids.
type outcome struct {
	directory local.Document
	ledger    map[object]directory.Have
}

func (l *life) outcome() outcome {
	l.Helper()
	out := outcome{l.stable(), l.ledger()}
	for name, have := range out.ledger {
		have.ID = ""
		out.ledger[name] = have
	}
	return out
}

// same checks what came of a world.
func (l *life) same(want outcome) {
	l.Helper()
	got := l.outcome()
	if diff := cmp.Diff(want.directory, got.directory); diff != "" {
		l.Fatalf("directory (-undisturbed +crashed):\n%s", diff)
	}
	if diff := cmp.Diff(want.ledger, got.ledger); diff != "" {
		l.Fatalf("ledger (-undisturbed +crashed):\n%s", diff)
	}
}

// A run that was cut off at any moment and is carried on leaves the directory,
// the ledger and the passwords of one that was not.
func TestCrashAnywhere(t *testing.T) {
	b := newBench(t)
	calm := b.begin(t)
	calm.tell(b.story[1])
	want := calm.outcome()
	var died atomic.Int32
	t.Cleanup(func() {
		// How many moments there are depends on which batches are recorded together.
		if moments := calm.fuse.seen; int(died.Load()) < moments*3/4 {
			t.Errorf("of %d runs, %d were cut off", moments, died.Load())
		}
	})
	for moment := range calm.fuse.seen {
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel() // most of the time is the disk's
			l := b.begin(t)
			if !l.die(b.story[1], moment) {
				died.Add(1)
			}
			for again := moment % 7; again > 0 && !l.die(b.story[1], again); again-- {
			}
			l.tell(b.story[1])
			l.same(want)
			l.sound()
			l.settled(b.story[1].school)
			l.passwordsKept(l.sent)
		})
	}
}

// A run that was cut off at any moment and that another one takes the place of
// leaves nothing half done: what both agree on is as they say, and everything else
// is as one of them says.
func TestCrashThenAnotherRun(t *testing.T) {
	b := newBench(t)
	other := b.story[1]
	other.settings.Sets = slices.Clone(other.settings.Sets)
	other.settings.Sets[0].SecurityGroup = nil
	for name, next := range map[string]chapter{"roster": b.story[2], "settings": other} {
		without, with := b.begin(t), b.begin(t)
		with.tell(b.story[1])
		moments := with.fuse.seen
		with.tell(next)
		without.tell(next)
		one, two := without.observe(), with.observe()
		for moment := range moments {
			t.Run(fmt.Sprint(name, moment), func(t *testing.T) {
				t.Parallel()
				l := b.begin(t)
				l.die(b.story[1], moment)
				_, made := l.sent["User_N0"]
				l.tell(next)
				l.between(one, two)
				_, there := l.observe()[object{directory.User, "User_N0"}]
				if _, wanted := next.school[users]["N0"]; there != (made || wanted) {
					t.Errorf("N0, whom only the first of the two wants: made %v, there %v", made, there)
				}
				l.sound()
				l.settled(next.school)
				l.passwordsKept(l.sent)
			})
		}
	}
}

// What a run did counts for the guard although another one took its place.
func TestAbandonedRunCounts(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	w.sync(lesson())
	fewer := lesson()
	fewer.drop(enrollments, "C0/P1")
	l := &life{world: w, fuse: &fuse{left: -1}}
	w.keeper = &fragile{w.store, l.fuse}
	const beforeFinish = 8 // after Begin, Commit, Sent and Record
	if l.die(chapter{fewer, w.settings}, beforeFinish) {
		t.Fatal("the run was done before")
	}
	fewer.change(classes, "C0", 2, "Weaving")
	w.sync(fewer)
	tallies, err := w.store.Tallies(t.Context(), w.scope, w.clock.Now().AddDate(0, 0, -7))
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[string]int)
	for _, tally := range tallies {
		counts[tally.Sort] += tally.Count
	}
	if n := counts["remove member classGroup"]; n != 1 {
		t.Errorf("%d members were removed: %v", n, counts)
	}
}

// between checks that every fact about the directory is one of two others'.
func (l *life) between(a, b map[object]seen) {
	l.Helper()
	there := l.observe()
	for name, o := range there {
		one, inOne := a[name]
		other, inOther := b[name]
		if !inOne && !inOther {
			l.Errorf("%s %s is nowhere else", name.Kind, name.Key)
			continue
		}
		for _, fact := range slices.Concat(facts(o), facts(one), facts(other)) {
			has := func(o seen) bool { return slices.Contains(facts(o), fact) }
			known := inOne && has(one) == has(o) || inOther && has(other) == has(o)
			if !known {
				l.Errorf("%s %s: %q: %v", name.Kind, name.Key, fact, has(o))
			}
		}
	}
	for name, o := range a {
		_, inOther := b[name]
		if _, ok := there[name]; inOther && !ok && len(facts(o)) > 0 {
			l.Errorf("%s %s is not there", name.Kind, name.Key)
		}
	}
}

// facts returns what can be said of an object.
func facts(o seen) []string {
	var out []string
	for name, value := range o.Attributes {
		out = append(out, name+"="+value)
	}
	for _, user := range o.Owners {
		out = append(out, "owner "+user)
	}
	for _, user := range o.Members {
		out = append(out, "member "+user)
	}
	return out
}
