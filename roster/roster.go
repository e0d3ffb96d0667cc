// Package roster holds the canonical form that every roster is brought to,
// whatever its source: who learns what, where, with whom.
//
//   - organization: a school, a college, a ministry; they form a tree.
//   - person: a student, a teacher, a guardian; one record however many roles.
//   - role: what a person is in one organization. Roles decide role group,
//     matching rule and membership in organizations.
//   - session: a school year, semester or term.
//   - course and class: what is taught, and one group that is taught it.
//   - enrollment: a person's part in a class.
//   - contact: the relation of a student to a guardian or another contact.
//   - problem: one finding about one record of the input. An error drops the
//     record, a warning blanks the value, a catastrophe stops the run.
//   - unknown: what the dropped records would have said. It is not gone: only
//     what is absent, or present and not active, is gone.
//
// A folder below this one reads one family of formats: it turns files into rows
// and gives them to a Builder, which checks them and makes the roster.
//
// A roster of a country is held in memory. So records are plain values without
// pointers, texts lie in one arena, and records refer to each other by position.
package roster

import (
	"slices"
	"strings"
)

// Ref is the position of a record in its table; None is no record.
type Ref int32

// None refers to no record.
const None Ref = -1

// Roster is a checked roster. It does not change once built. The tables are
// sorted by id, compared byte by byte: Orgs, People, Sessions, Courses and
// Classes by ID; Roles by person, organization and role; Enrollments by class,
// person and role; Contacts by student and contact.
type Roster struct {
	Format      string // the name of the format it was read from, for people
	SHA256      string // of the snapshot, lower-case hexadecimal
	Files       []File // in the order in which they were read
	Orgs        []Org
	People      []Person
	Roles       []Role
	Sessions    []Session
	Courses     []Course
	Classes     []Class
	Enrollments []Enrollment
	Contacts    []Contact
	Unknown     Unknown

	arena         *arena
	roleCodes     []string
	classSessions []Ref
	periods       []Period          // the different ones of enrollments; the first is open
	rarePeriods   map[Record]Period // of the enrollments for which periods has no place
}

// File is one file of the source.
type File struct {
	Name     string
	Rows     int  // data rows, the header not counted
	Required bool // the format cannot do without it
}

// Org is an organization.
type Org struct {
	ID     Text
	Name   Text
	Type   Text // canonical code of RefOrgType
	Parent Ref  // Orgs, or None
	Record Record
	Active bool
}

// Person is one human being.
type Person struct {
	ID         Text
	Username   Text
	GivenName  Text
	FamilyName Text
	Email      Text
	MatchID    Text // activeDirectoryMatchId
	Phone      Text
	SMS        Text
	Number     Text // userNumber: the number that the school gave
	Password   Text // secret: for the creation of the account, never shown or stored
	Roles      Span // of Roster.Roles
	Contacts   Span // of Roster.Contacts: those of a student
	Record     Record
	Active     bool
	// ContactsUnknown: a dropped record may have named a contact.
	ContactsUnknown bool
}

// Role is what a person is in one organization.
type Role struct {
	Person       Ref // People
	Org          Ref // Orgs
	Session      Ref // Sessions, or None
	Grade        Text
	Start, End   Date // inclusive; zero for open
	Record       Record
	Code         RoleCode
	Primary      bool
	Active       bool
	GradeUnknown bool // the input names a grade that could not be read
}

// Session is a school year or a part of one.
type Session struct {
	ID         Text
	Title      Text
	Type       Text
	Year       int16 // the calendar year in which the school year ends; 0 when the roster does not tell
	Start, End Date  // inclusive
	Record     Record
	Active     bool
}

// Course is what classes teach.
type Course struct {
	ID      Text
	Org     Ref // Orgs, or None
	Title   Text
	Code    Text
	Subject Text // a code of RefAcademicSubject; in OneRoster words (rules 6)
	Grade   Text // codes of RefGradeLevel, joined by commas
	Year    Ref  // Sessions, or None
	Record  Record
	Active  bool
	// What the input names and could not be read.
	SubjectUnknown bool
	GradeUnknown   bool
}

