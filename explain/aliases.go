package explain

import (
	"regexp"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
)

// aliases returns what people call attributes besides their names: by the columns
// of rosters, and in their own words. One word may stand for several attributes, of
// which an object has the first that is written to it.
func aliases() map[string][]string {
	return map[string][]string{
		"username":          {directory.UserPrincipalName},
		"upn":               {directory.UserPrincipalName},
		"loginname":         {directory.UserPrincipalName},
		"alias":             {directory.MailNickname},
		"firstname":         {directory.GivenName},
		"familyname":        {directory.Surname},
		"lastname":          {directory.Surname},
		"name":              {directory.DisplayName},
		"title":             {directory.DisplayName},
		"password":          {directory.PasswordFrom},
		"enabled":           {directory.AccountEnabled},
		"enableduser":       {directory.AccountEnabled},
		"licence":           {directory.LicenseSKUs},
		"licences":          {directory.LicenseSKUs},
		"license":           {directory.LicenseSKUs},
		"licenses":          {directory.LicenseSKUs},
		"contacts":          {directory.RelatedContacts},
		"hiddenmembership":  {directory.Visibility},
		"grades":            {directory.Grade},
		"gradelevel":        {directory.Grade},
		"number":            {directory.StudentNumber, directory.TeacherNumber},
		"identifier":        {directory.StudentNumber, directory.TeacherNumber},
		"sourcedid":         {directory.SourceStudentID, directory.SourceTeacherID, directory.SourceSectionID, directory.SourceSchoolID},
		"usersourcedid":     {directory.SourceStudentID, directory.SourceTeacherID},
		"classsourcedid":    {directory.SourceSectionID},
		"coursesourcedid":   {directory.SourceCourseID},
		"orgsourcedid":      {directory.SourceSchoolID},
		"schoolsourcedid":   {directory.SourceSchoolID},
		"orgsourcedids":     {directory.SourceSchoolID},
		"termsourcedids":    {directory.TermID},
		"sessionsourcedids": {directory.TermID},
		"school":            {directory.SourceSchoolID},
		"role":              {directory.ObjectType},
		"anchor":            {directory.AnchorID},
		"subject":           {directory.CourseSubject},
		"course":            {directory.CourseName},
		"term":              {directory.TermName},
		"classcode":         {directory.SectionNumber},
	}
}

// extension is how the name of an attribute of School Data Sync begins: in plans, or
// in Graph.
var extension = regexp.MustCompile(`^(extension_[0-9a-f]+_)?education[._]`)

// bare returns a name of an attribute without what people leave out or write in
// another way: case, the prefix, punctuation.
func bare(name string) string {
	name = strings.ToLower(name)
	name = extension.ReplaceAllString(name, "")
	return strings.NewReplacer("_", "", " ", "", "-", "").Replace(name)
}

// HasAttribute reports whether a text names an attribute of an object.
func (x *Explainer) HasAttribute(s Subject, text string) bool {
	_, found := factOf(x.Wanted.Facts(s.Kind, s.Key), text)
	return found
}

// factOf returns the fact about the attribute that a text names: by the attribute's
// name, by the option that asks for it, or as people call it.
func factOf(facts []flow.Fact, text string) (flow.Fact, bool) {
	name := bare(text)
	var found []flow.Fact
	for _, f := range facts {
		if bare(f.Name) == name {
			return f, true
		}
		if f.Option != "" && bare(f.Option) == name {
			found = append(found, f)
		}
	}
	for _, also := range aliases()[name] {
		for _, f := range facts {
			if f.Name == also {
				found = append(found, f)
			}
		}
	}
	if len(found) == 0 {
		return flow.Fact{}, false
	}
	at := slices.IndexFunc(found, func(f flow.Fact) bool { return f.Out == "" })
	return found[max(at, 0)], true
}
