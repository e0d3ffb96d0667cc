package roster

// Field is a column by its canonical meaning, whatever a format calls it.
type Field uint8

// The fields that the Builder knows. A table uses those that fit it; a field of
// the name of a table holds the id of a record there.
const (
	ID Field = iota
	StatusField
	NameField
	TypeField
	ParentField
	UsernameField
	GivenNameField
	FamilyNameField
	PasswordField
	MatchIDField
	EmailField
	PhoneField
	SMSField
	NumberField
	EnabledField
	PersonField
	OrgField
	RoleField
	SessionField
	GradeField
	PrimaryField
	StartField
	EndField
	TitleField
	SessionsField // ids, joined by commas
	CourseField
	CodeField
	ClassField
	SchoolYearField
	YearField // the id of a session
	SubjectField
	ContactField
	RelationshipField
	SexField
	BirthDateField
	BirthCityField
	BirthStateField
	BirthCountryField
	EthnicitiesField // codes, joined by commas
	RacesField       // codes, joined by commas
	FlagField
	OrgsField     // ids, joined by commas; the first is the primary one
	GradesField   // codes, joined by commas, of which the first that is known counts
	AgentsField   // ids of people, joined by commas
	SubjectsField // in words, not from a list of values
	AmericanIndianField
	AsianField
	BlackField
	PacificIslanderField
	WhiteField
	SeveralRacesField
	HispanicField
	fieldCount
)

// sensitive tells the fields whose values no problem may show (rules 5).
func (f Field) sensitive() bool {
	switch f {
	case GivenNameField, FamilyNameField, PasswordField, SexField, BirthDateField, BirthCityField,
		BirthStateField, BirthCountryField, EthnicitiesField, RacesField, FlagField:
		return true
	}
	return AmericanIndianField <= f && f <= HispanicField
}

// text tells the fields that are kept as received, spaces included (domain page
// B.1). All others are ids, codes, dates and the like, which have none around them.
func (f Field) text() bool {
	switch f {
	case NameField, TitleField, GivenNameField, FamilyNameField, PasswordField, SubjectsField:
		return true
	}
	return false
}

// identifier tells the fields that hold an id.
func (f Field) identifier() bool {
	switch f {
	case ID, ParentField, PersonField, OrgField, SessionField, SessionsField, CourseField, ClassField, YearField, ContactField, OrgsField, AgentsField:
		return true
	}
	return false
}

// longest returns how many bytes a value may have. A list of ids is as long as a
// district is large.
func (f Field) longest() int {
	switch f {
	case SessionsField, OrgsField, AgentsField:
		return 16 * longestValue
	}
	return longestValue
}