// Class is one group of people that is taught a course.
type Class struct {
	ID          Text
	Org         Ref // Orgs
	Title       Text
	Code        Text
	Course      Ref  // Courses, or None
	Sessions    Span // see Roster.SessionsOf
	Enrollments Span // of Roster.Enrollments
	Record      Record
	Active      bool
	// What the input names and could not be read or found.
	CourseUnknown   bool
	SessionsUnknown bool
}

// Enrollment is a person's part in a class.
type Enrollment struct {
	Class  Ref // Classes
	Person Ref // People
	Record Record
	Code   RoleCode
	Active bool
	period uint16 // see Roster.PeriodOf
}

// Contact relates a student to a person to turn to.
type Contact struct {
	Student      Ref // People
	Person       Ref // People
	Relationship Text
	Record       Record
}

// RoleCode is a role of RefRole; Roster.RoleName gives its canonical name.
type RoleCode uint8

// Period is the time in which an enrollment holds, both days inclusive; a zero
// one is open.
type Period struct{ Start, End Date }

// Span is a run of consecutive records of a table.
type Span struct{ First, End int32 }

// Len returns the number of records.
func (s Span) Len() int { return int(s.End - s.First) }

// Unknown is what the records that were dropped would have said, as far as they
// could be read (rules 1). All lists are sorted and free of repetitions.
type Unknown struct {
	Orgs    []string // ids
	People  []string // ids
	Classes []string // ids

	// Memberships that dropped records may support. An empty part stands for
	// any: an entry with a person and no organization may concern every
	// organization, one with neither may concern everybody.
	Roles       []UnknownRole
	Enrollments []UnknownEnrollment
}

// UnknownRole is a role that a dropped record may have given.
type UnknownRole struct {
	Person, Org, Role string
	Record            Record // of the first that says the same
}

// UnknownEnrollment is an enrollment that a dropped record may have given.
type UnknownEnrollment struct {
	Class, Person string
	Record        Record // of the first that says the same
}

// Str returns a text of the roster.
func (r *Roster) Str(t Text) string { return r.arena.str(t) }

// RoleName returns the canonical name of a role, such as "teacher".
func (r *Roster) RoleName(c RoleCode) string { return r.roleCodes[c] }

// RoleCodes returns the canonical names of all roles, by RoleCode.
func (r *Roster) RoleCodes() []string { return r.roleCodes }

// RolesOf returns the roles of a person.
func (r *Roster) RolesOf(p Ref) []Role {
	s := r.People[p].Roles
	return r.Roles[s.First:s.End]
}

// ContactsOf returns the contacts of a student.
func (r *Roster) ContactsOf(p Ref) []Contact {
	s := r.People[p].Contacts
	return r.Contacts[s.First:s.End]
}

// EnrollmentsOf returns the enrollments of a class.
func (r *Roster) EnrollmentsOf(c Ref) []Enrollment {
	s := r.Classes[c].Enrollments
	return r.Enrollments[s.First:s.End]
}

// PeriodOf returns when an enrollment holds.
func (r *Roster) PeriodOf(e *Enrollment) Period {
	switch e.period {
	case 0:
		return Period{}
	case rarePeriod:
		return r.rarePeriods[e.Record]
	default:
		return r.periods[e.period]
	}
}

// HasPeriods reports whether any enrollment has a day on which it begins or ends.
func (r *Roster) HasPeriods() bool { return len(r.periods) > 0 }

// SessionsOf returns the sessions of a class in the order of the input.
func (r *Roster) SessionsOf(c Ref) []Ref {
	s := r.Classes[c].Sessions
	return r.classSessions[s.First:s.End]
}

// Person returns the person with the id, or None.
func (r *Roster) Person(id string) Ref {
	return find(r, r.People, id, func(p Person) Text { return p.ID })
}

// Org returns the organization with the id, or None.
func (r *Roster) Org(id string) Ref {
	return find(r, r.Orgs, id, func(o Org) Text { return o.ID })
}

// Class returns the class with the id, or None.
func (r *Roster) Class(id string) Ref {
	return find(r, r.Classes, id, func(c Class) Text { return c.ID })
}

func find[T any](r *Roster, sorted []T, id string, idOf func(T) Text) Ref {
	at, found := slices.BinarySearchFunc(sorted, id, func(t T, id string) int {
		return strings.Compare(r.Str(idOf(t)), id)
	})
	if !found {
		return None
	}
	return Ref(at)
}
