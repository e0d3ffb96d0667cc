package flow

// Reason is the code of why something does not count; "" says that it does.
type Reason string

// Why a record does not count (rules 1), whatever the settings of a set.
const (
	RecordInactive  Reason = "RecordInactive" // the status of the record itself
	PersonInactive  Reason = "PersonInactive"
	OrgInactive     Reason = "OrganizationInactive"
	OutsideSessions Reason = "OutsideSessions" // where dates are honoured
	OutsideDates    Reason = "OutsideDates"    // where dates are honoured
	RoleInNoGroup   Reason = "RoleInNoRoleGroup"
	ByExclude       Reason = "Excluded" // by the setting
	Forgotten       Reason = "PersonForgotten"
)

// Why another role of a person does not lead (domain page C.1): what it lacks,
// compared with the one that does.
const (
	NotPrimary   Reason = "NotPrimary"
	NotStaff     Reason = "NotStaff"
	LowerRank    Reason = "LowerRank"
	LaterOrg     Reason = "LaterOrganization"
	TellsNoGrade Reason = "TellsNoGrade"
	LaterGrade   Reason = "LaterGrade"
)

// Why a flow set does not ask for something.
const (
	NoSuchFlow       Reason = "NoSuchFlow" // of the type
	OrgNotInFilter   Reason = "OrganizationNotInFilter"
	TakesNoPart      Reason = "TakesNoPart"      // the person has no active role where the set looks
	CreatesNobody    Reason = "CreatesNobody"    // createUnmatchedUsers is off
	NoConfiguration  Reason = "NoConfiguration"  // creationOptions has none for the role group
	OptionOff        Reason = "OptionOff"        // the flow has an option for it, which is off
	RoleNotMapped    Reason = "RoleNotMapped"    // enrollmentMappings takes no such role
	AnotherRoleGroup Reason = "AnotherRoleGroup" // the group is of another one
	AnotherOrg       Reason = "AnotherOrganization"
)

// Why somebody is not in an object, or a value is not written.
const (
	NotProvisioned  Reason = "NotProvisioned" // the person has no directory user, and gets none
	BeyondLimit     Reason = "AdministrativeUnitLimit"
	ValueUnknown    Reason = "ValueUnknown" // the roster names one that could not be read
	RolesUnknown    Reason = "RolesUnknown" // a role of the person could not be read
	StudentsOnly    Reason = "StudentsOnly" // staff speak for the person
	StaffOnly       Reason = "StaffOnly"    // students speak for the person
	TargetCannot    Reason = "TargetCannot" // the directory has no such thing
	NotNew          Reason = "NotNew"       // only a user whom Homeroom creates is given it
	NoOwner         Reason = "NoOwner"      // a team needs one
	NoUsageLocation Reason = "DirUsageLocationMissing"
	NoSchoolYear    Reason = "NoSchoolYear" // neither sessions nor course tell one
)
