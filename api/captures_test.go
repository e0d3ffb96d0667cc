package api_test

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/api"
)

// TestCaptures sends again what the SDKs for Go, TypeScript and JavaScript sent: the
// same headers, the same bytes, compressed where they were. Each gets the status, and
// the shape of an answer, that the SDK needs (contract F).
func TestCaptures(t *testing.T) {
	replayed := 0
	for _, file := range []string{"go-capture", "ts-capture", "ts-capture2", "js-capture"} {
		for _, s := range readCapture(t, file) {
			replayed++
			t.Run(s.name, func(t *testing.T) { newReplay(t, s).run(s) })
		}
	}
	if want := len(outcomes()); replayed != want {
		t.Errorf("%d scenarios were replayed, the table has %d", replayed, want)
	}
}

// replay is a world in which there is what a scenario addresses: a set, which clients
// called s1, "s 1" or a, and a flow f1 of it.
type replay struct {
	*world
	caller    string
	set, flow string
}

func newReplay(t *testing.T, s scenario) *replay {
	t.Helper()
	r := &replay{world: newWorld(t)}
	r.caller = r.admin()
	r.set = r.post(r.caller, flowSets, `{"displayName":"a b","filter":`+quarter+`}`)
	if kind := kindOf(s); kind != "" {
		r.flow = r.post(r.caller, r.flows(), flowBodies()[kind])
	}
	r.runs.list = []api.Run{{ID: "r", Status: api.Running}, {ID: "r1", Status: api.Completed}}
	return r
}

const quarter = `{"@odata.type":"#microsoft.graph.industryData.basicFilter","attribute":"orgExternalId","in":["Quarter"]}`

func (r *replay) flows() string { return flowSets + "/" + r.set + "/provisioningFlows" }

// kindOf returns the type of flow that a scenario addresses, "" for none.
func kindOf(s scenario) string {
	kind := ""
	for _, request := range s.requests {
		if !strings.Contains(request.url, "/f1") {
			continue
		}
		kind = cmp.Or(kind, "classGroupProvisioningFlow")
		if named := regexp.MustCompile(`industryData\.(\w+ProvisioningFlow)"`).FindStringSubmatch(request.body); named != nil {
			kind = named[1]
		}
	}
	return kind
}

// flowBodies returns a body that creates a flow of each type.
func flowBodies() map[string]string {
	const of = `{"@odata.type":"#microsoft.graph.industryData.`
	return map[string]string{
		"administrativeUnitProvisioningFlow": of + `administrativeUnitProvisioningFlow","creationOptions":{"createBasedOnOrg":true,"createBasedOnOrgPlusRoleGroup":false}}`,
		"securityGroupProvisioningFlow":      of + `securityGroupProvisioningFlow","creationOptions":{"createBasedOnRoleGroup":false,"createBasedOnOrgPlusRoleGroup":true}}`,
		"classGroupProvisioningFlow": of + `classGroupProvisioningFlow","configuration":{"additionalAttributes":["courseTitle"],
			"additionalOptions":{"createTeam":true,"writeDisplayNameOnCreateOnly":false},
			"enrollmentMappings":{"ownerEnrollmentMappings":[{"code":"teacher"}],"memberEnrollmentMappings":[{"code":"student"}]}}}`,
		"userProvisioningFlow": of + `userProvisioningFlow","createUnmatchedUsers":true,
			"managementOptions":{"additionalAttributes":["userGradeLevel"],"additionalOptions":{"studentAgeGroup":"minor"}},
			"creationOptions":{"configurations":[{"roleGroup@odata.bind":"external/industryData/roleGroups/staff","licenseSkus":["Sku1"],
				"defaultPasswordSettings":{"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings","password":"Before1"}}]}}`,
	}
}

func (r *replay) run(s scenario) {
	r.Helper()
	outcome, ok := outcomes()[s.name]
	if !ok || len(outcome.statuses) != len(s.requests) {
		r.Fatalf("%d requests; the table has %+v", len(s.requests), outcome)
	}
	var last answer
	for i, request := range s.requests {
		last = r.sendCaptured(request)
		if last.status != outcome.statuses[i] {
			r.Fatalf("%s %s: %d, want %d: %s", request.method, request.url, last.status, outcome.statuses[i], last.body)
		}
		checkAnswer(request, last)
	}
	if outcome.check != nil {
		outcome.check(r, last)
	}
}

