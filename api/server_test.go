package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
)

// TestFind follows paths in every form that clients write.
func TestFind(t *testing.T) {
	const set, flow = flowSets + "/{set}", flows + "/{flow}"
	e := newEcho(t)
	for _, test := range []struct {
		path    string // below /beta/external/industryData/
		pattern string
		keys    map[string]string
		cast    string
	}{
		{"outboundProvisioningFlowSets", flowSets, nil, ""},
		{"OutboundProvisioningFlowSets", flowSets, nil, ""},
		{"OUTBOUNDPROVISIONINGFLOWSETS/", flowSets, nil, ""},
		{"outboundProvisioningFlowSets/x", set, map[string]string{"set": "x"}, ""},
		{"outboundProvisioningFlowSets('x')", set, map[string]string{"set": "x"}, ""},
		{"outboundProvisioningFlowSets('it''s')", set, map[string]string{"set": "it's"}, ""},
		{"outboundProvisioningFlowSets(%27x%27)", set, map[string]string{"set": "x"}, ""},
		{"outboundProvisioningFlowSets/a%2Fb", set, map[string]string{"set": "a/b"}, ""},
		{"outboundProvisioningFlowSets/$count", flowSets + "/$count", nil, ""},
		{"outboundProvisioningFlowSets/%24count", flowSets + "/$count", nil, ""},
		{"outboundProvisioningFlowSets('x')/provisioningFlows/y", flow, map[string]string{"set": "x", "flow": "y"}, ""},
		{"outboundProvisioningFlowSets/x/ProvisioningFlows('y')", flow, map[string]string{"set": "x", "flow": "y"}, ""},
		{"outboundProvisioningFlowSets/x/provisioningFlows/$count", flows + "/$count", map[string]string{"set": "x"}, ""},
		{"outboundProvisioningFlowSets/x/provisioningFlows/microsoft.graph.industryData.userProvisioningFlow", flows, map[string]string{"set": "x"}, userType},
		{"outboundProvisioningFlowSets/x/provisioningFlows/microsoft.graph.industrydata.UserProvisioningFlow/$count", flows + "/$count", map[string]string{"set": "x"}, userType},
		{"outboundProvisioningFlowSets/x/provisioningFlows/y/microsoft.graph.industryData.userProvisioningFlow", flow, map[string]string{"set": "x", "flow": "y"}, userType},
		{"outboundProvisioningFlowSets/x/provisioningFlows/microsoft.graph.industryData.userProvisioningFlow/y", flow, map[string]string{"set": "x", "flow": "y"}, userType},
		{"outboundProvisioningFlowSets/microsoft.graph.industryData.outboundProvisioningFlowSet", flowSets, nil, ""}, // which all of them are
		{"outboundProvisioningFlowSets/x/microsoft.graph.industryData.outboundProvisioningFlowSet/provisioningFlows", flows, map[string]string{"set": "x"}, ""},
		{"runs/r/activities/a/microsoft.graph.industryData.industryDataRunActivity", activities + "/{activity}", map[string]string{"run": "r", "activity": "a"}, ""},
		{"runs/getStatistics", runs + "/getStatistics", nil, ""},
		{"runs/getStatistics()", runs + "/getStatistics", nil, ""},
		{"runs/microsoft.graph.industryData.getStatistics()", runs + "/getStatistics", nil, ""},
		{"runs/r/getStatistics", runs + "/{run}/getStatistics", map[string]string{"run": "r"}, ""},
		{"runs/r/microsoft.graph.industryData.getStatistics()", runs + "/{run}/getStatistics", map[string]string{"run": "r"}, ""},
		{"runs('getStatistics')", runs + "/{run}", map[string]string{"run": "getStatistics"}, ""},
		{"roleGroups('students')", roleGroups + "/{roleGroup}", map[string]string{"roleGroup": "students"}, ""},
	} {
		e.seen = nil
		e.give = func(*request) (*response, error) { return &response{}, nil }
		e.call("GET", "/beta/external/industryData/"+test.path, "")
		if e.seen == nil {
			t.Errorf("%s: found nothing", test.path)
			continue
		}
		if test.keys == nil {
			test.keys = map[string]string{}
		}
		got := []any{e.seen.route.pattern, e.seen.keys, ""}
		if e.seen.cast != nil {
			got[2] = e.seen.cast.Name
		}
		if diff := cmp.Diff([]any{test.pattern, test.keys, test.cast}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.path, diff)
		}
	}
}

