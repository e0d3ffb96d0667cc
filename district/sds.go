package district

import "fmt"

// sds returns a roster as the files of SDS V2.1 (domain page A.2).
func (r roster) sds() []table {
	return []table{
		{"orgs.csv", []string{"sourcedId", "name", "type", "parentSourcedId"}, r.sdsOrgs},
		{"users.csv", []string{"sourcedId", "username", "givenName", "familyName", "email", "phone", "sms", "userNumber"}, r.sdsUsers},
		{"roles.csv", []string{"userSourcedId", "orgSourcedId", "role", "sessionSourcedId", "grade", "isPrimary", "roleStartDate", "roleEndDate"}, r.sdsRoles},
		{"academicSessions.csv", []string{"sourcedId", "title", "type", "schoolYear", "startDate", "endDate"}, r.sdsSessions},
		{"courses.csv", []string{"sourcedId", "orgSourcedId", "title", "code", "schoolYearSourcedId", "subject", "grade"}, r.sdsCourses},
		{"classes.csv", []string{"sourcedId", "orgSourcedId", "title", "sessionSourcedIds", "courseSourcedId", "code"}, r.sdsClasses},
		{"enrollments.csv", []string{"classSourcedId", "userSourcedId", "role"}, r.sdsEnrollments},
		{"relationships.csv", []string{"userSourcedId", "relationshipUserSourcedId", "relationshipRole"}, r.sdsRelationships},
		{"demographics.csv", []string{"userSourcedId", "sex", "birthDate", "birthCity", "birthState", "birthCountry", "ethnicityCodes", "raceCodes"}, r.sdsDemographics},
		{"userFlags.csv", []string{"userSourcedId", "flag"}, r.sdsFlags},
	}
}

func (r roster) sdsOrgs(yield func([]string) bool) {
	for o := range r.orgs {
		if !yield([]string{o.id, o.name, o.kind, o.parent}) {
			return
		}
	}
}

func (r roster) sdsUsers(yield func([]string) bool) {
	for p := range r.people {
		a := r.account(p)
		if !yield([]string{p.id(), a.username, a.given.text, a.family.text, a.email, a.phone, a.phone, a.number}) {
			return
		}
	}
}

func (r roster) sdsRoles(yield func([]string) bool) {
	year := r.sessions()[0]
	for p := range r.people {
		for _, o := range p.roles {
			primary := "FALSE"
			if o.primary {
				primary = "TRUE"
			}
			if !yield([]string{p.id(), o.org, o.code, year.id, o.grade, primary, year.start, year.end}) {
				return
			}
		}
	}
}

func (r roster) sdsSessions(yield func([]string) bool) {
	for _, s := range r.sessions() {
		if !yield([]string{s.id, s.title, s.kind, fmt.Sprint(r.year), s.start, s.end}) {
			return
		}
	}
}

func (r roster) sdsCourses(yield func([]string) bool) {
	for c := range r.courses {
		if !yield([]string{c.id, c.school.id, c.title, c.code, r.yearID(), c.subject.area, c.grade}) {
			return
		}
	}
}

func (r roster) sdsClasses(yield func([]string) bool) {
	for c := range r.classes {
		if !yield([]string{c.id, c.school.id, c.title, r.sessionsOf(c.subject), c.course, c.code}) {
			return
		}
	}
}

func (r roster) sdsEnrollments(yield func([]string) bool) {
	for e := range r.enrollments {
		if !yield([]string{e.class.id, personID(e.person), e.role}) {
			return
		}
	}
}

func (r roster) sdsRelationships(yield func([]string) bool) {
	for p := range r.people {
		for _, guardian := range p.guardians {
			if !yield([]string{p.id(), personID(guardian), r.relationship(guardian)}) {
				return
			}
		}
	}
}

func (r roster) sdsDemographics(yield func([]string) bool) {
	for d := range r.demographics(r.people) {
		ethnicity := ""
		if d.hispanic {
			ethnicity = "hispanicOrLatinoEthnicity"
		}
		if !yield([]string{d.person.id(), d.sex, d.born, "Springfield", "WA", "USA", ethnicity, d.race}) {
			return
		}
	}
}

func (r roster) sdsFlags(yield func([]string) bool) {
	for p := range r.people {
		if flag := r.flag(p); flag != "" && !yield([]string{p.id(), flag}) {
			return
		}
	}
}
