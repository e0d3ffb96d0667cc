package flow_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

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
	reused    plan.Choice            // what is done with groups whose classes are others
	decided   map[string]plan.Choice // the same by key, where somebody decided
}

// drawWorld draws what there is before the first run.
func drawWorld(t *rapid.T) *world {
	w := &world{
		sheet: drawSheet(t), codes: drawCodes(t), settings: drawSettings(t), abilities: drawAbilities(t), users: drawUsers(t),
		links: make(map[string]ledger.Link), names: make(map[string]naiveLink), ledger: make(memory),
		byHand:  chosen(t, "", flow.UserKey("U3")),
		reused:  chosen(t, plan.HoldReused, plan.SameClass, plan.NewClass),
		decided: map[string]plan.Choice{flow.ClassKey("C1"): chosen(t, "", plan.SameClass, plan.NewClass)},
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
	in := plan.Input{Want: d.wanted.Objects, Have: w.ledger.stream, Excluded: d.wanted.Excluded}
	if w.before != nil {
		in.Before = append(in.Before, flow.NewCensus(w.input(*w.before)).Want(matches).Objects)
	}
	in.Reuse = &plan.Reuse{
		Default: w.reused, Decided: func(key, _ string) plan.Choice { return w.decided[key] },
		Expiry: directory.ExpiryOn(w.today.String()), Taken: w.knows,
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
	for _, step := range stepsOf(d.plan) {
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

func (m memory) stream(kind directory.Kind, _ directory.Span) iter.Seq2[directory.Have, error] {
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
	if was := step.Was(); was != "" {
		h = m[step.Kind][was]
		h.Key = step.Key
		delete(m[step.Kind], was)
	} else if !known {
		h = directory.Have{Kind: step.Kind, Key: step.Key, Created: step.Action == plan.Create}
	}
	h.ID, h.State, h.Org = id, directory.Managed, step.Org
	switch {
	case step.Action == plan.Retire, step.Was() != "":
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

// stepsOf returns the steps of a plan.
func stepsOf(p *plan.Plan) []*plan.Step {
	var steps []*plan.Step
	for step, err := range p.All() {
		if err != nil {
			panic(err)
		}
		steps = append(steps, &step)
	}
	return steps
}
