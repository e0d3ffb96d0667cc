package flow

import (
	"cmp"
	"iter"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// users yields what is wanted of people. A person whom no user flow asks for,
// but who takes part, is yielded only to say why nobody was found.
func (w *Wanted) users(span directory.Span) iter.Seq[directory.Want] {
	known := func(yield func(directory.Want) bool) {
		for p := range w.peopleIn(span) {
			if want, ok := w.user(p); ok && !yield(want) {
				return
			}
		}
	}
	return withUnknown(directory.User, w.droppedPeople(span), known)
}

// user returns what is wanted of one person, and false when nothing is.
func (w *Wanted) user(p roster.Ref) (directory.Want, bool) {
	c, ok := w.userCase(p)
	if !ok {
		return directory.Want{}, false
	}
	want := directory.Want{
		Kind:    directory.User,
		Key:     w.userKey(p),
		ID:      c.id,
		Org:     c.org,
		Record:  w.roster.Where(w.roster.People[p].Record),
		Keep:    directory.Keep{Object: c.kept},
		Refused: string(c.refused), Doubt: string(c.doubt), Detail: c.detail,
	}
	for _, set := range c.sets {
		want.Rewrite = want.Rewrite || w.isReset(set.User.Reset)
		want.Why = append(want.Why, directory.Why{FlowSet: set.DisplayName, Flow: userFlowName, Rule: "user", Record: want.Record})
	}
	if c.kept {
		return want, true
	}
	if c.id == "" {
		want.CreateOnly = w.newUser(p, c.creation)
	}
	w.userFacts(p, c.sets, func(f Fact) { f.write(&want) })
	return want, true
}

// userCase is what is decided about a person before any attribute is looked at.
type userCase struct {
	id       string // of the directory user; "" for one to be created
	org      string
	sets     []*activeSet // whose user flows ask for the person
	creation creation     // of a user who is not there
	kept     bool         // nothing is written, for what follows or because it is not known
	refused  roster.Rule
	doubt    roster.Rule
	detail   string
}

// userCase returns false when nothing is wanted of the person.
func (w *Wanted) userCase(p roster.Ref) (userCase, bool) {
	c := userCase{id: w.matches.ids[p]}
	sets, asked := w.userFlows(p)
	if w.takesPartAnywhere(p) != yes {
		c.kept = asked == maybe
		return c, c.kept
	}
	c.org, c.sets = w.orgID(w.leader(p).Org), sets
	if f, found := w.matches.findings[p]; found && f.doubt {
		c.kept = true
		c.doubt, c.detail, c.id = f.rule, f.detail, f.id
		return c, true
	}
	if c.id == "" {
		c.creation = w.creation(p)
		if c.creation.refused != "" {
			c.kept = true
			c.refused, c.detail = c.creation.refused, c.creation.detail
			return c, true
		}
	}
	if asked != yes {
		c.kept = asked == maybe
		return c, c.kept
	}
	return c, true
}

// userFlows returns the sets with a user flow in which a person takes part, in
// the order of their creation, and whether there is one.
func (w *Wanted) userFlows(p roster.Ref) ([]*activeSet, answer) {
	var sets []*activeSet
	asked := no
	for i := range w.sets {
		set := &w.sets[i]
		if set.User == nil {
			continue
		}
		part := w.takesPart(p, set.orgs)
		asked = max(asked, part)
		if part == yes {
			sets = append(sets, set)
		}
	}
	return sets, asked
}

// userFacts tells the attributes of a user (domain page C.3). Where a dropped
// record may give the person a further role, what all roles tell together is
// written only to a new user.
func (w *Wanted) userFacts(p roster.Ref, sets []*activeSet, tell func(Fact)) {
	person, lead, flow := &w.roster.People[p], w.leader(p), sets[0].User
	id := w.roster.Str(person.ID)
	tell(Fact{Name: directory.AnchorID, Value: UserKey(id), Record: person.Record})
	tell(Fact{Name: directory.SyncSource, Value: "SIS"})
	when := Always
	if w.rolesUnknown(p) {
		when = Created
	}
	objectType := "Teacher"
	if w.speaks(p) == Students {
		objectType = "Student"
	}
	tell(Fact{Name: directory.SourceSchoolID, Value: w.schools(p), Record: lead.Record, When: when})
	tell(Fact{Name: directory.ObjectType, Value: objectType, Record: lead.Record, When: when})
	w.numberFacts(p, flow, when, tell)
	tell(Fact{
		Name: directory.Grade, Value: w.roster.Str(lead.Grade), Record: lead.Record, When: when, Option: "userGradeLevel",
		Out: cmp.Or(unless(flow.GradeLevel, OptionOff), unless(!lead.GradeUnknown, ValueUnknown)),
	})
	tell(Fact{
		Name: directory.AgeGroup, Value: w.ageGroup(p, flow), Record: lead.Record, When: when, Option: "studentAgeGroup",
		Out: unless(flow.StudentAgeGroup != "", OptionOff),
	})
	tell(w.contactsFact(p, flow))
	w.licenceFacts(p, sets, tell)
}

// numberFacts tells the id and the number of a person, which have other names for
// students than for staff.
func (w *Wanted) numberFacts(p roster.Ref, flow *UserFlow, when When, tell func(Fact)) {
	person := &w.roster.People[p]
	student := unless(w.speaks(p) == Students, StudentsOnly)
	staff := unless(w.speaks(p) != Students, StaffOnly)
	id := Fact{Value: w.roster.Str(person.ID), Record: person.Record, When: when}
	id.Name, id.Out = directory.SourceStudentID, student
	tell(id)
	id.Name, id.Out = directory.SourceTeacherID, staff
	tell(id)
	number := Fact{Value: w.roster.Str(person.Number), Record: person.Record, When: when, Option: "userNumber"}
	number.Name, number.Out = directory.StudentNumber, cmp.Or(student, unless(flow.Number, OptionOff))
	tell(number)
	number.Name, number.Out = directory.TeacherNumber, cmp.Or(staff, unless(flow.Number, OptionOff))
	tell(number)
}

func (w *Wanted) contactsFact(p roster.Ref, flow *UserFlow) Fact {
	person := &w.roster.People[p]
	f := Fact{
		Name: directory.RelatedContacts, Record: person.Record, Option: "allowStudentContactAssociation",
		Out: cmp.Or(
			unless(flow.StudentContacts, OptionOff),
			unless(w.abilities.Contacts, TargetCannot),
			unless(w.speaks(p) == Students, StudentsOnly),
			unless(!person.ContactsUnknown, ValueUnknown),
		),
	}
	if f.Out == "" {
		f.Value = directory.ContactsValue(w.contacts(p))
	}
	return f
}

// schools returns the ids of the organizations in which a person has an active
// role, sorted and joined by commas.
func (w *Wanted) schools(p roster.Ref) string {
	var ids []string
	for _, role := range w.roster.RolesOf(p) {
		if w.group[role.Code] >= 0 && w.counts(&role) {
			ids = append(ids, w.orgID(role.Org))
		}
	}
	return strings.Join(sortedOnce(ids), ",")
}

// ageGroup returns the age group of students by Graph's name. Others have none:
// one that Homeroom set is cleared.
func (w *Wanted) ageGroup(p roster.Ref, flow *UserFlow) string {
	if w.speaks(p) != Students || flow.StudentAgeGroup == "" {
		return ""
	}
	return strings.ToUpper(flow.StudentAgeGroup[:1]) + flow.StudentAgeGroup[1:]
}

// licenceFacts tells what is assigned to users that Homeroom creates: the
// licences of all sets, and the place of use without which none can be assigned.
func (w *Wanted) licenceFacts(p roster.Ref, sets []*activeSet, tell func(Fact)) {
	location := w.usageLocation(w.orgID(w.leader(p).Org))
	tell(Fact{Name: directory.UsageLocation, Value: location, When: Added, Option: "usageLocation", Out: cmp.Or(unless(location != "", OptionOff), unless(w.abilities.Licences, TargetCannot))})
	skus := w.skus(p, sets)
	tell(Fact{
		Name: directory.LicenseSKUs, Value: directory.List(skus), When: Added, Option: "licenseSkus",
		Out: cmp.Or(unless(len(skus) > 0, OptionOff), unless(w.abilities.Licences, TargetCannot), unless(location != "", NoUsageLocation)),
	})
}

func (w *Wanted) usageLocation(org string) string {
	if location, ok := w.settings.UsageLocations[org]; ok {
		return location
	}
	return w.settings.UsageLocation
}

func (w *Wanted) skus(p roster.Ref, sets []*activeSet) []string {
	var skus []string
	for _, set := range sets {
		if c := set.User.configuration(w.speaks(p)); c != nil {
			skus = append(skus, c.LicenseSKUs...)
		}
	}
	return skus
}

// contacts returns the contacts of a student that are complete: given name,
// family name and email (rules 2, "Contacts").
func (w *Wanted) contacts(student roster.Ref) []directory.Contact {
	var out []directory.Contact
	for _, c := range w.roster.ContactsOf(student) {
		person := &w.roster.People[c.Person]
		given, family := w.roster.Str(person.GivenName), w.roster.Str(person.FamilyName)
		email := w.roster.Str(person.Email)
		if !person.Active || given == "" || family == "" || email == "" {
			continue
		}
		phone := w.roster.Str(person.SMS)
		if phone == "" {
			phone = w.roster.Str(person.Phone)
		}
		out = append(out, directory.Contact{
			ID:           w.roster.Str(person.ID),
			DisplayName:  given + " " + family,
			EmailAddress: email,
			MobilePhone:  phone,
			Relationship: w.roster.Str(c.Relationship),
		})
	}
	return out
}

// Contacts returns what the relatedContacts of the user with the key stand for.
func (w *Wanted) Contacts(user string) []directory.Contact {
	if p := w.personOf(user); p != roster.None {
		return w.contacts(p)
	}
	return nil
}

func (w *Wanted) personOf(user string) roster.Ref {
	id, _ := strings.CutPrefix(user, UserKey(""))
	return w.roster.Person(id)
}
