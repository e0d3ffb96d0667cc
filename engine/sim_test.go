package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/store"
)

var simulations = flag.Int("simulations", 0, "how many simulations TestSimulation makes, of new seeds; 0 for as many as are usual")

// Whole runs in simulated time: rosters one after another, with a directory with which
// things go wrong, and a process that dies between any two effects. In the end the directory
// is what the oracle says, nothing is there twice, and the ledger is true.
//
// The seeds are the same each time, more of them in CI; with -simulations they are new ones,
// which begin with -rapid.seed where that is given. A simulation that failed is seen again
// with -simulations 1 and the seed that rapid names.
func TestSimulation(t *testing.T) {
	known, fresh := 200, 0
	switch {
	case *simulations > 0:
		known, fresh = 0, *simulations
	case os.Getenv("CI") != "":
		known = 10_000
	}
	first, err := strconv.ParseUint(flag.Lookup("rapid.seed").Value.String(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	if fresh > 0 {
		t.Logf("the new seeds begin with %d", first)
	}
	garbage, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(1<<30)
	t.Cleanup(func() { debug.SetGCPercent(garbage); debug.SetMemoryLimit(limit) })
	b := &batches{size: min(together, known+fresh), known: known, fresh: first}
	b.left.Store(int64(known + fresh))
	t.Cleanup(setFlag("rapid.checks", strconv.Itoa(b.size)))
	t.Cleanup(setFlag("rapid.seed", "0"))
	for worker := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint("worker ", worker), func(t *testing.T) {
			t.Parallel()
			for !t.Failed() && b.next(t) {
			}
		})
	}
}

// together is how many simulations are made in one bubble and in one pair of databases, which
// take long to make.
const together = 50

// batches are simulations that are made together.
type batches struct {
	size, known int // simulations: in a batch, and of seeds that are the same each time
	fresh       uint64
	left, begun atomic.Int64 // simulations, batches
	seed        sync.Mutex   // of the one flag that rapid takes the seed from
}

// setFlag gives a flag a value, and returns what gives it back the one that it has by default.
func setFlag(name, value string) func() {
	f := flag.Lookup(name)
	_ = f.Value.Set(value)
	return func() { _ = f.Value.Set(f.DefValue) }
}

// next makes the next batch, and reports whether there was one.
func (b *batches) next(t *testing.T) bool {
	if b.left.Add(-int64(b.size)) <= -int64(b.size) {
		return false
	}
	// rapid adds 0, 1, 2, ... to the seed, one after the other: no two batches meet.
	seed, n, known := uint64(1), int(b.begun.Add(1))-1, b.known/b.size
	if n >= known {
		seed, n = b.fresh, n-known
	}
	seed += uint64(n * (b.size*(b.size-1)/2 + 1))
	synctest.Test(t, func(t *testing.T) {
		g := newGround(t)
		defer g.close()
		b.seed.Lock()
		taken := sync.OnceFunc(b.seed.Unlock)
		defer taken()
		setFlag("rapid.seed", strconv.FormatUint(seed, 10))
		rapid.Check(struct{ rapid.TB }{t}, func(t *rapid.T) { // who has no Deadline, which a bubble forbids
			taken()
			g.simulate(t)
		})
	})
	return true
}

// ground is where worlds are made: two databases in memory, in which each world has a scope
// and a directory of its own.
type ground struct {
	*testing.T
	store  *store.Store
	db     *sql.DB
	tenant string
	worlds int
}

func newGround(t *testing.T) *ground {
	t.Helper()
	s, err := store.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.HandleMemory()
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := s.DefaultTenant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &ground{T: t, store: s, db: db, tenant: tenant}
}

func (g *ground) close() {
	if err := errors.Join(g.store.Close(), g.db.Close()); err != nil {
		g.Error(err)
	}
}

func (g *ground) world(t tester) *world {
	t.Helper()
	g.worlds++
	name := fmt.Sprint("world ", g.worlds)
	dir, err := local.Open(t.Context(), g.db, name)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{tester: t, store: g.store, dir: dir, keeper: g.store, target: dir, clock: bubble{}, settings: allFlows(), limits: unlimited()}
	w.scope.Tenant, w.scope.Target = g.tenant, name
	return w
}

// bubble is the time of a bubble of synctest.
type bubble struct{}

func (bubble) Now() time.Time { return time.Now() }

