// Package flow decides who gets what. From a roster, the configured flows and
// what matching found out about people, it makes the objects that the directory
// ought to hold. Everything here is pure: no clock, no files, no directory.
//
//   - role group: a named set of role codes; it picks people.
//   - flow set: an organization filter and at most one flow of each type.
//   - takes part: has an active role, of a role group, in an organization that
//     the filter of the set names.
//   - speaks: the one role group that decides how a person is treated.
//   - matched: paired with a directory user.
//   - provisioned: takes part in some set and is matched, or created in this run.
//
// A Census says who and what of a roster counts. Its Matcher is shown the
// directory's users and gives Matches. With these, Want gives the wanted objects.
//
// Each of these may be unknown, when a record that could tell was dropped. What
// is unknown is kept as it is (rules 1).
package flow

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// RoleGroup is a named set of roles.
type RoleGroup struct {
	ID          string // "students"; without "_"
	DisplayName string // "Students"
	Roles       []string
}

// The ids of the role groups that every tenant has.
const (
	Students = "students"
	Staff    = "staff"
)

// Set is a flow set. A flow that is nil is not asked for: not configured, not
// ready, disabled or expired.
type Set struct {
	ID                 string
	DisplayName        string
	Filter             *Filter // nil for every organization
	User               *UserFlow
	ClassGroup         *ClassGroupFlow
	SecurityGroup      *SecurityGroupFlow
	AdministrativeUnit *AdministrativeUnitFlow
}

// Filter names organizations. A parent does not stand for its children.
type Filter struct {
	In []string // ids of organizations (orgExternalId)
}

// UserFlow writes attributes to users and creates those that are missing.
type UserFlow struct {
	CreateUnmatched bool
	Configurations  []UserConfiguration // for the users to be created, by role group
	GradeLevel      bool                // userGradeLevel
	Number          bool                // userNumber
	StudentAgeGroup string              // minor, notAdult, adult; "" for none
	StudentContacts bool                // allowStudentContactAssociation
	Reset           string              `json:",omitempty"` // names the last reset; "" for none
}

// UserConfiguration is how users of one role group are created.
type UserConfiguration struct {
	RoleGroup   string // id
	Password    directory.Secret
	LicenseSKUs []string
}

// ClassGroupFlow makes a group of each class.
type ClassGroupFlow struct {
	Attributes          []string // additionalClassGroupAttributes
	CreateTeam          bool
	DisplayNameOnCreate bool // writeDisplayNameOnCreateOnly
	OwnerRoles          *[]string
	MemberRoles         *[]string // nil for the default, empty for nobody
	Reset               string    `json:",omitempty"` // names the last reset; "" for none
}

// SecurityGroupFlow makes security groups.
type SecurityGroupFlow struct {
	ByRoleGroup    bool   // createBasedOnRoleGroup
	ByOrgRoleGroup bool   // createBasedOnOrgPlusRoleGroup
	Reset          string `json:",omitempty"` // names the last reset; "" for none
}

// AdministrativeUnitFlow makes administrative units.
type AdministrativeUnitFlow struct {
	ByOrg          bool   // createBasedOnOrg
	ByOrgRoleGroup bool   // createBasedOnOrgPlusRoleGroup
	Reset          string `json:",omitempty"` // names the last reset; "" for none
}

// The values of ClassGroupFlow.Attributes.
const (
	CourseTitle       = "courseTitle"
	CourseCode        = "courseCode"
	CourseSubject     = "courseSubject"
	CourseGradeLevel  = "courseGradeLevel"
	CourseExternalID  = "courseExternalId"
	SessionTitle      = "academicSessionTitle"
	SessionExternalID = "academicSessionExternalId"
	ClassCode         = "classCode"
)

// ClassAttributes returns all values of ClassGroupFlow.Attributes.
func ClassAttributes() []string {
	return []string{CourseTitle, CourseCode, CourseSubject, CourseGradeLevel, CourseExternalID,
		SessionTitle, SessionExternalID, ClassCode}
}

// The names of the flow types, as plans give them for a reason.
const (
	userFlowName               = "userProvisioningFlow"
	classGroupFlowName         = "classGroupProvisioningFlow"
	securityGroupFlowName      = "securityGroupProvisioningFlow"
	administrativeUnitFlowName = "administrativeUnitProvisioningFlow"
)

// DefaultOwnerRoles are the enrollment roles that own a class group where no
// mapping says otherwise (rules 3, "Class group").
func DefaultOwnerRoles() []string {
	return []string{"teacher", "professor", "lecturer", "faculty", "instructor"}
}

// DefaultMemberRoles are the enrollment roles that are members of a class group
// where no mapping says otherwise.
func DefaultMemberRoles() []string { return []string{"student"} }

// owns and joins report what the flow makes of an enrollment role. An owner is
// a member, too, and wins over a member.
func (f *ClassGroupFlow) owns(role string) bool {
	if f.OwnerRoles == nil {
		return slices.Contains(DefaultOwnerRoles(), role)
	}
	return slices.Contains(*f.OwnerRoles, role)
}

func (f *ClassGroupFlow) joins(role string) bool {
	if f.MemberRoles == nil {
		return slices.Contains(DefaultMemberRoles(), role)
	}
	return slices.Contains(*f.MemberRoles, role)
}

// Configuration returns how the flow creates users of a role group, or nil.
func (f *UserFlow) configuration(roleGroup string) *UserConfiguration {
	for i := range f.Configurations {
		if f.Configurations[i].RoleGroup == roleGroup {
			return &f.Configurations[i]
		}
	}
	return nil
}
