// Package oneroster reads the CSV files of OneRoster 1.1 (domain page A.4): a
// folder or archive of up to seven files and a manifest, a complete set each time
// (bulk).
//
//   - manifest: the file that says which files there are, and whether they are
//     complete.
//   - alias: what producers write in place of the standard's word, much of it
//     OneRoster 1.0's. It is understood, with a warning, unless reading is strict.
//   - agent: a person to whom others turn about a student; becomes a contact.
//
// Package csvfile turns the files into rows; roster.Builder checks what they mean.
package oneroster

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/csvfile"
)

// Format is the name of the format, for people.
const Format = "OneRoster 1.1 CSV"

const standard = "OneRoster 1.1"

// files returns the files of the format that are read, in the order in which they
// are read: what others refer to comes first. Columns stand in the order of the
// standard.
func files(strict bool) []csvfile.File {
	all := []csvfile.File{orgs(), academicSessions(), users(), courses(), classes(), enrollments(), demographics()}
	for i := range all {
		prepare(&all[i], strict)
	}
	return all
}

// ignored returns the files of the standard that are of no use here.
func ignored() []string {
	return []string{"categories.csv", "classResources.csv", "courseResources.csv", "lineItems.csv", "resources.csv", "results.csv"}
}

// prepare adds what all files have in common.
func prepare(f *csvfile.File, strict bool) {
	f.Standard, f.Strict, f.Free = standard, strict, "metadata."
	common := []csvfile.Column{may("status", roster.StatusField), skip("dateLastModified")}
	f.Columns = slices.Concat(f.Columns[:1], common, f.Columns[1:]) // behind the id
	for i := range f.Columns {
		c := &f.Columns[i]
		if before, after, found := strings.Cut(c.Header, "ourcedId"); found {
			c.Also = append(c.Also, before+"ourceId"+after) // as many spell it
		}
		if !c.Unread {
			c.Form = formOf(f.Name, c.Field, strict)
		}
	}
}

func orgs() csvfile.File {
	return csvfile.File{Name: "orgs.csv", Required: true, Add: (*roster.Builder).AddOrg, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("name", roster.NameField),
		need("type", roster.TypeField),
		skip("identifier"),
		may("parentSourcedId", roster.ParentField, "parentSourcedIds"),
	}}
}

func academicSessions() csvfile.File {
	return csvfile.File{Name: "academicSessions.csv", Add: (*roster.Builder).AddSession, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("title", roster.TitleField),
		need("type", roster.TypeField),
		need("startDate", roster.StartField, "beginDate"),
		need("endDate", roster.EndField),
		skip("parentSourcedId"),
		expect("schoolYear", roster.SchoolYearField),
	}}
}

// users has the role twice: as role, and as what a contact is to a student.
func users() csvfile.File {
	return csvfile.File{Name: "users.csv", Required: true, Add: (*roster.Builder).AddUser, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		expect("enabledUser", roster.EnabledField),
		need("orgSourcedIds", roster.OrgsField, "orgSourcedId", "schoolSourcedIds", "schoolSourcedId"),
		need("role", roster.RoleField),
		may("role", roster.RelationshipField),
		need("username", roster.UsernameField),
		skip("userIds", "userId"),
		expect("givenName", roster.GivenNameField),
		expect("familyName", roster.FamilyNameField),
		skip("middleName"),
		may("identifier", roster.NumberField),
		may("email", roster.EmailField),
		may("sms", roster.SMSField),
		may("phone", roster.PhoneField),
		may("agentSourcedIds", roster.AgentsField, "agentSourcedId", "agents"),
		may("grades", roster.GradesField, "grade"),
		may("password", roster.PasswordField),
	}}
}

func courses() csvfile.File {
	return csvfile.File{Name: "courses.csv", Add: (*roster.Builder).AddCourse, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		may("schoolYearSourcedId", roster.YearField, "schoolYearId"),
		need("title", roster.TitleField),
		may("courseCode", roster.CodeField),
		may("grades", roster.GradeField, "grade"),
		need("orgSourcedId", roster.OrgField, "orgSourcedIds", "schoolSourcedId"),
		may("subjects", roster.SubjectsField, "subject"),
		skip("subjectCodes"),
	}}
}

func classes() csvfile.File {
	return csvfile.File{Name: "classes.csv", Add: (*roster.Builder).AddClass, Columns: []csvfile.Column{
		need("sourcedId", roster.ID),
		need("title", roster.TitleField),
		skip("grades", "grade"),
		expect("courseSourcedId", roster.CourseField, "courseSourcedIds"),
		may("classCode", roster.CodeField),
		expect("classType", roster.TypeField),
		skip("location"),
		need("schoolSourcedId", roster.OrgField, "schoolSourcedIds", "orgSourcedId", "orgSourcedIds"),
		expect("termSourcedIds", roster.SessionsField, "termSourcedId", "terms"),
		skip("subjects", "subject"),
		skip("subjectCodes"),
		skip("periods"),
	}}
}

// enrollments name the school, which the class names too, and that one counts.
func enrollments() csvfile.File {
	return csvfile.File{Name: "enrollments.csv", Add: (*roster.Builder).AddEnrollment, Columns: []csvfile.Column{
		expect("sourcedId", roster.ID),
		need("classSourcedId", roster.ClassField, "classSourcedIds"),
		{Header: "schoolSourcedId", Need: csvfile.Expected, Also: []string{"orgSourcedId"}, Unread: true},
		need("userSourcedId", roster.PersonField, "userSourcedIds"),
		need("role", roster.RoleField),
		skip("primary", "isPrimary"),
		may("beginDate", roster.StartField, "startDate"),
		may("endDate", roster.EndField),
	}}
}

func demographics() csvfile.File {
	return csvfile.File{Name: "demographics.csv", Add: (*roster.Builder).CheckDemographics, Columns: []csvfile.Column{
		need("sourcedId", roster.PersonField, "userSourcedId"),
		may("birthDate", roster.BirthDateField),
		may("sex", roster.SexField, "gender"),
		may("americanIndianOrAlaskaNative", roster.AmericanIndianField),
		may("asian", roster.AsianField),
		may("blackOrAfricanAmerican", roster.BlackField),
		may("nativeHawaiianOrOtherPacificIslander", roster.PacificIslanderField),
		may("white", roster.WhiteField),
		may("demographicRaceTwoOrMoreRaces", roster.SeveralRacesField),
		may("hispanicOrLatinoEthnicity", roster.HispanicField),
		may("countryOfBirthCode", roster.BirthCountryField),
		may("stateOfBirthAbbreviation", roster.BirthStateField),
		may("cityOfBirth", roster.BirthCityField),
		skip("publicSchoolResidenceStatus"),
	}}
}

func need(header string, field roster.Field, also ...string) csvfile.Column {
	return csvfile.Column{Header: header, Field: field, Need: csvfile.Required, Also: also}
}

func expect(header string, field roster.Field, also ...string) csvfile.Column {
	return csvfile.Column{Header: header, Field: field, Need: csvfile.Expected, Also: also}
}

func may(header string, field roster.Field, also ...string) csvfile.Column {
	return csvfile.Column{Header: header, Field: field, Also: also}
}

func skip(header string, also ...string) csvfile.Column {
	return csvfile.Column{Header: header, Unread: true, Also: also}
}
