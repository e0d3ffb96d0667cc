package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const ns = "#microsoft.graph.industryData."

// withType writes a flow of a type with some properties.
func withType(name, properties string) string {
	if properties == "" {
		return `{"@odata.type":"` + ns + name + `"}`
	}
	return `{"@odata.type":"` + ns + name + `",` + properties + `}`
}

// user writes a user flow with configurations.
func user(configurations string) string {
	return withType("userProvisioningFlow", `"managementOptions":{},"creationOptions":{"configurations":[`+configurations+`]}`)
}

func classGroup(mappings string) string {
	return withType("classGroupProvisioningFlow", `"configuration":{"enrollmentMappings":{`+mappings+`}}`)
}

const (
	password   = `"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"Pa55!word"}`
	filtered   = `"filter":{"@odata.type":"` + ns + `basicFilter","attribute":"orgExternalId","in":["1"]}`
	staffGroup = `"roleGroup@odata.bind":"roleGroups/staff"`
)

// TestRefusedFlowSets creates flow sets that break a rule of contract A.3, A.6, B.4 or G.
// Each is refused by name, and nothing is stored.
func TestRefusedFlowSets(t *testing.T) {
	unit := withType("administrativeUnitProvisioningFlow", `"creationOptions":{}`)
	nested := func(flows string) string { return `{"displayName":"N","provisioningFlows":[` + flows + `]}` }
	tests := []struct {
		name, body     string
		status         int
		target, saying string
	}{
		{"no name", `{}`, 400, "displayName", "displayName"},
		{"null name", `{"displayName":null}`, 400, "displayName", "null"},
		{"blank name", `{"displayName":" \t"}`, 400, "displayName", "empty"},
		{"long name", `{"displayName":"` + strings.Repeat("é", 257) + `"}`, 400, "displayName", "256"},
		{"bare filter", `{"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter"}}`, 400, "filter/attribute", "additionalData"},
		{"abstract filter", `{"displayName":"N","filter":{"@odata.type":"` + ns + `filter","attribute":"orgExternalId","in":["1"]}}`, 400, "filter/@odata.type", "basicFilter"},
		{"untyped filter", `{"displayName":"N","filter":{"attribute":"orgExternalId","in":["1"]}}`, 400, "filter/@odata.type", "basicFilter"},
		{"filter of nobody", `{"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter","attribute":"orgExternalId","in":[]}}`, 400, "filter/in", "leave the filter out"},
		{"filter of null", `{"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter","attribute":"orgExternalId","in":null}}`, 400, "filter/in", "null"},
		{"filter of an empty id", `{"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter","attribute":"orgExternalId","in":["1",""]}}`, 400, "filter/in/1", "empty"},
		{"future attribute", `{"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter","attribute":"unknownFutureValue","in":["1"]}}`, 400, "filter/attribute", "orgExternalId"},
		{"two of a type", nested(unit + "," + unit), 409, "provisioningFlows/1", "administrativeUnitProvisioningFlow"},
		{"one bad flow of two", nested(unit + "," + classGroup(`"ownerEnrollmentMappings":[{"code":"techer"}]`)), 400,
			"provisioningFlows/1/configuration/enrollmentMappings/ownerEnrollmentMappings/0/code", "Did you mean teacher?"},
		{"bare flow", nested(withType("userProvisioningFlow", "")), 400, "provisioningFlows/0/managementOptions", "additionalData"},
		{"null flow", nested(`null`), 400, "provisioningFlows/0", "null"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			got := w.send(token, "POST", flowSets, jsonHeader(), []byte(test.body))
			refused(got, test.status, test.target, test.saying)
			if n := w.send(token, "GET", flowSets+"/$count", nil, nil); string(n.body) != "0" {
				t.Errorf("%s flow sets were stored", n.body)
			}
		})
	}
}

