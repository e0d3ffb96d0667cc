package explain

import (
	"cmp"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// person explains a person: record, roles, flow sets, account, classes.
func (x *Explainer) person(a *Answer, s Subject) error {
	p, known := x.Wanted.Person(s.Key)
	if !known {
		verdict, reasons := x.missingPerson(s)
		a.Answer = verdict
		a.add("Roster", reasons...)
		return x.moves(a, s)
	}
	verdict := x.verdict(p, s)
	a.Answer = verdict.Text
	a.add("Roster", x.personRecord(p)...)
	a.add("Roles", x.roles(p)...)
	a.add("Flow sets", x.parts(p)...)
	a.add("Account", x.account(p, s)...)
	a.add("Classes", x.classesOf(p)...)
	a.add("Groups", x.groupsOf(p)...)
	return x.moves(a, s)
}

// moves tells what happens to a person in groups, and in which of them one is who
// has no place in any.
func (x *Explainer) moves(a *Answer, s Subject) error {
	moves, err := x.movesOf(s.Key)
	if n := len(s.Groups); n > 0 {
		some := strings.Join(s.Groups[:min(n, listed)], ", ")
		if n > listed {
			some += " and more"
		}
		a.add("Groups", say("By the ledger the person is in %s. To see why one stays or goes, ask about the two: homeroom explain %s %s.", some, s.Key, s.Groups[0]).by("managed"))
	}
	a.add("Groups in the next sync", moves...)
	return err
}

// groupsOf lists the groups and the units that are to have a person.
func (x *Explainer) groupsOf(p flow.Person) []Reason {
	var reasons []Reason
	for _, kind := range []directory.Kind{directory.SecurityGroup, directory.AdministrativeUnit} {
		in, beyond := x.Wanted.GroupsOf(kind, p.Key)
		if len(in) > 0 {
			reasons = append(reasons, say("Wanted in %s: %s.", nouns(kind, len(in)), strings.Join(in, ", ")).by(string(kind)))
		}
		for _, key := range beyond {
			reasons = append(reasons, x.beyondLimit(kind, key, p.Key))
		}
	}
	return reasons
}

// missingPerson explains a person whom the roster does not have.
func (x *Explainer) missingPerson(s Subject) (string, []Reason) {
	id, _ := strings.CutPrefix(s.Key, flow.UserKey(""))
	if x.dropped(s) {
		return s.Key + " is unknown: its row was dropped because of an error. " +
			untilRead(s, "Account and memberships are kept as they are.", "No account is made before the row is right."), x.droppedPerson(id)
	}
	return s.Key + " is not in the roster. An account stays as it is; memberships that Homeroom added are removed.",
		[]Reason{say("No row of the roster has the id %s.", id).by("Gone")}
}

// verdict says in a sentence whether a person is provisioned.
func (x *Explainer) verdict(p flow.Person, s Subject) Reason {
	r := x.standing(p, s)
	r.Text = s.Key + " (" + x.name(p.Ref) + ") is " + r.Text
	return r
}

// standing is what follows "is" in the verdict about a person.
func (x *Explainer) standing(p flow.Person, s Subject) Reason {
	m, c := p.Match, p.Created
	switch {
	case p.Provisioned && m.Pass != flow.NotFound:
		return say("provisioned: %s.", x.foundBy(p, s)).by(m.Pass.String())
	case p.Provisioned:
		return say("provisioned: a new account %s is made, by flow set %s.", c.UserPrincipalName, quoted(c.FlowSet)).by("created")
	case p.Kept && m.Doubtful:
		return say("not provisioned yet: a person must decide whether %s, since %s.", dilemma(m.Finding), m.Detail).by(string(m.Finding))
	case p.Kept && c.Refused != "":
		return say("not provisioned: %s.", c.Detail).by(string(c.Refused)).todo(plan.Meaning(string(c.Refused)))
	case p.Kept:
		return say("unknown: a record that could not be read may let this person take part%s. %s", x.maybeAt(p),
			untilRead(s, "What is there is kept.", "No account is made before it is right.")).by("Unclear")
	}
	return say("not provisioned: %s.", x.noPart(p)).by(string(flow.TakesNoPart))
}

// dilemma is what a person must decide.
func dilemma(rule roster.Rule) string {
	switch rule {
	case roster.LinkBroken:
		return "to restore the account or to go on without it"
	case roster.PersonReplaced:
		return "it is still the same person"
	}
	return "the account is the right one"
}

// untilRead is what becomes of something unknown: the one where it is there, the
// other where it is not.
func untilRead(s Subject, there, missing string) string {
	if s.Have == nil {
		return missing
	}
	return there
}

// maybeAt names the place of the record that may let a person take part.
func (x *Explainer) maybeAt(p flow.Person) string {
	for _, part := range p.Sets {
		if part.Maybe != 0 {
			return " (" + x.where(part.Maybe) + ")"
		}
	}
	return ""
}

// noPart says why a person takes part in no flow set.
func (x *Explainer) noPart(p flow.Person) string {
	counting := 0
	for _, r := range p.Roles {
		if r.Out == "" {
			counting++
		}
	}
	switch {
	case x.Wanted.Forgotten(p.Ref):
		return "the person was forgotten"
	case x.Wanted.Excluded(directory.User, p.Key):
		return "exclude in homeroom.yaml names the person"
	case !x.roster.People[p.Ref].Active:
		return "the record is not active"
	case len(p.Roles) == 0:
		return "the roster gives no role"
	case counting == 0:
		return "no role counts"
	case len(p.Sets) == 0:
		return "there is no flow set"
	}
	return "no flow set looks at an organization in which the person has a role"
}

func (x *Explainer) personRecord(p flow.Person) []Reason {
	person := &x.roster.People[p.Ref]
	where := x.where(person.Record)
	reasons := []Reason{say("The roster has this person at %s: %s, username %s.", where, x.name(p.Ref), cmp.Or(x.roster.Str(person.Username), "blank")).at(where)}
	if !person.Active {
		reasons = append(reasons, say("The person is not active: the status is not active, or enabledUser is false. The account is kept, memberships that Homeroom added are removed.").
			by(string(flow.PersonInactive)).at(where))
	}
	return append(reasons, x.problemsOf(person.Record, x.droppedPerson(x.roster.Str(person.ID)))...)
}

func (x *Explainer) roles(p flow.Person) []Reason {
	var reasons []Reason
	for _, r := range p.Roles {
		where := x.where(r.Role.Record)
		head := x.roster.RoleName(r.Role.Code) + " in " + x.org(r.Role.Org) + " at " + where
		if r.Role.Primary {
			head = "primary " + head
		}
		var reason Reason
		switch {
		case r.Out != "":
			reason = say("%s does not count, because %s.", head, why(r.Out)).by(string(r.Out))
		case r.Leads:
			reason = say("%s counts, in role group %s, and leads.", head, r.RoleGroup).by("LeadingRole")
		default:
			reason = say("%s counts, in role group %s, and comes after: %s.", head, r.RoleGroup, behind(r.After)).by(string(r.After))
		}
		reasons = append(reasons, reason.at(where))
		reasons = append(reasons, x.problemsAt(r.Role.Record)...)
	}
	if len(p.Roles) == 0 {
		reasons = append(reasons, say("The roster gives the person no role%s.", ifDropped(x.roster, p)).by(string(roster.NoRole)).at(x.where(x.roster.People[p.Ref].Record)))
	}
	reasons = append(reasons, x.contactFor(p.Ref)...)
	id := x.roster.Str(x.roster.People[p.Ref].ID)
	for _, u := range x.roster.Unknown.Roles {
		if u.Person == id {
			reasons = append(reasons, x.problemsAt(u.Record)...)
		}
	}
	if p.Speaks != "" {
		reasons = append(reasons, say("So the role group %s speaks for the person: it decides matching rule, password and kind of account.", p.Speaks).by("RoleGroupSpeaks"))
	}
	return reasons
}

// ifDropped adds that a role was dropped, which may be one.
func ifDropped(r *roster.Roster, p flow.Person) string {
	id := r.Str(r.People[p.Ref].ID)
	if slices.ContainsFunc(r.Unknown.Roles, func(u roster.UnknownRole) bool { return u.Person == id }) {
		return " that could be read"
	}
	return ""
}

// parts says what each flow set sees of a person.
func (x *Explainer) parts(p flow.Person) []Reason {
	var reasons []Reason
	var askers []string
	for _, part := range p.Sets {
		set := "Flow set " + quoted(part.FlowSet)
		switch {
		case part.TakesPart && part.UserFlow:
			askers = append(askers, part.FlowSet)
			reasons = append(reasons, say("%s asks for this person's account.", set).by("TakesPart"))
		case part.TakesPart:
			reasons = append(reasons, say("%s looks at this person, but has no userProvisioningFlow: it writes nothing to the account.", set).by(string(flow.NoSuchFlow)))
		case part.Maybe != 0:
			reasons = append(reasons, say("%s may look at this person: a record that could not be read may give a role.", set).by("Unclear").at(x.where(part.Maybe)))
		default:
			reasons = append(reasons, say("%s does not look at this person%s.", set, x.passedOver(p, part)).by(string(flow.TakesNoPart)))
		}
	}
	if len(p.Sets) == 0 {
		reasons = append(reasons, say("The configuration has no flow set.").by(string(flow.NoSuchFlow)))
	}
	return append(reasons, overlap(askers)...)
}

// overlap says which of several flow sets decides.
func overlap(askers []string) []Reason {
	if len(askers) < 2 {
		return nil
	}
	return []Reason{say("Several flow sets ask for it, so the options of the one that comes first hold: %s. Whom they want in groups they want together.", quoted(askers[0])).
		by(string(roster.FlowOverlap)).todo("Let the filters of the flow sets name different organizations, unless this is meant.")}
}

// passedOver says why no role lets a person take part in a set.
func (x *Explainer) passedOver(p flow.Person, part flow.Part) string {
	var clauses []string
	for i, out := range part.Roles {
		role := &p.Roles[i].Role
		if out == flow.OrgNotInFilter {
			clauses = append(clauses, "its filter does not name "+x.org(role.Org))
		} else {
			clauses = append(clauses, "the role at "+x.where(role.Record)+" does not count, because "+why(out))
		}
	}
	if len(clauses) == 0 {
		return ": there is no role"
	}
	slices.Sort(clauses)
	return ": " + strings.Join(slices.Compact(clauses), "; ")
}
