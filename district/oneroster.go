package district

import (
	"fmt"
	"strconv"
	"strings"
)

// oneroster returns a roster as the files of OneRoster 1.1 (domain page A.4).
// Status and dateLastModified are blank, as the standard wants them in bulk.
func (r roster) oneroster() []table {
	return []table{
		{"manifest.csv", []string{"propertyName", "value"}, manifest},
		{"orgs.csv", []string{"sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId"}, r.oneOrgs},
		{"users.csv", []string{
			"sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds", "givenName",
			"familyName", "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password",
		}, r.oneUsers},
		{"academicSessions.csv", []string{
			"sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
		}, r.oneSessions},
		{"courses.csv", []string{
			"sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title", "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes",
		}, r.oneCourses},
		{"classes.csv", []string{
			"sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId", "classCode", "classType", "location",
			"schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods",
		}, r.oneClasses},
		{"enrollments.csv", []string{
			"sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate",
		}, r.oneEnrollments},
		{"demographics.csv", []string{
			"sourcedId", "status", "dateLastModified", "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican",
			"nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
			"countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus",
		}, r.oneDemographics},
	}
}

func manifest(yield func([]string) bool) {
	for _, row := range [][]string{
		{"manifest.version", "1.0"},
		{"oneroster.version", "1.1"},
		{"file.academicSessions", "bulk"},
		{"file.categories", "absent"},
		{"file.classes", "bulk"},
		{"file.classResources", "absent"},
		{"file.courses", "bulk"},
		{"file.courseResources", "absent"},
		{"file.demographics", "bulk"},
		{"file.enrollments", "bulk"},
		{"file.lineItems", "absent"},
		{"file.orgs", "bulk"},
		{"file.resources", "absent"},
		{"file.results", "absent"},
		{"file.users", "bulk"},
		{"source.systemName", "Homeroom"},
		{"source.systemCode", "homeroom"},
	} {
		if !yield(row) {
			return
		}
	}
}

func (r roster) oneOrgs(yield func([]string) bool) {
	for o := range r.orgs {
		if !yield([]string{o.id, "", "", o.name, o.kind, o.id, o.parent}) {
			return
		}
	}
}

func (r roster) oneUsers(yield func([]string) bool) {
	for p := range r.people {
		var orgs, agents []string
		grade, a := "", r.account(p)
		for _, o := range p.roles {
			orgs = append(orgs, o.org)
			grade = o.grade
		}
		if len(orgs) == 0 {
			orgs = []string{districtID} // guardians: a user must have an organization
		}
		for _, guardian := range p.guardians {
			agents = append(agents, personID(guardian))
		}
		if !yield([]string{
			p.id(), "", "", "true", strings.Join(orgs, ","), r.oneRole(p), a.username, "", a.given.text,
			a.family.text, "", a.number, a.email, a.phone, a.phone, strings.Join(agents, ","), grade, "",
		}) {
			return
		}
	}
}

// oneRole returns the one role that OneRoster 1.1 gives to a person in all
// organizations.
func (r roster) oneRole(p person) string {
	if len(p.roles) == 0 {
		return r.relationship(p.number)
	}
	switch code := p.roles[0].code; code {
	case student, teacher, aide:
		return code
	case teacherAssistant, nurse:
		return aide
	default:
		return administrator
	}
}

func (r roster) oneSessions(yield func([]string) bool) {
	parent := ""
	for _, s := range r.sessions() {
		if !yield([]string{s.id, "", "", s.title, s.kind, s.start, s.end, parent, strconv.Itoa(r.year)}) {
			return
		}
		parent = r.yearID() // which comes first
	}
}

func (r roster) oneCourses(yield func([]string) bool) {
	for c := range r.courses {
		if !yield([]string{
			c.id, "", "", r.yearID(), c.title, c.code, c.grade, c.school.id, c.subject.title, c.subject.area,
		}) {
			return
		}
	}
}

func (r roster) oneClasses(yield func([]string) bool) {
	for c := range r.classes {
		kind := "scheduled"
		if c.subject.code == homeroom {
			kind = "homeroom"
		}
		if !yield([]string{
			c.id, "", "", c.title, c.grade, c.course, c.code, kind, "",
			c.school.id, r.sessionsOf(c.subject), c.subject.title, c.subject.area, "",
		}) {
			return
		}
	}
}

func (r roster) oneEnrollments(yield func([]string) bool) {
	year := r.sessions()[0]
	after := fmt.Sprintf("%s%02d", year.end[:8], lastDay+1) // the end is exclusive
	later := r.day(-1, "09-21")
	for e := range r.enrollments {
		id, class, begin := personID(e.person), e.class, year.start
		if e.moved != nil {
			class = e.moved // the enrollment is the same
		}
		if e.late {
			begin = later
		}
		if !yield([]string{
			class.id + "-" + id, "", "", e.class.id, e.class.school.id, id, onePart(e.role), strconv.FormatBool(e.primary), begin, after,
		}) {
			return
		}
	}
}

// onePart returns the role of an enrollment in OneRoster, which knows fewer.
func onePart(role string) string {
	switch role {
	case aide, teacherAssistant:
		return "proctor"
	case instructor:
		return teacher
	}
	return role
}

func (r roster) oneDemographics(yield func([]string) bool) {
	for d := range r.demographics(r.people) {
		is := func(race string) string { return strconv.FormatBool(d.race == race) }
		if !yield([]string{
			d.person.id(), "", "", d.born, d.sex, "false", is("asian"), is("blackOrAfricanAmerican"), "false", is("white"),
			is("demographicRaceTwoOrMoreRaces"), strconv.FormatBool(d.hispanic), "US", "WA", "Springfield", "",
		}) {
			return
		}
	}
}