// refused checks an error: its status, what it is about, and a word of its sentence.
func refused(got answer, status int, target, saying string) {
	got.Helper()
	if got.status != status {
		got.Fatalf("%d, want %d: %s", got.status, status, got.body)
	}
	is, _ := got.object()["error"].(map[string]any)
	at, _ := is["target"].(string)
	if message, _ := is["message"].(string); at != target || !strings.Contains(message, saying) {
		got.Errorf("at %q: %s\nwant at %q, saying %q", at, message, target, saying)
	}
}

// TestRefusedFlows creates flows that break a rule.
func TestRefusedFlows(t *testing.T) {
	const c0, mappings = "creationOptions/configurations/0", "configuration/enrollmentMappings/"
	tests := []struct {
		name, body     string
		target, saying string
	}{
		{"untyped", `{"creationOptions":{}}`, "@odata.type", ns + "userProvisioningFlow"},
		{"abstract", withType("provisioningFlow", ""), "@odata.type", ns + "classGroupProvisioningFlow"},
		{"of a set", withType("outboundProvisioningFlowSet", `"displayName":"N"`), "@odata.type", ns},
		{"bare class group", withType("classGroupProvisioningFlow", ""), "configuration", "additionalData"},
		{"bare security group", withType("securityGroupProvisioningFlow", ""), "creationOptions", "creationOptions"},
		{"bare units", withType("administrativeUnitProvisioningFlow", ""), "creationOptions", "creationOptions"},
		{"null options", withType("administrativeUnitProvisioningFlow", `"creationOptions":null`), "creationOptions", "null"},
		{"null boolean", withType("administrativeUnitProvisioningFlow", `"creationOptions":{"createBasedOnOrg":null}`), "creationOptions/createBasedOnOrg", "null"},
		{"property of another type", withType("administrativeUnitProvisioningFlow", `"creationOptions":{"createBasedOnRoleGroup":true}`), "creationOptions/createBasedOnRoleGroup", "createBasedOn"},
		{"unknown role", classGroup(`"memberEnrollmentMappings":[{"code":"student"},{"code":"pupil"}]`), mappings + "memberEnrollmentMappings/1/code", "Known are"},
		{"no code", classGroup(`"memberEnrollmentMappings":[{}]`), mappings + "memberEnrollmentMappings/0/code", "missing"},
		{"role of another list", classGroup(`"memberEnrollmentMappings":[{"value@odata.bind":"referenceDefinitions/RefGradeLevel-01"}]`), mappings + "memberEnrollmentMappings/0/value", "RefRole-teacher"},
		{"unknown definition", classGroup(`"memberEnrollmentMappings":[{"value@odata.bind":"referenceDefinitions/RefRole-studnt"}]`), mappings + "memberEnrollmentMappings/0/value", "student"},
		{"code and definition", classGroup(`"memberEnrollmentMappings":[{"code":"aide","value@odata.bind":"referenceDefinitions/RefRole-student"}]`), mappings + "memberEnrollmentMappings/0", "contradict"},
		{"unknown role group", user(`{"roleGroup@odata.bind":"roleGroups/pupils"}`), c0 + "/roleGroup", "roleGroups/students"},
		{"no role group", user(`{` + password + `}`), c0 + "/roleGroup", "roleGroup"},
		{"role group without id", user(`{"roleGroup":{"displayName":"Staff"}}`), c0 + "/roleGroup/id", "id"},
		{"role group twice", user(`{` + staffGroup + `},{"roleGroup":{"id":"STAFF"}}`), "creationOptions/configurations/1/roleGroup", "already"},
		{"masked password", user(`{` + staffGroup + `,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"***************"}}`), c0 + "/defaultPasswordSettings/password", "no password"},
		{"dropped password", user(`{` + staffGroup + `,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings"}}`), c0 + "/defaultPasswordSettings/password", "no password"},
		{"empty password", user(`{` + staffGroup + `,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":""}}`), c0 + "/defaultPasswordSettings/password", "empty"},
		{"long password", user(`{` + staffGroup + `,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"` + strings.Repeat("x", 257) + `"}}`), c0 + "/defaultPasswordSettings/password", "256"},
		{"null password", user(`{` + staffGroup + `,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":null}}`), c0 + "/defaultPasswordSettings/password", "null"},
		{"empty licence", user(`{` + staffGroup + `,"licenseSkus":["a",""]}`), c0 + "/licenseSkus/1", "empty"},
		{"age groups", withType("userProvisioningFlow", `"managementOptions":{"additionalOptions":{"markAllStudentsAsMinors":true,"studentAgeGroup":"adult"}}`),
			"managementOptions/additionalOptions/markAllStudentsAsMinors", "contradict"},
		{"unknown age group", withType("userProvisioningFlow", `"managementOptions":{"additionalOptions":{"studentAgeGroup":"child"}}`),
			"managementOptions/additionalOptions/studentAgeGroup", "minor"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			set := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`)
			refused(w.send(token, "POST", set+"/provisioningFlows", jsonHeader(), []byte(test.body)), 400, test.target, test.saying)
			if n := w.send(token, "GET", set+"/provisioningFlows/$count", nil, nil); string(n.body) != "0" {
				t.Errorf("%s flows were stored", n.body)
			}
		})
	}
}

// TestAccepted creates flows in the spellings that clients use, and shows how they are
// kept: in canonical spelling, with defaults (contract A.3, B.2, B.4).
func TestAccepted(t *testing.T) {
	const none = `"additionalAttributes":null,"additionalOptions":{"createTeam":false,"writeDisplayNameOnCreateOnly":false}`
	management := func(ageGroup, contacts string) string {
		return `"managementOptions":{"additionalAttributes":null,"additionalOptions":{"allowStudentContactAssociation":` + contacts + `,"studentAgeGroup":` + ageGroup + `}}`
	}
	options := func(options string) string {
		return withType("userProvisioningFlow", `"managementOptions":{"additionalOptions":{`+options+`}}`)
	}
	users := func(configuration string) string {
		return `{"createUnmatchedUsers":null,` + management("null", "null") + `,"creationOptions":{"configurations":[` + configuration + `]}}`
	}
	bare := func(ageGroup, contacts string) string {
		return `{"createUnmatchedUsers":null,` + management(ageGroup, contacts) + `,"creationOptions":null}`
	}
	tests := []struct{ name, body, want string }{
		{"units by default", withType("administrativeUnitProvisioningFlow", `"creationOptions":{}`),
			`{"creationOptions":{"createBasedOnOrg":false,"createBasedOnOrgPlusRoleGroup":false}}`},
		{"names in any case", withType("SecurityGroupProvisioningFlow", `"CREATIONOPTIONS":{"createBasedOnroleGroup":true}`),
			`{"creationOptions":{"createBasedOnRoleGroup":true,"createBasedOnOrgPlusRoleGroup":false}}`},
		{"type without hash", `{"@odata.type":"microsoft.graph.industryData.securityGroupProvisioningFlow","creationOptions":{"@odata.type":"` + ns + `securityGroupCreationOptions"}}`,
			`{"creationOptions":{"createBasedOnRoleGroup":false,"createBasedOnOrgPlusRoleGroup":false}}`},
		{"classes by default", withType("classGroupProvisioningFlow", `"configuration":{}`),
			`{"configuration":{` + none + `,"enrollmentMappings":{"ownerEnrollmentMappings":null,"memberEnrollmentMappings":null}}}`},
		{"codes in any case, null and nobody", classGroup(`"ownerEnrollmentMappings":[{"code":"paraProfessional"},{"code":"STAFF"}],"memberEnrollmentMappings":[]`),
			`{"configuration":{` + none + `,"enrollmentMappings":{"ownerEnrollmentMappings":[{"code":"paraprofessional"},{"code":"staff"}],"memberEnrollmentMappings":[]}}}`},
		{"codes by definition", classGroup(`"memberEnrollmentMappings":[{"value@odata.bind":"https://graph.microsoft.com/beta/external/industryData/referenceDefinitions('RefSectionRole-TEACHER')"},{"code":"aide","value":{"id":"RefRole-aide"}}]`),
			`{"configuration":{` + none + `,"enrollmentMappings":{"ownerEnrollmentMappings":null,"memberEnrollmentMappings":[{"code":"teacher"},{"code":"aide"}]}}}`},
		{"minors", options(`"markAllStudentsAsMinors":true,"studentAgeGroup":null,"allowStudentContactAssociation":true`), bare(`"minor"`, `true`)},
		{"no minors", options(`"markAllStudentsAsMinors":false`), bare(`null`, `null`)},
		{"neither minors", options(`"markAllStudentsAsMinors":null,"studentAgeGroup":"NotAdult"`), bare(`"notAdult"`, `null`)},
		{"adults", options(`"markAllStudentsAsMinors":false,"studentAgeGroup":"adult","allowStudentContactAssociation":false`), bare(`"adult"`, `false`)},
		{"group by absolute address", user(`{"roleGroup@odata.bind":"https://graph.microsoft.com/beta/external/industryData/roleGroups('Students')"}`), users(`{"licenseSkus":null,"defaultPasswordSettings":null,"roleGroup":"students"}`)},
		{"group by relative address", user(`{"roleGroup@odata.bind":"external/industryData/roleGroups/staff","licenseSkus":["b","a"]}`), users(`{"licenseSkus":["b","a"],"defaultPasswordSettings":null,"roleGroup":"staff"}`)},
		{"group inline", user(`{"roleGroup@odata.context":"x","roleGroup":{"id":"staff","displayName":"Other","roles":[{"code":"x"}]},` + password + `}`),
			users(`{"licenseSkus":null,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"***************"},"roleGroup":"staff"}`)},
		{"bound wins over inline", user(`{"roleGroup@odata.bind":"roleGroups/staff","roleGroup":{"id":"students"}}`), users(`{"licenseSkus":null,"defaultPasswordSettings":null,"roleGroup":"staff"}`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			url := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`) + "/provisioningFlows"
			got := own(w.send(token, "GET", url+"/"+w.post(token, url, test.body), nil, nil).object())
			if diff := cmp.Diff(decoded(t, []byte(test.want)), any(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// own returns what clients write of a flow, role groups by id alone.
func own(flow map[string]any) map[string]any {
	written := maps.Clone(flow)
	for _, name := range []string{"@odata.context", "@odata.type", "id", "createdDateTime", "lastModifiedDateTime", "readinessStatus"} {
		delete(written, name)
	}
	if options, ok := written["creationOptions"].(map[string]any); ok && options["configurations"] != nil {
		for _, c := range options["configurations"].([]any) {
			configuration := c.(map[string]any)
			configuration["roleGroup"] = configuration["roleGroup"].(map[string]any)["id"]
			delete(configuration, "roleGroup@odata.context")
		}
	}
	return written
}

// TestOneOfEachType creates a second flow of a type, which a set cannot have (contract B.4).
func TestOneOfEachType(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`) + "/provisioningFlows"
	bodies := []string{
		withType("administrativeUnitProvisioningFlow", `"creationOptions":{}`), withType("securityGroupProvisioningFlow", `"creationOptions":{}`),
		classGroup(""), user(""),
	}
	ids := make([]string, len(bodies))
	for i, body := range bodies {
		ids[i] = w.post(token, set, body)
	}
	for i, body := range bodies {
		got := w.send(token, "POST", set, jsonHeader(), []byte(body))
		refused(got, http.StatusConflict, "", "can have one")
		if got = w.send(token, "DELETE", set+"/"+ids[i], nil, nil); got.status != http.StatusNoContent {
			t.Errorf("DELETE: %d", got.status)
		}
		w.post(token, set, body) // there is room again
	}
	other := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`) + "/provisioningFlows"
	w.post(token, other, bodies[0]) // of another set
}

// TestDeepInsert creates a set with flows, and deletes all with the set.
func TestDeepInsert(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := w.post(token, flowSets, `{"displayName":"N",`+filtered+`,"provisioningFlows":[`+
		withType("administrativeUnitProvisioningFlow", `"creationOptions":{"createBasedOnOrg":true}`)+`,`+user(`{`+staffGroup+`,`+password+`}`)+`]}`)
	got := w.send(token, "GET", flowSets+"/"+set+"?$expand=provisioningFlows", nil, nil).object()
	flows := got["provisioningFlows"].([]any)
	if len(flows) != 2 {
		t.Fatalf("%d flows", len(flows))
	}
	for _, flow := range flows {
		id := flow.(map[string]any)["id"].(string)
		url := flowSets + "/" + set + "/provisioningFlows/" + id
		alone := w.send(token, "GET", url, nil, nil).object()
		delete(alone, "@odata.context")
		if diff := cmp.Diff(own(alone), own(flow.(map[string]any))); diff != "" {
			t.Errorf("alone, and expanded:\n%s", diff)
		}
	}
	if got := w.send(token, "DELETE", flowSets+"/"+set, nil, nil); got.status != http.StatusNoContent {
		t.Fatalf("DELETE: %d %s", got.status, got.body)
	}
	for _, path := range []string{"", "/provisioningFlows", "/provisioningFlows/$count", "/provisioningFlows/" + flows[0].(map[string]any)["id"].(string)} {
		if got := w.send(token, "GET", flowSets+"/"+set+path, nil, nil); got.status != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, got.status)
		}
	}
	if flows, err := w.store.AllFlows(t.Context(), school); err != nil || len(flows) != 0 {
		t.Errorf("%d flows are left, %v", len(flows), err)
	}
}

