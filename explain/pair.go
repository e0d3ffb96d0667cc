package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
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
	last, err := x.lastRun(object, person.Key)
	if err != nil {
		return a, err
	}
	a.add("Last run", last...)
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
	if f := object.Found; f != nil {
		c.shown = slices.ContainsFunc(ids, func(id string) bool {
			return id != "" && (slices.Contains(f.Members, id) || slices.Contains(f.Owners, id))
		})
	}
	var err error
	if c.steps, err = x.stepsOf(object.Kind, object.Key); err != nil {
		return c, err
	}
	for i := range c.steps {
		if change := together(changesOf(&c.steps[i], person.Key)); change != "" {
			r := say("With the next sync %s is %s%s.", person.Key, change, x.heldClause(&c.steps[i])).by(holdRule(&c.steps[i]))
			if c.steps[i].Held != nil {
				r = r.todo(plan.Decision(c.steps[i].Held.Rule))
			}
			c.changes = append(c.changes, r)
		}
	}
	return c, nil
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

// staying says why a membership that nothing asks for stays.
func (x *Explainer) staying(c pair) string {
	for _, skip := range x.skips(c.object.Kind, c.object.Key) {
		if skip.Reason == "LastOwner" && strings.Contains(skip.Detail, c.person.Key) {
			return skip.Detail + "."
		}
	}
	state := c.object.Have.State
	for i := range c.steps {
		switch {
		case c.steps[i].Action == plan.Retire:
			state = directory.Retired
		case c.steps[i].Action == plan.Release && c.steps[i].Released == nil:
			state = directory.Released
		}
	}
	switch {
	case c.want.Keep.Pins(c.person.Key):
		return "pin in homeroom.yaml says that it stays."
	case c.asked && c.want.Keep.Holds(c.person.Key), x.dropped(c.object):
		return "it is kept, since the roster does not say whether it still holds."
	case state == directory.Retired:
		return "the object is retired, and left as it is, members included."
	case state == directory.Released:
		return "the object is released, since the settings no longer ask for it, and left as it is."
	case c.strange:
		return "it was there before Homeroom asked, and is never removed."
	}
	return "it is left as it is."
}

// absence says why a person is not in an object.
func (x *Explainer) absence(c pair) string {
	if !c.asked {
		return "nothing asks for the " + noun(c.object.Kind) + "."
	}
	if c.want.Keep.Object {
		return "the " + noun(c.object.Kind) + " is kept as it is, since the roster does not say whether it still holds."
	}
	p, known := x.Wanted.Person(c.person.Key)
	if !known {
		verdict, _ := x.missingPerson(c.person)
		return verdict
	}
	reason := "the roster has no enrollment of the person in this class."
	var outs []flow.Reason
	if c.object.Kind == directory.ClassGroup {
		for _, seat := range x.Wanted.Seats(c.object.Key, c.person.Key) {
			outs = append(outs, seat.Out)
		}
	} else {
		reason = "no role of the person belongs in it."
		if len(p.Roles) == 0 {
			reason = "the roster gives the person no role."
		}
		j := x.Wanted.Joining(c.object.Kind, c.object.Key, c.person.Key)
		if outs = j.Roles; j.BeyondLimit {
			return "the directory takes a person into no more administrative units."
		}
		if slices.Contains(outs, "") {
			outs = []flow.Reason{flow.NotProvisioned}
		}
	}
	switch {
	case len(x.Wanted.Doubts(c.object.Kind, c.object.Key, c.person.Key)) > 0:
		return "a row that might have said so could not be read."
	case slices.Contains(outs, flow.NotProvisioned):
		return "the person is " + x.standing(p, c.person).Text
	case len(slices.Compact(outs)) == 1:
		return why(outs[0]) + "."
	}
	return reason
}

// enrollment says what the roster's rows make of the person in a class.
func (x *Explainer) enrollment(c pair) []Reason {
	var reasons []Reason
	seats := x.Wanted.Seats(c.object.Key, c.person.Key)
	for _, seat := range seats {
		reasons = append(reasons, x.seat(c.person.Key, c.object.Key, seat))
	}
	if c.fallback {
		reasons = append(reasons, say("fallbackOwners names %s: a fallback owner comes when the last owner of a class goes, and none follows.", c.person.Key).by("FallbackOwner"))
	}
	doubts := x.Wanted.Doubts(c.object.Kind, c.object.Key, c.person.Key)
	if len(reasons) == 0 && len(doubts) == 0 {
		reasons = append(reasons, say("The roster has no enrollment of %s in %s.", c.person.Key, c.object.Key).by("NoEnrollment"))
	}
	if len(seats) == 0 {
		reasons = append(reasons, x.strayRows(c)...)
	}
	for _, rec := range doubts {
		reasons = append(reasons, say("A row was dropped that concerns, or may concern, this enrollment; so nobody is removed because of it.").
			by("Unclear").at(x.where(rec)))
		reasons = append(reasons, x.problemsAt(rec)...)
	}
	return reasons
}

