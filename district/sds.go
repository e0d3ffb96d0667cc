package district

import (
	"fmt"
	"iter"
)

// file is one file of a roster: its rows are made while they are written.
type file struct {
	name   string
	header []string
	rows   iter.Seq[[]string]
}

const (
	rolesFile         = "roles.csv"
	coursesFile       = "courses.csv"
	classesFile       = "classes.csv"
	enrollmentsFile   = "enrollments.csv"
	relationshipsFile = "relationships.csv"
)

// sds returns the district as the files of SDS V2.1 (domain page A.2).
func (d *district) sds() []file {
	return []file{
		{"orgs.csv", []string{"sourcedId", "name", "type", "parentSourcedId"}, d.orgRows},
		{"users.csv", []string{"sourcedId", "username", "givenName", "familyName", "email", "phone", "sms", "userNumber"}, d.userRows},
		{rolesFile, []string{"userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "grade", "isPrimary", "roleStartDate", "roleEndDate"}, d.roleRows},
		{"academicSessions.csv", []string{"sourcedId", "title", "type", "schoolYear", "startDate", "endDate"}, d.sessionRows},
		{coursesFile, []string{"sourcedId", "orgSourcedId", "title", "code", "schoolYearSourcedId", "subject", "grade"}, d.courseRows},
		{classesFile, []string{"sourcedId", "orgSourcedId", "title", "sessionSourcedIds", "courseSourcedId", "code"}, d.classRows},
		{enrollmentsFile, []string{"classSourcedId", "userSourcedId", "role"}, d.enrollmentRows},
		{relationshipsFile, []string{"userSourcedId", "relationshipUserSourcedId", "relationshipRole"}, d.relationshipRows},
		{"demographics.csv", []string{"userSourcedId", "sex", "birthDate", "birthCity", "birthState", "birthCountry", "ethnicityCodes", "raceCodes"}, d.demographicRows},
		{"userFlags.csv", []string{"userSourcedId", "flag"}, d.flagRows},
	}
}

func (d *district) orgRows(yield func([]string) bool) {
	if !yield([]string{districtID, d.name(), "district", ""}) {
		return
	}
	for s := range d.allSchools() {
		if !yield([]string{s.id, s.name, "school", districtID}) {
			return
		}
	}
}

func (d *district) userRows(yield func([]string) bool) {
	for number := range d.people() {
		p := d.person(number)
		if !yield([]string{p.id, p.username, p.given.text, p.family.text, p.email, p.phone, p.phone, p.userNumber}) {
			return
		}
	}
}

func (d *district) roleRows(yield func([]string) bool) {
	year := d.sessions()[0]
	row := func(number int, org, role, grade, primary string) bool {
		return yield([]string{personID(number), org, role, year.id, grade, primary, year.start, year.end})
	}
	for number := range d.office() {
		if !d.officeRoles(number, row) {
			return
		}
	}
	for s := range d.allSchools() {
		for number := s.staff.first; number < s.staff.end; number++ {
			if !row(number, s.id, jobs(number-s.staff.first), "", "TRUE") {
				return
			}
		}
		if !row(d.visitor(s.number), s.id, teacher, "", "FALSE") {
			return
		}
		for number := s.students.first; number < s.students.end; number++ {
			if !row(number, s.id, student, s.level.grades[s.gradeOf(number)], "TRUE") {
				return
			}
		}
	}
}

// officeRoles gives the roles of somebody in the district's office. Technicians
// also look after one school.
func (d *district) officeRoles(number int, row func(number int, org, role, grade, primary string) bool) bool {
	if number == 0 {
		return row(number, districtID, administrator, "", "TRUE")
	}
	return row(number, districtID, itAdmin, "", "TRUE") &&
		row(number, schoolID((number-1)*officeSchools%d.schools), itAdmin, "", "FALSE")
}

func (d *district) sessionRows(yield func([]string) bool) {
	for _, s := range d.sessions() {
		if !yield([]string{s.id, s.title, s.kind, fmt.Sprint(d.year), s.start, s.end}) {
			return
		}
	}
}

func (d *district) courseRows(yield func([]string) bool) {
	for s := range d.allSchools() {
		for _, sub := range s.level.subjects {
			for _, grade := range s.level.grades {
				if !yield([]string{courseID(s, sub, grade), s.id, courseTitle(sub, grade), sub.code + grade, d.yearID(), sub.area, grade}) {
					return
				}
			}
		}
	}
}

func (d *district) classRows(yield func([]string) bool) {
	for s := range d.allSchools() {
		for c := range d.classes(s) {
			if !yield([]string{c.id, c.school, c.title, c.sessions, c.course, c.code}) {
				return
			}
		}
	}
}

func (d *district) enrollmentRows(yield func([]string) bool) {
	for s := range d.allSchools() {
		for c := range d.classes(s) {
			if !enroll(s, c, yield) {
				return
			}
		}
	}
}

func enroll(s school, c class, yield func([]string) bool) bool {
	for _, number := range c.teachers {
		if !yield([]string{c.id, personID(number), teacher}) {
			return false
		}
	}
	if c.helper >= 0 && !yield([]string{c.id, personID(c.helper), jobs(c.helper - s.staff.first)}) {
		return false
	}
	for number := c.students.first; number < c.students.end; number++ {
		if !yield([]string{c.id, personID(number), student}) {
			return false
		}
	}
	return true
}

func (d *district) relationshipRows(yield func([]string) bool) {
	roles := []string{"parent", "parent", "parent", "parent", "guardian", "guardian", "relative"}
	students := d.allStudents()
	for number := students.first; number < students.end; number++ {
		for _, guardian := range d.guardiansOf(number) {
			role := roles[d.chance.pick(askRelation, guardian, len(roles))]
			if !yield([]string{personID(number), personID(guardian), role}) {
				return
			}
		}
	}
}
