package directory

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
)

// Attributes are the values of an object by attribute name. The names are
// Graph's, those of the education extension begin with "education.". Every
// value is text in one canonical form, so that two of them are equal exactly
// when their texts are: truth values are "true" and "false", lists are sorted
// and joined by line feeds, contacts are what ContactsValue returns.
type Attributes map[string]string

// The attributes that a plan may set (design, "Plan, as JSON"; domain pages C.3
// and D.3).
const (
	UserPrincipalName = "userPrincipalName"
	Mail              = "mail"           // observed for matching, never written
	SAMAccountName    = "sAMAccountName" // the same, of directories that have it, by LDAP's name
	EmployeeID        = "employeeID"     // the same
	UID               = "uid"            // the same
	MailNickname      = "mailNickname"
	DisplayName       = "displayName"
	GivenName         = "givenName"
	Surname           = "surname"
	AccountEnabled    = "accountEnabled"
	UsageLocation     = "usageLocation"
	LicenseSKUs       = "licenseSkus"
	AgeGroup          = "ageGroup"
	RelatedContacts   = "relatedContacts"
	Description       = "description"
	Visibility        = "visibility" // HiddenMembership for class groups
	Team              = "team"
	PasswordFrom      = "passwordFrom" // roster, configuration or generated; never a value

	ObjectType      = "education.objectType"
	AnchorID        = "education.anchorId"
	SyncSource      = "education.syncSource"
	SourceStudentID = "education.syncSourceStudentId"
	SourceTeacherID = "education.syncSourceTeacherId"
	SourceSchoolID  = "education.syncSourceSchoolId"
	SourceSectionID = "education.syncSourceSectionId"
	SourceCourseID  = "education.syncSourceCourseId"
	Grade           = "education.grade"
	StudentNumber   = "education.studentNumber"
	TeacherNumber   = "education.teacherNumber"
	SectionName     = "education.sectionName"
	SectionNumber   = "education.sectionNumber"
	CourseName      = "education.courseName"
	CourseNumber    = "education.courseNumber"
	CourseSubject   = "education.courseSubject"
	TermID          = "education.termId"
	TermName        = "education.termName"
	TermStartDate   = "education.termStartDate"
	TermEndDate     = "education.termEndDate"
	Status          = "education.status"

	// SchoolYears are the school years, each by the calendar year in which it ends, that
	// a class group stands for: a list. It is never written to a directory. The ledger
	// keeps it, so that an id which comes back for another class is noticed (rules 3,
	// "Id reuse").
	SchoolYears = "schoolYears"
)

// Bool returns the canonical text of a truth value.
func Bool(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// List returns the canonical text of a list: sorted, each item once.
func List(items []string) string {
	sorted := slices.Clone(items)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), "\n")
}

// Items returns the items of a list's canonical text.
func Items(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, "\n")
}

// Value returns an attribute's value as plans and exports show it in JSON: nil
// for none, a truth value, a list, the count and relations of contacts, or
// text.
func Value(name, text string) any {
	if text == "" {
		return nil
	}
	switch name {
	case AccountEnabled, Team:
		return text == "true"
	case LicenseSKUs, SchoolYears:
		return Items(text)
	case RelatedContacts:
		return summarize(text)
	}
	return text
}

// Contact is a person to turn to about a student. Contacts are written to the
// student's account and never become users.
type Contact struct {
	ID           string `json:"id"` // the contact's id in the roster
	DisplayName  string `json:"displayName"`
	EmailAddress string `json:"emailAddress"`
	MobilePhone  string `json:"mobilePhone,omitempty"`
	Relationship string `json:"relationship"`
}

// Relations is what plans, logs and the ledger's readers show of contacts.
type Relations struct {
	Count     int      `json:"count"`
	Relations []string `json:"relations"`
}

// ContactsValue returns the canonical text of contacts: their relations, sorted
// and joined by commas, and a digest which changes when anything about them
// does. Their names and addresses cannot be read from it (rules 2, "Contacts",
// and 5). No contacts give "".
func ContactsValue(contacts []Contact) string {
	if len(contacts) == 0 {
		return ""
	}
	sorted := slices.Clone(contacts)
	slices.SortFunc(sorted, func(a, b Contact) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Relationship, b.Relationship))
	})
	relations := make([]string, len(sorted))
	for i, c := range sorted {
		relations[i] = c.Relationship
	}
	slices.Sort(relations)
	return strings.Join(relations, ",") + "#" + digest(sorted)
}

// digest returns half of the SHA-256 of contacts, hexadecimal; every text stands
// behind its length.
func digest(contacts []Contact) string {
	all := make([]byte, 0, 512) // as much as those of most people need
	for _, c := range contacts {
		for _, text := range [...]string{c.ID, c.DisplayName, c.EmailAddress, c.MobilePhone, c.Relationship} {
			all = append(binary.AppendUvarint(all, uint64(len(text))), text...)
		}
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:16])
}

func summarize(contacts string) Relations {
	relations, _, _ := strings.Cut(contacts, "#")
	list := strings.Split(relations, ",")
	return Relations{Count: len(list), Relations: list}
}

// Shown returns the values in the form in which JSON output shows them; see
// Value.
func (a Attributes) Shown() map[string]any {
	shown := make(map[string]any, len(a))
	for name, text := range a {
		shown[name] = Value(name, text)
	}
	return shown
}
