//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/outbound"
)

// setForBoth is a flow set that the API and a file read alike.
const setForBoth = `{
  "displayName": "Lincoln High",
  "filter": {"@odata.type": "#microsoft.graph.industryData.basicFilter", "attribute": "orgExternalId", "in": ["007", "12", "007"]},
  "provisioningFlows": [
    {"@odata.type": "#microsoft.graph.industryData.userProvisioningFlow", "createUnmatchedUsers": true,
      "creationOptions": {"configurations": [
        {"roleGroup": {"id": "staff"}, "licenseSkus": ["Sku1", "Sku2"]},
        {"roleGroup": {"id": "students"}, "licenseSkus": [],
          "defaultPasswordSettings": {"@odata.type": "#microsoft.graph.industryData.simplePasswordSettings", "password": "p<w>d \" \\"}}]},
      "managementOptions": {"additionalAttributes": ["USERNUMBER"],
        "additionalOptions": {"allowStudentContactAssociation": true, "markAllStudentsAsMinors": true}}},
    {"@odata.type": "#microsoft.graph.industryData.classGroupProvisioningFlow",
      "configuration": {"additionalAttributes": ["classcode", "courseTitle"],
        "additionalOptions": {"createTeam": true, "writeDisplayNameOnCreateOnly": false},
        "enrollmentMappings": {"ownerEnrollmentMappings": [{"code": "TEACHER"}, {"code": "paraProfessional"}], "memberEnrollmentMappings": []}}},
    {"@odata.type": "#microsoft.graph.industryData.securityGroupProvisioningFlow",
      "creationOptions": {"createBasedOnRoleGroup": false, "createBasedOnOrgPlusRoleGroup": true}},
    {"@odata.type": "#microsoft.graph.industryData.administrativeUnitProvisioningFlow",
      "creationOptions": {"createBasedOnOrg": true, "createBasedOnOrgPlusRoleGroup": false}}
  ]}`

const definitionForBoth = `{"referenceType": "RefGradeLevel", "code": "prep", "displayName": "Preparation", "isDisabled": false, "sortIndex": 999}`

const flowSetsPath = "/outboundProvisioningFlowSets"

// The same words mean the same, whether the API is told or a file says them; and what the
// API was told is the same file again when it is exported.
func TestAPISpeaksAsFilesDo(t *testing.T) {
	text := `{"outboundProvisioningFlowSets": [` + setForBoth + `], "referenceDefinitions": [` + definitionForBoth + `],
		"userMatchingSettings": [{"roleGroup": {"id": "students"}, "sourceIdentifier": {"code": "username"}},
			{"roleGroup": {"id": "staff"}, "sourceIdentifier": {"code": "username"}}]}`
	want, err := parseConfig("homeroom.yaml", []byte(text), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, t.TempDir())
	s.token = s.run("token", "--permission", "IndustryData-OutboundFlow.ReadWrite.All",
		"--permission", "IndustryData-ReferenceDefinition.ReadWrite.All")
	s.call(201, "POST", flowSetsPath, setForBoth)
	s.call(201, "POST", "/referenceDefinitions", definitionForBoth)
	m, err := (&app{dataDir: s.dir}).look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	got, err := m.configured(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	compare := append(compareConfigs(), cmpopts.IgnoreFields(flow.Set{}, "ID"))
	if diff := cmp.Diff(want, got, compare...); diff != "" {
		t.Errorf("through the API (-file +API):\n%s", diff)
	}
	exported := s.run("export")
	if strings.Contains(exported, "p<w>d") {
		t.Errorf("a password is in the export:\n%s", exported)
	}
	again, err := parseConfig("exported.yaml", []byte(exported), func(string) (string, bool) { return `p<w>d " \`, true })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again, compare...); diff != "" {
		t.Errorf("exported (-file +exported):\n%s", diff)
	}
}

// Through the API nothing is changed of a tenant that a file configures.
func TestAPIOfFilesTenant(t *testing.T) {
	dir := t.TempDir()
	m, err := (&app{dataDir: dir}).open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Own(t.Context(), m.tenant, outbound.File); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, dir)
	s.authorize()
	s.call(409, "POST", flowSetsPath, setForBoth)
	file := filepath.Join(t.TempDir(), "homeroom.yaml")
	if err := os.WriteFile(file, []byte(`{"outboundProvisioningFlowSets": [`+setForBoth+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run("import", file) // beside the server
	sets := s.call(200, "GET", flowSetsPath, "")["value"].([]any)
	if len(sets) != 1 {
		t.Fatalf("after the import there are %v", sets)
	}
	id := sets[0].(map[string]any)["id"].(string)
	s.call(204, "PATCH", flowSetsPath+"/"+id, `{"displayName": "New"}`)
	if shown := s.call(200, "GET", flowSetsPath+"/"+id+"?$expand=provisioningFlows", ""); len(shown["provisioningFlows"].([]any)) != 4 {
		t.Errorf("the flows of the file are %v", shown["provisioningFlows"])
	}
}
