package odata_test

import (
	"testing"

	"github.com/homeroomhq/homeroom/odata"
)

// industry is a part of the API's table of types, with one of every sort of property.
func industry() *odata.Model {
	text, boolean := "Edm.String", "Edm.Boolean"
	return &odata.Model{
		Namespace: "microsoft.graph.industryData",
		Types: []*odata.Type{
			{Name: "flowSet", Entity: true, Doc: "A set of flows.", Properties: []odata.Property{
				{Name: "id", Type: text, Access: odata.ReadOnly, Doc: "The key."},
				{Name: "createdDateTime", Type: "Edm.DateTimeOffset", Nullable: true, Access: odata.ReadOnly, Doc: "When it was created."},
				{Name: "displayName", Type: text, Required: true, Doc: "For people: <b> & \"quoted\"."},
				{Name: "filter", Type: "filter", Nullable: true},
				{Name: "sortIndex", Type: "Edm.Int32", Nullable: true},
				{Name: "startDate", Type: "Edm.Date", Nullable: true},
				{Name: "effectiveDateTime", Type: "Edm.DateTimeOffset", Nullable: true},
				{Name: "flows", Type: "flow", Collection: true, Nullable: true, Navigation: true, Contained: true, Doc: "Its flows."},
				{Name: "groups", Type: "roleGroup", Collection: true, Nullable: true, Navigation: true},
				{Name: "runs", Type: "roleGroup", Collection: true, Navigation: true, Access: odata.ReadOnly},
			}},
			{Name: "flow", Entity: true, Abstract: true, Properties: []odata.Property{
				{Name: "id", Type: text, Access: odata.ReadOnly},
				{Name: "readinessStatus", Type: "readinessStatus", Nullable: true, Access: odata.ReadOnly},
			}},
			{Name: "groupFlow", Base: "flow", Entity: true, Properties: []odata.Property{
				{Name: "creationOptions", Type: "groupOptions", Required: true},
			}},
			{Name: "userFlow", Base: "flow", Entity: true, Properties: []odata.Property{
				{Name: "createUnmatchedUsers", Type: boolean, Nullable: true},
				{Name: "additionalAttributes", Type: "attributes", Collection: true, Nullable: true},
				{Name: "studentAgeGroup", Type: "attributes", Nullable: true},
				{Name: "creationOptions", Type: "userOptions", Nullable: true},
			}},
			{Name: "groupOptions", Properties: []odata.Property{
				{Name: "createBasedOnOrg", Type: boolean},
				{Name: "createBasedOnOrgPlusRoleGroup", Type: boolean},
			}},
			{Name: "userOptions", Properties: []odata.Property{
				{Name: "configurations", Type: "userConfiguration", Collection: true, Nullable: true},
			}},
			{Name: "userConfiguration", Properties: []odata.Property{
				{Name: "licenseSkus", Type: text, Collection: true, Nullable: true},
				{Name: "defaultPasswordSettings", Type: "passwordSettings", Nullable: true},
				{Name: "roleGroup", Type: "roleGroup", Navigation: true, Inline: true, Required: true},
			}},
			{Name: "passwordSettings", Abstract: true},
			{Name: "simplePasswordSettings", Base: "passwordSettings", Properties: []odata.Property{
				{Name: "password", Type: text, Access: odata.Secret, Required: true},
			}},
			{Name: "filter", Abstract: true},
			{Name: "basicFilter", Base: "filter", Properties: []odata.Property{
				{Name: "attribute", Type: "filterOptions", Required: true},
				{Name: "in", Type: text, Collection: true, Required: true},
			}},
			{Name: "roleGroup", Entity: true, Properties: []odata.Property{
				{Name: "id", Type: text, Access: odata.ReadOnly},
				{Name: "displayName", Type: text},
				{Name: "roles", Type: "roleReferenceValue", Collection: true},
			}},
			{Name: "referenceValue", Abstract: true, Properties: []odata.Property{{Name: "code", Type: text, Nullable: true}}},
			{Name: "roleReferenceValue", Base: "referenceValue"},
		},
		Enums: []*odata.Enum{
			{Name: "readinessStatus", Members: []string{"notReady", "ready", "unknownFutureValue"}, Doc: "How a flow stands."},
			{Name: "filterOptions", Members: []string{"orgExternalId", "unknownFutureValue"}},
			{Name: "attributes", Members: []string{"userGradeLevel", "userNumber", "unknownFutureValue"}},
		},
	}
}

// groups finds the role groups students and staff, in any case.
func groups(m *odata.Model) func(p *odata.Property, id string) (*odata.Entity, error) {
	return func(p *odata.Property, id string) (*odata.Entity, error) {
		for _, group := range []struct{ id, name, role string }{{"students", "Students", "student"}, {"staff", "Staff", "teacher"}} {
			if group.id == id {
				return entity(m, p.Type, map[string]any{
					"id": id, "displayName": group.name,
					"roles": []any{entity(m, "roleReferenceValue", map[string]any{"code": group.role})},
				}), nil
			}
		}
		return nil, odata.BadRequest("", "The role group '%s' does not exist.", id)
	}
}

func entity(m *odata.Model, name string, values map[string]any) *odata.Entity {
	return &odata.Entity{Type: m.Type(name), Values: values}
}

// stored is an entity as it is kept: what most tests look at.
func stored(t testing.TB, m *odata.Model, e *odata.Entity) string {
	t.Helper()
	body, err := m.Stored(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