// TestOperations calls actions in both spellings, and as nothing but an action.
func TestOperations(t *testing.T) {
	e := newEcho(t)
	const flow = "/beta/external/industryData/outboundProvisioningFlowSets/x/provisioningFlows/y"
	for _, path := range []string{"/reset", "/Reset", "/microsoft.graph.industryData.reset", "/Microsoft.Graph.IndustryData.reset"} {
		e.call("POST", flow+path, "").is(202).says("Content-Length: 0", "Content-Type: ")
		e.call("POST", flow+path, "", "Content-Type: application/json").is(202)
	}
	e.call("POST", flow+"/microsoft.graph.industryData.userProvisioningFlow/microsoft.graph.industryData.reset", "").is(202)
	e.call("POST", flow+"/reset()", "").fails(400, "BadRequest", "Resource not found for the segment 'reset'.")
	e.call("GET", flow+"/reset", "").fails(405, "MethodNotAllowed", "GET").says("Allow: POST, OPTIONS")
	e.call("POST", "/beta/external/industryData/runs/start", "").is(202)
	e.call("POST", "/beta/external/industryData/runs/microsoft.graph.industryData.start", "").is(202)
	e.call("POST", "/beta/external/industryData/runs/x/getStatistics", "").fails(405, "MethodNotAllowed", "POST")
}

// TestUnknownPaths names the segment that leads nowhere.
func TestUnknownPaths(t *testing.T) {
	e := newEcho(t)
	const data = "/beta/external/industryData/"
	for path, segment := range map[string]string{
		"/beta/external":      "external",
		"/beta/users":         "users",
		data + "sourceSystem": "sourceSystem",
		data + "outboundProvisioningFlowSets/x/y":      "y",
		data + "outboundProvisioningFlowSets()":        "outboundProvisioningFlowSets",
		data + "outboundProvisioningFlowSets/x/$ref":   "$ref",
		data + "outboundProvisioningFlowSets/$count/x": "x",
		data + "('x')": "",
		data + "microsoft.graph.industryData.runs":                                           "microsoft.graph.industryData.runs",
		data + "runs/microsoft.graph.industryData.roleGroup":                                 "microsoft.graph.industryData.roleGroup",
		data + "runs/microsoft.graph.industryData.nothing":                                   "microsoft.graph.industryData.nothing",
		data + "runs/r/getStatistics/microsoft.graph.industryData.industryDataRunStatistics": "microsoft.graph.industryData.industryDataRunStatistics",
		data + "outboundProvisioningFlowSets/x()":                                            "x",
		data + "outboundProvisioningFlowSets/x('y')":                                         "x",
		"/beta/servicePrincipals(appId='x',APPID='y')":                                       "servicePrincipals",
		"/beta/servicePrincipals(id2='x')":                                                   "servicePrincipals",
		"/beta/servicePrincipals(appId='x',id='y')":                                          "servicePrincipals",
		"/v1.0/external/industryData/runs":                                                   "industryData",
		"/V1.0/users":                                                                        "users",
	} {
		if got := e.call("GET", path, ""); segment != "" {
			got.fails(400, "BadRequest", "Resource not found for the segment '"+segment+"'.")
		} else {
			got.fails(400, "BadRequest", "")
		}
	}
	for _, path := range []string{"/", "/v2.0/users", "/bet/a", "/v1.0", "/v1.0/", "/beta//", "/openapi.json/x"} {
		e.call("GET", path, "").fails(400, "BadRequest", "")
	}
}

// TestMethods refuses what a place does not have, and says what it has.
func TestMethods(t *testing.T) {
	e := newEcho(t)
	for _, test := range []struct{ method, path, allow string }{
		{"PUT", "external/industryData/outboundProvisioningFlowSets/x", "GET, HEAD, PATCH, DELETE, OPTIONS"},
		{"POST", "external/industryData/outboundProvisioningFlowSets/x", "GET, HEAD, PATCH, DELETE, OPTIONS"},
		{"DELETE", "external/industryData/outboundProvisioningFlowSets", "GET, HEAD, POST, OPTIONS"},
		{"POST", "external/industryData/roleGroups", "GET, HEAD, OPTIONS"},
		{"PATCH", "external/industryData/roleGroups/staff", "GET, HEAD, OPTIONS"},
		{"TRACE", "external/industryData", "GET, HEAD, OPTIONS"},
		{"DELETE", "external/industryData/outboundProvisioningFlowSets/x/provisioningFlows/y/microsoft.graph.industryData.userProvisioningFlow", "GET, HEAD, OPTIONS"},
		{"GET", "$batch", "POST, OPTIONS"},
		{"POST", "$metadata", "GET, HEAD, OPTIONS"},
		{"POST", "", "GET, HEAD, OPTIONS"},
	} {
		e.call(test.method, "/beta/"+test.path, "").fails(405, "MethodNotAllowed", test.method).says("Allow: " + test.allow)
		if !strings.Contains(test.path, "microsoft") {
			e.call("OPTIONS", "/beta/"+test.path, "", "Authorization:").is(204).says("Allow: " + test.allow)
		}
	}
}

