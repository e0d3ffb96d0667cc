package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/outbound"
)

// TestRoundTrip creates random flow sets and flows, and writes back what it got: nothing
// changes, whatever SDKs do to it on the way (contract A.6).
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		token := w.admin()
		sent := drawFlowSet(rt)
		set := w.post(token, flowSets, encoded(t, sent))
		url := flowSets + "/" + set
		w.roundTrip(rt, token, url, sent)
		for _, name := range rapid.Permutation(flowTypes()).Draw(rt, "types")[:rapid.IntRange(1, 4).Draw(rt, "flows")] {
			sent := drawFlow(rt, name)
			flow := w.post(token, url+"/provisioningFlows", encoded(t, sent))
			w.roundTrip(rt, token, url+"/provisioningFlows/"+flow, sent)
		}
	})
}

func flowTypes() []string {
	return []string{outbound.UserFlow, outbound.ClassGroupFlow, outbound.SecurityGroupFlow, outbound.AdministrativeUnitFlow}
}

// roundTrip checks that what was sent is there, and that writing back what is there, whole
// or in part, changes nothing.
func (w *world) roundTrip(t *rapid.T, token, url string, sent map[string]any) {
	before := w.send(token, "GET", url, nil, nil)
	if missing := within(sent, before.object()); missing != "" {
		t.Fatalf("%s is not as it was sent: %s\n%s", missing, encoded(w.T, sent), before.body)
	}
	back := before.object()
	for name := range sent {
		if name != "@odata.type" && rapid.IntRange(0, 9).Draw(t, "drop") == 0 {
			delete(back, name)
		}
	}
	if filter, ok := back["filter"].(map[string]any); ok && rapid.Bool().Draw(t, "bare filter") {
		back["filter"] = map[string]any{"@odata.type": filter["@odata.type"]}
	}
	got := w.send(token, "PATCH", url, jsonHeader(), []byte(encoded(w.T, back)))
	if got.status != http.StatusNoContent {
		t.Fatalf("PATCH %s: %d %s", encoded(w.T, back), got.status, got.body)
	}
	after := w.send(token, "GET", url, nil, nil)
	if string(after.body) != string(before.body) || after.header.Get("ETag") != before.header.Get("ETag") {
		t.Fatalf("%s changed it, ETag %s -> %s:\n%s\n%s", encoded(w.T, back), before.header.Get("ETag"), after.header.Get("ETag"), before.body, after.body)
	}
}

// within returns the path of a member that is not as it was sent, "" for none. Passwords
// are never shown, and role groups in their own form.
func within(sent, got map[string]any) string {
	for name, want := range sent {
		is := got[name]
		switch {
		case name == "password":
			want = "***************"
		case name == "roleGroup@odata.bind":
			group, _ := got["roleGroup"].(map[string]any)
			id, _ := group["id"].(string)
			if !strings.HasSuffix(want.(string), id) || id == "" {
				return name
			}
			continue
		}
		if at := differs(want, is); at != "" {
			return name + at
		}
	}
	return ""
}

func differs(want, got any) string {
	switch want := want.(type) {
	case map[string]any:
		got, _ := got.(map[string]any)
		if at := within(want, got); at != "" {
			return "/" + at
		}
		return ""
	case []any:
		got, _ := got.([]any)
		if len(want) != len(got) {
			return "#"
		}
		for i := range want {
			if at := differs(want[i], got[i]); at != "" {
				return "/" + at
			}
		}
		return ""
	}
	if !cmp.Equal(want, got) {
		return "!"
	}
	return ""
}

func encoded(t *testing.T, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// drawText draws a text that is not blank.
func drawText(t *rapid.T, label string) string {
	return rapid.StringMatching(`[A-Za-z0-9 '"\\<>&/éß😀_%-]{0,20}[a-zA-Zé😀]`).Draw(t, label)
}

func drawTexts(t *rapid.T, label string) []any {
	return anys(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return drawText(t, label) }), 1, 4).Draw(t, label))
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}

func drawFlowSet(t *rapid.T) map[string]any {
	set := map[string]any{"displayName": drawText(t, "name")}
	switch rapid.IntRange(0, 2).Draw(t, "filter") {
	case 0:
		set["filter"] = nil
	case 1:
		set["filter"] = map[string]any{"@odata.type": ns + "basicFilter", "attribute": "orgExternalId", "in": drawTexts(t, "in")}
	}
	return set
}

// some keeps some of the members of an object.
func some(t *rapid.T, all map[string]any) map[string]any {
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if rapid.IntRange(0, 3).Draw(t, name) == 0 {
			delete(all, name)
		}
	}
	return all
}

