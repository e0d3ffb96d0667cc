package roster

import (
	"slices"
	"strings"
)

// AddSession takes a row about a school year or a part of one: ID, TitleField,
// TypeField, SchoolYearField, StartField, EndField, StatusField.
func (b *Builder) AddSession(row *Row) {
	at, ok := b.claim(b.sessions, row, b.begin(row), false)
	if at < 0 || !ok {
		return
	}
	session, ok := b.session(row)
	if !ok {
		return
	}
	session.ID = b.sessions.slots[at].id
	b.sessions.slots[at].ref = Ref(len(b.roster.Sessions))
	push(b, &b.roster.Sessions, session)
}

func (b *Builder) session(row *Row) (s Session, ok bool) {
	ok = b.require(row, TitleField)
	kind, known := b.code(row, TypeField, b.sessionTypes, Error)
	s.Type = kind.text
	good := !row.has(SchoolYearField)
	if !good && b.require(row, SchoolYearField) {
		s.Year, good = b.year(row)
	}
	var dated bool
	s.Start, s.End, dated = b.sessionDates(row)
	var fine bool
	s.Active, fine = b.status(row)
	s.Title = b.roster.arena.add(row.Cell(TitleField))
	s.Record = b.record(row)
	return s, ok && known && good && dated && fine
}

func (b *Builder) sessionDates(row *Row) (start, end Date, ok bool) {
	ok = true
	for _, d := range [...]struct {
		field Field
		date  *Date
	}{{StartField, &start}, {EndField, &end}} {
		good := b.require(row, d.field)
		if good {
			*d.date, good = b.date(row, d.field, Error)
		}
		ok = ok && good
	}
	if ok && end < start {
		b.fail(row, EndField, DateRange, "The session ends before it starts.")
		ok = false
	}
	return start, end, ok
}

// AddCourse takes a row about a course: ID, OrgField, TitleField, CodeField,
// YearField, SubjectField or SubjectsField, GradeField, StatusField.
func (b *Builder) AddCourse(row *Row) {
	at, ok := b.claim(b.courses, row, b.begin(row), false)
	if at < 0 || !ok {
		return
	}
	placed := b.require(row, OrgField)
	titled := b.require(row, TitleField)
	active, ok := b.status(row)
	if !placed || !titled || !ok {
		return
	}
	course := Course{
		ID: b.courses.slots[at].id, Title: b.roster.arena.add(row.Cell(TitleField)),
		Code: b.roster.arena.add(row.Cell(CodeField)), Record: b.record(row), Active: active,
	}
	course.Org, _ = b.refer(row, OrgField, b.orgs, row.Cell(OrgField))
	course.Year, _ = b.refer(row, YearField, b.sessions, row.Cell(YearField))
	subject, known := b.code(row, SubjectField, b.subjects, Warning)
	course.Subject, course.SubjectUnknown = subject.text, !known
	if words := row.Cell(SubjectsField); words != "" {
		course.Subject = b.roster.arena.add(words)
	}
	course.Grade, known = b.codeList(row, GradeField, b.grades)
	course.GradeUnknown = !known
	b.courses.slots[at].ref = Ref(len(b.roster.Courses))
	push(b, &b.roster.Courses, course)
}

// AddClass takes a row about a class: ID, OrgField, TitleField, CodeField,
// SessionsField, CourseField, StatusField.
func (b *Builder) AddClass(row *Row) {
	at, ok := b.claim(b.classes, row, b.begin(row), true)
	if at < 0 {
		return
	}
	var class Class
	if ok {
		class, ok = b.class(row)
	}
	if !ok {
		b.roster.Unknown.Classes = append(b.roster.Unknown.Classes, strings.Clone(row.Cell(ID)))
		return
	}
	class.ID = b.classes.slots[at].id
	b.classes.slots[at].ref = Ref(len(b.roster.Classes))
	push(b, &b.roster.Classes, class)
}

func (b *Builder) class(row *Row) (Class, bool) {
	org, found := b.need(row, OrgField, b.orgs)
	titled := b.require(row, TitleField)
	active, ok := b.status(row)
	if !found || !titled || !ok {
		return Class{}, false
	}
	class := Class{
		Org: org, Title: b.roster.arena.add(row.Cell(TitleField)), Code: b.roster.arena.add(row.Cell(CodeField)),
		Record: b.record(row), Active: active,
	}
	class.Course, ok = b.refer(row, CourseField, b.courses, row.Cell(CourseField))
	class.CourseUnknown = !ok
	class.Sessions, ok = b.sessionList(row)
	class.SessionsUnknown = !ok
	return class, true
}

// sessionList resolves the sessions of a class; it is false when one leads
// nowhere.
func (b *Builder) sessionList(row *Row) (span Span, ok bool) {
	list := &b.roster.classSessions
	first := len(*list)
	ok = true
	for id := range idsOf(row.Cell(SessionsField)) {
		ref, found := b.refer(row, SessionsField, b.sessions, id)
		ok = ok && found
		if ref != None && !slices.Contains((*list)[first:], ref) {
			push(b, list, ref)
		}
	}
	return Span{int32(first), int32(len(*list))}, ok
}

// AddEnrollment takes a row about a person's part in a class: ClassField,
// PersonField, RoleField, StartField, EndField (the day after the last),
// StatusField.
func (b *Builder) AddEnrollment(row *Row) {
	if !b.begin(row) {
		b.loseEnrollment(row)
		return
	}
	class, found := b.need(row, ClassField, b.classes)
	person, known := b.need(row, PersonField, b.people)
	code, usable := b.code(row, RoleField, b.roles, Error)
	active, ok := b.status(row)
	if !found || !known || !usable || !ok {
		b.loseEnrollment(row)
		return
	}
	e := Enrollment{Class: class, Person: person, Record: b.record(row), Code: code.role, Active: active}
	b.setPeriod(&e, b.period(row))
	push(b, &b.roster.Enrollments, e)
}

// period reads between which days an enrollment holds.
func (b *Builder) period(row *Row) Period {
	start, _ := b.date(row, StartField, Warning)
	end, _ := b.date(row, EndField, Warning)
	if start != 0 && end != 0 && end < start {
		b.warn(row, EndField, DateRange, "The enrollment ends before it begins; both dates are left out.")
		return Period{}
	}
	if end != 0 {
		end--
	}
	return Period{start, end}
}

func (b *Builder) loseEnrollment(row *Row) {
	lost := UnknownEnrollment{
		Class: b.carried(row, row.Cell(ClassField), b.classes), Person: b.carried(row, row.Cell(PersonField), b.people), Record: b.record(row),
	}
	b.roster.Unknown.Enrollments = appendOther(b.roster.Unknown.Enrollments, lost)
}
