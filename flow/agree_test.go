package flow_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// seen is a want in a form in which both sides can be compared.
type seen struct {
	ID, Refused, Doubt              string
	Keep                            bool
	Attributes, CreateOnly, AddOnly directory.Attributes
	Owners, Members, Fallback       []string
	Maybe                           []string // of the people asked about: those who stay if they are there
}

func seenWant(w directory.Want, people []string) seen {
	s := seen{ID: w.ID, Refused: w.Refused, Doubt: w.Doubt, Keep: w.Keep.Object}
	if w.Keep.Object {
		if s.Doubt == "" {
			s.ID = "" // does not matter
		}
		return s
	}
	s.Attributes, s.CreateOnly, s.AddOnly = w.Attributes, w.CreateOnly, w.AddOnly
	s.Owners, s.Members, s.Fallback = w.Owners, w.Members, w.FallbackOwners
	for _, person := range people {
		certain := slices.Contains(w.Owners, person) || w.Kind != directory.ClassGroup && slices.Contains(w.Members, person)
		if w.Keep.Holds(person) && !certain {
			s.Maybe = append(s.Maybe, person)
		}
	}
	return s
}

func seenNaive(kind directory.Kind, w *naiveWant, people []string) seen {
	s := seen{ID: w.id, Refused: w.refused, Doubt: w.doubt, Keep: w.keep || w.refused != "" || w.doubt != ""}
	if s.Keep {
		return s
	}
	s.Attributes, s.CreateOnly, s.AddOnly = w.attributes, w.createOnly, w.addOnly
	s.Fallback = w.fallback
	for _, person := range people {
		if w.owners[person] == yes {
			s.Owners = append(s.Owners, person)
		}
		if w.members[person] == yes {
			s.Members = append(s.Members, person)
		}
		certain := w.owners[person] == yes || kind != directory.ClassGroup && w.members[person] == yes
		if !certain && (w.everybody || slices.Contains(w.pinned, person) || w.members[person] == maybe || w.owners[person] == maybe) {
			s.Maybe = append(s.Maybe, person)
		}
	}
	return s
}

// everybody returns the keys of all people that can be drawn.
func everybody() []string {
	var keys []string
	for _, id := range []string{"U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8", "U9"} {
		keys = append(keys, flow.UserKey(id))
	}
	return keys
}

func (w *world) compareWants(t *rapid.T, d decision, wants naiveWants) {
	people := everybody()
	for _, kind := range directory.Kinds() {
		got, want := make(map[string]seen), make(map[string]seen)
		last := ""
		for object := range d.wanted.Objects(kind, directory.Span{}) {
			if object.Key <= last {
				t.Fatalf("%s comes after %s", object.Key, last)
			}
			last = object.Key
			got[object.Key] = seenWant(object, people)
		}
		for key, object := range wants[kind] {
			want[key] = seenNaive(kind, object, people)
		}
		if diff := cmp.Diff(want, got, equateEmpty()); diff != "" {
			t.Fatalf("%ss wanted (-reference +flow):\n%s\n%s", kind, diff, w)
		}
	}
}

// TestFingerprints checks that fingerprints are equal only where the same is wanted,
// whatever the roster, of the same settings; and that they are equal there, but for
// records that were dropped: one may have the id of another that was not.
func TestFingerprints(t *testing.T) {
	often(t, func(t *rapid.T) {
		w := drawWorld(t)
		before := w.decide(t)
		first, dropped := before.wanted, anyDropped(w.roster)
		if rapid.Bool().Draw(t, "carried out") {
			w.follow(before)
		}
		if rapid.Bool().Draw(t, "another roster") {
			w.sheet = w.sheet.edit(t)
			if w.roster = w.sheet.read(t, w.codes); w.roster == nil {
				t.Skip("no roster")
			}
		}
		second := w.decide(t).wanted
		dropped = dropped || anyDropped(w.roster)
		for _, kind := range directory.Kinds() {
			span := directory.Span{After: "", UpTo: ""}
			keys := append(keysWanted(first, kind), keysWanted(second, kind)...)
			if len(keys) > 0 && rapid.Bool().Draw(t, "part") {
				span.After = rapid.SampledFrom(keys).Draw(t, "after")
				span.UpTo = max(span.After, rapid.SampledFrom(keys).Draw(t, "up to"))
			}
			alike := cmp.Equal(wantedIn(first, kind, span), wantedIn(second, kind, span), equateEmpty())
			same := first.Fingerprint(kind, span) == second.Fingerprint(kind, span)
			if same && !alike || alike && !same && !dropped {
				t.Fatalf("%ss %v: the same fingerprint %v, the same wanted %v (-first +second):\n%s\n%s", kind, span, same, alike,
					cmp.Diff(wantedIn(first, kind, span), wantedIn(second, kind, span)), w)
			}
		}
	})
}

