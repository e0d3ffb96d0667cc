package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
)

// pair is what is known of one person in one object.
type pair struct {
	person, object Subject
	want           directory.Want
	asked          bool
	owner, member  bool // wanted
	fallback       bool // an owner while the roster gives none
	had            bool // the ledger has it
	strange        bool // there before Homeroom asked
	shown          bool // the directory has it
	account        bool // the person has one
	changes        []Reason
	steps          []plan.Step
}

// Pair explains why a person is in an object, or why not.
func (x *Explainer) Pair(person, object Subject) (Answer, error) {
	a := Answer{About: []string{person.Key, object.Key}, Kind: string(object.Kind)}
	c, err := x.pairOf(person, object)
	if err != nil {
		return a, err
	}
	a.Answer = strings.TrimSpace(x.pairVerdict(c))
	if object.Kind == directory.ClassGroup {
		a.add("Enrollment", x.enrollment(c)...)
	} else {
		a.add("Roles", x.joining(object, person.Key)...)
	}
	steps, err := x.stepsOf(person.Kind, person.Key)
	if err != nil {
		return a, err
	}
	a.add("Person", append(x.personInShort(person), x.heldOf(steps)...)...)
	a.add("Object", x.objectInShort(object)...)
	a.add("Ledger and directory", c.memory(x)...)
	if err := x.tellLastRun(&a, object, person.Key); err != nil {
		return a, err
	}
	a.add("Next sync", c.next(x)...)
	return a, nil
}

func (x *Explainer) pairOf(person, object Subject) (pair, error) {
	c := pair{person: person, object: object}
	c.want, c.asked = x.Wanted.Object(object.Kind, object.Key)
	c.owner, c.member = holds(c.want.Owners, person.Key), holds(c.want.Members, person.Key)
	c.fallback = len(c.want.Owners) == 0 && holds(c.want.FallbackOwners, person.Key)
	if h := object.Have; h != nil {
		c.had = holds(h.Owners, person.Key) || holds(h.Members, person.Key)
		c.strange = holds(h.StrangeOwners, person.Key) || holds(h.StrangeMembers, person.Key)
	}
	p, _ := x.Wanted.Person(person.Key)
	ids := []string{p.Match.ID}
	if person.Have != nil {
		ids = append(ids, person.Have.ID)
	}
	c.account = p.Match.Pass != flow.NotFound || person.Found != nil
	if f := object.Found; f != nil {
		c.shown = slices.ContainsFunc(ids, func(id string) bool {
			return id != "" && (slices.Contains(f.Members, id) || slices.Contains(f.Owners, id))
		})
	}
	return c, x.planned(&c)
}

// planned adds what the next sync does about a pair.
func (x *Explainer) planned(c *pair) error {
	awaited, err := x.awaits(c.person.Key)
	if err != nil {
		return err
	}
	if c.steps, err = x.stepsOf(c.object.Kind, c.object.Key); err != nil {
		return err
	}
	for i := range c.steps {
		if awaited {
			c.steps[i] = waitingFor(c.person.Key, c.steps[i])
		}
		change := together(changesOf(&c.steps[i], c.person.Key))
		if change == "" {
			continue
		}
		r := say("With the next sync %s is %s%s.", c.person.Key, change, x.heldClause(&c.steps[i])).by(holdRule(&c.steps[i]))
		if c.steps[i].Held != nil {
			r = r.todo(plan.Decision(c.steps[i].Held.Rule))
		}
		c.changes = append(c.changes, r)
	}
	if s := undecided(c.steps); s != nil && (c.owner || c.member) != c.had {
		c.changes = append(c.changes, untilDecided(s))
	}
	return nil
}

func holds(sorted []string, key string) bool {
	_, found := slices.BinarySearch(sorted, key)
	return found
}

// pairVerdict says in a sentence how it is.
func (x *Explainer) pairVerdict(c pair) string {
	if c.owner || c.member {
		return c.wantedVerdict()
	}
	in := c.person.Key + " is in " + c.thing()
	switch {
	case c.fallback && (c.had || len(c.changes) > 0):
		return in + " as an owner, in place of one whom the roster does not give (fallbackOwners). " + sentences(c.changes)
	case len(c.changes) > 0:
		return c.person.Key + " is not wanted in " + c.thing() + ". " + sentences(c.changes)
	case c.had && !c.shown && c.object.Found != nil:
		return "The ledger has " + c.person.Key + " in " + c.thing() + ", the directory does not: " + x.staying(c)
	case c.had:
		return in + ", though nothing asks for it: " + x.staying(c)
	case c.shown && holds(c.object.Released, c.person.Key):
		return in + ", though the settings no longer ask for it: it was released, and is left as it is."
	case c.shown:
		return c.person.Key + " is not wanted in " + c.thing() + ", but somebody put the person in by hand: others' additions are left."
	}
	return c.person.Key + " is not in " + c.thing() + ": " + x.absence(c)
}

// wantedVerdict is pairVerdict for what is wanted.
func (c pair) wantedVerdict() string {
	as := " as a member"
	if c.owner {
		as = " as an owner"
	}
	wanted := c.person.Key + " is wanted in " + c.thing() + as
	switch {
	case len(c.changes) > 0:
		return wanted + ". " + sentences(c.changes)
	case c.had && c.object.Found == nil:
		return wanted + ", and was put in, but the directory shows no such " + noun(c.object.Kind) + " any more."
	case c.had && !c.shown:
		return wanted + ", but somebody took the person out by hand. It stays so until the roster says something new."
	case !c.had && !c.shown:
		return wanted + ", and not in it yet."
	}
	return c.person.Key + " is in " + c.thing() + as + ", as wanted."
}

// thing names the object.
func (c pair) thing() string { return noun(c.object.Kind) + " " + c.object.Key }

func sentences(reasons []Reason) string {
	var texts []string
	for _, r := range reasons {
		texts = append(texts, r.Text)
	}
	return strings.Join(texts, " ")
}

// heldOf tells the steps of a person that wait: what is to be given to the person
// waits for them.
func (x *Explainer) heldOf(steps []plan.Step) []Reason {
	var reasons []Reason
	for i := range steps {
		if steps[i].Held != nil {
			reasons = append(reasons, x.nextStep(&steps[i]))
		}
	}
	return reasons
}

func (x *Explainer) personInShort(s Subject) []Reason {
	p, known := x.Wanted.Person(s.Key)
	if !known {
		verdict, reasons := x.missingPerson(s)
		return append([]Reason{say("%s", verdict).by("Gone")}, reasons...)
	}
	reasons := []Reason{x.verdict(p, s).at(x.where(x.roster.People[p.Ref].Record))}
	if !p.Provisioned {
		reasons = append(reasons, x.account(p, s)...)
	}
	return reasons
}

func (x *Explainer) objectInShort(s Subject) []Reason {
	var a Answer
	var sets []flow.Asked
	if s.Kind == directory.ClassGroup {
		c, _ := x.Wanted.Class(s.Key)
		sets = c.Sets
		x.class(&a, s)
	} else {
		g, _ := x.Wanted.Group(s.Kind, s.Key)
		sets = g.Sets
		x.group(&a, s)
	}
	reasons := []Reason{say("%s", a.Answer)}
	if len(sets) > 0 && noSetAsks(sets) {
		reasons = append(reasons, setsOf(s.Kind, sets)...)
	}
	return reasons
}
