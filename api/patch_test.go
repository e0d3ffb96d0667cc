package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// TestPatchFlowSet changes the same flow set in many ways: what is absent stays, complex
// values merge, null clears (contract A.6, E.4).
func TestPatchFlowSet(t *testing.T) {
	const all = `{"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter","attribute":"orgExternalId","in":["1","2"]}}`
	tests := []struct{ name, body, want string }{
		{"nothing", `{}`, all},
		{"annotations", `{"@odata.context":"x","@odata.type":"` + ns + `outboundProvisioningFlowSet","provisioningFlows@odata.context":"y"}`, all},
		{"the same", all, all},
		{"a bare filter", `{"filter":{"@odata.type":"` + ns + `basicFilter"}}`, all},
		{"name beside a bare filter", `{"displayName":"M","filter":{"@odata.type":"` + ns + `basicFilter"}}`, strings.Replace(all, `"N"`, `"M"`, 1)},
		{"name in another case", `{"DISPLAYNAME":"M"}`, strings.Replace(all, `"N"`, `"M"`, 1)},
		{"part of a filter", `{"filter":{"in":["3"]}}`, strings.Replace(all, `["1","2"]`, `["3"]`, 1)},
		{"null filter", `{"filter":null}`, `{"displayName":"N","filter":null}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			url := flowSets + "/" + w.post(token, flowSets, all)
			before := w.send(token, "GET", url, nil, nil)
			got := w.send(token, "PATCH", url, jsonHeader(), []byte(test.body))
			if got.status != http.StatusNoContent || len(got.body) > 0 {
				t.Fatalf("PATCH: %d %s", got.status, got.body)
			}
			after := w.send(token, "GET", url, nil, nil)
			if diff := cmp.Diff(decoded(t, []byte(test.want)), any(own(after.object()))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			same := test.want == all
			if moved := before.object()["lastModifiedDateTime"] != after.object()["lastModifiedDateTime"]; moved == same {
				t.Errorf("lastModifiedDateTime moved: %t", moved)
			}
			if moved := before.header.Get("ETag") != after.header.Get("ETag"); moved == same {
				t.Errorf("the ETag moved: %t", moved)
			}
		})
	}
}

// TestRefusedPatches changes what cannot be changed so. Nothing does change.
func TestRefusedPatches(t *testing.T) {
	tests := []struct{ name, path, body, target, saying string }{
		{"null name", "", `{"displayName":null}`, "displayName", "null"},
		{"empty name", "", `{"displayName":""}`, "displayName", "empty"},
		{"filter of nobody", "", `{"filter":{"in":[]}}`, "filter/in", "no organization"},
		{"flows", "", `{"provisioningFlows":[]}`, "provisioningFlows", "their own addresses"},
		{"type", "", `{"@odata.type":"` + ns + `userProvisioningFlow"}`, "@odata.type", "outboundProvisioningFlowSet"},
		{"no body", "", ``, "", "empty"},
		{"another type", "/provisioningFlows/", withType("securityGroupProvisioningFlow", `"creationOptions":{}`), "@odata.type", "userProvisioningFlow"},
		{"null options", "/provisioningFlows/", `{"managementOptions":null}`, "managementOptions", "null"},
		{"null options within", "/provisioningFlows/", `{"managementOptions":{"additionalOptions":null}}`, "managementOptions/additionalOptions", "null"},
		{"age groups", "/provisioningFlows/", `{"managementOptions":{"additionalOptions":{"markAllStudentsAsMinors":false,"studentAgeGroup":"minor"}}}`,
			"managementOptions/additionalOptions/markAllStudentsAsMinors", "contradict"},
		{"mask without a password", "/provisioningFlows/", user(`{"roleGroup":{"id":"students"},"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"***************"}}`),
			"creationOptions/configurations/0/defaultPasswordSettings/password", "no password"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			set := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N",`+filtered+`}`)
			url := set
			if test.path != "" {
				url += test.path + w.post(token, set+test.path[:len(test.path)-1], user(`{`+staffGroup+`,`+password+`}`))
			}
			before := w.send(token, "GET", url, nil, nil).object()
			refused(w.send(token, "PATCH", url, jsonHeader(), []byte(test.body)), 400, test.target, test.saying)
			if diff := cmp.Diff(before, w.send(token, "GET", url, nil, nil).object()); diff != "" {
				t.Errorf("it changed:\n%s", diff)
			}
		})
	}
}

