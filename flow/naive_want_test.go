package flow_test

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
)

// naiveWant is what the flows ask of one object.
type naiveWant struct {
	id                              string
	attributes, createOnly, addOnly directory.Attributes
	owners, members                 map[string]answer // by user key
	everybody                       bool              // a dropped record may be anybody's: nobody is removed
	keep                            bool              // nothing about the object is known
	refused, doubt                  string
	fallback                        []string
	pinned, excluded                []string // user keys: who stays, and who is let go of, by hand
}

func newNaiveWant() *naiveWant {
	return &naiveWant{
		attributes: make(directory.Attributes), createOnly: make(directory.Attributes), addOnly: make(directory.Attributes),
		owners: make(map[string]answer), members: make(map[string]answer),
	}
}

type naiveWants map[directory.Kind]map[string]*naiveWant

// want works out everything that the flows ask for.
func (n *naive) want() naiveWants {
	wants := make(naiveWants)
	for _, kind := range directory.Kinds() {
		wants[kind] = make(map[string]*naiveWant)
	}
	for _, person := range n.everyone() {
		if w := n.wantUser(person); w != nil {
			wants[directory.User][flow.UserKey(person)] = w
		}
	}
	n.wantRoleGroups(wants)
	n.wantClassGroups(wants[directory.ClassGroup])
	n.limitUnits(wants[directory.AdministrativeUnit])
	n.decideByHand(wants)
	return wants
}

// decideByHand notes in every object who is pinned and who is excluded.
func (n *naive) decideByHand(wants naiveWants) {
	for _, objects := range wants {
		for key, w := range objects {
			for _, person := range n.settings.Exclude.People {
				w.excluded = append(w.excluded, flow.UserKey(person))
			}
			for _, pin := range n.settings.Pins {
				if pin.Group == key {
					w.pinned = append(w.pinned, flow.UserKey(pin.Person))
				}
			}
		}
	}
}

// wantUser is about one person's account; nil when no flow asks for it. That of
// a person whose record was dropped is kept; nothing is asked for a person who
// is not in the roster, whatever dropped roles say.
func (n *naive) wantUser(person string) *naiveWant {
	if n.excludes(person) {
		return nil
	}
	if _, present := n.people[person]; !present {
		for _, set := range n.settings.Sets {
			if set.User != nil && slices.Contains(n.unknown.People, person) {
				return &naiveWant{keep: true}
			}
		}
		return nil
	}
	part, first, licences := no, (*flow.UserFlow)(nil), []string(nil)
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		if set.User == nil {
			continue
		}
		part = max(part, n.takesPart(person, set))
		if n.takesPart(person, set) != yes {
			continue
		}
		if first == nil {
			first = set.User // whose options hold
		}
		for _, c := range set.User.Configurations {
			if c.RoleGroup == n.speaks(person) {
				licences = append(licences, c.LicenseSKUs...)
			}
		}
	}
	m := n.matches[person]
	w := newNaiveWant()
	switch anywhere := n.takesPartAnywhere(person); {
	case anywhere == yes && m.doubt != "":
		w.doubt, w.id = m.doubt, m.id
		return w
	case anywhere == yes && m.id == "" && !m.created:
		w.refused = m.refused
		return w
	case part == no:
		return nil
	case part == maybe:
		w.keep = true
		return w
	}
	w.id = m.id
	n.userAttributes(w, person, first)
	if m.created {
		n.newUser(w, person)
	}
	n.license(w, person, licences)
	return w
}

// license is for users that Homeroom created; without a place of use nothing can
// be assigned.
func (n *naive) license(w *naiveWant, person string, licences []string) {
	lead, _ := n.lead(person)
	location, own := n.settings.UsageLocations[lead.org]
	if !own {
		location = n.settings.UsageLocation
	}
	if location == "" || !n.abilities.Licences {
		return
	}
	w.addOnly[directory.UsageLocation] = location
	if len(licences) > 0 {
		w.addOnly[directory.LicenseSKUs] = directory.List(licences)
	}
}

// userAttributes are those of the domain page C.3.
func (n *naive) userAttributes(w *naiveWant, person string, f *flow.UserFlow) {
	p, student := n.people[person], n.speaks(person) == flow.Students
	lead, _ := n.lead(person)
	w.attributes[directory.AnchorID] = flow.UserKey(person)
	w.attributes[directory.SyncSource] = "SIS"
	told := w.attributes
	if n.namedByDroppedRole(person) {
		told = w.createOnly // a new user gets what is known; of others it is left alone
	}
	told[directory.SourceSchoolID] = strings.Join(n.orgsOf(person), ",")
	number := directory.TeacherNumber
	if student {
		number = directory.StudentNumber
		told[directory.ObjectType] = "Student"
		told[directory.SourceStudentID] = person
	} else {
		told[directory.ObjectType] = "Teacher"
		told[directory.SourceTeacherID] = person
	}
	if f.Number {
		told[number] = p.number
	}
	if f.GradeLevel && !lead.gradeUnknown {
		told[directory.Grade] = lead.grade
	}
	if f.StudentAgeGroup != "" {
		told[directory.AgeGroup] = ""
		if student {
			told[directory.AgeGroup] = map[string]string{"minor": "Minor", "adult": "Adult"}[f.StudentAgeGroup]
		}
	}
	if f.StudentContacts && n.abilities.Contacts && !p.contactsUnknown && student {
		w.attributes[directory.RelatedContacts] = n.contactsOf(person)
	}
}

func (n *naive) namedByDroppedRole(person string) bool {
	for _, u := range n.unknown.Roles {
		if u.Person == person && n.mayBe(u.Role, "") {
			return true
		}
	}
	return false
}

// orgsOf returns the organizations in which a person is active, sorted.
func (n *naive) orgsOf(person string) []string {
	var orgs []string
	for _, r := range n.activeRoles(person) {
		if !slices.Contains(orgs, r.org) {
			orgs = append(orgs, r.org)
		}
	}
	slices.Sort(orgs)
	return orgs
}

func (n *naive) contactsOf(student string) string {
	var contacts []directory.Contact
	for _, c := range n.contacts {
		p := n.people[c.person]
		if c.student == student && p.active && p.given != "" && p.family != "" && p.email != "" {
			phone := p.sms
			if phone == "" {
				phone = p.phone
			}
			contacts = append(contacts, directory.Contact{
				ID: c.person, DisplayName: p.given + " " + p.family, EmailAddress: p.email, MobilePhone: phone, Relationship: c.relationship,
			})
		}
	}
	return directory.ContactsValue(contacts)
}

// newUser is what only a new user gets.
func (n *naive) newUser(w *naiveWant, person string) {
	p, upn := n.people[person], n.newUPN(person)
	_, configurations := n.creators(person)
	w.createOnly[directory.UserPrincipalName] = upn
	w.createOnly[directory.MailNickname] = aliasOf(upn)
	w.createOnly[directory.DisplayName] = p.given + " " + p.family
	w.createOnly[directory.GivenName] = p.given
	w.createOnly[directory.Surname] = p.family
	w.createOnly[directory.AccountEnabled] = "true"
	w.createOnly[directory.PasswordFrom] = n.passwordFrom(p, configurations[0])
}
