// Package sdscsv reads the CSV files of School Data Sync, format V2.1 (domain
// page A.2): a folder or archive of up to ten files, a complete set each time.
//
//   - file: one of the ten; orgs, users and roles must be there.
//   - column: found by its header, in any order; those that the format does not
//     know are passed over.
//
// Package csvfile turns the files into rows; roster.Builder checks what they mean.
package sdscsv

import (
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/csvfile"
)

// Format is the name of the format, for people.
const Format = "SDS V2.1 CSV"

// files returns the files of the format in the order in which they are read:
// what others refer to comes first. Any of them may have a status column, which
// SDS does not know and OneRoster does.
func files() []csvfile.File {
	all := []csvfile.File{orgs(), academicSessions(), users(), courses(), classes(), roles(), enrollments(), relationships(), demographics(), userFlags()}
	for i := range all {
		all[i].Columns = append(all[i].Columns, may("status", roster.StatusField))
	}
	return all
}

func orgs() csvfile.File {
	return csvfile.File{Name: "orgs.csv", Required: true, Add: (*roster.Builder).AddOrg, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("name", roster.NameField),
		need("type", roster.TypeField),
		may("parentSourcedId", roster.ParentField),
	}}
}

func academicSessions() csvfile.File {
	return csvfile.File{Name: "academicSessions.csv", Add: (*roster.Builder).AddSession, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("title", roster.TitleField),
		need("type", roster.TypeField),
		need("schoolYear", roster.SchoolYearField),
		need("startDate", roster.StartField),
		need("endDate", roster.EndField),
	}}
}

func users() csvfile.File {
	return csvfile.File{Name: "users.csv", Required: true, Add: (*roster.Builder).AddPerson, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("username", roster.UsernameField),
		may("givenName", roster.GivenNameField),
		may("familyName", roster.FamilyNameField),
		may("password", roster.PasswordField),
		may("activeDirectoryMatchId", roster.MatchIDField),
		may("email", roster.EmailField),
		may("phone", roster.PhoneField),
		may("sms", roster.SMSField),
		may("userNumber", roster.NumberField),
		may("enabledUser", roster.EnabledField),
	}}
}

func courses() csvfile.File {
	return csvfile.File{Name: "courses.csv", Add: (*roster.Builder).AddCourse, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("orgSourcedId", roster.OrgField),
		need("title", roster.TitleField),
		may("code", roster.CodeField),
		may("schoolYearSourcedId", roster.YearField),
		may("subject", roster.SubjectField),
		may("grade", roster.GradeField),
	}}
}

func classes() csvfile.File {
	return csvfile.File{Name: "classes.csv", Add: (*roster.Builder).AddClass, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("orgSourcedId", roster.OrgField),
		need("title", roster.TitleField),
		may("sessionSourcedIds", roster.SessionsField),
		may("courseSourcedId", roster.CourseField),
		may("code", roster.CodeField),
	}}
}

func roles() csvfile.File {
	return csvfile.File{Name: "roles.csv", Required: true, Add: (*roster.Builder).AddRole, Columns: []csvfile.Column{
		need("userSourcedId", roster.PersonField),
		need("orgSourcedId", roster.OrgField),
		need("role", roster.RoleField),
		may("sessionSourcedId", roster.SessionField),
		may("grade", roster.GradeField),
		may("isPrimary", roster.PrimaryField),
		may("roleStartDate", roster.StartField),
		may("roleEndDate", roster.EndField),
	}}
}

func enrollments() csvfile.File {
	return csvfile.File{Name: "enrollments.csv", Add: (*roster.Builder).AddEnrollment, Columns: []csvfile.Column{
		need("classSourcedId", roster.ClassField),
		need("userSourcedId", roster.PersonField),
		need("role", roster.RoleField),
	}}
}

func relationships() csvfile.File {
	return csvfile.File{Name: "relationships.csv", Add: (*roster.Builder).AddContact, Columns: []csvfile.Column{
		need("userSourcedId", roster.PersonField),
		need("relationshipUserSourcedId", roster.ContactField),
		need("relationshipRole", roster.RelationshipField),
	}}
}

func demographics() csvfile.File {
	return csvfile.File{Name: "demographics.csv", Add: (*roster.Builder).CheckDemographics, Columns: []csvfile.Column{
		need("userSourcedId", roster.PersonField),
		may("sex", roster.SexField),
		may("birthDate", roster.BirthDateField),
		may("birthCity", roster.BirthCityField),
		may("birthState", roster.BirthStateField),
		may("birthCountry", roster.BirthCountryField),
		may("ethnicityCodes", roster.EthnicitiesField),
		may("raceCodes", roster.RacesField),
	}}
}

func userFlags() csvfile.File {
	return csvfile.File{Name: "userFlags.csv", Add: (*roster.Builder).CheckFlag, Columns: []csvfile.Column{
		need("userSourcedId", roster.PersonField),
		need("flag", roster.FlagField),
	}}
}

func need(header string, field roster.Field) csvfile.Column {
	return csvfile.Column{Header: header, Field: field, Need: csvfile.Required}
}

func may(header string, field roster.Field) csvfile.Column {
	return csvfile.Column{Header: header, Field: field}
}
