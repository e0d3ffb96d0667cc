package api_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
)

// pastRuns returns runs, the newest first: their ids do not tell the order.
func pastRuns() []api.Run {
	at := time.Date(2026, 9, 1, 6, 0, 0, 0, time.FixedZone("", 2*60*60))
	return []api.Run{{
		ID: "5b", Started: at.Add(48 * time.Hour), Status: api.Running,
		Activities: []api.Activity{{ID: "in", DisplayName: "Roster", Status: api.InProgress}},
	}, {
		ID: "9c", Started: at.Add(24 * time.Hour), Ended: at.Add(25 * time.Hour), Status: api.RunFailed,
		Blocking: &api.PublicError{Code: "RosterShrunk", Message: "Half of the people are gone.", Target: "users.csv"},
	}, {
		ID: "1a", Started: at, Ended: at.Add(time.Hour), Status: api.CompletedWithWarnings,
		Activities: []api.Activity{
			{ID: "in", DisplayName: "Roster", Status: api.Completed},
			{ID: "out", DisplayName: "All schools: users", Outbound: true, Status: api.CompletedWithErrors, Blocking: &api.PublicError{Code: "DirUnavailable", Message: "It does not answer."}},
		},
	}}
}

// TestRuns shows runs, whole and in pages (contract C.3).
func TestRuns(t *testing.T) {
	w := newWorld(t)
	w.runs.list = pastRuns()
	token := w.admin()
	for path, want := range map[string]string{
		"runs":                               "5b 9c 1a",
		"runs?$top=2&$count=true":            "5b 9c count 3 more",
		"runs?$top=2&$skiptoken=id-'9c'":     "1a",
		"runs?$orderby=startDateTime":        "1a 9c 5b",
		"runs?$filter=status eq 'failed'":    "9c",
		"runs?$filter=blockingError ne null": "9c",
		"runs?$filter=endDateTime eq null":   "5b",
		"runs/1a/activities":                 "in out",
		"runs/1a/activities?$skip=1":         "out",
		"runs/9c/activities":                 "",
		"runs('1a')/activities/microsoft.graph.industryData.outboundFlowActivity": "out",
	} {
		if got := listed(w.send(token, "GET", industryData+"/"+strings.ReplaceAll(path, " ", "%20"), nil, nil)); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	for path, want := range map[string]string{"runs": "3", "runs/1a/activities": "2"} {
		if got := w.send(token, "GET", industryData+"/"+path+"/$count", nil, nil); string(got.body) != want {
			t.Errorf("%s/$count: %d %s", path, got.status, got.body)
		}
	}
	for path, want := range map[string]string{
		"runs/5b": `{"displayName":"Run 2026-09-03 04:00 UTC","startDateTime":"2026-09-03T04:00:00Z","endDateTime":null,"status":"running"}`,
		"runs/9c": `{"displayName":"Run 2026-09-02 04:00 UTC","startDateTime":"2026-09-02T04:00:00Z","endDateTime":"2026-09-02T05:00:00Z","status":"failed",
			"blockingError":{"code":"RosterShrunk","message":"Half of the people are gone.","target":"users.csv","details":[],"innerError":null}}`,
		"runs/1a/activities/in":  `{"displayName":"Roster","status":"completed"}`,
		"runs/1a/activities/OUT": `{"displayName":"All schools: users","status":"completedWithErrors","blockingError":{"code":"DirUnavailable","message":"It does not answer.","target":null,"details":[],"innerError":null}}`,
	} {
		if diff := cmp.Diff(decoded(t, []byte(want)), any(own(w.send(token, "GET", industryData+"/"+path, nil, nil).object()))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	for _, path := range []string{"in/activity", "out/Activity", "in/activity?$select=displayName"} { // null
		if got := w.send(token, "GET", industryData+"/runs/1a/activities/"+path, nil, nil); got.status != http.StatusNoContent || len(got.body) > 0 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"runs/none", "runs/none/activities", "runs/1a/activities/none", "runs/none/getStatistics", "runs/1a/activities/none/activity",
		"runs/1a/activities/in/microsoft.graph.industryData.outboundFlowActivity"} {
		refused(w.send(token, "GET", industryData+"/"+path, nil, nil), http.StatusNotFound, "", "no")
	}
}

// TestExpandedRuns shows activities within runs.
func TestExpandedRuns(t *testing.T) {
	w := newWorld(t)
	w.runs.list = pastRuns()
	token := w.admin()
	for query, want := range map[string][]int{
		"runs?$expand=activities":                                         {1, 0, 2},
		"runs?$expand=activities($filter=status eq 'completed')":          {0, 0, 1},
		"runs?$expand=activities($top=1;$select=id)&$orderby=endDateTime": {1, 1, 0},
	} {
		var got []int
		for _, run := range w.send(token, "GET", industryData+"/"+strings.ReplaceAll(query, " ", "%20"), nil, nil).object()["value"].([]any) {
			got = append(got, len(run.(map[string]any)["activities"].([]any)))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}

// TestStatistics shows what a run counted, in both spellings; of the collection, what the
// newest one did.
func TestStatistics(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	for _, name := range []string{"getStatistics", "microsoft.graph.industryData.getStatistics()"} {
		refused(w.send(token, "GET", industryData+"/runs/"+name, nil, nil), http.StatusNotFound, "", "no run yet")
	}
	w.runs.list = pastRuns()
	w.runs.counts = map[string]api.Statistics{
		"5b": {Run: "5b", Status: api.Running},
		"1a": {Run: "1a", Status: api.Completed,
			Totals: &api.Totals{Errors: 1, Warnings: 2, Organizations: 3, People: 4, Groups: 5, Memberships: 6,
				Matched: []api.RoleCount{{Role: "student", Count: 3}}},
			Activities: []api.ActivityStatistics{{Activity: "in", DisplayName: "Roster", Status: api.Completed,
				Errors: 1, Warnings: 2, People: api.EntityCount{Active: 4, Inactive: 7}, Unmatched: []api.RoleCount{{Role: "teacher", Count: 1}}}}},
	}
	const none = `{"active":0,"inactive":0,"total":0}`
	want := map[string]string{
		"/5b": `{"runId":"5b","status":"running","inboundTotals":null,"activityStatistics":[]}`,
		"":    `{"runId":"5b","status":"running","inboundTotals":null,"activityStatistics":[]}`,
		"/1a": `{"runId":"1a","status":"completed","inboundTotals":{"errors":1,"warnings":2,"organizations":3,"people":4,"groups":5,"memberships":6,
			"matchedPeopleByRole":[{"role":"student","count":3}],"unmatchedPeopleByRole":[]},
			"activityStatistics":[{"@odata.type":"#microsoft.graph.industryData.inboundActivityResults","activityId":"in","displayName":"Roster","status":"completed",
			"errors":1,"warnings":2,"organizations":` + none + `,"groups":` + none + `,"memberships":` + none + `,"people":{"active":4,"inactive":7,"total":11},
			"matchedPeopleByRole":[],"unmatchedPeopleByRole":[{"role":"teacher","count":1}]}]}`,
	}
	for run, counts := range want {
		for _, name := range []string{"getStatistics", "getStatistics()", "microsoft.graph.industryData.getStatistics", "Microsoft.Graph.IndustryData.getStatistics()"} {
			got := w.send(token, "GET", industryData+"/runs"+run+"/"+name, nil, nil).object()
			delete(got, "@odata.context")
			if diff := cmp.Diff(decoded(t, []byte(counts)), any(got)); diff != "" {
				t.Errorf("runs%s/%s (-want +got):\n%s", run, name, diff)
			}
		}
	}
}

// TestRoot shows the root, and what is expanded there as far as the caller may see it.
func TestRoot(t *testing.T) {
	w := newWorld(t)
	w.runs.list = pastRuns()
	token := w.admin()
	first := w.post(token, flowSets, `{"displayName":"B","provisioningFlows":[`+classGroup("")+`]}`)
	second := w.post(token, flowSets, `{"displayName":"A"}`)
	for query, want := range map[string]string{
		"": `{"id":"industryData"}`,
		"$expand=roleGroups($select=displayName)":                                                                    `{"id":"industryData","roleGroups":[{"id":"staff","displayName":"Staff"},{"id":"students","displayName":"Students"}]}`,
		"$expand=runs($select=id;$orderby=id)":                                                                       `{"id":"industryData","runs":[{"id":"1a"},{"id":"5b"},{"id":"9c"}]}`,
		"$expand=outboundProvisioningFlowSets($select=id;$orderby=displayName)":                                      `{"id":"industryData","outboundProvisioningFlowSets":[{"id":"` + second + `"},{"id":"` + first + `"}]}`,
		"$expand=outboundProvisioningFlowSets($top=0),referenceDefinitions($filter=id eq 'RefRole-aide';$select=id)": `{"id":"industryData","outboundProvisioningFlowSets":[],"referenceDefinitions":[{"id":"RefRole-aide"}]}`,
	} {
		got := w.send(token, "GET", industryData+"?"+url.PathEscape(query), nil, nil).object()
		for name := range got {
			if collection, is := strings.CutSuffix(name, "@odata.context"); is {
				if context := base + "/$metadata#external/industryData/" + collection; collection != "" && got[name] != context {
					t.Errorf("%s: %s, want %s", name, got[name], context)
				}
				delete(got, name)
			}
		}
		if diff := cmp.Diff(decoded(t, []byte(want)), any(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	basic := w.token(access.Caller{Tenant: school, App: "app", Kind: access.Application, Permissions: []string{"IndustryData.ReadBasic.All"}})
	for collection, status := range map[string]int{"roleGroups": 200, "referenceDefinitions": 200, "runs": 403, "outboundProvisioningFlowSets": 403, "years": 400} {
		if got := w.send(basic, "GET", industryData+"?$expand="+collection, nil, nil); got.status != status {
			t.Errorf("%s: %d, want %d", collection, got.status, status)
		}
	}
}

// TestServicePrincipal shows the permissions as Graph does (contract D).
func TestServicePrincipal(t *testing.T) {
	w := newWorld(t)
	token := w.token(access.Caller{Tenant: school, App: "app", Kind: access.Delegated})
	const graph = "00000003-0000-0000-c000-000000000000"
	byApp := w.send(token, "GET", base+"/servicePrincipals(appId='"+graph+"')?$select=id,appId,oauth2PermissionScopes,appRoles", nil, nil).object()
	list := w.send(token, "GET", base+"/servicePrincipals?$filter=appId%20eq%20'"+graph+"'", nil, nil).object()["value"].([]any)
	byID := w.send(token, "GET", base+"/servicePrincipals/"+byApp["id"].(string), nil, nil).object()
	for _, is := range []any{list[0], byID} {
		if diff := cmp.Diff(byApp["appRoles"], is.(map[string]any)["appRoles"]); diff != "" || len(list) != 1 {
			t.Errorf("%d principals, %s", len(list), diff)
		}
	}
	const title, delegated = "Manage outbound flow definitions", "Allows the app to read and write outbound data flows on behalf of the signed-in user."
	for name, want := range map[string]map[string]any{
		"oauth2PermissionScopes": {"id": "aeb68e0b-e562-4a1f-b6dd-3484ad0cbb4b", "value": "IndustryData-OutboundFlow.ReadWrite.All",
			"adminConsentDisplayName": title, "adminConsentDescription": delegated, "userConsentDisplayName": title, "userConsentDescription": delegated,
			"type": "Admin", "isEnabled": true},
		"appRoles": {"id": "24a65b4a-e501-47e2-8849-d679517887f0", "value": "IndustryData-OutboundFlow.ReadWrite.All",
			"displayName": title, "description": "Allows the app to read and write outbound data flows without a signed-in user.",
			"allowedMemberTypes": []any{"Application"}, "origin": "Application", "isEnabled": true},
	} {
		all := byApp[name].([]any)
		at := slices.IndexFunc(all, func(p any) bool { return p.(map[string]any)["id"] == want["id"] })
		if at < 0 || len(all) != 16 {
			t.Fatalf("%s: %d of them, and not the one of %s", name, len(all), want["id"])
		}
		if diff := cmp.Diff(want, all[at]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	refused(w.send(token, "GET", base+"/servicePrincipals/"+graph, nil, nil), http.StatusNotFound, "", graph)
	const other = "fe217466-5583-431c-9531-14ff7268b7b3"
	refused(w.send(token, "GET", base+"/servicePrincipals(appId='"+other+"')", nil, nil), http.StatusNotFound, "", other)
}

// TestRoleGroups shows role groups with their roles by code (contract C.1).
func TestRoleGroups(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	if got := listed(w.send(token, "GET", industryData+"/roleGroups?$count=true", nil, nil)); got != "staff students count 2" {
		t.Error(got)
	}
	for _, spelling := range []string{"/roleGroups/students", "/RoleGroups('students')", "/rolegroups/STUDENTS"} {
		got := own(w.send(token, "GET", industryData+spelling, nil, nil).object())
		if diff := cmp.Diff(map[string]any{"displayName": "Students", "roles": []any{map[string]any{"code": "student"}}}, got); diff != "" {
			t.Errorf("%s: %s", spelling, diff)
		}
	}
	refused(w.send(token, "GET", industryData+"/roleGroups/pupils", nil, nil), http.StatusNotFound, "", "pupils")
	for _, method := range []string{"POST", "PATCH", "DELETE"} {
		if got := w.send(token, method, industryData+"/roleGroups/staff", jsonHeader(), []byte(`{}`)); got.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, got.status)
		}
	}
}
