package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// Attribute explains the value of one attribute of an object, or why it is not
// written.
func (x *Explainer) Attribute(s Subject, name string) (Answer, error) {
	a := Answer{About: []string{s.Key, name}, Kind: string(s.Kind)}
	facts := x.Wanted.Facts(s.Kind, s.Key)
	if len(facts) == 0 {
		whole, err := x.Object(s)
		a.Answer = fmt.Sprintf("%s is not written: nothing is written to this %s. %s", name, noun(s.Kind), whole.Answer)
		a.Parts = whole.Parts
		return a, err
	}
	f, found := factOf(facts, name)
	if !found {
		return a, unknownAttribute(facts, s.Kind, name)
	}
	if f.When == flow.Added && f.Out == "" && x.wasThere(s) {
		f.Out = flow.NotNew
	}
	a.About[1] = f.Name
	steps, err := x.stepsOf(s.Kind, s.Key)
	if err != nil {
		return a, err
	}
	a.Answer = x.attributeVerdict(f, s)
	a.add("Value", x.valueOf(f, s)...)
	a.add("Ledger and directory", x.written(f, s)...)
	a.add("Next sync", x.nextValue(f, steps)...)
	return a, nil
}

func unknownAttribute(facts []flow.Fact, kind directory.Kind, name string) error {
	var names []string
	for _, f := range facts {
		names = append(names, f.Name)
	}
	return fault.New(fault.NotFound, "Homeroom never writes %q to a %s. It writes %s.", name, noun(kind), strings.Join(slices.Compact(names), ", "))
}

// left is what Homeroom wrote of an attribute that is no longer written, since
// another role group speaks for the person; "" for nothing. Of such attributes the
// age group alone is cleared (rules 2).
func left(f flow.Fact, s Subject) string {
	if s.Have == nil || f.Out != flow.StudentsOnly && f.Out != flow.StaffOnly {
		return ""
	}
	return s.Have.Attributes[f.Name]
}

// whyFact is why for an attribute.
func whyFact(f flow.Fact) string {
	if f.Out != flow.TargetCannot {
		return why(f.Out)
	}
	switch f.Name {
	case directory.Visibility:
		return "the directory cannot hide who is in a group"
	case directory.Team:
		return "the directory has no teams"
	}
	return "the directory keeps no contacts"
}

// empty says why an attribute has no value.
func empty(f flow.Fact) string {
	switch f.Name {
	case directory.AgeGroup:
		return "staff speak for the person, and only students have an age group"
	case directory.RelatedContacts:
		return "the roster gives no contact that has given name, family name and email address"
	}
	return "the roster gives no value"
}

// wasThere reports whether a user was there before Homeroom.
func (x *Explainer) wasThere(s Subject) bool {
	if s.Have != nil {
		return !s.Have.Created
	}
	p, _ := x.Wanted.Person(s.Key)
	return p.Match.Pass != flow.NotFound
}

// neverDone says what Homeroom never does to an account that is there, which would
// change an attribute (rules 2, "Never").
func neverDone(name string) string {
	switch name {
	case directory.PasswordFrom:
		return "never gets a new password"
	case directory.AccountEnabled:
		return "is never enabled or disabled"
	}
	return "is never renamed"
}

// made reports whether Homeroom made an object.
func made(s Subject) bool { return s.Have != nil && s.Have.Created }

// shown returns a value for people.
func shown(name, text string) string {
	switch v := directory.Value(name, text).(type) {
	case nil:
		return "nothing"
	case []string:
		return strings.Join(v, ", ")
	case directory.Relations:
		return count(v.Count, "contact", "contacts")
	default:
		return fmt.Sprint(v)
	}
}

