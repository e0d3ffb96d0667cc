package flow_test

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
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
	return wants
}

// wantUser is about one person's account; nil when no flow asks for it. That of
// a person whose record was dropped is kept; nothing is asked for a person who
// is not in the roster, whatever dropped roles say.
func (n *naive) wantUser(person string) *naiveWant {
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
	if location == "" {
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

// wantRoleGroups asks for security groups and administrative units.
func (n *naive) wantRoleGroups(wants naiveWants) {
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		for _, g := range n.settings.RoleGroups {
			if set.SecurityGroup != nil && set.SecurityGroup.ByRoleGroup {
				w := ask(wants[directory.SecurityGroup], flow.RoleGroupKey(g.ID), "All "+g.DisplayName, "All"+tag(g)+"SecurityGroup")
				w.createOnly[directory.MailNickname] = flow.RoleGroupKey(g.ID)
				for _, org := range n.everyOrg() {
					n.addRoles(w, set, g.ID, org)
				}
			}
			for org := range n.orgs {
				n.wantOrgRoleGroup(wants, set, g, org)
			}
			for _, org := range n.unknown.Orgs {
				n.wantOrgRoleGroup(wants, set, g, org)
			}
		}
		for org := range n.orgs {
			n.wantOrg(wants[directory.AdministrativeUnit], set, org)
		}
		for _, org := range n.unknown.Orgs {
			n.wantOrg(wants[directory.AdministrativeUnit], set, org)
		}
	}
}

// tag is how other programs call the people of a role group (domain page D.4).
func tag(g flow.RoleGroup) string {
	if g.ID == flow.Staff {
		return "Teachers"
	}
	return g.DisplayName
}

// isGone tells an organization that is there and not active.
func (n *naive) isGone(org string) bool {
	o, present := n.orgs[org]
	return present && !o.active
}

// wantOrgRoleGroup asks for what stands for a role group in an organization. Of an
// organization that was dropped nothing is known, and everything is kept.
func (n *naive) wantOrgRoleGroup(wants naiveWants, set *flow.Set, g flow.RoleGroup, org string) {
	if n.isGone(org) || !passes(set, org) {
		return
	}
	key, o := flow.OrgRoleGroupKey(g.ID, org), n.orgs[org]
	if set.SecurityGroup != nil && set.SecurityGroup.ByOrgRoleGroup {
		w := ask(wants[directory.SecurityGroup], key, g.DisplayName+" - "+o.name, tag(g)+"SecurityGroup")
		w.attributes[directory.SourceSchoolID] = org
		w.createOnly[directory.MailNickname] = flow.Nickname(key)
		w.keep = slices.Contains(n.unknown.Orgs, org)
		n.addRoles(w, set, g.ID, org)
	}
	if set.AdministrativeUnit != nil && set.AdministrativeUnit.ByOrgRoleGroup {
		w := ask(wants[directory.AdministrativeUnit], key, o.name+" - "+g.DisplayName, tag(g)+"AdministrativeUnit")
		w.attributes[directory.SourceSchoolID] = org
		w.keep = slices.Contains(n.unknown.Orgs, org)
		n.addRoles(w, set, g.ID, org)
	}
}

// wantOrg asks for the administrative unit of an organization.
func (n *naive) wantOrg(units map[string]*naiveWant, set *flow.Set, org string) {
	if n.isGone(org) || !passes(set, org) || set.AdministrativeUnit == nil || !set.AdministrativeUnit.ByOrg {
		return
	}
	w := ask(units, flow.OrgKey(org), n.orgs[org].name, "School")
	w.attributes[directory.SourceSchoolID] = org
	w.keep = slices.Contains(n.unknown.Orgs, org)
	n.addRoles(w, set, "", org)
}

// everyOrg returns the ids of all organizations that the roster names in any
// way, and "", which a dropped role may have named.
func (n *naive) everyOrg() []string {
	all := []string{""}
	for org := range n.orgs {
		all = append(all, org)
	}
	for _, u := range n.unknown.Roles {
		all = append(all, u.Org)
	}
	return all
}

// ask returns the object with the key, which is made on the first call: later
// sets add members to it and change nothing else (rules 3, "Overlap").
func ask(objects map[string]*naiveWant, key, displayName, objectType string) *naiveWant {
	w := objects[key]
	if w == nil {
		w = newNaiveWant()
		w.attributes[directory.DisplayName] = displayName
		w.attributes[directory.ObjectType] = objectType
		w.attributes[directory.SyncSource] = "SIS"
		w.attributes[directory.AnchorID] = key
		objects[key] = w
	}
	return w
}

// addRoles adds the provisioned people with a role of the group, "" for any, in
// an organization that the set looks at.
func (n *naive) addRoles(w *naiveWant, set *flow.Set, group, org string) {
	if org != "" && !passes(set, org) {
		return
	}
	for _, person := range n.everyone() {
		has := no
		for _, r := range n.activeRoles(person) {
			if r.org == org && (group == "" || n.groupOf(r.code) == group) {
				has = n.provisioned(person)
			}
		}
		if n.mayHaveRole(person, group, org) {
			has = max(has, maybe)
		}
		key := flow.UserKey(person)
		w.members[key] = max(w.members[key], has)
	}
	for _, u := range n.unknown.Roles {
		if u.Person == "" && names(u.Org, org) && n.mayBe(u.Role, n.heard(u, group)) {
			w.everybody = true
		}
	}
}

// wantClassGroups asks for a group of each class.
func (n *naive) wantClassGroups(groups map[string]*naiveWant) {
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		if set.ClassGroup == nil {
			continue
		}
		for id, class := range n.classes {
			if n.classCounts(class) && passes(set, class.org) {
				n.wantClassGroup(groups, set, id)
			}
		}
		for _, id := range n.unknown.Classes {
			ask(groups, flow.ClassKey(id), "", "Section").keep = true
		}
	}
	for id := range n.classes {
		if w := groups[flow.ClassKey(id)]; w != nil {
			n.finishClassGroup(w, id)
		}
	}
}