// TestMassAssignment writes what clients do not write. It is passed over where SDKs send
// it back, and never taken (contract A.3).
func TestMassAssignment(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	const readOnly = `"id":"11111111-1111-1111-1111-111111111111","createdDateTime":"2001-01-01T00:00:00Z","lastModifiedDateTime":"2001-01-01T00:00:00Z"`
	set := w.post(token, flowSets, `{"displayName":"N",`+readOnly+`}`)
	flow := w.post(token, flowSets+"/"+set+"/provisioningFlows", withType("administrativeUnitProvisioningFlow", `"creationOptions":{},"readinessStatus":"ready",`+readOnly))
	for _, url := range []string{flowSets + "/" + set, flowSets + "/" + set + "/provisioningFlows/" + flow} {
		before := w.send(token, "GET", url, nil, nil).object()
		if strings.HasPrefix(before["id"].(string), "1111") || strings.HasPrefix(before["createdDateTime"].(string), "2001") || before["readinessStatus"] == "ready" {
			t.Errorf("%s has what was sent: %v", url, before)
		}
		body := `{"id":"` + before["id"].(string) + `","createdDateTime":"2001-01-01T00:00:00Z","lastModifiedDateTime":null,"readinessStatus":"ready"}`
		if url == flowSets+"/"+set {
			body = strings.Replace(body, `,"readinessStatus":"ready"`, "", 1)
		}
		if got := w.send(token, "PATCH", url, jsonHeader(), []byte(body)); got.status != http.StatusNoContent {
			t.Errorf("PATCH %s: %d %s", url, got.status, got.body)
		}
		if diff := cmp.Diff(before, w.send(token, "GET", url, nil, nil).object()); diff != "" {
			t.Errorf("%s changed:\n%s", url, diff)
		}
		refused(w.send(token, "PATCH", url, jsonHeader(), []byte(`{"id":"22222222-2222-2222-2222-222222222222"}`)), 400, "id", "id")
	}
	for _, unknown := range []string{"tenant", "revision", "body", "owner", "readiness"} {
		body, err := json.Marshal(map[string]any{"displayName": "N", unknown: "x"})
		if err != nil {
			t.Fatal(err)
		}
		refused(w.send(token, "POST", flowSets, jsonHeader(), body), 400, unknown, unknown)
	}
}
