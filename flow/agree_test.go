package flow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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
	byHand    string                 // key of a person whom others put into every group first; "" for none
	ledger    memory
}

// drawWorld draws what there is before the first run.
func drawWorld(t *rapid.T) *world {
	w := &world{
		sheet: drawSheet(t), codes: drawCodes(t), settings: drawSettings(t), abilities: drawAbilities(t), users: drawUsers(t),
		links: make(map[string]ledger.Link), names: make(map[string]naiveLink), ledger: make(memory),
		byHand: chosen(t, "", flow.UserKey("U3")),
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
		w.ledger.apply(step, id, w.byHand)
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

// apply notes what a step did. Who was there by hand is not Homeroom's.
func (m memory) apply(step *plan.Step, id, byHand string) {
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
	h.StrangeOwners = onlyOne(h.Owners, byHand)
	h.StrangeMembers = onlyOne(h.Members, byHand)
	m[step.Kind][step.Key] = h
}

func onlyOne(list []string, one string) []string {
	return all(list, func(s string) bool { return s == one })
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
	for i := range p.Steps {
		step := &p.Steps[i]
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
			if c := naivePlan(kind, wants[kind][key], before[kind][key], have); !c.isNothing() {
				want[object{kind, key}] = &c
			}
		}
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("plans (-reference +plan):\n%s\n%s", diff, w)
	}
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

// next returns the world of the following run: some rows, some settings, or both
// have changed.
func (w *world) next(t *rapid.T) bool {
	rosterChanges, settingsChange := true, false
	switch pick(t, 4) {
	case 1:
		settingsChange = true
	case 2:
		rosterChanges, settingsChange = false, true
	}
	if rosterChanges {
		w.sheet = w.sheet.edit(t)
		if w.roster = w.sheet.read(t, w.codes); w.roster == nil {
			t.Skip("no roster")
		}
	}
	w.before = nil
	if settingsChange {
		old := w.settings
		w.before, w.settings = &old, editSettings(t, old)
	}
	return rosterChanges
}

// TestPlanAgrees compares plans with the reference over a few runs: each roster
// is the one before with some changes, so are the settings.
func TestPlanAgrees(t *testing.T) {
	often(t, func(t *rapid.T) {
		w := drawWorld(t)
		rosterChanged := true
		for run := range 3 {
			if run > 0 {
				rosterChanged = w.next(t)
			}
			d := w.decide(t)
			wants, before := w.reference()
			w.compareWants(t, d, wants)
			w.comparePlans(t, d, wants, before)
			if !rosterChanged {
				refuseRemovals(t, w, d.plan)
			}
			w.follow(d)
			w.refuseSteps(t)
		}
	})
}

// refuseRemovals fails when something is taken away though the roster is what it
// was (rules 1, "Released"). Of an object that was released, and is wanted again,
// nobody knows what the roster took away in between: what is not wanted goes.
func refuseRemovals(t *rapid.T, w *world, p *plan.Plan) {
	for i := range p.Steps {
		s := &p.Steps[i]
		if w.ledger[s.Kind][s.Key].State == directory.Managed && (s.Action == plan.Remove || s.Action == plan.Retire) {
			t.Fatalf("only the settings changed: %+v\n%s", s, w)
		}
	}
}

// refuseSteps fails when a run straight after the last one would do something
// (design, "Again").
func (w *world) refuseSteps(t *rapid.T) {
	w.before = nil
	d := w.decide(t)
	for i := range d.plan.Steps {
		if d.plan.Steps[i].Held == nil {
			t.Fatalf("once more: %+v\n%s", d.plan.Steps[i], w)
		}
	}
	var once, again bytes.Buffer
	if err := errors.Join(plan.WriteJSON(&once, d.plan), plan.WriteJSON(&again, w.decide(t).plan)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(once.Bytes(), again.Bytes()) {
		t.Fatalf("the same input gives another plan:\n%s\n%s", once.String(), again.String())
	}
}
