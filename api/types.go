package api

import (
	"slices"

	"github.com/homeroomhq/homeroom/odata"
)

// The names of types that handlers ask the model for (contract B and C).
const (
	rootType               = "industryDataRoot"
	flowSetType            = "outboundProvisioningFlowSet"
	flowType               = "provisioningFlow"
	administrativeUnitType = "administrativeUnitProvisioningFlow"
	securityGroupType      = "securityGroupProvisioningFlow"
	classGroupType         = "classGroupProvisioningFlow"
	userType               = "userProvisioningFlow"
	roleGroupType          = "roleGroup"
	roleReferenceType      = "roleReferenceValue"
	definitionType         = "referenceDefinition"
	runType                = "industryDataRun"
	activityType           = "industryDataRunActivity"
	inboundActivityType    = "inboundFlowActivity"
	outboundActivityType   = "outboundFlowActivity"
	carriedOutType         = "industryDataActivity"
	statisticsType         = "industryDataRunStatistics"
	servicePrincipalType   = "servicePrincipal"
)

// types returns the types of the service: the one table that bodies are read and
// written by, and that $metadata, /openapi.json and docs/api.md are made from.
func types() *odata.Model {
	return &odata.Model{
		Namespace: "microsoft.graph.industryData",
		Types: slices.Concat(
			rootTypes(), flowTypes(), groupOptionTypes(), userOptionTypes(),
			referenceTypes(), runTypes(), statisticsTypes(), principalTypes(),
		),
		Enums: slices.Concat(flowEnums(), runEnums()),
	}
}

// The types of properties that are not of the model.
const (
	text    = "Edm.String"
	boolean = "Edm.Boolean"
	integer = "Edm.Int32"
	instant = "Edm.DateTimeOffset"
)

// key returns the key of an entity type.
func key(doc string) odata.Property {
	return odata.Property{Name: "id", Type: text, Access: odata.ReadOnly, Doc: doc}
}

// dates returns when an entity was created and changed.
func dates(what string) []odata.Property {
	return []odata.Property{
		{Name: "createdDateTime", Type: instant, Nullable: true, Access: odata.ReadOnly, Doc: "When " + what + " was created, in UTC."},
		{Name: "lastModifiedDateTime", Type: instant, Nullable: true, Access: odata.ReadOnly, Doc: "When " + what + " was last changed, in UTC."},
	}
}

// collection returns a navigation property to entities that live in this one.
func collection(name, of, doc string) odata.Property {
	return odata.Property{Name: name, Type: of, Collection: true, Nullable: true, Navigation: true, Contained: true, Doc: doc}
}

// rootTypes are what all of industry data hangs below (contract C).
func rootTypes() []*odata.Type {
	return []*odata.Type{{
		Name: rootType, Entity: true,
		Doc: "The root of a tenant's industry data.",
		Properties: []odata.Property{
			key("The name of the root."),
			collection("outboundProvisioningFlowSets", flowSetType, "What is made of rosters in the directory, and for which organizations."),
			collection("referenceDefinitions", definitionType, "The codes that rosters and flows use."),
			collection("roleGroups", roleGroupType, "The groups of roles that people are picked by."),
			collection("runs", runType, "The passes from a roster to the directory."),
		},
	}}
}