// classCounts (rules 1, "Active").
func (n *naive) classCounts(class classFact) bool {
	if !class.active || !n.orgs[class.org].active {
		return false
	}
	for _, id := range class.sessions {
		if n.inSession(id) {
			return true
		}
	}
	return len(class.sessions) == 0 || class.sessionsUnknown || !n.settings.HonourDates
}

func (n *naive) wantClassGroup(groups map[string]*naiveWant, set *flow.Set, id string) {
	key := flow.ClassKey(id)
	if groups[key] == nil {
		n.classAttributes(ask(groups, key, n.classes[id].title, "Section"), set.ClassGroup, id)
	}
	w := groups[key]
	for _, person := range n.everyone() {
		owner, member := n.enrolled(set.ClassGroup, id, person)
		user := flow.UserKey(person)
		w.owners[user] = max(w.owners[user], owner)
		w.members[user] = max(w.members[user], member)
	}
	for _, u := range n.unknown.Enrollments {
		w.everybody = w.everybody || u.Person == "" && names(u.Class, id)
	}
}

// enrolled says what a class group flow makes of a person in a class. Of a
// dropped enrollment the role is not known.
func (n *naive) enrolled(f *flow.ClassGroupFlow, class, person string) (owner, member answer) {
	owners, members := flow.DefaultOwnerRoles(), flow.DefaultMemberRoles()
	if f.OwnerRoles != nil {
		owners = *f.OwnerRoles
	}
	if f.MemberRoles != nil {
		members = *f.MemberRoles
	}
	for _, e := range n.enrollments {
		if e.class != class || e.person != person || !e.active {
			continue
		}
		if slices.Contains(owners, e.code) {
			owner, member = n.provisioned(person), n.provisioned(person)
		}
		if slices.Contains(members, e.code) {
			member = n.provisioned(person)
		}
	}
	for _, u := range n.unknown.Enrollments {
		if names(u.Class, class) && names(u.Person, person) {
			owner, member = max(owner, maybe), max(member, maybe)
		}
	}
	return owner, member
}

