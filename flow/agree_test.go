package flow_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// world is everything that a run depends on.
type world struct {
	sheet     sheet
	roster    *roster.Roster
	codes     *roster.Codes
	settings  flow.Settings
	before    *flow.Settings // of the last run, when they differ
	abilities directory.Abilities
	today     roster.Date
	users     []directory.Object
	links     map[string]ledger.Link // by person
	names     map[string]naiveLink   // the same as the reference remembers it
	ledger    memory
}

// drawWorld draws what there is before the first run.
func drawWorld(t *rapid.T) *world {
	w := &world{
		sheet: drawSheet(t), codes: drawCodes(t), settings: drawSettings(t), abilities: drawAbilities(t), users: drawUsers(t),
		links: make(map[string]ledger.Link), names: make(map[string]naiveLink), ledger: make(memory),
	}
	w.today, _ = roster.ParseDate("2026-10-05")
	if w.roster = w.sheet.read(t, w.codes); w.roster == nil {
		t.Skip("no roster")
	}
	return w
}

// String shows a failed example.
func (w *world) String() string {
	text := w.sheet.String()
	for _, u := range w.users {
		text += fmt.Sprintf("%+v\n", u)
	}
	settings, err := json.MarshalIndent(w.settings.Sets, "", " ")
	return text + fmt.Sprintf("%s %v\nmatching %+v\nlinks %+v\n", settings, err, w.settings.Matching, w.names)
}

// decision is what the package makes of a world.
type decision struct {
	matches *flow.Matches
	wanted  *flow.Wanted
	plan    *plan.Plan
}

func (w *world) input(settings flow.Settings) flow.Input {
	return flow.Input{Roster: w.roster, Codes: w.codes, Settings: settings, Abilities: w.abilities, AsOf: w.today}
}

func (w *world) decide(t *rapid.T) decision {
	census := flow.NewCensus(w.input(w.settings))
	links := func(yield func(ledger.Link, error) bool) {
		for _, person := range slices.Sorted(maps.Keys(w.links)) {
			if !yield(w.links[person], nil) {
				return
			}
		}
	}
	matcher, err := census.Matcher(links, func(string, string, string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range w.users {
		matcher.See(u)
	}
	matches := matcher.Resolve()
	d := decision{matches: matches, wanted: census.Want(matches)}
	in := plan.Input{Want: d.wanted.Objects, Have: w.ledger.stream}
	if w.before != nil {
		in.Before = flow.NewCensus(w.input(*w.before)).Want(matches).Objects
	}
	if d.plan, err = plan.Compute(in); err != nil {
		t.Fatal(err)
	}
	return d
}

// reference asks the naive side the same.
func (w *world) reference() (wants, before naiveWants) {
	n := &naive{facts: factsOf(w.roster), settings: w.settings, abilities: w.abilities, codes: w.codes, today: w.today}
	n.match(slices.Collect(maps.Values(w.names)), w.users)
	wants = n.want()
	if w.before == nil {
		return wants, nil
	}
	earlier := &naive{facts: n.facts, settings: *w.before, abilities: w.abilities, codes: w.codes, today: w.today}
	earlier.match(slices.Collect(maps.Values(w.names)), w.users)
	return wants, earlier.want()
}

// follow carries a plan out on the world.
func (w *world) follow(d decision) {
	for _, link := range d.matches.Links() {
		w.remember(link)
	}
	for i := range d.plan.Steps {
		step := &d.plan.Steps[i]
		if step.Held != nil {
			continue
		}
		id := step.ID
		if step.Action == plan.Create {
			id = "new " + step.Key
		}
		w.ledger.apply(step, id)
		if step.Kind == directory.User {
			w.write(step, id)
			if step.Action == plan.Create {
				w.remember(d.wanted.Link(step.Key, id))
			}
		}
	}
}

// remember keeps a link, and for the reference the names that go with it.
func (w *world) remember(link ledger.Link) {
	w.links[link.Person] = link
	id := strings.TrimPrefix(link.Person, "User_")
	person := w.roster.People[w.roster.Person(id)]
	was := w.names[id]
	now := naiveLink{id, link.ID, w.roster.Str(person.GivenName), w.roster.Str(person.FamilyName)}
	if now.given == "" {
		now.given = was.given
	}
	if now.family == "" {
		now.family = was.family
	}
	w.names[id] = now
}

// write brings a user's attributes into the directory.
func (w *world) write(step *plan.Step, id string) {
	at := slices.IndexFunc(w.users, func(u directory.Object) bool { return u.ID == id })
	if at < 0 {
		at = len(w.users)
		w.users = append(w.users, directory.Object{Kind: directory.User, ID: id, Attributes: make(directory.Attributes)})
	}
	for name, delta := range step.Set {
		w.users[at].Attributes[name] = delta.To
	}
}

// memory is a ledger.
type memory map[directory.Kind]map[string]directory.Have

func (m memory) stream(kind directory.Kind) iter.Seq2[directory.Have, error] {
	return func(yield func(directory.Have, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m[kind])) {
			if !yield(m[kind][key], nil) {
				return
			}
		}
	}
}

// apply notes what a step did.
func (m memory) apply(step *plan.Step, id string) {
	if m[step.Kind] == nil {
		m[step.Kind] = make(map[string]directory.Have)
	}
	h, known := m[step.Kind][step.Key]
	if !known {
		h = directory.Have{Kind: step.Kind, Key: step.Key, Created: step.Action == plan.Create}
	}
	h.ID, h.State, h.Org = id, directory.Managed, step.Org
	switch {
	case step.Action == plan.Retire:
		h.State = directory.Retired
	case step.Action == plan.Release && step.Released == nil:
		h.State = directory.Released
	}
	h.Attributes = maps.Clone(h.Attributes)
	if h.Attributes == nil {
		h.Attributes = make(directory.Attributes)
	}
	for name, delta := range step.Set {
		h.Attributes[name] = delta.To
		if delta.To == "" {
			delete(h.Attributes, name)
		}
	}
	released := plan.Released{}
	if step.Released != nil {
		released = *step.Released
	}
	h.Owners = changed(h.Owners, step.Owners.Add, slices.Concat(step.Owners.Remove, released.Owners))
	h.Members = changed(h.Members, step.Members.Add, slices.Concat(step.Members.Remove, released.Members))
	m[step.Kind][step.Key] = h
}

// changed returns a sorted list with some added and some taken out.
func changed(list, add, remove []string) []string {
	out := slices.Concat(list, add)
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(s string) bool { return slices.Contains(remove, s) })
}

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
		if !certain && (w.everybody || w.members[person] == maybe || w.owners[person] == maybe) {
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
		for object := range d.wanted.Objects(kind) {
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

func equateEmpty() cmp.Option {
	return cmp.FilterValues(func(a, b directory.Attributes) bool { return len(a) == 0 && len(b) == 0 },
		cmp.Comparer(func(a, b directory.Attributes) bool { return true }))
}

// TestWantAgrees compares what flows ask for with the reference, for a first
// roster and for one that follows it.
func TestWantAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		d := w.decide(t)
		wants, _ := w.reference()
		w.compareWants(t, d, wants)
	})
}
