package ldap

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/directory"
)

// check refuses what no directory would take.
func (d *Directory) check(c *directory.Change) error {
	class := d.profile.Classes[c.Kind]
	if d.profile.inAttribute(c.Kind) { // it has no entry
		class = Class{RDN: d.profile.UnitsIn}
	}
	switch {
	case class.RDN == "":
		return refuse(directory.InvalidValue, "The directory has no kind %q.", c.Kind)
	case c.Delete && (c.Kind == directory.User || c.ID == ""):
		return refuse(directory.InvalidValue, "Only groups and administrative units can be deleted, by their ids.")
	case c.ID == "" && class.name(c.Set) == "":
		return refuse(directory.InvalidValue, "A new %s needs a mailNickname or an anchor to be named by.", c.Kind)
	case c.Password != "" && !d.options.encrypted():
		return refuse(directory.InvalidValue, "Passwords go to the directory over TLS only.")
	}
	for name, text := range c.Set {
		if err := d.checkValue(&class, name, text); err != nil {
			return err
		}
	}
	return d.checkPairs(c)
}

// checkPairs refuses owners and members where the kind has none, and more of them than one
// change takes.
func (d *Directory) checkPairs(c *directory.Change) error {
	owners, members := len(c.AddOwners)+len(c.RemoveOwners), len(c.AddMembers)+len(c.RemoveMembers)
	switch {
	case owners > 0 && (c.Kind != directory.ClassGroup || d.profile.Owners.Attribute == ""):
		return refuse(directory.InvalidValue, "Objects of kind %s have no owners here.", c.Kind)
	case members > 0 && c.Kind == directory.User:
		return refuse(directory.InvalidValue, "Users have no members.")
	case owners+members > perChange:
		return refuse(directory.InvalidValue, "One change takes %d owners and members, not %d.", perChange, owners+members)
	}
	return nil
}

func (d *Directory) checkValue(class *Class, name, text string) error {
	_, written := class.Attributes[name]
	switch {
	case !written && !slices.Contains(Written(), name):
		return refuse(directory.InvalidValue, "Objects of this kind have no attribute %q.", name)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return refuse(directory.InvalidValue, "The %s is not valid UTF-8 text.", name)
	case name == directory.AccountEnabled && text != "" && text != "true" && text != "false":
		return refuse(directory.InvalidValue, "accountEnabled is %q; it can be true or false.", text)
	}
	if domains := d.options.Domains; name == directory.UserPrincipalName && text != "" && len(domains) > 0 {
		_, domain, _ := strings.Cut(text, "@")
		if !slices.ContainsFunc(domains, func(known string) bool { return strings.EqualFold(known, domain) }) {
			return refuse(directory.InvalidValue, "The domain of the userPrincipalName %q is not one of this directory.", text)
		}
	}
	return nil
}

// Written returns the attributes that flows ask for. A profile that has no place for one
// leaves it out.
func Written() []string {
	return []string{
		directory.UsageLocation, directory.LicenseSKUs, directory.AgeGroup, directory.RelatedContacts,
		directory.Description, directory.Visibility, directory.Team, directory.PasswordFrom,
		directory.MailNickname, directory.GivenName, directory.Surname, directory.AccountEnabled,
		directory.UserPrincipalName, directory.DisplayName,
		directory.ObjectType, directory.AnchorID, directory.SyncSource, directory.SourceStudentID,
		directory.SourceTeacherID, directory.SourceSchoolID, directory.SourceSectionID,
		directory.SourceCourseID, directory.Grade, directory.StudentNumber, directory.TeacherNumber,
		directory.SectionName, directory.SectionNumber, directory.CourseName,
		directory.CourseNumber, directory.CourseSubject, directory.TermID, directory.TermName,
		directory.TermStartDate, directory.TermEndDate, directory.Status,
	}
}
