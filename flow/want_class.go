package flow

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// classGroups yields what is wanted of classes.
func (w *Wanted) classGroups(yield func(directory.Want) bool) {
	known := func(yield func(directory.Want) bool) {
		for i := range w.roster.Classes {
			if want, ok := w.classGroup(roster.Ref(i)); ok && !yield(want) {
				return
			}
		}
	}
	var dropped []string
	if w.anySet(func(s *Set) bool { return s.ClassGroup != nil }) {
		dropped = w.roster.Unknown.Classes // whose organizations are not known
	}
	withUnknown(directory.ClassGroup, ClassKey, dropped, known)(yield)
}

// classGroup returns what is wanted of one class, and false when no flow asks for
// it or the class is gone.
func (w *Wanted) classGroup(ref roster.Ref) (directory.Want, bool) {
	class := &w.roster.Classes[ref]
	sets := w.classFlows(class.Org)
	if len(sets) == 0 || !w.classCounts(ref) {
		return directory.Want{}, false
	}
	id := w.roster.Str(class.ID)
	want := directory.Want{
		Kind:           directory.ClassGroup,
		Key:            ClassKey(id),
		Org:            w.orgID(class.Org),
		Record:         w.roster.Where(class.Record),
		FallbackOwners: w.fallbackOwners(w.orgID(class.Org)),
	}
	for _, set := range sets {
		want.Why = append(want.Why, directory.Why{FlowSet: set.DisplayName, Flow: classGroupFlowName, Rule: "classGroup", Record: want.Record})
	}
	w.enroll(&want, ref, sets)
	w.describeClass(&want, class, ref, sets[0].ClassGroup)
	return want, true
}

// classFlows returns the sets that make groups of an organization's classes, in
// the order of their creation: the first one's options hold.
func (w *Wanted) classFlows(org roster.Ref) []*activeSet {
	var sets []*activeSet
	for i := range w.sets {
		if set := &w.sets[i]; set.ClassGroup != nil && set.orgs.admits(org) {
			sets = append(sets, set)
		}
	}
	return sets
}

func (w *Wanted) fallbackOwners(org string) []string {
	var keys []string
	for _, id := range w.settings.FallbackOwners[org] {
		if p := w.roster.Person(id); p != roster.None && w.stands[p] == yes {
			keys = append(keys, UserKey(id))
		}
	}
	return sortedOnce(keys)
}

// enroll fills in owners and members: every provisioned person with an
// enrollment in a mapped role, the highest of several.
func (w *Wanted) enroll(want *directory.Want, ref roster.Ref, sets []*activeSet) {
	var owners, members, kept []roster.Ref
	for _, e := range w.roster.EnrollmentsOf(ref) {
		role := w.roster.RoleName(e.Code)
		owns, joins := mapped(role, sets)
		if !e.Active || !owns && !joins {
			continue
		}
		switch w.stands[e.Person] {
		case yes:
			members = append(members, e.Person)
			if owns {
				owners = append(owners, e.Person)
			}
		case maybe:
			kept = append(kept, e.Person)
		}
	}
	want.Owners = w.userKeys(slices.Compact(owners))
	want.Members = w.userKeys(slices.Compact(members))
	want.Keep = w.classKeep(w.roster.Str(w.roster.Classes[ref].ID), w.userKeys(kept))
}

// mapped says what the sets make of an enrollment role.
func mapped(role string, sets []*activeSet) (owns, joins bool) {
	for _, set := range sets {
		owns = owns || set.ClassGroup.owns(role)
		joins = joins || set.ClassGroup.joins(role)
	}
	return owns, joins
}