// TestBareFilterOfAll changes a set without a filter by a bare one: there is none to keep,
// and it must not pass for one (contract A.6).
func TestBareFilterOfAll(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	url := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`)
	got := w.send(token, "PATCH", url, jsonHeader(), []byte(`{"filter":{"@odata.type":"`+ns+`basicFilter"}}`))
	refused(got, 400, "filter/attribute", "additionalData")
}

// TestAgeGroups changes the age group of a flow that has one by the deprecated property
// and by its own (contract B.4).
func TestAgeGroups(t *testing.T) {
	const minors, group = `"markAllStudentsAsMinors":`, `"studentAgeGroup":`
	for _, test := range []struct{ stored, body, want string }{
		{`"minor"`, ``, `"minor"`},
		{`"minor"`, minors + `true`, `"minor"`},
		{`"minor"`, minors + `false`, `null`},
		{`"minor"`, minors + `null`, `"minor"`},
		{`"minor"`, group + `null`, `null`},
		{`"minor"`, group + `"adult"`, `"adult"`},
		{`"minor"`, minors + `false,` + group + `"adult"`, `"adult"`},
		{`"adult"`, minors + `true`, `"minor"`},
		{`"adult"`, minors + `false`, `"adult"`},
		{`"adult"`, minors + `true,` + group + `"minor"`, `"minor"`},
		{`null`, minors + `true`, `"minor"`},
		{`null`, minors + `false,` + group + `null`, `null`},
		{`null`, `"allowStudentContactAssociation":true`, `null`},
	} {
		w := newWorld(t)
		token := w.admin()
		url := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`) + "/provisioningFlows"
		options := func(options string) string {
			return withType("userProvisioningFlow", `"managementOptions":{"additionalOptions":{`+options+`}}`)
		}
		url += "/" + w.post(token, url, options(group+test.stored))
		if got := w.send(token, "PATCH", url, jsonHeader(), []byte(options(test.body))); got.status != http.StatusNoContent {
			t.Errorf("%+v: %d %s", test, got.status, got.body)
		}
		flow := string(w.send(token, "GET", url, nil, nil).body)
		if !strings.Contains(flow, group+test.want) || strings.Contains(flow, "Minors") {
			t.Errorf("%+v: %s", test, flow)
		}
	}
}

// TestPasswords follows the password of a configuration: it is sealed for its place, never
// shown, and kept by its role group when it is not written anew (contract A.6).
func TestPasswords(t *testing.T) {
	const settings = `"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings"`
	write := func(password string) string { return settings + `,"password":"` + password + `"}` }
	students := func(rest string) string { return `{"roleGroup":{"id":"students"},` + rest + `}` }
	staff := func(rest string) string { return `{` + staffGroup + `,` + rest + `}` }
	masked := write(odata.Mask)
	tests := []struct{ name, body, students, staff string }{
		{"masks", user(students(masked) + `,` + staff(masked)), "One!", "Two!"},
		{"the other order", user(staff(masked) + `,` + students(masked)), "One!", "Two!"},
		{"dropped by an SDK", user(students(settings+`}`) + `,` + staff(masked)), "One!", "Two!"},
		{"one anew", user(students(write("Three!")) + `,` + staff(masked)), "Three!", "Two!"},
		{"one group alone", user(staff(masked)), "", "Two!"},
		{"no settings", user(staff(`"licenseSkus":[]`) + `,` + students(masked)), "One!", ""},
		{"something else", withType("userProvisioningFlow", `"createUnmatchedUsers":true`), "One!", "Two!"},
		{"nothing", withType("userProvisioningFlow", `"creationOptions":null`), "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			set := w.post(token, flowSets, `{"displayName":"N"}`)
			url := flowSets + "/" + set + "/provisioningFlows"
			flow := w.post(token, url, user(students(write("One!"))+`,`+staff(write("Two!"))))
			if got := w.send(token, "PATCH", url+"/"+flow, jsonHeader(), []byte(test.body)); got.status != http.StatusNoContent {
				t.Fatalf("PATCH: %d %s", got.status, got.body)
			}
			for group, want := range map[string]string{"students": test.students, "staff": test.staff} {
				if got := w.passwordOf(set, flow, group); got != want {
					t.Errorf("the password of %s is %q, want %q", group, got, want)
				}
			}
			w.keepsSecrets(token, url, "One!", "Two!", "Three!")
		})
	}
}

