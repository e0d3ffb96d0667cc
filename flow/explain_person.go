package flow

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// What follows answers why. Every answer comes from the functions that decide;
// nothing is decided here.

// Asked is whether a flow set asks for something, and why not.
type Asked struct {
	FlowSet string
	Out     Reason // "" when it asks
	Option  string // of the flow, which is off; with OptionOff
}

// Person is what is decided about a person of the roster, and why.
type Person struct {
	Ref   roster.Ref
	Key   string
	Roles []RoleOf // in the order of the roster
	// Speaks is the id of the role group that speaks for the person, "" for
	// people without an active role of a role group.
	Speaks string
	Sets   []Part // what each flow set sees of the person

	Match   Match
	Created Creation // where the person has no directory user and takes part

	Provisioned bool
	Kept        bool // not known to be provisioned: what is there stays
}

// RoleOf is one role of a person.
type RoleOf struct {
	Role      roster.Role
	RoleGroup string // id, "" for none
	Out       Reason // why it does not count
	Leads     bool   // it stands for the person
	After     Reason // what it lacks, compared with the one that leads
}

// Part is how a person stands to a flow set.
type Part struct {
	FlowSet   string
	TakesPart bool
	Maybe     roster.Record // of a dropped record that may let the person take part; 0 for none
	Roles     []Reason      // by role: why it does not let the person take part
	UserFlow  bool          // the set has a flow that writes to users
	Creates   Reason        // why the set would not create the person
}

// Match is how a directory user was looked for, and what came of it.
type Match struct {
	Pass     Pass
	ID       string   // of the directory user that was found, or is in question
	Rule     Matching // the zero Matching where the role group has none
	Value    string   // what the rule looks for, "" where the roster gives nothing
	Finding  roster.Rule
	Detail   string
	Doubtful bool // a person must decide
}

// Creation is how a person becomes a new user, or why not.
type Creation struct {
	FlowSet           string
	UserPrincipalName string
	PasswordFrom      string
	Refused           roster.Rule
	Detail            string
}

// Person returns what is decided about the person with the key, and false when
// the roster has no such person.
func (w *Wanted) Person(key string) (Person, bool) {
	p := w.personOf(key)
	if p == roster.None {
		return Person{}, false
	}
	out := Person{
		Ref: p, Key: key, Roles: w.rolesOf(p), Speaks: w.speaks(p), Match: w.matchOf(p),
		Provisioned: w.stands[p] == yes, Kept: w.stands[p] == maybe,
	}
	for i := range w.sets {
		out.Sets = append(out.Sets, w.partOf(p, &w.sets[i]))
	}
	if w.takesPartAnywhere(p) == yes && w.matches.ids[p] == "" && !out.Match.Doubtful {
		c := w.creation(p)
		out.Created = Creation{UserPrincipalName: c.upn, PasswordFrom: c.password, Refused: c.refused, Detail: c.detail}
		if c.set != nil {
			out.Created.FlowSet = c.set.DisplayName
		}
	}
	return out, true
}

// Holders returns the keys of the people whose directory user has the id, or who
// claim it, in the order of the roster.
func (w *Wanted) Holders(id string) []string {
	var keys []string
	for i, has := range w.matches.ids {
		p := roster.Ref(i)
		if has == id || w.matches.findings[p].id == id {
			keys = append(keys, w.userKey(p))
		}
	}
	return keys
}

func (w *Wanted) rolesOf(p roster.Ref) []RoleOf {
	var out []RoleOf
	for i := w.roster.People[p].Roles.First; i < w.roster.People[p].Roles.End; i++ {
		role := &w.roster.Roles[i]
		r := RoleOf{Role: *role, Out: w.rolePassed(role, &orgFilter{}), Leads: i == w.lead[p]}
		if at := w.group[role.Code]; at >= 0 {
			r.RoleGroup = w.settings.RoleGroups[at].ID
		}
		if lead := w.leader(p); r.Out == "" && !r.Leads {
			_, r.After = w.leads(lead, role)
		}
		out = append(out, r)
	}
	return out
}

func (w *Wanted) partOf(p roster.Ref, set *activeSet) Part {
	part := Part{FlowSet: set.DisplayName, UserFlow: set.User != nil, Creates: w.creates(set, p)}
	for _, role := range w.roster.RolesOf(p) {
		part.Roles = append(part.Roles, w.rolePassed(&role, set.orgs))
	}
	switch w.takesPart(p, set.orgs) {
	case yes:
		part.TakesPart = true
	case maybe:
		u, _ := w.hint(w.roster.Str(w.roster.People[p].ID), set.orgs)
		part.Maybe = u.Record
	}
	return part
}

func (w *Wanted) matchOf(p roster.Ref) Match {
	m := Match{Pass: w.matches.passes[p], ID: w.matches.ids[p]}
	if rule := w.settings.matching(w.speaks(p)); rule != nil {
		m.Rule, m.Value = *rule, w.ruleValue(p, rule)
	}
	if f, found := w.matches.findings[p]; found {
		m.Finding, m.Detail, m.Doubtful = f.rule, f.detail, f.doubt
		if m.ID == "" {
			m.ID = f.id
		}
	}
	return m
}

// Facts returns the attributes of an object, those that are not written with the
// reason, sorted by name. There are none of an object that no flow asks for.
func (w *Wanted) Facts(kind directory.Kind, key string) []Fact {
	var facts []Fact
	tell := func(f Fact) { facts = append(facts, f) }
	want, asked := w.Object(kind, key)
	switch {
	case !asked || want.Keep.Object:
		return nil
	case kind == directory.User:
		w.userFactsOf(w.personOf(key), tell)
	case kind == directory.ClassGroup:
		ref := w.classOf(key)
		w.classFacts(ref, w.classFlows(w.roster.Classes[ref].Org)[0].ClassGroup, len(want.Owners) > 0, tell)
	default:
		for name, value := range want.Attributes {
			tell(Fact{Name: name, Value: value})
		}
		for name, value := range want.CreateOnly {
			tell(Fact{Name: name, Value: value, When: Created})
		}
	}
	slices.SortStableFunc(facts, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) })
	return facts
}

// userFactsOf tells all attributes of a user, those of a new one included: with what
// they would be, where the user is there already.
func (w *Wanted) userFactsOf(p roster.Ref, tell func(Fact)) {
	for name, value := range w.newUser(p, w.creation(p)) {
		f := Fact{Name: name, Value: value, Record: w.roster.People[p].Record, When: Created}
		if w.matches.ids[p] != "" {
			f.Out = NotNew
		}
		tell(f)
	}
	if sets, asked := w.userFlows(p); asked == yes {
		w.userFacts(p, sets, tell)
	}
}