// strayRows tells of dropped enrollments that name the class and a person whom the
// roster does not have, or the person and such a class: one of them may be meant.
func (x *Explainer) strayRows(c pair) []Reason {
	r := x.roster
	class, _ := strings.CutPrefix(c.object.Key, flow.ClassKey(""))
	person, _ := strings.CutPrefix(c.person.Key, flow.UserKey(""))
	var reasons []Reason
	for _, u := range r.Unknown.Enrollments {
		strangePerson := u.Class == class && u.Person != "" && r.Person(u.Person) == roster.None && !slices.Contains(r.Unknown.People, u.Person)
		strangeClass := u.Person == person && u.Class != "" && r.Class(u.Class) == roster.None && !slices.Contains(r.Unknown.Classes, u.Class)
		if (strangePerson || strangeClass) && len(reasons) < listed {
			named := "the class " + u.Class + ", which"
			if strangePerson {
				named = "the person " + u.Person + ", whom"
			}
			reasons = append(reasons, say("A row that names %s the roster does not have, may be the one that is missed, and was dropped.", named).by("Unclear").at(x.where(u.Record)))
			reasons = append(reasons, x.problemsAt(u.Record)...)
		}
	}
	return reasons
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

// memory says what ledger and directory have of a pair.
func (c pair) memory(x *Explainer) []Reason {
	var reasons []Reason
	switch {
	case c.strange:
		reasons = append(reasons, say("The ledger has it as there before Homeroom asked: it is never removed.").by("Strange"))
	case c.had:
		reasons = append(reasons, say("The ledger has it: Homeroom asked for it in an earlier run.").by("managed"))
	case c.object.Have == nil:
		reasons = append(reasons, say("Homeroom has not written to the %s yet.", noun(c.object.Kind)).by("NotWritten"))
	default:
		reasons = append(reasons, say("The ledger does not have it.").by("NotWritten"))
	}
	if c.had && c.object.Have.State == directory.Retired && !x.Wanted.HasRole(c.person.Key) {
		reasons = append(reasons, say("The person has no active role any more, and is still in a group that is retired.").by(string(roster.LeaverInRetired)).
			todo("Retired groups are left as they are. Take the person out by hand if that is wanted."))
	}
	switch {
	case c.object.Found == nil && c.object.Have != nil:
		reasons = append(reasons, say("The directory shows no %s with the anchor %s: somebody deleted it, or took the anchor away.", noun(c.object.Kind), c.object.Key).by("ByHand"))
	case c.object.Found == nil:
	case c.had && !c.shown:
		reasons = append(reasons, say("The directory does not have it: somebody took the person out by hand. What people remove stays removed until that row of the roster changes.").by("ByHand"))
	case c.shown && holds(c.object.Released, c.person.Key):
		reasons = append(reasons, say("The directory has it: Homeroom put the person in, and since the settings changed nothing asks for it. It was released, and is left.").by("released"))
	case !c.had && c.shown:
		reasons = append(reasons, say("The directory has it: somebody put the person in by hand. It is left.").by("ByHand"))
	case c.shown:
		reasons = append(reasons, say("The directory has it.").by("Shown"))
	}
	return reasons
}

func (c pair) next(x *Explainer) []Reason {
	reasons := slices.Clone(c.changes)
	for _, skip := range x.skips(c.object.Kind, c.object.Key) {
		if skip.Detail != "" && !strings.Contains(skip.Detail, c.person.Key) {
			continue
		}
		reasons = append(reasons, say("Skipped: %s.", skipped(skip)).by(skip.Reason).at(skip.Record).todo(plan.Meaning(skip.Reason)))
	}
	if len(reasons) == 0 {
		reasons = append(reasons, say("Changes nothing about it.").by("Unchanged"))
	}
	return reasons
}
