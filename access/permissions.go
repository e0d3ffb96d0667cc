package access

import "slices"

// Graph is the application id of Microsoft Graph, whose permissions these are.
const Graph = "00000003-0000-0000-c000-000000000000"

// The permissions of industry data (contract D).
const (
	DataConnectorRead            = "IndustryData-DataConnector.Read.All"
	DataConnectorReadWrite       = "IndustryData-DataConnector.ReadWrite.All"
	DataConnectorUpload          = "IndustryData-DataConnector.Upload"
	InboundFlowRead              = "IndustryData-InboundFlow.Read.All"
	InboundFlowReadWrite         = "IndustryData-InboundFlow.ReadWrite.All"
	OutboundFlowRead             = "IndustryData-OutboundFlow.Read.All"
	OutboundFlowReadWrite        = "IndustryData-OutboundFlow.ReadWrite.All"
	ReferenceDefinitionRead      = "IndustryData-ReferenceDefinition.Read.All"
	ReferenceDefinitionReadWrite = "IndustryData-ReferenceDefinition.ReadWrite.All"
	RunRead                      = "IndustryData-Run.Read.All"
	RunStart                     = "IndustryData-Run.Start"
	SourceSystemRead             = "IndustryData-SourceSystem.Read.All"
	SourceSystemReadWrite        = "IndustryData-SourceSystem.ReadWrite.All"
	TimePeriodRead               = "IndustryData-TimePeriod.Read.All"
	TimePeriodReadWrite          = "IndustryData-TimePeriod.ReadWrite.All"
	ReadBasic                    = "IndustryData.ReadBasic.All"
)

// Approve is Homeroom's own permission: to decide what runs may do. Graph has none like
// it.
const Approve = "Homeroom.Approve"

// Permission is one that Microsoft Graph publishes, or Homeroom's own. As an application
// permission it always needs an administrator's consent.
type Permission struct {
	Name          string
	DelegatedID   string // of the oauth2PermissionScope
	ApplicationID string // of the appRole
	DisplayName   string
	Allows        string // what it allows the app to do: "read reference definitions"
	AdminConsent  bool   // as a delegated one it needs an administrator's consent
}

// ID returns the id of the permission in its form of a kind.
func (p Permission) ID(kind Kind) string {
	if kind == Delegated {
		return p.DelegatedID
	}
	return p.ApplicationID
}

// Description says what the permission allows in its form of a kind, as Graph says it.
func (p Permission) Description(kind Kind) string {
	if kind == Delegated {
		return "Allows the app to " + p.Allows + " on behalf of the signed-in user."
	}
	return "Allows the app to " + p.Allows + " without a signed-in user."
}

// Consent says, as Graph does, who allows the permission as a delegated one: Admin, or User
// for what any person may allow.
func (p Permission) Consent() string {
	if p.AdminConsent {
		return "Admin"
	}
	return "User"
}

// Permissions returns all permissions, by name.
func Permissions() []Permission {
	own := Permission{Approve, "25dfa2ed-ce5c-454b-b59d-ab8505bebbdc", "17ff5808-51ab-4852-a804-18d63dcc8a03", "Decide what runs may do", "approve, reject and revert what IndustryData runs do", true}
	return append([]Permission{own}, GraphPermissions()...)
}

// GraphPermissions returns those that Microsoft Graph publishes, by name.
func GraphPermissions() []Permission {
	return []Permission{
		{DataConnectorRead, "d19c0de5-7ecb-4aba-b090-da35ebcd5425", "7ab52c2f-a2ee-4d98-9ebc-725e3934aae2", "View data connector definitions", "read data connectors", true},
		{DataConnectorReadWrite, "5ce933ac-3997-4280-aed0-cc072e5c062a", "eda0971c-482e-4345-b28f-69c309cb8a34", "Manage data connector definitions", "read and write data connectors", true},
		{DataConnectorUpload, "fc47391d-ab2c-410f-9059-5600f7af660d", "9334c44b-a7c6-4350-8036-6bf8e02b4c1f", "Upload files to a data connector", "upload data files to a data connector", true},
		{InboundFlowRead, "cb0774da-a605-42af-959c-32f438fb38f4", "305f6ba2-049a-4b1b-88bb-fe7e08758a00", "View inbound flow definitions", "read inbound data flows", true},
		{InboundFlowReadWrite, "97044676-2cec-40ee-bd70-38df444c9e70", "e688c61f-d4c6-4d64-a197-3bcf6ba1d6ad", "Manage inbound flow definitions", "read and write inbound data flows", true},
		{OutboundFlowRead, "4741a003-8952-4be4-9217-33a0ac327122", "61d0354c-5d88-483c-b974-a37ec3395a2c", "View outbound flowsets and flows definitions", "read outbound data flows", true},
		{OutboundFlowReadWrite, "aeb68e0b-e562-4a1f-b6dd-3484ad0cbb4b", "24a65b4a-e501-47e2-8849-d679517887f0", "Manage outbound flow definitions", "read and write outbound data flows", true},
		{ReferenceDefinitionRead, "a3f96ffe-cb84-40a8-ac85-582d7ef97c2a", "6ee891c3-74a4-4148-8463-0c834375dfaf", "View reference definitions", "read reference definitions", true},
		{ReferenceDefinitionReadWrite, "a757d430-be6d-430f-af57-28aabe79d247", "bda16293-63d3-45b7-b16b-833841d27d56", "Manage reference definitions", "read and write reference definitions", true},
		{RunRead, "92685235-50c4-4702-b2c8-36043db6fa79", "f6f5d10b-3024-4d1d-b674-aae4df4a1a73", "View current and previous runs", "read current and previous IndustryData runs", true},
		{RunStart, "f03a6d0e-0989-460f-80b2-e57c8561763e", "7e429772-5b5e-47c0-8fd6-7279294c8033", "View and start runs", "view and start IndustryData runs", true},
		{SourceSystemRead, "49b7016c-89ae-41e7-bd6f-b7170c5490bf", "bc167a60-39fe-4865-8b44-78400fc6ed03", "View source system definitions", "read source system definitions", true},
		{SourceSystemReadWrite, "9599f005-05d6-4ea7-b1b1-4929768af5d0", "7d866958-e06e-4dd6-91c6-a086b3f5cfeb", "Manage source system definitions", "read and write source system definitions", true},
		{TimePeriodRead, "c9d51f28-8ccd-42b2-a836-fd8fe9ebf2ae", "7c55c952-b095-4c23-a522-022bce4cc1e3", "Read time period definitions", "read time period definitions", true},
		{TimePeriodReadWrite, "b6d56528-3032-4f9d-830f-5a24a25e6661", "7afa7744-a782-4a32-b8c2-e3db637e8de7", "Manage time period definitions", "read and write time period definitions", true},
		{ReadBasic, "60382b96-1f5e-46ea-a544-0407e489e588", "4f5ac95f-62fd-472c-b60f-125d24ca0bc5", "Read basic Industry Data service and resource definitions", "read basic Industry Data service and resource information", false},
	}
}

// FindPermission returns the permission with exactly this name.
func FindPermission(name string) (Permission, bool) {
	all := Permissions()
	i := slices.IndexFunc(all, func(p Permission) bool { return p.Name == name })
	if i < 0 {
		return Permission{}, false
	}
	return all[i], true
}
