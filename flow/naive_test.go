package flow_test

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// This is the reference: rules 1 to 3 in the dullest form that we could think
// of. It is slow and shares nothing with the code that it judges but nouns and
// keys. Read it to learn the rules; read the package to learn how they are kept
// for ten million people.

// answer is what a roster says: a dropped record makes it maybe.
type answer int

const (
	no answer = iota
	maybe
	yes
)

// facts is a roster as plain text.
type facts struct {
	orgs        map[string]orgFact
	people      map[string]personFact
	roles       []roleFact
	courses     map[string]courseFact
	sessions    map[string]roster.Session
	classes     map[string]classFact
	enrollments []enrollmentFact
	contacts    []contactFact
	unknown     roster.Unknown
	roster      *roster.Roster
}

type orgFact struct {
	name   string
	active bool
}

type personFact struct {
	username, given, family, email, matchID, number, password, sms, phone string

	active, contactsUnknown bool
}

type roleFact struct {
	person, org, code, grade string

	session    string
	start, end roster.Date

	primary, active, gradeUnknown bool
}

type courseFact struct {
	title, code, subject, grade, year string // year: id of a session

	subjectUnknown, gradeUnknown bool
}

type classFact struct {
	org, title, code, course string
	sessions                 []string

	active, courseUnknown, sessionsUnknown bool
}

type enrollmentFact struct {
	class, person, code string

	start, end roster.Date
	active     bool
}

type contactFact struct{ student, person, relationship string }

// factsOf copies a roster.
func factsOf(r *roster.Roster) *facts {
	f := &facts{
		orgs: make(map[string]orgFact), people: make(map[string]personFact), courses: make(map[string]courseFact),
		sessions: make(map[string]roster.Session), classes: make(map[string]classFact), unknown: r.Unknown, roster: r,
	}
	for _, o := range r.Orgs {
		f.orgs[r.Str(o.ID)] = orgFact{r.Str(o.Name), o.Active}
	}
	for _, p := range r.People {
		f.people[r.Str(p.ID)] = personFact{
			r.Str(p.Username), r.Str(p.GivenName), r.Str(p.FamilyName), r.Str(p.Email), r.Str(p.MatchID),
			r.Str(p.Number), r.Str(p.Password), r.Str(p.SMS), r.Str(p.Phone), p.Active, p.ContactsUnknown,
		}
	}
	for _, o := range r.Roles {
		role := roleFact{
			person: r.Str(r.People[o.Person].ID), org: r.Str(r.Orgs[o.Org].ID), code: r.RoleName(o.Code), grade: r.Str(o.Grade),
			start: o.Start, end: o.End, primary: o.Primary, active: o.Active, gradeUnknown: o.GradeUnknown,
		}
		if o.Session != roster.None {
			role.session = r.Str(r.Sessions[o.Session].ID)
		}
		f.roles = append(f.roles, role)
	}
	for _, c := range r.Contacts {
		f.contacts = append(f.contacts, contactFact{r.Str(r.People[c.Student].ID), r.Str(r.People[c.Person].ID), r.Str(c.Relationship)})
	}
	f.copyClasses(r)
	return f
}

func (f *facts) copyClasses(r *roster.Roster) {
	for _, s := range r.Sessions {
		f.sessions[r.Str(s.ID)] = s
	}
	for _, c := range r.Courses {
		course := courseFact{r.Str(c.Title), r.Str(c.Code), r.Str(c.Subject), r.Str(c.Grade), "", c.SubjectUnknown, c.GradeUnknown}
		if c.Year != roster.None {
			course.year = r.Str(r.Sessions[c.Year].ID)
		}
		f.courses[r.Str(c.ID)] = course
	}
	for i, c := range r.Classes {
		class := classFact{
			org: r.Str(r.Orgs[c.Org].ID), title: r.Str(c.Title), code: r.Str(c.Code),
			active: c.Active, courseUnknown: c.CourseUnknown, sessionsUnknown: c.SessionsUnknown,
		}
		if c.Course != roster.None {
			class.course = r.Str(r.Courses[c.Course].ID)
		}
		for _, s := range r.SessionsOf(roster.Ref(i)) {
			class.sessions = append(class.sessions, r.Str(r.Sessions[s].ID))
		}
		f.classes[r.Str(c.ID)] = class
	}
	for _, e := range r.Enrollments {
		period := r.PeriodOf(&e)
		f.enrollments = append(f.enrollments, enrollmentFact{
			r.Str(r.Classes[e.Class].ID), r.Str(r.People[e.Person].ID), r.RoleName(e.Code), period.Start, period.End, e.Active,
		})
	}
}

// naive decides who gets what.
type naive struct {
	*facts
	settings  flow.Settings
	abilities directory.Abilities
	codes     *roster.Codes
	today     roster.Date
	matches   map[string]naiveMatch // by person
}

// names reports whether an id of a dropped record may be this one: an empty one
// stands for any.
func names(unknown, id string) bool { return unknown == "" || unknown == id }

// groupOf returns the role group of a role, or "".
func (n *naive) groupOf(code string) string {
	for _, g := range n.settings.RoleGroups {
		if slices.Contains(g.Roles, code) {
			return g.ID
		}
	}
	return ""
}

