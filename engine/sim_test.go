package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
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

var simulations = flag.Int("simulations", 0, "how many simulations TestSimulation makes, of seeds by chance; 0 for the same ones each time")

// Whole runs in simulated time: rosters one after another, with a directory with which
// things go wrong, and a process that dies between any two effects. In the end the directory
// is what the oracle says, nothing is there twice, and the ledger is true.
//
// A simulation that failed is seen again with -rapid.seed, as rapid says.
func TestSimulation(t *testing.T) {
	const together = 50 // in one bubble and in one pair of databases, which take long to make
	count := *simulations
	workers := min(runtime.GOMAXPROCS(0), count)
	if count == 0 {
		count, workers = 200, 1
		if os.Getenv("CI") != "" {
			count = 800
		}
	}
	garbage, limit := debug.SetGCPercent(400), debug.SetMemoryLimit(1<<30)
	t.Cleanup(func() { debug.SetGCPercent(garbage); debug.SetMemoryLimit(limit) })
	checks := flag.Lookup("rapid.checks").Value
	if err := checks.Set(strconv.Itoa(min(together, count))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = checks.Set("100") }) // as it is by default
	var left atomic.Int64
	left.Store(int64(count))
	seed := flag.Lookup("rapid.seed").Value
	t.Cleanup(func() { _ = seed.Set("0") }) // as it is by default
	for worker := range workers {
		t.Run(fmt.Sprint("worker ", worker), func(t *testing.T) {
			t.Parallel()
			for batch := 1; !t.Failed() && left.Add(-together) > -together; batch++ {
				if *simulations == 0 {
					// One simulation in some thousands shows what docs/decisions/0033 tells of.
					_ = seed.Set(strconv.Itoa(batch))
				}
				synctest.Test(t, func(t *testing.T) {
					g := newGround(t)
					defer g.close()
					rapid.Check(struct{ rapid.TB }{t}, g.simulate) // who has no Deadline, which a bubble forbids
				})
			}
		})
	}
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
	roster := drawSchool(t)
	for i := range rosters {
		s.lying = i == rosters-1 && rapid.IntRange(0, 3).Draw(t, "lying") == 0
		s.disturb(t)
		s.live(t, roster)
		roster = roster.clone()
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			roster.edit(t)
		}
	}
}

// disturb draws what goes wrong with the directory from now on.
func (s *simulation) disturb(t *rapid.T) {
	var faults directorytest.Faults
	if rapid.Bool().Draw(t, "harsh") {
		faults = directorytest.Harsh()
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