// sendCaptured sends a request again, with our ids instead of those that were made up:
// of sets, of flows, and of the last entity on the page before.
func (r *replay) sendCaptured(request captured) answer {
	r.Helper()
	ids := strings.NewReplacer(
		"FlowSets/s1", "FlowSets/"+r.set, "FlowSets/s%201", "FlowSets/"+r.set, "FlowSets/a", "FlowSets/"+r.set, "Flows/f1", "Flows/"+r.flow,
		"roleGroups?$skiptoken=id-%27a%27", "roleGroups?$skiptoken=id-%27staff%27", "id-%27a%27", "id-%27"+r.set+"%27")
	body := []byte(strings.ReplaceAll(request.body, `"id":"a"`, `"id":"`+r.set+`"`))
	if request.header.Get("Content-Encoding") == "gzip" {
		body = zip(r.T, body)
	}
	again := httptest.NewRequest(request.method, "https://graph.microsoft.com"+ids.Replace(request.url), strings.NewReader(string(body)))
	again.Header = request.header.Clone()
	again.Header.Del("Content-Length") // that of the request counts, as in a server
	again.Header.Set("Authorization", "Bearer "+r.caller)
	if request.chunked {
		again.ContentLength = -1
	}
	return r.do(again)
}

// checkAnswer wants what every client needs of every answer.
func checkAnswer(request captured, got answer) {
	got.Helper()
	id, own := request.header.Get("client-request-id"), got.header.Get("request-id")
	if id == "" {
		id = own
	}
	if own == "" || got.header.Get("client-request-id") != id {
		got.Errorf("request-id %q, client-request-id %q, want %q", own, got.header.Get("client-request-id"), id)
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	want := "application/json"
	switch {
	case got.status == http.StatusNoContent || got.status == http.StatusAccepted:
		want = ""
		if len(got.body) > 0 {
			got.Errorf("a body where there is none: %s", got.body)
		}
	case strings.Contains(request.url, "$count") && !strings.Contains(request.url, "$count="):
		want = "text/plain"
		if !regexp.MustCompile(`^\d+$`).Match(got.body) {
			got.Errorf("a count is digits alone, not %q", got.body)
		}
	}
	if kind != want {
		got.Errorf("Content-Type %q, want %q", kind, want)
	}
}

// outcome is what a scenario gets: a status for each request, and how things are then.
type outcome struct {
	statuses []int
	check    func(r *replay, last answer)
}

func outcomes() map[string]outcome {
	of := func(statuses ...int) outcome { return outcome{statuses: statuses} }
	return map[string]outcome{
		"go-capture/create set":                              {[]int{201}, hasFilter},
		"go-capture/create user flow":                        {[]int{201}, keepsPassword},
		"go-capture/patch flow 204":                          {[]int{204}, mergedGroups},
		"go-capture/delete":                                  of(204),
		"go-capture/reset":                                   of(202),
		"go-capture/start":                                   {[]int{202}, started},
		"go-capture/count":                                   of(200),
		"go-capture/list":                                    {[]int{400}, mentions("search")},
		"go-capture/err":                                     of(200),
		"go-capture/429":                                     of(201, 201),
		"go-capture/415":                                     of(201, 201),
		"go-capture/run unknown enum":                        of(200),
		"go-capture/err no message":                          of(200),
		"go-capture/err no content-type/body":                of(200),
		"go-capture/withUrl":                                 {[]int{200}, hasGroups(1)},
		"go-capture/get-modify-patch (backing store)":        {[]int{200, 204}, untouchedFlow},
		"go-capture/get-modify-patch set":                    {[]int{200, 204}, untouchedSet},
		"go-capture/get-modify-patch set displayName only":   {[]int{200, 204}, untouchedSet},
		"go-capture/POST with backing store enabled":         {[]int{201}, hasFilter},
		"go-capture/fresh PATCH with nested + explicit null": {[]int{204}, clearedOptions},
		"go-capture/batch":                                   {[]int{200}, batched},

		"ts-capture/create set":                     {[]int{400}, mentions("filter", "in")},
		"ts-capture/create flow typed":              {[]int{400}, mentions("configuration")},
		"ts-capture/create flow via additionalData": of(201),
		"ts-capture/patch set 204":                  {[]int{204}, renamed("N")},
		"ts-capture/delete":                         of(204),
		"ts-capture/reset":                          of(202),
		"ts-capture/start":                          {[]int{202}, started},
		"ts-capture/count":                          of(200),
		"ts-capture/list":                           {[]int{400}, mentions("search")},
		"ts-capture/stats":                          of(200),
		"ts-capture/err":                            of(200),
		"ts-capture/errempty":                       of(200),
		"ts-capture2/batch":                         {[]int{200}, batched},
		"ts-capture2/list+pageiterator":             of(200, 200),
		"ts-capture2/get-modify-patch":              {[]int{200, 204}, renamed("new")},

		"js-capture/get":     of(200),
		"js-capture/post":    of(201),
		"js-capture/patch":   {[]int{204}, renamed("x")},
		"js-capture/delete":  of(204),
		"js-capture/reset":   of(202),
		"js-capture/count":   of(200),
		"js-capture/err":     of(200),
		"js-capture/errnull": of(200),
		"js-capture/page":    {[]int{200, 200}, hasGroups(1)},
		"js-capture/batch":   {[]int{200}, batched},
	}
}
