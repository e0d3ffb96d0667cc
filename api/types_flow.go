package api

import (
	"slices"

	"github.com/homeroomhq/homeroom/odata"
)

// flowTypes are flow sets and flows (contract B.1), and the filters of sets (B.2).
func flowTypes() []*odata.Type {
	return []*odata.Type{{
		Name: flowSetType, Entity: true,
		Doc: "An organization filter and at most one flow of each of the four types.",
		Properties: slices.Concat(
			[]odata.Property{key("The id of the set.")},
			dates("the set"),
			[]odata.Property{
				{Name: "displayName", Type: text, Required: true, Doc: "What people call the set. Not empty."},
				{Name: "filter", Type: "filter", Nullable: true, Doc: "The organizations that all flows of the set look at; null for every organization."},
				{Name: flowsProperty, Type: flowType, Collection: true, Nullable: true, Navigation: true, Contained: true, Counted: true, Doc: "The flows of the set. They can be created together with it."},
			}),
	}, {
		Name: flowType, Entity: true, Abstract: true,
		Doc: "What a set makes of rosters, or keeps up to date, in the directory. A set has at most one flow of each type.",
		Properties: slices.Concat(
			[]odata.Property{key("The id of the flow.")},
			dates("the flow"),
			[]odata.Property{{Name: "readinessStatus", Type: "readinessStatus", Nullable: true, Access: odata.ReadOnly, Doc: "Whether runs carry the flow out."}}),
	}, {
		Name: administrativeUnitType, Base: flowType, Entity: true,
		Doc:        "Makes administrative units.",
		Properties: []odata.Property{{Name: "creationOptions", Type: "adminUnitCreationOptions", Required: true, Doc: "Which administrative units to make."}},
	}, {
		Name: securityGroupType, Base: flowType, Entity: true,
		Doc:        "Makes security groups.",
		Properties: []odata.Property{{Name: "creationOptions", Type: "securityGroupCreationOptions", Required: true, Doc: "Which security groups to make."}},
	}, {
		Name: classGroupType, Base: flowType, Entity: true,
		Doc:        "Makes a group of each class, with its teachers as owners and its students as members.",
		Properties: []odata.Property{{Name: "configuration", Type: "classGroupConfiguration", Required: true, Doc: "What is written to the groups, and who is in them."}},
	}, {
		Name: userType, Base: flowType, Entity: true,
		Doc: "Keeps users up to date, and creates those that are missing.",
		Properties: []odata.Property{
			{Name: "createUnmatchedUsers", Type: boolean, Nullable: true, Doc: "Whether a person who matches no user gets one. Null stands for no."},
			{Name: "managementOptions", Type: "userManagementOptions", Required: true, Doc: "What is written to every user of the set."},
			{Name: "creationOptions", Type: "userCreationOptions", Nullable: true, Doc: "How users are created."},
		},
	}, {
		Name: "filter", Abstract: true,
		Doc: "Picks organizations. Write a basicFilter.",
	}, {
		Name: "basicFilter", Base: "filter",
		Doc: "Picks organizations by one attribute.",
		Properties: []odata.Property{
			{Name: "attribute", Type: "filterOptions", Required: true, Doc: "The attribute that is compared."},
			{Name: "in", Type: text, Collection: true, Required: true, Doc: "The values that pass: ids of organizations as the roster has them. At least one; an organization does not stand for those below it."},
		},
	}}
}

// groupOptionTypes are the options of the flows that make groups and units (contract
// B.2).
func groupOptionTypes() []*odata.Type {
	return []*odata.Type{{
		Name: "adminUnitCreationOptions",
		Doc:  "Which administrative units a flow makes.",
		Properties: []odata.Property{
			{Name: "createBasedOnOrg", Type: boolean, Doc: "One for each organization."},
			{Name: "createBasedOnOrgPlusRoleGroup", Type: boolean, Doc: "One for each organization and role group."},
		},
	}, {
		Name: "securityGroupCreationOptions",
		Doc:  "Which security groups a flow makes.",
		Properties: []odata.Property{
			{Name: "createBasedOnRoleGroup", Type: boolean, Doc: "One for each role group."},
			{Name: "createBasedOnOrgPlusRoleGroup", Type: boolean, Doc: "One for each organization and role group."},
		},
	}, {
		Name: "classGroupConfiguration",
		Doc:  "What is written to the groups of classes, and who is in them.",
		Properties: []odata.Property{
			{Name: "additionalAttributes", Type: "additionalClassGroupAttributes", Collection: true, Nullable: true, Doc: "What else of a class is written to its group."},
			{Name: "additionalOptions", Type: "additionalClassGroupOptions", Doc: "How groups of classes are made."},
			{Name: "enrollmentMappings", Type: "enrollmentMappings", Doc: "Who owns a group and who is a member, by the role of an enrollment."},
		},
	}, {
		Name: "additionalClassGroupOptions",
		Doc:  "How groups of classes are made.",
		Properties: []odata.Property{
			{Name: "createTeam", Type: boolean, Doc: "Whether a group gets a team as soon as it has an owner."},
			{Name: "writeDisplayNameOnCreateOnly", Type: boolean, Doc: "Whether a group keeps its first name when the title of the class changes."},
		},
	}, {
		Name: "enrollmentMappings",
		Doc:  "What an enrollment makes of a person, by its role. A role in both lists makes an owner.",
		Properties: []odata.Property{
			{Name: "ownerEnrollmentMappings", Type: "sectionRoleReferenceValue", Collection: true, Nullable: true, Doc: "The roles that own the group. Null stands for the usual teaching roles, an empty list for nobody."},
			{Name: "memberEnrollmentMappings", Type: "sectionRoleReferenceValue", Collection: true, Nullable: true, Doc: "The roles that are members of the group. Null stands for students, an empty list for nobody."},
		},
	}}
}

func flowEnums() []*odata.Enum {
	return []*odata.Enum{{
		Name:    "readinessStatus",
		Members: []string{"notReady", "ready", "failed", "disabled", "expired", "unknownFutureValue"},
		Doc:     "How a flow stands: notReady until it was checked, ready when runs carry it out, failed after a run that could not, disabled while there is no roster, expired when the time of its roster has passed.",
	}, {
		Name:    "filterOptions",
		Members: []string{"orgExternalId", "unknownFutureValue"},
		Doc:     "The attributes of organizations that a filter compares.",
	}, {
		Name: "additionalClassGroupAttributes",
		Members: []string{"courseTitle", "courseCode", "courseSubject", "courseGradeLevel", "courseExternalId",
			"academicSessionTitle", "academicSessionExternalId", "classCode", "unknownFutureValue"},
		Doc: "What of a class, its course and its session can be written to a group.",
	}, {
		Name:    "additionalUserAttributes",
		Members: []string{"userGradeLevel", "userNumber", "unknownFutureValue"},
		Doc:     "What of a person can be written to a user.",
	}, {
		Name:    "studentAgeGroup",
		Members: []string{"minor", "notAdult", "adult", "unknownFutureValue"},
		Doc:     "The age group that users of students are given.",
	}}
}