func (x *Explainer) attributeVerdict(f flow.Fact, s Subject) string {
	switch {
	case f.Out == flow.OptionOff:
		return fmt.Sprintf("%s of %s is not written: %s.", f.Name, s.Key, optionOff(f.Option))
	case f.Out == flow.NotNew && made(s):
		return fmt.Sprintf("%s of %s was written once, when Homeroom made the account, and is not followed: an account that is there %s.", f.Name, s.Key, neverDone(f.Name))
	case left(f, s) != "":
		return fmt.Sprintf("%s of %s stays %s, as Homeroom wrote it before, and is no longer written, because %s.",
			f.Name, s.Key, shown(f.Name, left(f, s)), whyFact(f))
	case f.Out != "":
		return fmt.Sprintf("%s of %s is not written, because %s.", f.Name, s.Key, whyFact(f))
	case f.Value == "":
		return fmt.Sprintf("%s of %s is empty, since %s; one that Homeroom wrote is cleared.", f.Name, s.Key, empty(f))
	case f.When == flow.Created && s.Have != nil:
		return fmt.Sprintf("%s of %s was written once, when Homeroom made it, and is not followed.", f.Name, s.Key)
	}
	return fmt.Sprintf("%s of %s is %s%s.", f.Name, s.Key, shown(f.Name, f.Value), x.from(f.Record))
}

func (x *Explainer) from(rec roster.Record) string {
	if rec == 0 {
		return ""
	}
	return ", from " + x.where(rec)
}

// valueOf says where a value comes from, and by which setting it is written.
func (x *Explainer) valueOf(f flow.Fact, s Subject) []Reason {
	reasons := []Reason{x.origin(f, s)}
	switch {
	case left(f, s) != "":
		reasons = append(reasons, say("When another role group comes to speak for a person, what only people of the former one have stays as it is; ageGroup alone is cleared.").by(string(f.Out)).
			todo("If it must go, clear it in the directory by hand: Homeroom does not write it again."))
	case f.Out == "":
		reasons = append(reasons, x.terms(f, s)...)
	}
	return append(reasons, x.problemsAt(f.Record)...)
}

// origin says what the value is, or why none is written.
func (x *Explainer) origin(f flow.Fact, s Subject) Reason {
	where := x.where(f.Record)
	switch {
	case f.Out == flow.OptionOff:
		return say("%s does not ask for it: %s. What is there stays.", x.flowOf(s), optionOff(f.Option)).by(string(f.Out))
	case f.Out == flow.NotNew && made(s):
		return say("A new account would get %s now.", shown(f.Name, f.Value)).by(string(f.Out)).at(where).
			todo("If it is to be another, change it in the directory: Homeroom leaves that as it is.")
	case f.Out != "":
		return say("It is not written, because %s.", whyFact(f)).by(string(f.Out)).at(where).todo(plan.Meaning(string(f.Out)))
	case f.Value == "":
		return say("%s.", upper(empty(f))).by("Value").at(where)
	case f.Record == 0:
		return say("The value is %s; it follows from the kind of object and the settings, not from a row.", shown(f.Name, f.Value)).by("Constant")
	}
	return say("The value is %s, from %s.", shown(f.Name, f.Value), where).by("Value").at(where)
}

// terms says on which terms an attribute is written.
func (x *Explainer) terms(f flow.Fact, s Subject) []Reason {
	var reasons []Reason
	if f.Option != "" && f.When != flow.Created {
		reasons = append(reasons, say("%s asks for it: %s.", x.flowOf(s), f.Option).by(f.Option))
	}
	switch f.When {
	case flow.Created:
		since := ""
		if f.Option != "" {
			since = ", since " + f.Option + " is on"
		}
		reasons = append(reasons, say("It is written only when Homeroom makes the %s, and never again%s.", noun(s.Kind), since).by("CreateOnly"))
	case flow.Added:
		reasons = append(reasons, say("It is given only to accounts that Homeroom made, and never taken away.").by("AddOnly"))
	}
	return append(reasons, x.byRoles(f, s.Key)...)
}