// classKeep marks the memberships of a class that dropped records may support,
// besides those already found.
func (w *Wanted) classKeep(class string, kept []string) directory.Keep {
	keep := directory.Keep{AllMembers: w.shared.anyClass, Shared: w.shared.classUsers}
	unknown := w.roster.Unknown.Enrollments
	at, _ := slices.BinarySearchFunc(unknown, class, func(u roster.UnknownEnrollment, class string) int {
		if u.Class < class {
			return -1
		}
		if u.Class > class {
			return 1
		}
		return 0
	})
	for ; at < len(unknown) && unknown[at].Class == class; at++ {
		if unknown[at].Person == "" {
			keep.AllMembers = true
		} else {
			kept = append(kept, UserKey(unknown[at].Person))
		}
	}
	keep.Members = sortedOnce(kept)
	return keep
}

// describeClass fills in the attributes of a class group (domain page D.3).
func (w *Wanted) describeClass(want *directory.Want, class *roster.Class, ref roster.Ref, flow *ClassGroupFlow) {
	r := w.roster
	id, title := r.Str(class.ID), r.Str(class.Title)
	want.CreateOnly = directory.Attributes{directory.MailNickname: Nickname(want.Key)}
	if w.abilities.Hidden {
		want.CreateOnly[directory.Visibility] = "HiddenMembership"
	}
	want.Attributes = directory.Attributes{
		directory.ObjectType:      "Section",
		directory.AnchorID:        want.Key,
		directory.SyncSource:      "SIS",
		directory.SourceSectionID: id,
		directory.SourceSchoolID:  want.Org,
		directory.SectionName:     title,
		directory.Status:          "Active",
	}
	named := want.Attributes
	if flow.DisplayNameOnCreate {
		named = want.CreateOnly
	}
	named[directory.DisplayName] = fill(w.settings.Names.ClassGroup, "title", title, "org", w.orgName(class.Org))
	if flow.CreateTeam && w.abilities.Teams && len(want.Owners) > 0 {
		want.Attributes[directory.Team] = directory.Bool(true)
	}
	if slices.Contains(flow.Attributes, ClassCode) {
		want.Attributes[directory.SectionNumber] = r.Str(class.Code)
	}
	w.describeCourse(want.Attributes, class, flow)
	w.describeSession(want.Attributes, class, ref, flow)
}

const maxDescription = 1024 // characters (domain page G.2)

// describeCourse adds what a class's course tells. Nothing is said of a course
// that the roster names and that could not be found.
func (w *Wanted) describeCourse(a directory.Attributes, class *roster.Class, flow *ClassGroupFlow) {
	if class.CourseUnknown {
		return
	}
	r := w.roster
	var course roster.Course
	if class.Course != roster.None {
		course = r.Courses[class.Course]
	}
	a[directory.Description] = cut(r.Str(course.Title), maxDescription)
	for _, option := range flow.Attributes {
		switch option {
		case CourseTitle:
			a[directory.CourseName] = r.Str(course.Title)
		case CourseCode:
			a[directory.CourseNumber] = r.Str(course.Code)
		case CourseExternalID:
			a[directory.SourceCourseID] = r.Str(course.ID)
		case CourseSubject:
			if !course.SubjectUnknown {
				a[directory.CourseSubject] = r.Str(course.Subject)
			}
		case CourseGradeLevel:
			if !course.GradeUnknown {
				a[directory.Grade] = r.Str(course.Grade)
			}
		}
	}
}

// describeSession adds what the first session of a class tells.
func (w *Wanted) describeSession(a directory.Attributes, class *roster.Class, ref roster.Ref, flow *ClassGroupFlow) {
	if class.SessionsUnknown {
		return
	}
	r := w.roster
	var session roster.Session
	if sessions := r.SessionsOf(ref); len(sessions) > 0 {
		session = r.Sessions[sessions[0]]
	}
	for _, option := range flow.Attributes {
		switch option {
		case SessionTitle:
			a[directory.TermName] = r.Str(session.Title)
			a[directory.TermStartDate] = session.Start.String()
			a[directory.TermEndDate] = session.End.String()
		case SessionExternalID:
			a[directory.TermID] = r.Str(session.ID)
		}
	}
}

// orgName returns the name of an organization.
func (c *Census) orgName(o roster.Ref) string {
	if o == roster.None {
		return ""
	}
	return c.roster.Str(c.roster.Orgs[o].Name)
}
