package local

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/directory"
)

// refusal is why an edit is not carried out, now or later.
type refusal struct {
	rule    string
	message string
}

func (r *refusal) Error() string { return r.message }

func refuse(rule, format string, args ...any) error {
	return &refusal{rule: rule, message: fmt.Sprintf(format, args...)}
}

// attributesOf returns the names of the attributes that objects of the kind can
// have, as Graph has them.
func attributesOf(kind directory.Kind) []string {
	names := []string{
		directory.DisplayName, directory.ObjectType, directory.AnchorID, directory.SyncSource,
		directory.SourceStudentID, directory.SourceTeacherID, directory.SourceSchoolID,
		directory.SourceSectionID, directory.SourceCourseID, directory.Grade,
		directory.StudentNumber, directory.TeacherNumber, directory.SectionName,
		directory.SectionNumber, directory.CourseName, directory.CourseNumber,
		directory.CourseSubject, directory.TermID, directory.TermName,
		directory.TermStartDate, directory.TermEndDate, directory.Status,
	}
	switch kind {
	case directory.User:
		return append(names, directory.UserPrincipalName, directory.Mail, directory.MailNickname,
			directory.GivenName, directory.Surname, directory.AccountEnabled, directory.UsageLocation,
			directory.LicenseSKUs, directory.AgeGroup, directory.RelatedContacts, directory.PasswordFrom)
	case directory.ClassGroup:
		return append(names, directory.Mail, directory.MailNickname, directory.Description,
			directory.Visibility, directory.Team)
	case directory.SecurityGroup:
		return append(names, directory.Mail, directory.MailNickname, directory.Description, directory.Visibility)
	default:
		return append(names, directory.Description, directory.Visibility)
	}
}

func knownAttributes() map[directory.Kind]map[string]bool {
	known := map[directory.Kind]map[string]bool{}
	for _, kind := range directory.Kinds() {
		known[kind] = map[string]bool{}
		for _, name := range attributesOf(kind) {
			known[kind][name] = true
		}
	}
	return known
}

// checkSet refuses values that no directory would take.
func (d *Directory) checkSet(kind directory.Kind, set directory.Attributes) error {
	known := d.known[kind]
	for name, text := range set {
		if !known[name] {
			return refuse(directory.InvalidValue, "Objects of kind %s have no attribute %q.", kind, name)
		}
		if text == "" {
			continue
		}
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return refuse(directory.InvalidValue, "The %s is not valid UTF-8 text.", name)
		}
		if err := d.checkValue(kind, name, text); err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) checkValue(kind directory.Kind, name, text string) error {
	switch name {
	case directory.DisplayName:
		if n := utf8.RuneCountInString(text); n > 256 {
			return refuse(directory.InvalidValue, "The displayName has %d characters; 256 are allowed.", n)
		}
	case directory.MailNickname:
		return checkNickname(kind, text)
	case directory.UserPrincipalName:
		return checkUPN(text, d.domains)
	case directory.AccountEnabled, directory.Team:
		if text != "true" && text != "false" {
			return refuse(directory.InvalidValue, "%s is %q; it can be true or false.", name, text)
		}
	}
	return nil
}

// checkNickname allows what Graph's mailNickname may hold (domain page D.3).
func checkNickname(kind directory.Kind, text string) error {
	if n := utf8.RuneCountInString(text); n > 64 {
		return refuse(directory.InvalidValue, "The mailNickname has %d characters; 64 are allowed.", n)
	}
	forbidden := func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`@()\[]";:<>,`, r)
	}
	if i := strings.IndexFunc(text, forbidden); i >= 0 && kind != directory.User {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return refuse(directory.InvalidValue, "The mailNickname %q has the character %q, which is not allowed.", text, r)
	}
	return nil
}

func checkUPN(text string, domains []string) error {
	local, domain, found := strings.Cut(text, "@")
	forbidden := func(r rune) bool { return r == '@' || unicode.IsSpace(r) || unicode.IsControl(r) }
	if !found || local == "" || domain == "" || strings.ContainsFunc(local+domain, forbidden) {
		return refuse(directory.InvalidValue, "The userPrincipalName %q is not of the form name@domain.", text)
	}
	same := func(known string) bool { return strings.EqualFold(known, domain) }
	if len(domains) > 0 && !slices.ContainsFunc(domains, same) {
		return refuse(directory.InvalidValue, "The domain of the userPrincipalName %q is not one of this directory.", text)
	}
	return nil
}

// checkWhole refuses objects that lack what their kind requires.
func checkWhole(o directory.Object) error {
	required := directory.DisplayName
	if o.Kind == directory.User {
		required = directory.UserPrincipalName
	}
	if strings.TrimSpace(o.Attributes[required]) == "" {
		return refuse(directory.InvalidValue, "Objects of kind %s need a %s.", o.Kind, required)
	}
	return nil
}

// checkPairs refuses owners and members where the kind has none, and more of
// them than one change takes.
func checkPairs(e edit) error {
	owners := len(e.AddOwners) + len(e.RemoveOwners)
	members := len(e.AddMembers) + len(e.RemoveMembers)
	switch {
	case owners > 0 && e.Kind != directory.ClassGroup:
		return refuse(directory.InvalidValue, "Objects of kind %s have no owners.", e.Kind)
	case members > 0 && e.Kind == directory.User:
		return refuse(directory.InvalidValue, "Users have no members.")
	case owners+members > perChange && !e.byHand:
		return refuse(directory.InvalidValue, "One change takes %d owners and members, not %d.", perChange, owners+members)
	}
	return nil
}