// finishClassGroup adds what depends on the owners.
func (n *naive) finishClassGroup(w *naiveWant, id string) {
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		if set.ClassGroup == nil || !passes(set, n.classes[id].org) {
			continue
		}
		for _, owner := range w.owners {
			if owner == yes && set.ClassGroup.CreateTeam && n.abilities.Teams {
				w.attributes[directory.Team] = "true"
			}
		}
		break // the options are those of the first set
	}
	for _, person := range n.settings.FallbackOwners[n.classes[id].org] {
		if n.provisioned(person) == yes {
			w.fallback = append(w.fallback, flow.UserKey(person))
		}
	}
	slices.Sort(w.fallback)
	w.fallback = slices.Compact(w.fallback)
}

// classAttributes are those of the domain page D.3.
func (n *naive) classAttributes(w *naiveWant, f *flow.ClassGroupFlow, id string) {
	class := n.classes[id]
	key := flow.ClassKey(id)
	course := n.courses[class.course]
	a := w.attributes
	if f.DisplayNameOnCreate {
		delete(a, directory.DisplayName)
		w.createOnly[directory.DisplayName] = class.title
	}
	w.createOnly[directory.MailNickname] = flow.Nickname(key)
	if n.abilities.Hidden {
		w.createOnly[directory.Visibility] = "HiddenMembership"
	}
	a[directory.Status] = "Active"
	a[directory.SourceSectionID], a[directory.SourceSchoolID] = id, class.org
	a[directory.SectionName] = class.title
	optional := func(option string, unknown bool, name, value string) {
		if slices.Contains(f.Attributes, option) && !unknown {
			a[name] = value
		}
	}
	if !class.courseUnknown {
		a[directory.Description] = course.title
	}
	optional(flow.CourseTitle, class.courseUnknown, directory.CourseName, course.title)
	optional(flow.CourseCode, class.courseUnknown, directory.CourseNumber, course.code)
	optional(flow.CourseSubject, class.courseUnknown || course.subjectUnknown, directory.CourseSubject, course.subject)
	optional(flow.CourseGradeLevel, class.courseUnknown || course.gradeUnknown, directory.Grade, course.grade)
	optional(flow.CourseExternalID, class.courseUnknown, directory.SourceCourseID, class.course)
	optional(flow.ClassCode, false, directory.SectionNumber, class.code)
	var session roster.Session
	sessionID := ""
	if len(class.sessions) > 0 {
		sessionID = class.sessions[0]
		session = n.sessions[sessionID]
	}
	optional(flow.SessionTitle, class.sessionsUnknown, directory.TermName, n.roster.Str(session.Title))
	optional(flow.SessionTitle, class.sessionsUnknown, directory.TermStartDate, session.Start.String())
	optional(flow.SessionTitle, class.sessionsUnknown, directory.TermEndDate, session.End.String())
	optional(flow.SessionExternalID, class.sessionsUnknown, directory.TermID, sessionID)
}

// limitUnits keeps people to as many units as the target takes: those of the
// primary organization first, then by organization.
func (n *naive) limitUnits(units map[string]*naiveWant) {
	if n.abilities.Units == 0 {
		return
	}
	for _, person := range n.everyone() {
		lead, _ := n.lead(person)
		left := n.abilities.Units
		for _, primary := range []bool{true, false} {
			for _, org := range n.orgsOf(person) {
				if (org == lead.org) == primary {
					left = n.limitUnitsOf(units, person, org, left)
				}
			}
		}
	}
}

// limitUnitsOf takes a person out of those units of an organization that are too
// many, and returns how many more the person may be in.
func (n *naive) limitUnitsOf(units map[string]*naiveWant, person, org string, left int) int {
	user := flow.UserKey(person)
	for _, group := range []string{flow.Staff, flow.Students, ""} { // in the order of the keys
		key := flow.OrgRoleGroupKey(group, org)
		if group == "" {
			key = flow.OrgKey(org)
		}
		w := units[key]
		switch {
		case w == nil || w.members[user] != yes:
		case left > 0:
			left--
		case n.mayHaveRole(person, group, org):
			w.members[user] = maybe
		default:
			w.members[user] = no
		}
	}
	return left
}
