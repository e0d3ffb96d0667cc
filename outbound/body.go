package outbound

import "encoding/json"

// The types of bodies, with the properties of contract B.1 and B.2 in the order of the
// tables there. A list that is null is not the same as an empty one.

// The types of flows.
const (
	UserFlow               = "userProvisioningFlow"
	ClassGroupFlow         = "classGroupProvisioningFlow"
	SecurityGroupFlow      = "securityGroupProvisioningFlow"
	AdministrativeUnitFlow = "administrativeUnitProvisioningFlow"
)

// The additionalAttributes of user flows.
const (
	gradeLevel = "userGradeLevel"
	number     = "userNumber"
)

const namespace = "#microsoft.graph.industryData."

type setBody struct {
	Type        string            `json:"@odata.type"`
	ID          string            `json:"id,omitempty"` // where the set stands alone
	DisplayName string            `json:"displayName"`
	Filter      *filterBody       `json:"filter"`
	Flows       []json.RawMessage `json:"provisioningFlows,omitempty"` // likewise
}

type filterBody struct {
	Type      string   `json:"@odata.type"`
	Attribute string   `json:"attribute"`
	In        []string `json:"in"`
}

type userBody struct {
	Type                 string             `json:"@odata.type"`
	CreateUnmatchedUsers bool               `json:"createUnmatchedUsers"`
	CreationOptions      *userCreationBody  `json:"creationOptions"`
	ManagementOptions    userManagementBody `json:"managementOptions"`
}

type userCreationBody struct {
	Configurations []configurationBody `json:"configurations"`
}

type configurationBody struct {
	LicenseSkus             []string      `json:"licenseSkus"`
	DefaultPasswordSettings *passwordBody `json:"defaultPasswordSettings"`
	RoleGroup               roleGroupBody `json:"roleGroup"`
}

type passwordBody struct {
	Type     string `json:"@odata.type"`
	Password string `json:"password"` // sealed
}

type roleGroupBody struct {
	ID string `json:"id"`
}

type userManagementBody struct {
	AdditionalAttributes []string        `json:"additionalAttributes"`
	AdditionalOptions    userOptionsBody `json:"additionalOptions"`
}

type userOptionsBody struct {
	AllowStudentContactAssociation bool    `json:"allowStudentContactAssociation"`
	StudentAgeGroup                *string `json:"studentAgeGroup"`
}

type classGroupBody struct {
	Type          string                 `json:"@odata.type"`
	Configuration classConfigurationBody `json:"configuration"`
}

type classConfigurationBody struct {
	AdditionalAttributes []string         `json:"additionalAttributes"`
	AdditionalOptions    classOptionsBody `json:"additionalOptions"`
	EnrollmentMappings   enrollmentBody   `json:"enrollmentMappings"`
}

type classOptionsBody struct {
	CreateTeam                   bool `json:"createTeam"`
	WriteDisplayNameOnCreateOnly bool `json:"writeDisplayNameOnCreateOnly"`
}

type enrollmentBody struct {
	OwnerEnrollmentMappings  []codeBody `json:"ownerEnrollmentMappings"`
	MemberEnrollmentMappings []codeBody `json:"memberEnrollmentMappings"`
}

type codeBody struct {
	Code string `json:"code"`
}

type securityGroupBody struct {
	Type            string `json:"@odata.type"`
	CreationOptions struct {
		CreateBasedOnRoleGroup        bool `json:"createBasedOnRoleGroup"`
		CreateBasedOnOrgPlusRoleGroup bool `json:"createBasedOnOrgPlusRoleGroup"`
	} `json:"creationOptions"`
}

type administrativeUnitBody struct {
	Type            string `json:"@odata.type"`
	CreationOptions struct {
		CreateBasedOnOrg              bool `json:"createBasedOnOrg"`
		CreateBasedOnOrgPlusRoleGroup bool `json:"createBasedOnOrgPlusRoleGroup"`
	} `json:"creationOptions"`
}
