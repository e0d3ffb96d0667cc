// Package sdscsv reads the CSV files of School Data Sync, format V2.1 (domain
// page A.2): a folder or archive of up to ten files, a complete set each time.
//
//   - file: one of the ten; orgs, users and roles must be there.
//   - header: the first line of a file, by which columns are found in any order.
//   - column: what a header stands for; those that the format does not know are
//     passed over.
//
// The package turns lines into rows; what they mean is checked by roster.Builder.
package sdscsv

import "github.com/homeroomhq/homeroom/roster"

// Format is the name of the format, for people.
const Format = "SDS V2.1 CSV"

// file describes one file of the format.
type file struct {
	name     string
	required bool
	columns  []column
	add      func(*roster.Builder, *roster.Row)
}

// column describes one column of a file.
type column struct {
	header   string
	field    roster.Field
	required bool
}

// files returns the files of the format in the order in which they are read:
// what others refer to comes first. Any of them may have a status column, which
// SDS does not know and OneRoster does.
func files() []file {
	all := []file{orgs(), academicSessions(), users(), courses(), classes(), roles(), enrollments(), relationships(), demographics(), userFlags()}
	for i := range all {
		all[i].columns = append(all[i].columns, column{"status", roster.StatusField, false})
	}
	return all
}

func orgs() file {
	return file{"orgs.csv", true, []column{
		{"sourcedId", roster.ID, true},
		{"name", roster.NameField, true},
		{"type", roster.TypeField, true},
		{"parentSourcedId", roster.ParentField, false},
	}, (*roster.Builder).AddOrg}
}

func academicSessions() file {
	return file{"academicSessions.csv", false, []column{
		{"sourcedId", roster.ID, true},
		{"title", roster.TitleField, true},
		{"type", roster.TypeField, true},
		{"schoolYear", roster.SchoolYearField, true},
		{"startDate", roster.StartField, true},
		{"endDate", roster.EndField, true},
	}, (*roster.Builder).AddSession}
}

func users() file {
	return file{"users.csv", true, []column{
		{"sourcedId", roster.ID, true},
		{"username", roster.UsernameField, true},
		{"givenName", roster.GivenNameField, false},
		{"familyName", roster.FamilyNameField, false},
		{"password", roster.PasswordField, false},
		{"activeDirectoryMatchId", roster.MatchIDField, false},
		{"email", roster.EmailField, false},
		{"phone", roster.PhoneField, false},
		{"sms", roster.SMSField, false},
		{"userNumber", roster.NumberField, false},
		{"enabledUser", roster.EnabledField, false},
	}, (*roster.Builder).AddPerson}
}

func courses() file {
	return file{"courses.csv", false, []column{
		{"sourcedId", roster.ID, true},
		{"orgSourcedId", roster.OrgField, true},
		{"title", roster.TitleField, true},
		{"code", roster.CodeField, false},
		{"schoolYearSourcedId", roster.YearField, false},
		{"subject", roster.SubjectField, false},
		{"grade", roster.GradeField, false},
	}, (*roster.Builder).AddCourse}
}

func classes() file {
	return file{"classes.csv", false, []column{
		{"sourcedId", roster.ID, true},
		{"orgSourcedId", roster.OrgField, true},
		{"title", roster.TitleField, true},
		{"sessionSourcedIds", roster.SessionsField, false},
		{"courseSourcedId", roster.CourseField, false},
		{"code", roster.CodeField, false},
	}, (*roster.Builder).AddClass}
}

func roles() file {
	return file{"roles.csv", true, []column{
		{"userSourcedId", roster.PersonField, true},
		{"orgSourcedId", roster.OrgField, true},
		{"role", roster.RoleField, true},
		{"sessionSourcedId", roster.SessionField, false},
		{"grade", roster.GradeField, false},
		{"isPrimary", roster.PrimaryField, false},
		{"roleStartDate", roster.StartField, false},
		{"roleEndDate", roster.EndField, false},
	}, (*roster.Builder).AddRole}
}

func enrollments() file {
	return file{"enrollments.csv", false, []column{
		{"classSourcedId", roster.ClassField, true},
		{"userSourcedId", roster.PersonField, true},
		{"role", roster.RoleField, true},
	}, (*roster.Builder).AddEnrollment}
}

func relationships() file {
	return file{"relationships.csv", false, []column{
		{"userSourcedId", roster.PersonField, true},
		{"relationshipUserSourcedId", roster.ContactField, true},
		{"relationshipRole", roster.RelationshipField, true},
	}, (*roster.Builder).AddContact}
}

func demographics() file {
	return file{"demographics.csv", false, []column{
		{"userSourcedId", roster.PersonField, true},
		{"sex", roster.SexField, false},
		{"birthDate", roster.BirthDateField, false},
		{"birthCity", roster.BirthCityField, false},
		{"birthState", roster.BirthStateField, false},
		{"birthCountry", roster.BirthCountryField, false},
		{"ethnicityCodes", roster.EthnicitiesField, false},
		{"raceCodes", roster.RacesField, false},
	}, (*roster.Builder).CheckDemographics}
}

func userFlags() file {
	return file{"userFlags.csv", false, []column{
		{"userSourcedId", roster.PersonField, true},
		{"flag", roster.FlagField, true},
	}, (*roster.Builder).CheckFlag}
}