func anyDropped(r *roster.Roster) bool { return len(r.Unknown.People)+len(r.Unknown.Classes) > 0 }

func keysWanted(w *flow.Wanted, kind directory.Kind) []string {
	var keys []string
	for want := range w.Objects(kind, directory.Span{}) {
		keys = append(keys, want.Key)
	}
	return keys
}

// wantedIn returns what fingerprints are about.
func wantedIn(w *flow.Wanted, kind directory.Kind, span directory.Span) []directory.Want {
	var wants []directory.Want
	for want := range w.Objects(kind, span) {
		want.ID, want.Org, want.Record, want.Why, want.CreateOnly = "", "", "", nil, nil
		want.Keep = directory.Keep{Object: want.Keep.Object}
		if len(want.Owners) > 0 {
			want.FallbackOwners = nil
		}
		wants = append(wants, want)
	}
	return wants
}

func equateEmpty() cmp.Option {
	return cmp.FilterValues(func(a, b directory.Attributes) bool { return len(a) == 0 && len(b) == 0 },
		cmp.Comparer(func(a, b directory.Attributes) bool { return true }))
}

// TestWantAgrees compares what flows ask for with the reference, for a first
// roster and for one that follows it.
func TestWantAgrees(t *testing.T) {
	often(t, func(t *rapid.T) {
		w := drawWorld(t)
		d := w.decide(t)
		wants, _ := w.reference()
		w.compareWants(t, d, wants)
	})
}

// often checks a property more often than rapid does by itself.
func often(t *testing.T, property func(*rapid.T)) {
	for range 8 {
		rapid.Check(t, property)
	}
}

// object names one object of a plan.
type object struct {
	Kind directory.Kind
	Key  string
}

// changes gathers what a plan does with each object of a ledger.
func changes(p *plan.Plan, ledger memory) map[object]*change {
	out := make(map[object]*change)
	of := func(kind directory.Kind, key string) *change {
		at := object{kind, key}
		if out[at] == nil {
			out[at] = &change{Set: make(directory.Attributes)}
		}
		return out[at]
	}
	for _, step := range stepsOf(p) {
		c := of(step.Kind, step.Key)
		gather(c, step)
		h, known := ledger[step.Kind][step.Key]
		c.Again = c.Again || known && h.State != directory.Managed && step.Action == plan.Update && step.Held == nil
	}
	for _, s := range p.Skipped {
		c := of(s.Kind, s.Key)
		c.Skipped = append(c.Skipped, s.Reason)
	}
	return out
}

func gather(c *change, step *plan.Step) {
	if step.Held != nil {
		c.Doubt = step.Held.Rule
		return
	}
	c.Create = c.Create || step.Action == plan.Create
	c.Retire = c.Retire || step.Action == plan.Retire
	c.Release = c.Release || step.Action == plan.Release && step.Released == nil
	for name, delta := range step.Set {
		c.Set[name] = delta.To
	}
	c.AddOwners = append(c.AddOwners, step.Owners.Add...)
	c.AddMembers = append(c.AddMembers, step.Members.Add...)
	c.RemoveOwners = append(c.RemoveOwners, step.Owners.Remove...)
	c.RemoveMembers = append(c.RemoveMembers, step.Members.Remove...)
	if step.Released != nil {
		c.ReleaseOwners = append(c.ReleaseOwners, step.Released.Owners...)
		c.ReleaseMembers = append(c.ReleaseMembers, step.Released.Members...)
	}
}

