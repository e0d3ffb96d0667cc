package flow

import (
	"cmp"
	"iter"
	"slices"
	"strconv"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// classGroups yields what is wanted of classes.
func (w *Wanted) classGroups(span directory.Span) iter.Seq[directory.Want] {
	known := func(yield func(directory.Want) bool) {
		for class := range w.classesIn(span) {
			if want, ok := w.classGroup(class); ok && !yield(want) {
				return
			}
		}
	}
	return withUnknown(directory.ClassGroup, w.droppedClasses(span), known)
}

// classGroup returns what is wanted of one class, and false when no flow asks for
// it or the class is gone.
func (w *Wanted) classGroup(ref roster.Ref) (directory.Want, bool) {
	class := &w.roster.Classes[ref]
	sets := w.classFlows(class.Org)
	if len(sets) == 0 || !w.classCounts(ref) {
		return directory.Want{}, false
	}
	var seats seats
	seats.enroll(w, ref, sets)
	org := w.orgID(class.Org)
	want := directory.Want{
		Kind:           directory.ClassGroup,
		Key:            w.classKey(ref),
		Org:            org,
		Record:         w.roster.Where(class.Record),
		Owners:         w.userKeys(seats.owners),
		Members:        w.userKeys(seats.members),
		FallbackOwners: w.fallbackOwners(org),
		Keep:           w.classKeep(w.roster.Str(class.ID), w.userKeys(seats.kept)),
	}
	for _, set := range sets {
		want.Rewrite = want.Rewrite || w.isReset(set.ClassGroup.Reset)
		want.Why = append(want.Why, directory.Why{FlowSet: set.DisplayName, Flow: classGroupFlowName, Rule: "classGroup", Record: want.Record})
	}
	w.classFacts(ref, sets[0].ClassGroup, len(seats.owners) > 0, func(f Fact) { f.write(&want) })
	return want, true
}

// classKey returns the key of a class of the roster.
func (c *Census) classKey(class roster.Ref) string {
	return ClassKey(c.roster.Str(c.roster.Classes[class].ID))
}

// classFlows returns the sets that make groups of an organization's classes, in
// the order of their creation: the first one's options hold.
func (w *Wanted) classFlows(org roster.Ref) []*activeSet { return w.classSets[org] }

// classFlowsByOrg works out what classFlows returns: it is asked of every class, and
// organizations are few.
func (w *Wanted) classFlowsByOrg() [][]*activeSet {
	byOrg := make([][]*activeSet, len(w.roster.Orgs))
	for org := range byOrg {
		for i := range w.sets {
			if set := &w.sets[i]; set.refusesClassesOf(roster.Ref(org)) == "" {
				byOrg[org] = append(byOrg[org], set)
			}
		}
	}
	return byOrg
}

// refusesClassesOf says why a set makes no groups of an organization's classes.
func (s *activeSet) refusesClassesOf(org roster.Ref) Reason {
	switch {
	case s.ClassGroup == nil:
		return NoSuchFlow
	case !s.orgs.admits(org):
		return OrgNotInFilter
	}
	return ""
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

// seats are the people of a class, each list sorted. They can be filled again for
// another class.
type seats struct {
	owners  []roster.Ref // each is a member, too
	members []roster.Ref
	kept    []roster.Ref // whose place is not known
}

// enroll finds owners and members of a class: every provisioned person with an
// enrollment in a mapped role, the highest of several.
func (s *seats) enroll(w *Wanted, class roster.Ref, sets []*activeSet) {
	s.owners, s.members, s.kept = s.owners[:0], s.members[:0], s.kept[:0]
	for _, e := range w.roster.EnrollmentsOf(class) {
		owns, out := w.seat(&e, sets)
		switch {
		case out == "":
			s.members = append(s.members, e.Person)
			if owns {
				s.owners = append(s.owners, e.Person)
			}
		case out == NotProvisioned && w.stands[e.Person] == maybe:
			s.kept = append(s.kept, e.Person)
		}
	}
	s.owners, s.members = slices.Compact(s.owners), slices.Compact(s.members)
}

// seat says whether an enrollment makes its person an owner, and why, if so, it
// does not even make the person a member.
func (w *Wanted) seat(e *roster.Enrollment, sets []*activeSet) (owns bool, out Reason) {
	owns, joins := mapped(w.roster.RoleName(e.Code), sets)
	gone := w.enrollmentOut(e)
	switch {
	case gone != "":
		return owns, gone
	case !owns && !joins:
		return owns, RoleNotMapped
	case w.stands[e.Person] != yes:
		return owns, NotProvisioned
	}
	return owns, ""
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
	keep := directory.Keep{AllMembers: w.shared.anyClass, Shared: w.shared.classUsers, Pinned: w.pinned(ClassKey(class))}
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

// classFacts tells the attributes of a class group (domain page D.3); owned says
// whether it has an owner.
func (w *Wanted) classFacts(ref roster.Ref, flow *ClassGroupFlow, owned bool, tell func(Fact)) {
	r, class := w.roster, &w.roster.Classes[ref]
	id, title := r.Str(class.ID), r.Str(class.Title)
	of := func(name, value string) Fact { return Fact{Name: name, Value: value, Record: class.Record} }
	key := ClassKey(id)
	nickname := of(directory.MailNickname, directory.Nickname(key))
	nickname.When = Created
	tell(nickname)
	tell(Fact{Name: directory.Visibility, Value: "HiddenMembership", When: Created, Out: unless(w.abilities.Hidden, TargetCannot)})
	tell(Fact{Name: directory.ObjectType, Value: "Section"})
	tell(of(directory.AnchorID, key))
	tell(Fact{Name: directory.SyncSource, Value: "SIS"})
	tell(of(directory.SourceSectionID, id))
	tell(of(directory.SourceSchoolID, w.orgID(class.Org)))
	tell(of(directory.SectionName, title))
	tell(Fact{Name: directory.Status, Value: "Active"})
	name := of(directory.DisplayName, fill(w.settings.Names.ClassGroup, "title", title, "org", w.orgName(class.Org)))
	if flow.DisplayNameOnCreate {
		name.When, name.Option = Created, "writeDisplayNameOnCreateOnly"
	}
	tell(name)
	tell(Fact{
		Name: directory.Team, Value: directory.Bool(true), Option: "createTeam",
		Out: cmp.Or(unless(flow.CreateTeam, OptionOff), unless(w.abilities.Teams, TargetCannot), unless(owned, NoOwner)),
	})
	tell(asked(flow, ClassCode, of(directory.SectionNumber, r.Str(class.Code))))
	w.courseFacts(class, flow, tell)
	w.sessionFacts(class, ref, flow, tell)
	years := w.schoolYears(ref)
	tell(Fact{Name: directory.SchoolYears, Value: years, Record: class.Record, Out: unless(years != "", NoSchoolYear)})
}

// schoolYears returns the school years that a class stands for, as a list: those of its
// sessions, else that of its course (rules 3, "Id reuse"); "" where the roster does not
// tell.
func (w *Wanted) schoolYears(ref roster.Ref) string {
	class := &w.roster.Classes[ref]
	sessions := w.roster.SessionsOf(ref)
	if len(sessions) == 0 && !class.SessionsUnknown && class.Course != roster.None {
		if year := w.roster.Courses[class.Course].Year; year != roster.None {
			return w.years[year]
		}
	}
	years := ""
	for _, s := range sessions {
		switch year := w.years[s]; {
		case year == "" || year == years:
		case years == "":
			years = year // as nearly always
		default:
			years = directory.List(append(directory.Items(years), year))
		}
	}
	return years
}

// asked returns a fact that an additional attribute of the flow asks for. A fact
// that is out already has a reason that goes before.
func asked(flow *ClassGroupFlow, option string, f Fact) Fact {
	f.Option = option
	f.Out = cmp.Or(unless(slices.Contains(flow.Attributes, option), OptionOff), f.Out)
	return f
}

const maxDescription = 1024 // characters (domain page G.2)

// courseFacts tells what a class's course does. Nothing is said of a course that
// the roster names and that could not be found.
func (w *Wanted) courseFacts(class *roster.Class, flow *ClassGroupFlow, tell func(Fact)) {
	r := w.roster
	course := roster.Course{Record: class.Record} // no course is what the class says
	if class.Course != roster.None {
		course = r.Courses[class.Course]
	}
	of := func(name string, value roster.Text, known bool) Fact {
		return Fact{Name: name, Value: r.Str(value), Record: course.Record, Out: unless(known && !class.CourseUnknown, ValueUnknown)}
	}
	description := of(directory.Description, course.Title, true)
	description.Value = cut(description.Value, maxDescription)
	tell(description)
	tell(asked(flow, CourseTitle, of(directory.CourseName, course.Title, true)))
	tell(asked(flow, CourseCode, of(directory.CourseNumber, course.Code, true)))
	tell(asked(flow, CourseExternalID, of(directory.SourceCourseID, course.ID, true)))
	tell(asked(flow, CourseSubject, of(directory.CourseSubject, course.Subject, !course.SubjectUnknown)))
	tell(asked(flow, CourseGradeLevel, of(directory.Grade, course.Grade, !course.GradeUnknown)))
}

// sessionFacts tells what the first session of a class does.
func (w *Wanted) sessionFacts(class *roster.Class, ref roster.Ref, flow *ClassGroupFlow, tell func(Fact)) {
	r := w.roster
	session, term := roster.Session{Record: class.Record}, period{}
	if sessions := r.SessionsOf(ref); len(sessions) > 0 {
		session, term = r.Sessions[sessions[0]], w.terms[sessions[0]]
	}
	of := func(name, value string) Fact {
		return Fact{Name: name, Value: value, Record: session.Record, Out: unless(!class.SessionsUnknown, ValueUnknown)}
	}
	tell(asked(flow, SessionTitle, of(directory.TermName, r.Str(session.Title))))
	tell(asked(flow, SessionTitle, of(directory.TermStartDate, term.start)))
	tell(asked(flow, SessionTitle, of(directory.TermEndDate, term.end)))
	tell(asked(flow, SessionExternalID, of(directory.TermID, r.Str(session.ID))))
}

// period is a session's days as texts. Sessions are few, and classes many.
type period struct{ start, end string }

func periodsOf(sessions []roster.Session) []period {
	periods := make([]period, len(sessions))
	for i := range sessions {
		periods[i] = period{sessions[i].Start.String(), sessions[i].End.String()}
	}
	return periods
}

func yearsOf(sessions []roster.Session) []string {
	years := make([]string, len(sessions))
	for i := range sessions {
		if year := sessions[i].Year; year != 0 {
			years[i] = strconv.Itoa(int(year))
		}
	}
	return years
}

// orgName returns the name of an organization.
func (c *Census) orgName(o roster.Ref) string {
	if o == roster.None {
		return ""
	}
	return c.roster.Str(c.roster.Orgs[o].Name)
}