// TestLongPasswords changes a flow whose password is as long as one can be: what is sealed is
// longer.
func TestLongPasswords(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := w.post(token, flowSets, `{"displayName":"N"}`)
	url := flowSets + "/" + set + "/provisioningFlows"
	configured := func(password string) string {
		return user(`{` + staffGroup + `,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"` + password + `"}}`)
	}
	longest := strings.Repeat("Aa1!", 64)
	flow := w.post(token, url, configured(longest))
	for body, status := range map[string]int{
		`{"createUnmatchedUsers":true}`: 204, configured(odata.Mask): 204, configured(longest + "x"): 400,
	} {
		if got := w.send(token, "PATCH", url+"/"+flow, jsonHeader(), []byte(body)); got.status != status {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := w.passwordOf(set, flow, "staff"); got != longest {
		t.Errorf("the password is %q", got)
	}
}

// passwordOf returns what a run would give users of a role group, "" for nothing.
func (w *world) passwordOf(set, flow, group string) string {
	w.Helper()
	stored, err := w.store.Flow(w.Context(), school, set, flow)
	if err != nil {
		w.Fatal(err)
	}
	stored.Readiness = outbound.Ready
	sets, err := outbound.Sets([]outbound.FlowSet{{ID: set, Body: []byte(`{}`)}}, []outbound.Flow{stored},
		func(object, field, sealed string) (string, error) { return unseal(school, object, field, sealed) })
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range sets[0].User.Configurations {
		if c.RoleGroup == group {
			return string(c.Password)
		}
	}
	return ""
}

// keepsSecrets fails when a secret is in the store, in the audit, or in an answer.
func (w *world) keepsSecrets(token, url string, secrets ...string) {
	w.Helper()
	flows, err := w.store.AllFlows(w.Context(), school)
	if err != nil {
		w.Fatal(err)
	}
	audit, err := w.store.Audit(w.Context(), school, 100)
	if err != nil || len(audit) < 2 {
		w.Fatalf("%d records, %v", len(audit), err)
	}
	said := string(w.send(token, "GET", url, nil, nil).body)
	for _, flow := range flows {
		said += string(flow.Body)
	}
	for _, entry := range audit {
		said += string(entry.Changes)
	}
	for _, secret := range secrets {
		if strings.Contains(said, secret) {
			w.Errorf("%s is told: %s", secret, said)
		}
	}
}

// TestPreconditions changes and deletes by ETag, which is never required (contract E.4).
func TestPreconditions(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N"}`)
	flow := set + "/provisioningFlows/" + w.post(token, set+"/provisioningFlows", withType("administrativeUnitProvisioningFlow", `"creationOptions":{}`))
	for url, body := range map[string]string{set: `{"displayName":"M"}`, flow: `{"creationOptions":{"createBasedOnOrg":true}}`} {
		old := w.send(token, "GET", url, nil, nil).header.Get("ETag")
		if got := w.send(token, "PATCH", url, match(old), []byte(body)); got.status != http.StatusNoContent || got.header.Get("ETag") == old {
			t.Errorf("PATCH %s: %d, ETag %s after %s", url, got.status, got.header.Get("ETag"), old)
		}
		for _, method := range []string{"PATCH", "DELETE"} {
			if got := w.send(token, method, url, match(old), []byte(`{}`)); got.status != http.StatusPreconditionFailed {
				t.Errorf("%s %s: %d", method, url, got.status)
			}
		}
		if got := w.send(token, "GET", url+"?$expand=provisioningFlows", nil, nil); got.header.Get("ETag") != "" {
			t.Errorf("an ETag of what is expanded, too")
		}
	}
	reset := w.send(token, "POST", flow+"/reset", match(`W/"77"`), nil)
	if reset.status != http.StatusPreconditionFailed {
		t.Errorf("reset: %d", reset.status)
	}
	for _, url := range []string{flow, set} {
		now := w.send(token, "GET", url, nil, nil).header.Get("ETag")
		if got := w.send(token, "GET", url, http.Header{"If-None-Match": {now}}, nil); got.status != http.StatusNotModified {
			t.Errorf("GET %s: %d", url, got.status)
		}
		if got := w.send(token, "DELETE", url, match(now), nil); got.status != http.StatusNoContent {
			t.Errorf("DELETE %s: %d %s", url, got.status, got.body)
		}
		if got := w.send(token, "DELETE", url, nil, nil); got.status != http.StatusNotFound {
			t.Errorf("DELETE %s: %d", url, got.status)
		}
	}
}

func match(etag string) http.Header {
	h := jsonHeader()
	h.Set("If-Match", etag)
	return h
}

// TestFileTenant writes to a tenant that a file configures (design, "Command line").
func TestFileTenant(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	if err := w.store.Own(t.Context(), school, outbound.File); err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct{ method, url, body string }{
		{"POST", flowSets, `{"displayName":"N"}`},
		{"POST", industryData + "/referenceDefinitions", `{"referenceType":"RefGradeLevel","code":"x","isDisabled":false,"sortIndex":9999}`},
		{"PATCH", industryData + "/referenceDefinitions/RefRole-aide", `{"displayName":"Aide"}`},
		{"DELETE", industryData + "/referenceDefinitions/RefRole-aide", ``},
	} {
		refused(w.send(token, call.method, call.url, jsonHeader(), []byte(call.body)), http.StatusConflict, "", "homeroom import")
	}
	if got := w.send(token, "GET", flowSets, nil, nil); got.status != http.StatusOK {
		t.Errorf("GET: %d", got.status)
	}
}
