package directorytest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
)

// testAgain leads a few objects through a random sequence of desired states.
// After each, what the target shows leaves nothing to be done, and doing the
// same again changes nothing.
func testAgain(s *suite) {
	s.needs(directory.User)
	round := 0
	rapid.Check(s.T, func(t *rapid.T) {
		if round++; round%10 == 0 { // so that what is observed stays little
			s = newSuite(s.T, s.open, s.knobs)
		}
		world := newWorld(s, fmt.Sprintf("Again%d-", round))
		for range rapid.IntRange(1, 4).Draw(t, "states") {
			world.draw(t)
			world.reach(t)
			if left := world.left(); len(left) > 0 {
				t.Fatalf("after apply and observe, still to do: %+v", left)
			}
			world.send(t)
			if left := world.left(); len(left) > 0 {
				t.Fatalf("after the same again, to do: %+v", left)
			}
		}
	})
}

// world is what one random sequence is about. Objects without an id are still
// to be created.
type world struct {
	*suite
	people  []string
	objects []*directory.Object
	sent    []directory.Change // the last changes to objects that were there
}

func newWorld(s *suite, prefix string) *world {
	w := &world{suite: s, people: s.users(prefix+"p", 5)}
	for _, kind := range s.can.Kinds {
		for i := range 2 {
			name := fmt.Sprintf("%s%s%d", prefix, kind, i)
			w.objects = append(w.objects, &directory.Object{Kind: kind, Attributes: s.attributes(kind, name)})
		}
	}
	return w
}

// draw gives every object a new desired state.
func (w *world) draw(t *rapid.T) {
	for _, o := range w.objects {
		o.Attributes[directory.DisplayName] = rapid.StringMatching(`[A-Zé,'"]{1,8}`).Draw(t, "displayName")
		for _, name := range []string{directory.Status, directory.SyncSource} {
			o.Attributes[name] = rapid.SampledFrom([]string{"", "Active", "Expired"}).Draw(t, name)
		}
		if o.Kind == directory.User {
			continue
		}
		o.Members = w.some(t, "members", 0)
		if !w.owned(o.Kind) {
			continue
		}
		if w.can.Teams && rapid.Bool().Draw(t, "team") {
			o.Attributes[directory.Team] = "true"
		}
		least := 0
		if o.Attributes[directory.Team] == "true" {
			least = 1
		}
		o.Owners = w.some(t, "owners", least)
	}
}

// some draws people, sorted.
func (w *world) some(t *rapid.T, label string, least int) []string {
	drawn := rapid.SliceOfNDistinct(rapid.SampledFrom(w.people), least, len(w.people), rapid.ID[string]).Draw(t, label)
	slices.Sort(drawn)
	return drawn
}

// reach carries out what remains, in calls of the size that the target takes.
func (w *world) reach(t *rapid.T) {
	var targets []*directory.Object
	w.sent = nil
	seen := w.seen()
	for _, o := range w.objects {
		if c := remaining(*o, seen[o.ID]); o.ID == "" || !nothing(c) {
			targets = append(targets, o)
			w.sent = append(w.sent, c)
		}
	}
	for i, outcome := range w.send(t) {
		targets[i].ID, w.sent[i].ID = outcome.ID, outcome.ID
	}
}

// send carries out the last changes; when that is done again, they concern
// objects that are all there.
func (w *world) send(t *rapid.T) []directory.Outcome {
	var outcomes []directory.Outcome
	for some := range slices.Chunk(w.sent, w.can.PerCall) {
		for i, outcome := range w.apply(some...) {
			if outcome.Verdict != directory.Done {
				t.Fatalf("%+v: %+v", some[i], outcome)
			}
			outcomes = append(outcomes, outcome)
		}
	}
	return outcomes
}

// left returns what remains to be done, once the target had its time to show
// what was done.
func (w *world) left() []directory.Change {
	deadline := time.Now().Add(w.can.Visible)
	for {
		left := w.unlike()
		if len(left) == 0 || !time.Now().Before(deadline) {
			return left
		}
		time.Sleep(w.can.Visible / 50)
	}
}

func (w *world) unlike() (left []directory.Change) {
	seen := w.seen()
	for _, o := range w.objects {
		if c := remaining(*o, seen[o.ID]); c.ID == "" || !nothing(c) {
			left = append(left, c)
		}
	}
	return left
}

// seen returns all objects that the target shows, by id.
func (w *world) seen() map[string]directory.Object {
	seen := map[string]directory.Object{}
	for _, kind := range w.can.Kinds {
		for id, o := range w.observe(kind) {
			seen[id] = o
		}
	}
	return seen
}