// TestPermit asks for a token first, then for the permission, and reads nothing of the
// body before.
func TestPermit(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.DelegatedWritesOnly = true })
	const sets = "/beta/external/industryData/outboundProvisioningFlowSets"
	e.call("GET", sets, "", "Authorization:").fails(401, "InvalidAuthenticationToken", "Access token is empty.").says(`WWW-Authenticate: Bearer realm=""`)
	e.call("GET", "/beta/nowhere", "", "Authorization:").fails(401, "InvalidAuthenticationToken", "")
	e.call("POST", sets, "not JSON", "Authorization: Bearer delegated B-Scope A-Scope").fails(403, "Forbidden",
		"Missing scope permissions on the request. API requires one of 'IndustryData-OutboundFlow.ReadWrite.All'. Scopes on the request 'A-Scope, B-Scope'.")
	e.call("GET", sets, "", "Authorization: Bearer application A-Role").fails(403, "Forbidden",
		"Missing role permissions on the request. API requires one of 'IndustryData-OutboundFlow.Read.All, IndustryData-OutboundFlow.ReadWrite.All'. Roles on the request 'A-Role'.")
	e.call("GET", sets, "", "Authorization: Bearer application "+outboundRead).is(200)
	e.call("POST", sets, "{}", "Authorization: Bearer application "+outboundWrite).fails(403, "Forbidden", "switched off")
	e.call("POST", sets, "{}", "Authorization: Bearer delegated "+outboundWrite).is(201)
	e.call("GET", "/beta/servicePrincipals", "", "Authorization: Bearer delegated").is(200)
	for _, path := range []string{"/beta", "/beta/", "/beta/$metadata", "/beta/%24Metadata/", "/openapi.json"} {
		e.call("GET", path, "", "Authorization:").is(200)
	}
}

// TestUnverified asks while nobody can tell whether tokens count: that is no fault of the
// token, and why is nothing for clients.
func TestUnverified(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
		code   string
	}{
		{fault.New(fault.Unavailable, "secret host"), 503, "ServiceUnavailable"},
		{fmt.Errorf("reading: %w", context.DeadlineExceeded), 503, "ServiceUnavailable"},
		{errors.New("secret path"), 500, "InternalServerError"},
		{fault.New(fault.Invalid, "secret key is damaged"), 500, "InternalServerError"},
		{fault.Wrap(errors.New("read-only"), fault.Denied, "secret path cannot be written"), 500, "InternalServerError"},
	} {
		e := newEcho(t, func(o *Options) {
			o.Rate, o.Burst = 1, 1
			o.Authenticate = func(context.Context, *http.Request) (access.Caller, error) { return access.Caller{}, test.err }
		})
		for range 3 { // it is not counted against the address
			got := e.call("GET", setsPath, "").fails(test.status, test.code, "").says("WWW-Authenticate: ")
			if strings.Contains(got.body, "secret") {
				t.Errorf("%v: tells clients of the cause: %s", test.err, got.body)
			}
		}
	}
}

// TestPermitExpanded shows by $expand nothing that the caller may not list.
func TestPermitExpanded(t *testing.T) {
	e := newEcho(t)
	const data = "/beta/external/industryData"
	basic := "Authorization: Bearer delegated " + readBasic
	e.call("GET", data, "", basic).is(200)
	e.call("GET", data+"?$expand=roleGroups", "", basic).is(200)
	e.call("GET", data+"?$expand=runs", "", basic).fails(403, "Forbidden", runRead)
	e.call("GET", data+"?$expand=roleGroups,outboundProvisioningFlowSets($expand=provisioningFlows)", "", basic).fails(403, "Forbidden", outboundRead)
	reader := "Authorization: Bearer delegated " + outboundRead
	const sets = data + "/outboundProvisioningFlowSets"
	e.call("GET", sets+"?$expand=provisioningFlows", "", reader).is(200)

	// Were flows to need another permission than their sets, no way to them would do without.
	for i := range e.graph.routes {
		if e.graph.routes[i].pattern == flows {
			e.graph.routes[i].permissions = []string{"Another.Permission"}
		}
	}
	for _, path := range []string{"/outboundProvisioningFlowSets?", "/outboundProvisioningFlowSets/x?", "?$expand=outboundProvisioningFlowSets("} {
		path += "$expand=provisioningFlows"
		if strings.Contains(path, "(") {
			path += ")"
		}
		e.call("GET", data+path, "", reader).fails(403, "Forbidden", "Another.Permission")
	}
}