// Wait waits for the largest of 200, 400, 800 ... milliseconds that is not longer, so that it
// is the same each time although the engine spreads its pauses by chance.
func (bubble) Wait(ctx context.Context, d time.Duration) error {
	step := 200 * time.Millisecond
	for step*2 <= d {
		step *= 2
	}
	select {
	case <-time.After(step):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// simulation is one course of events.
type simulation struct {
	*life
	oracle  *oracle
	request engine.Request   // for the roster of now
	honest  directory.Target // on the fuse, and nothing goes wrong
	lying   bool             // the directory does not always show what is there
}

func (g *ground) simulate(t *rapid.T) {
	w := g.world(t)
	conductor, stop := startConductor(rapid.Uint64().Draw(t, "order of effects"))
	defer stop()
	l := &life{world: w, fuse: &fuse{left: -1, turn: conductor.turn}, sent: make(map[string]directory.Secret)}
	s := &simulation{life: l, oracle: newOracle(), honest: &mortal{&witness{w.dir, l.sent}, l.fuse}}
	w.keeper, w.target = &fragile{w.store, l.fuse}, s.honest
	rosters := rapid.IntRange(1, 4).Draw(t, "rosters")
	hasty, names := rapid.Bool().Draw(t, "hasty"), make(map[string][2]string)
	roster, before := drawSchool(t), school(nil)
	for i := range rosters {
		last := i == rosters-1
		s.lying = last && rapid.IntRange(0, 3).Draw(t, "lying") == 0
		s.disturb(t)
		if hasty {
			roster.keepNames(names)
		}
		if hasty && !last && rapid.Bool().Draw(t, "in a hurry") {
			s.hurry(t, roster)
		} else {
			s.live(t, roster)
		}
		next := roster.clone()
		if before != nil && rapid.IntRange(0, 3).Draw(t, "taken back") == 0 {
			next = before.clone()
		} else {
			for range rapid.IntRange(1, 6).Draw(t, "edits") {
				next.edit(t)
			}
		}
		roster, before = next, roster
	}
}

// disturb draws what goes wrong with the directory from now on.
func (s *simulation) disturb(t *rapid.T) {
	var faults directorytest.Faults
	if rapid.Bool().Draw(t, "harsh") {
		faults = directorytest.Harsh()
		if rapid.Bool().Draw(t, "murky") { // often nobody knows what became of a change
			faults.Unheard, faults.Refused, faults.Stale = 0.15, 0.15, 0.7
		}
	}
	if s.lying {
		faults.Missed, faults.Doubled = 0.1, 0.1
	}
	faults.PerCall, faults.Members = rapid.IntRange(1, 9).Draw(t, "changes a call"), rapid.IntRange(1, 4).Draw(t, "members a change")
	target := directorytest.Disturb(&witness{s.dir, s.sent}, faults, rapid.Uint64().Draw(t, "faults"))
	s.target = &mortal{target, s.fuse}
}

// live brings the directory to a roster, whatever goes wrong on the way, and compares.
func (s *simulation) live(t *rapid.T, roster school) {
	s.Helper()
	s.request = s.world.request(roster)
	before := s.oracle.says()
	s.oracle.tell(roster)
	after := s.oracle.says()
	for name := range after {
		if _, there := before[name]; !there {
			before[name] = seen{} // what is new begins with nothing
		}
	}
	for _, moment := range rapid.SliceOfN(rapid.IntRange(0, 60), 0, 3).Draw(t, "deaths") {
		s.run(moment)
		s.between(before, after)
	}
	if s.lying {
		for range 3 {
			s.run(-1)
			s.between(before, after)
		}
		s.target = s.honest
	}
	s.insist()
	s.target = s.honest
	s.same(after)
	s.sound()
	s.settled(roster)
	if !s.lying {
		s.passwordsKept(s.sent)
	}
}

// run makes one run, in which the process dies at a moment, a negative one for never. It
// reports whether everything was planned and done.
func (s *simulation) run(moment int) bool {
	s.Helper()
	s.fuse.set(moment)
	defer s.fuse.set(-1)
	report, err := s.engine().Sync(s.Context(), s.lease("test"), s.request, func(*engine.Prepared) (bool, error) { return true, nil })
	return err == nil && !report.Resumed && len(report.Failures)+len(report.Waiting) == 0
}

// insist makes runs until everything is done.
func (s *simulation) insist() {
	s.Helper()
	for range 100 {
		if s.run(-1) {
			return
		}
	}
	s.Fatal("a hundred runs did not come to an end")
}

// same compares the directory with what it must be.
func (s *simulation) same(want map[object]seen) {
	s.Helper()
	if diff := cmp.Diff(want, s.observe(), cmpopts.IgnoreFields(seen{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
		s.Fatalf("directory (-oracle +observed):\n%s", diff)
	}
}