func optionOff(option string) string {
	switch option {
	case "usageLocation":
		return "no usageLocation is set for the organization"
	case "licenseSkus":
		return "no flow names licences for the role group that speaks"
	}
	return "the option " + option + " is off"
}

// flowOf names the flow whose options hold for an object: that of the first set.
func (x *Explainer) flowOf(s Subject) string {
	want, _ := x.Wanted.Object(s.Kind, s.Key)
	if len(want.Why) == 0 {
		return "The flow"
	}
	return fmt.Sprintf("The %s of flow set %s", want.Why[0].Flow, quoted(want.Why[0].FlowSet))
}

// byRoles says which role an attribute of a user comes from.
func (x *Explainer) byRoles(f flow.Fact, user string) []Reason {
	switch f.Name {
	case directory.SourceSchoolID:
		if p, known := x.Wanted.Person(user); known && len(p.Roles) > 1 {
			return []Reason{say("It lists the organizations of all roles that count.").by("AllRoles")}
		}
	case directory.Grade, directory.ObjectType, directory.AgeGroup:
		return x.leadingRole(user, f.Record)
	}
	return nil
}

// leadingRole says why a value comes from this one of several roles.
func (x *Explainer) leadingRole(user string, rec roster.Record) []Reason {
	p, _ := x.Wanted.Person(user)
	at := slices.IndexFunc(p.Roles, func(r flow.RoleOf) bool { return r.Leads && r.Role.Record == rec })
	if at < 0 {
		return nil
	}
	reasons := []Reason{say("It comes from the leading role: %s in %s.", x.roster.RoleName(p.Roles[at].Role.Code), x.org(p.Roles[at].Role.Org)).
		by("LeadingRole").at(x.where(rec))}
	for _, r := range p.Roles {
		if !r.Leads && r.Out == "" {
			reasons = append(reasons, say("The role at %s comes after: %s.", x.where(r.Role.Record), behind(r.After)).by(string(r.After)).at(x.where(r.Role.Record)))
		}
	}
	return reasons
}

// written compares what was wanted with what was written, and with what there is.
func (x *Explainer) written(f flow.Fact, s Subject) []Reason {
	var reasons []Reason
	had := ""
	if s.Have != nil {
		had = s.Have.Attributes[f.Name]
		reasons = append(reasons, say("Homeroom wrote %s.", shown(f.Name, had)).by("Written"))
	}
	if f.Name == directory.SchoolYears {
		return []Reason{say("The ledger alone has it, so that an id which comes back for another class is noticed: %s.", shown(f.Name, had)).by("Written")}
	}
	if s.Found == nil || f.Name == directory.PasswordFrom {
		return reasons
	}
	now := s.Found.Attributes[f.Name]
	if had != "" && now != had {
		stays := "It stays so until the roster says something new."
		if f.Out != "" || f.When == flow.Created {
			stays = "It stays so."
		}
		return append(reasons, say("The directory has %s: somebody changed it by hand. %s", shown(f.Name, now), stays).by("ByHand"))
	}
	return append(reasons, say("The directory has %s.", shown(f.Name, now)).by("Shown"))
}

// nextValue says what the next sync does with an attribute.
func (x *Explainer) nextValue(f flow.Fact, steps []plan.Step) []Reason {
	for i := range steps {
		s := &steps[i]
		delta, changed := s.Set[f.Name]
		if !changed {
			continue
		}
		r := say("Changes it from %s to %s%s.", shown(f.Name, delta.From), shown(f.Name, delta.To), x.heldClause(s)).by(holdRule(s))
		if delta.From == delta.To {
			r = say("Writes %s once more%s: whether it was written before, the directory never said.", shown(f.Name, delta.To), x.heldClause(s)).by(holdRule(s))
		}
		if s.Held != nil {
			r = r.todo(plan.Decision(s.Held.Rule))
		}
		return []Reason{r}
	}
	return []Reason{say("Leaves it as it is.").by(cmp.Or(string(f.Out), "Unchanged"))}
}