// TestQueries reads options for GET alone, and checks them against a cast.
func TestQueries(t *testing.T) {
	e := newEcho(t)
	const list = "/beta/external/industryData/outboundProvisioningFlowSets/x/provisioningFlows"
	e.call("GET", list+"?$select=nothing", "").fails(400, "BadRequest", "nothing")
	e.call("POST", list+"?$select=nothing", "{}").is(201)
	e.call("GET", list+"?$select=configuration", "").is(200)
	e.call("GET", list+"/microsoft.graph.industryData.userProvisioningFlow?$select=createUnmatchedUsers", "").is(200)
	e.call("GET", list+"/microsoft.graph.industryData.userProvisioningFlow?$select=configuration", "").fails(400, "BadRequest", "configuration")
}

// TestFailures makes an answer of every error that a handler can have.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		err     error
		status  int
		code    string
		message string
		retry   string
	}{
		{odata.Conflict("There is one."), 409, "Conflict", "There is one.", ""},
		{fmt.Errorf("wrapped: %w", odata.NotFound("None.")), 404, "ResourceNotFound", "None.", ""},
		{fault.New(fault.Invalid, "Wrong."), 400, "BadRequest", "Wrong.", ""},
		{fault.New(fault.NotFound, "Gone."), 404, "ResourceNotFound", "Gone.", ""},
		{fault.New(fault.Conflict, "Twice."), 409, "Conflict", "Twice.", ""},
		{fault.New(fault.Denied, "No."), 403, "Forbidden", "No.", ""},
		{fault.New(fault.Unavailable, "secret host"), 503, "ServiceUnavailable", "Try again", "1"},
		{&Later{odata.TooManyRequests("Five runs."), 90_500_000_000}, 429, "TooManyRequests", "Five runs.", "91"},
		{&Later{odata.TooManyRequests("Soon."), 1}, 429, "TooManyRequests", "Soon.", "1"},
		{&Later{odata.TooManyRequests("Now."), -1}, 429, "TooManyRequests", "Now.", "1"},
		{errors.New("secret path"), 500, "InternalServerError", "request-id", ""},
		{fault.New(fault.Internal, "secret path"), 500, "InternalServerError", "request-id", ""},
		{fault.Wrap(errors.New("read-only"), fault.Denied, "secret path cannot be written"), 500, "InternalServerError", "request-id", ""},
		{fault.Wrap(errors.New("no database"), fault.Invalid, "secret path is damaged"), 500, "InternalServerError", "request-id", ""},
	} {
		e := newEcho(t)
		e.give = func(*request) (*response, error) { return nil, test.err }
		got := e.call("GET", "/beta/external/industryData/runs", "").fails(test.status, test.code, test.message).says("Retry-After: " + test.retry)
		if strings.Contains(got.body, "secret") {
			t.Errorf("%v: tells clients of the cause: %s", test.err, got.body)
		}
		if test.status >= 500 && !strings.Contains(e.log.String(), "secret") {
			t.Errorf("%v: the log does not tell of the cause", test.err)
		}
	}
}

// TestPanic answers when a handler panics, or what comes before it.
func TestPanic(t *testing.T) {
	e := newEcho(t)
	e.give = func(*request) (*response, error) { panic("secret") }
	got := e.call("GET", "/beta/external/industryData/runs", "").fails(500, "InternalServerError", "request-id")
	if strings.Contains(got.body, "secret") || !strings.Contains(e.log.String(), "panic=secret") {
		t.Errorf("answered %s, logged %s", got.body, e.log.String())
	}
	e.call("GET", "/beta/external/industryData/runs", "", "Authorization: Bearer panic").fails(500, "InternalServerError", "")
	e.give = func(*request) (*response, error) { panic(http.ErrAbortHandler) }
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Error("the abort did not reach net/http")
		}
		e.give = nil
		e.call("GET", "/beta/external/industryData/runs", "").is(200)
	}()
	e.call("GET", "/beta/external/industryData/runs", "")
}
