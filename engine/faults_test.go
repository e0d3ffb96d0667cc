package engine_test

import (
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
)

// moody wraps a target so that much goes wrong, by dice. Everything that goes
// wrong may pass when it is tried often enough.
type moody struct {
	directory.Target
	lock    sync.Mutex // guards the dice and the refusals
	dice    *rand.Rand
	perCall int // changes that a call takes
	members int // owners and members that a change takes
	// What a new object's key has to be for it to be refused in this run, and by
	// which verdict.
	refused map[string]directory.Verdict
}

func newMoody(target directory.Target, seed uint64) *moody {
	dice := rand.New(rand.NewPCG(seed, 1))
	return &moody{
		Target: target, dice: dice, perCall: 1 + dice.IntN(5), members: 1 + dice.IntN(4),
		refused: make(map[string]directory.Verdict),
	}
}

func (m *moody) Abilities() directory.Abilities {
	can := m.Target.Abilities()
	can.PerCall, can.Members = m.perCall, m.members
	return can
}

func (m *moody) once(in int) bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.dice.IntN(in) == 0
}

func (m *moody) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	if m.once(8) {
		return nil, errPlanted
	}
	return m.Target.Find(ctx, kind, anchors)
}

func (m *moody) Observe(ctx context.Context, kind directory.Kind, view directory.View) iter.Seq2[directory.Object, error] {
	return func(yield func(directory.Object, error) bool) {
		for o, err := range m.Target.Observe(ctx, kind, view) {
			if m.once(100) {
				yield(directory.Object{}, errPlanted)
				return
			}
			if !yield(o, err) {
				return
			}
		}
	}
}

// Apply fails before, after, or in part.
func (m *moody) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if m.once(6) {
		return nil, errPlanted
	}
	outcomes := make([]directory.Outcome, len(changes))
	var passed []int
	var some []directory.Change
	for i, c := range changes {
		if outcome, bad := m.mood(c); bad {
			outcomes[i] = outcome
			continue
		}
		passed, some = append(passed, i), append(some, c)
	}
	if len(some) > 0 {
		done, err := m.Target.Apply(ctx, some)
		if err != nil {
			return nil, err
		}
		for i, at := range passed {
			outcomes[at] = done[i]
		}
	}
	if m.once(6) {
		return nil, errPlanted
	}
	return outcomes, nil
}

// mood says whether a change is not carried out.
func (m *moody) mood(c directory.Change) (directory.Outcome, bool) {
	anchor := c.Set[directory.AnchorID]
	if c.ID == "" && anchor != "" && m.once(20) {
		m.refused[anchor] = directory.Later
		if m.once(2) {
			m.refused[anchor] = directory.Never
		}
	}
	switch verdict, refused := m.refused[anchor]; {
	case c.ID == "" && refused:
		return directory.Outcome{Verdict: verdict, Rule: directory.InvalidValue, Message: "refused"}, true
	case m.once(6):
		return directory.Outcome{ID: c.ID, Verdict: directory.Retry, Rule: directory.TargetBusy, Wait: 2 * time.Second}, true
	case m.once(40):
		return directory.Outcome{ID: c.ID, Verdict: directory.Later, Rule: directory.TargetDown, Message: "down"}, true
	}
	return directory.Outcome{}, false
}

// slow wraps a target that shows new objects only after a while.
type slow struct {
	directory.Target
	lock    sync.Mutex // guards made
	clock   *clock
	visible time.Duration
	made    map[string]time.Time // by id
}

func (s *slow) Abilities() directory.Abilities {
	can := s.Target.Abilities()
	can.Visible = s.visible
	return can
}

func (s *slow) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	found, err := s.Target.Find(ctx, kind, anchors)
	now := s.clock.Now()
	s.lock.Lock()
	defer s.lock.Unlock()
	return slices.DeleteFunc(found, func(o directory.Object) bool {
		return now.Before(s.made[o.ID].Add(s.visible))
	}), err
}

func (s *slow) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	outcomes, err := s.Target.Apply(ctx, changes)
	now := s.clock.Now()
	s.lock.Lock()
	defer s.lock.Unlock()
	for i, o := range outcomes {
		if changes[i].ID == "" && o.Verdict == directory.Done {
			s.made[o.ID] = now
		}
	}
	return outcomes, err
}

// insist makes runs until one has an answer, and then undisturbed ones until
// nothing is left to do.
func (w *world) insist(s school) {
	w.Helper()
	for range 100 {
		if _, _, err := w.try(s); err == nil {
			calm := w.target
			w.target = w.dir
			w.sync(s)
			w.sync(s)
			w.target = calm
			return
		}
	}
	w.Fatal("a hundred runs did not come to an end")
}

// Whatever goes wrong on the way, in the end the directory is the one of an
// undisturbed run, and nothing is there twice.
func TestFaults(t *testing.T) {
	empty := emptyDatabase(t)
	disturb := map[string]func(w *world, seed uint64) directory.Target{
		"lost answers": func(w *world, seed uint64) directory.Target { return directorytest.Lossy(w.dir, seed) },
		"moody":        func(w *world, seed uint64) directory.Target { return newMoody(w.dir, seed) },
		"slow": func(w *world, seed uint64) directory.Target {
			behind := &slow{Target: w.dir, clock: w.clock, visible: 3 * time.Second, made: make(map[string]time.Time)}
			return directorytest.Lossy(behind, seed)
		},
	}
	for name, disturb := range disturb {
		t.Run(name, func(t *testing.T) {
			check(t, 12, func(t *rapid.T) {
				calm, disturbed := newWorld(t, empty), newWorld(t, empty)
				disturbed.target = disturb(disturbed, rapid.Uint64().Draw(t, "seed"))
				s := drawSchool(t)
				for range rapid.IntRange(2, 4).Draw(t, "runs") {
					calm.sync(s)
					disturbed.insist(s)
					if diff := cmp.Diff(calm.stable(), disturbed.stable()); diff != "" {
						t.Fatalf("directory (-undisturbed +disturbed):\n%s", diff)
					}
					disturbed.sound()
					disturbed.settled(s)
					s = s.clone()
					for range rapid.IntRange(1, 6).Draw(t, "edits") {
						s.edit(t)
					}
				}
			})
		})
	}
}