// drawFlow draws a flow of a type.
func drawFlow(t *rapid.T, name string) map[string]any {
	flow := map[string]any{"@odata.type": ns + name}
	coin := func(label string) bool { return rapid.Bool().Draw(t, label) }
	switch name {
	case outbound.AdministrativeUnitFlow:
		flow["creationOptions"] = some(t, map[string]any{"createBasedOnOrg": coin("org"), "createBasedOnOrgPlusRoleGroup": coin("both")})
	case outbound.SecurityGroupFlow:
		flow["creationOptions"] = some(t, map[string]any{"createBasedOnRoleGroup": coin("group"), "createBasedOnOrgPlusRoleGroup": coin("both")})
	case outbound.ClassGroupFlow:
		flow["configuration"] = some(t, map[string]any{
			"additionalAttributes": drawSome(t, "courseTitle", "courseCode", "courseSubject", "academicSessionTitle", "classCode"),
			"additionalOptions":    some(t, map[string]any{"createTeam": coin("team"), "writeDisplayNameOnCreateOnly": coin("once")}),
			"enrollmentMappings":   some(t, map[string]any{"ownerEnrollmentMappings": drawRoles(t), "memberEnrollmentMappings": drawRoles(t)}),
		})
	default:
		flow["managementOptions"] = some(t, map[string]any{
			"additionalAttributes": drawSome(t, "userGradeLevel", "userNumber"),
			"additionalOptions": some(t, map[string]any{
				"allowStudentContactAssociation": rapid.SampledFrom([]any{true, false, nil}).Draw(t, "contacts"),
				"studentAgeGroup":                rapid.SampledFrom([]any{"minor", "notAdult", "adult", nil}).Draw(t, "age group"),
			}),
		})
		flow["createUnmatchedUsers"] = rapid.SampledFrom([]any{true, false, nil}).Draw(t, "create")
		flow["creationOptions"] = drawCreation(t)
	}
	return flow
}

// drawSome draws some of the names in some order, or null.
func drawSome(t *rapid.T, names ...string) any {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return nil
	}
	return anys(rapid.Permutation(names).Draw(t, "order")[:rapid.IntRange(0, len(names)).Draw(t, "some")])
}

func drawRoles(t *rapid.T) any {
	codes, _ := drawSome(t, "teacher", "student", "proctor", "itAdmin").([]any)
	if codes == nil {
		return nil
	}
	for i, code := range codes {
		codes[i] = map[string]any{"code": code}
	}
	return codes
}

func drawCreation(t *rapid.T) any {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return nil
	}
	groups, _ := drawSome(t, "students", "staff").([]any)
	if groups == nil {
		return map[string]any{"configurations": nil}
	}
	configurations := []any{}
	for _, group := range groups {
		configuration := some(t, map[string]any{
			"licenseSkus":             drawTexts(t, "skus"),
			"defaultPasswordSettings": map[string]any{"@odata.type": ns + "simplePasswordSettings", "password": drawText(t, "password")},
		})
		configuration["roleGroup@odata.bind"] = base + "/external/industryData/roleGroups/" + group.(string)
		configurations = append(configurations, configuration)
	}
	return map[string]any{"configurations": configurations}
}

// TestAtOnce lets many change one flow set at once, none with If-Match: every change is
// there in the end, for each is merged into what the others made.
func TestAtOnce(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	url := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N",`+filtered+`}`)
	flow := url + "/provisioningFlows/" + w.post(token, url+"/provisioningFlows", withType("administrativeUnitProvisioningFlow", `"creationOptions":{}`))
	bodies := map[string]string{
		`{"displayName":"M"}`:                                        url,
		`{"filter":{"in":["2"]}}`:                                    url,
		`{"creationOptions":{"createBasedOnOrg":true}}`:              flow,
		`{"creationOptions":{"createBasedOnOrgPlusRoleGroup":true}}`: flow,
	}
	var all sync.WaitGroup
	for body, url := range bodies {
		all.Go(func() {
			if got := w.send(token, "PATCH", url, jsonHeader(), []byte(body)); got.status != http.StatusNoContent {
				t.Errorf("%s: %d %s", body, got.status, got.body)
			}
		})
	}
	all.Wait()
	set := w.send(token, "GET", url, nil, nil).object()
	if set["displayName"] != "M" || !cmp.Equal(set["filter"].(map[string]any)["in"], []any{"2"}) {
		t.Errorf("the set: %v", set)
	}
	want := map[string]any{"createBasedOnOrg": true, "createBasedOnOrgPlusRoleGroup": true}
	if got := w.send(token, "GET", flow, nil, nil).object()["creationOptions"]; !cmp.Equal(any(want), got) {
		t.Errorf("the flow: %v", got)
	}
}
