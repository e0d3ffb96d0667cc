package flow_test

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// wantClassGroups asks for a group of each class.
func (n *naive) wantClassGroups(groups map[string]*naiveWant) {
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		if set.ClassGroup == nil {
			continue
		}
		for id, class := range n.classes {
			if n.classCounts(class) && passes(set, class.org) && !slices.Contains(n.settings.Exclude.Classes, id) {
				n.wantClassGroup(groups, set, id)
			}
		}
		for _, id := range n.unknown.Classes {
			if slices.Contains(n.settings.Exclude.Classes, id) {
				continue
			}
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
		if e.class != class || e.person != person || !e.active || !n.within(e.start, e.end) {
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
	w.createOnly[directory.MailNickname] = directory.Nickname(key)
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
	if years := n.schoolYears(class); years != "" {
		a[directory.SchoolYears] = years
	}
}