func (w *world) comparePlans(t *rapid.T, d decision, wants, before naiveWants) {
	got, want := changes(d.plan, w.ledger), make(map[object]*change)
	for _, kind := range directory.Kinds() {
		for _, key := range w.keys(kind, wants, before) {
			var have *directory.Have
			if h, known := w.ledger[kind][key]; known {
				have = &h
			}
			if isReused(wants[kind][key], have) && kind == directory.ClassGroup {
				switch w.choice(key) {
				case plan.HoldReused:
					want[object{kind, key}] = &change{Doubt: plan.IDReused}
					continue
				case plan.NewClass:
					expired, c := w.expired(have)
					want[object{kind, expired}] = &c
					have = nil
				case plan.SameClass:
				}
			}
			if c := naivePlan(kind, wants[kind][key], before[kind][key], have, w.excludes(kind, key)); !c.isNothing() {
				want[object{kind, key}] = &c
			}
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("plans (-reference +plan):\n%s\n%s", diff, w)
	}
}

// excludes reports whether the settings exclude an object.
func (w *world) excludes(kind directory.Kind, key string) bool {
	switch id := strings.TrimPrefix(strings.TrimPrefix(key, "User_"), "Section_"); kind {
	case directory.User:
		return slices.Contains(w.settings.Exclude.People, id)
	case directory.ClassGroup:
		return slices.Contains(w.settings.Exclude.Classes, id)
	}
	return false
}

// keys returns the keys of all objects of a kind that anyone knows.
func (w *world) keys(kind directory.Kind, wants, before naiveWants) []string {
	keys := make(map[string]bool)
	for key := range wants[kind] {
		keys[key] = true
	}
	for key := range before[kind] {
		keys[key] = true
	}
	for key := range w.ledger[kind] {
		keys[key] = true
	}
	return slices.Collect(maps.Keys(keys))
}

// TestPlanAgrees compares plans with the reference over a few runs: each roster
// is the one before with some changes, so are the settings.
func TestPlanAgrees(t *testing.T) {
	often(t, func(t *rapid.T) {
		w := drawWorld(t)
		rosterChanged, ownerless := true, make(map[string]bool)
		for run := range 3 {
			if run > 0 {
				rosterChanged = w.next(t)
			}
			d := w.decide(t)
			wants, before := w.reference()
			w.compareWants(t, d, wants)
			w.comparePlans(t, d, wants, before)
			w.refuseChance(t, d.plan)
			if !rosterChanged {
				refuseRemovals(t, w, d.plan, ownerless)
			}
			for _, skip := range d.plan.Skipped {
				ownerless[skip.Key] = ownerless[skip.Key] || skip.Reason == "LastOwner"
			}
			w.follow(d)
			w.refuseSteps(t)
		}
	})
}

// refuseRemovals fails when something is taken away though the roster is what it
// was (rules 1, "Released"). Of an object that was released, and is wanted again,
// nobody knows what the roster took away in between: what is not wanted goes. A last
// owner whom the roster took away goes when the settings give another one.
func refuseRemovals(t *rapid.T, w *world, p *plan.Plan, ownerless map[string]bool) {
	for _, s := range stepsOf(p) {
		if !ownerless[s.Key] && w.ledger[s.Kind][s.Key].State == directory.Managed && (s.Action == plan.Remove || s.Action == plan.Retire) {
			t.Fatalf("only the settings changed: %+v\n%s", s, w)
		}
	}
}

// refuseSteps fails when a run straight after the last one would do something
// (design, "Again").
func (w *world) refuseSteps(t *rapid.T) {
	w.before = nil
	d := w.decide(t)
	for _, step := range stepsOf(d.plan) {
		if step.Held == nil {
			t.Fatalf("once more: %+v\n%s", step, w)
		}
	}
}

// refuseChance fails when the same input does not give the same bytes.
func (w *world) refuseChance(t *rapid.T, p *plan.Plan) {
	var once, again bytes.Buffer
	if err := errors.Join(plan.WriteJSON(&once, p), plan.WriteJSON(&again, w.decide(t).plan)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once.Bytes(), again.Bytes()) {
		t.Fatalf("the same input gives another plan:\n%s\n%s", once.String(), again.String())
	}
}