// activeRoles returns the roles of a person that count and belong to a role
// group (rules 1, "Active").
func (n *naive) activeRoles(person string) []roleFact {
	var active []roleFact
	for _, r := range n.roles {
		if r.person == person && r.active && n.people[person].active && n.orgs[r.org].active && n.groupOf(r.code) != "" &&
			n.within(r.start, r.end) && (r.session == "" || n.inSession(r.session)) {
			active = append(active, r)
		}
	}
	return active
}

// within reports whether today lies between two days, both inclusive; "honour"
// alone makes dates count.
func (n *naive) within(start, end roster.Date) bool {
	if !n.settings.HonourDates {
		return true
	}
	return (start == 0 || start <= n.today) && (end == 0 || n.today <= end+roster.Date(n.settings.GraceDays))
}

func (n *naive) inSession(id string) bool { return n.within(n.sessions[id].Start, n.sessions[id].End) }

// mayHaveRole reports whether a dropped record may have given a person a role of
// the group in the organization; "" stands for any group. A row that
// names no organization counts for both groups.
func (n *naive) mayHaveRole(person, group, org string) bool {
	for _, u := range n.unknown.Roles {
		if names(u.Person, person) && names(u.Org, org) && n.mayBe(u.Role, n.heard(u, group)) {
			return true
		}
	}
	return false
}

// heard returns the role group that a dropped role is asked about.
func (n *naive) heard(u roster.UnknownRole, group string) string {
	if u.Org == "" {
		return ""
	}
	return group
}

// mayBe reports whether a role, "" for any, may be one of the group, "" for any.
func (n *naive) mayBe(code, group string) bool {
	of := n.groupOf(code)
	return code == "" || of != "" && (group == "" || of == group)
}

// passes reports whether the filter of a set names an organization.
func passes(set *flow.Set, org string) bool {
	return set.Filter == nil || slices.Contains(set.Filter.In, org)
}

// takesPart (rules 2).
func (n *naive) takesPart(person string, set *flow.Set) answer {
	if n.excludes(person) {
		return no
	}
	for _, r := range n.activeRoles(person) {
		if passes(set, r.org) {
			return yes
		}
	}
	if p, present := n.people[person]; present && !p.active {
		return no
	}
	for _, u := range n.unknown.Roles {
		if names(u.Person, person) && (u.Org == "" || passes(set, u.Org)) && n.mayHaveRole(person, "", u.Org) {
			return maybe
		}
	}
	return no
}

// excludes (rules 3, "By hand").
func (n *naive) excludes(person string) bool {
	return slices.Contains(n.settings.Exclude.People, person)
}

// takesPartAnywhere asks all sets.
func (n *naive) takesPartAnywhere(person string) answer {
	best := no
	for i := range n.settings.Sets {
		best = max(best, n.takesPart(person, &n.settings.Sets[i]))
	}
	return best
}

// speaks returns the role group that speaks for a person, "" for none.
func (n *naive) speaks(person string) string {
	var staff, primaryStaff, students, primaryStudents bool
	for _, r := range n.activeRoles(person) {
		switch n.groupOf(r.code) {
		case flow.Staff:
			staff = true
			primaryStaff = primaryStaff || r.primary
		case flow.Students:
			students = true
			primaryStudents = primaryStudents || r.primary
		}
	}
	switch {
	case primaryStaff:
		return flow.Staff
	case primaryStudents:
		return flow.Students
	case staff:
		return flow.Staff
	case students:
		return flow.Students
	}
	return ""
}

// lead returns the role that is written to the user: of the group that speaks,
// a primary one first, then by priority, then by organization (domain page C.1).
func (n *naive) lead(person string) (lead roleFact, found bool) {
	speaks := n.speaks(person)
	for _, r := range n.activeRoles(person) {
		if n.groupOf(r.code) == speaks && (!found || n.leads(r, lead)) {
			lead, found = r, true
		}
	}
	return lead, found
}

func (n *naive) leads(a, b roleFact) bool {
	rankA, rankB := n.codes.RoleRank(a.code), n.codes.RoleRank(b.code)
	switch {
	case a.primary != b.primary:
		return a.primary
	case rankA != rankB:
		return rankA < rankB
	case a.org != b.org:
		return a.org < b.org
	case (a.grade != "") != (b.grade != ""):
		return a.grade != "" // two rows about one role: the one that tells more
	case a.gradeUnknown != b.gradeUnknown:
		return a.gradeUnknown
	default:
		return a.grade < b.grade
	}
}

// provisioned (rules 2). Someone who takes part and has no user, or is in doubt,
// may have been given something before, which only the roster takes away: such a
// person is neither added nor removed.
func (n *naive) provisioned(person string) answer {
	part, m := n.takesPartAnywhere(person), n.matches[person]
	if m.doubt == "" && (m.id != "" || m.created) {
		return part
	}
	return min(part, maybe)
}

// everyone returns the ids of all people that the roster names in any way.
func (n *naive) everyone() []string {
	var all []string
	for id := range n.people {
		all = append(all, id)
	}
	all = append(all, n.unknown.People...)
	for _, u := range n.unknown.Roles {
		all = append(all, u.Person)
	}
	for _, u := range n.unknown.Enrollments {
		all = append(all, u.Person)
	}
	slices.SortFunc(all, strings.Compare)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(id string) bool { return id == "" })
}
