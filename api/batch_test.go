package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/odata"
)

// answers is the body of a batch's answer.
type answers struct {
	Responses []struct {
		ID      string
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

func (e *echo) batch(body string, headers ...string) answers {
	e.t.Helper()
	got := e.call("POST", "/beta/$batch", body, headers...).is(200)
	var a answers
	if err := json.Unmarshal([]byte(got.body), &a); err != nil {
		e.t.Fatalf("%v: %s", err, got.body)
	}
	return a
}

// statuses writes the answers in short: 1:200 2:404.
func (a answers) statuses() string {
	var b []string
	for _, r := range a.Responses {
		b = append(b, fmt.Sprintf("%s:%d", r.ID, r.Status))
	}
	return strings.Join(b, " ")
}

// TestBatchDialects takes items as the SDKs of Go, TypeScript and JavaScript send them
// (contract E.6), and gives each what it needs back.
func TestBatchDialects(t *testing.T) {
	e := newEcho(t)
	const set = `{"displayName":"A"}`
	const sets = "external/industryData/outboundProvisioningFlowSets"
	for name, item := range map[string]string{
		"Go":         `{"id":"1","method":"POST","url":"/` + sets + `","headers":{"accept":"application/json","content-type":"application/json"},"body":` + set + `,"dependsOn":[]}`,
		"TypeScript": `{"id":"1","method":"POST","url":"` + sets + `","body":"` + base64.StdEncoding.EncodeToString([]byte(set)) + `"}`,
		"JavaScript": `{"url":"/` + sets + `","method":"POST","headers":{"Content-Type":"application/json"},"body":` + set + `,"id":"1","dependsOn":[]}`,
		"by hand":    `{"id":"1","method":"post","url":"http://graph.example/beta/` + sets + `","body":` + set + `}`,
		"URL base64": `{"id":"1","method":"POST","url":"/` + sets + `","body":"` + base64.RawURLEncoding.EncodeToString([]byte(set)) + `"}`,
	} {
		e.seen = nil
		got := e.batch(`{"requests":[` + item + `]}`)
		if got.statuses() != "1:201" || e.seen == nil || string(e.seen.body) != set {
			t.Errorf("%s: %s", name, got.statuses())
			continue
		}
		first := got.Responses[0]
		if first.Headers["Content-Type"] != jsonType || first.Headers["Location"] != "http://graph.example/beta/"+sets+"/new" {
			t.Errorf("%s: headers %v", name, first.Headers)
		}
		if !json.Valid(first.Body) || first.Body[0] != '{' {
			t.Errorf("%s: body %s", name, first.Body)
		}
	}
}

// TestBatchItems answers each item as though it had come alone.
func TestBatchItems(t *testing.T) {
	e := newEcho(t)
	got := e.batch(`{"requests":[
		{"id":"list","method":"GET","url":"/external/industryData/runs?$top=1","headers":null,"body":null},
		{"id":"count","method":"GET","url":"/external/industryData/runs/$count"},
		{"id":"etag","method":"GET","url":"/external/industryData/outboundProvisioningFlowSets('x')","headers":{"if-none-match":"W/\"7\""}},
		{"id":"patch","method":"PATCH","url":"/external/industryData/outboundProvisioningFlowSets/x","headers":{"content-type":"application/json"},"body":{}},
		{"id":"text","method":"PATCH","url":"/external/industryData/outboundProvisioningFlowSets/x","headers":{"content-type":"application/json"},"body":"a text"},
		{"id":"base64","method":"PATCH","url":"/external/industryData/outboundProvisioningFlowSets/x","body":"no base64!"},
		{"id":"head","method":"HEAD","url":"/external/industryData/runs"},
		{"id":"none","method":"GET","url":"/nowhere"},
		{"id":"method","method":"PUT","url":"/external/industryData"},
		{"id":"batch","method":"POST","url":"/$BATCH","body":{"requests":[{"id":"1","method":"GET","url":"/external/industryData"}]}},
		{"id":"escaped","method":"POST","url":"%24batch","body":{}},
		{"id":"elsewhere","method":"GET","url":"https://evil.example/beta/external/industryData"},
		{"id":"metadata","method":"GET","url":"/$metadata"},
		{"id":"type","method":"POST","url":"/external/industryData/outboundProvisioningFlowSets","headers":{"Content-Type":"text/plain"},"body":{}}
	]}`)
	want := "list:200 count:200 etag:304 patch:204 text:204 base64:400 head:200 none:400 method:405 batch:400 escaped:400 elsewhere:400 metadata:200 type:415"
	if got.statuses() != want {
		t.Errorf("got  %s\nwant %s", got.statuses(), want)
	}
	bodies := make(map[string]string)
	for _, r := range got.Responses {
		bodies[r.ID] = string(r.Body)
		if r.ID == "etag" && r.Headers["ETag"] != `W/"7"` {
			t.Errorf("%s: headers %v", r.ID, r.Headers)
		}
		if r.Status >= 400 && !strings.Contains(string(r.Body), `"request-id":"`+r.Headers["Request-Id"]+`"`) {
			t.Errorf("%s: the error has another request-id: %s", r.ID, r.Body)
		}
	}
	if bodies["count"] != `"2"` || bodies["patch"] != "" || bodies["etag"] != "" || bodies["head"] != "" || !strings.HasPrefix(bodies["metadata"], `"`) {
		t.Errorf("bodies: %v", bodies)
	}
	if got := e.call("POST", "/beta/%24batch", zip(`{"requests":[{"id":"1","method":"GET","url":"/external/industryData"}]}`), "Content-Encoding: gzip"); got.status != 200 {
		t.Errorf("in gzip: %s", got.body)
	}
}

// TestBatchCaller asks for a token once, and for permissions with each item.
func TestBatchCaller(t *testing.T) {
	e := newEcho(t)
	const batch = `{"requests":[{"id":"1","method":"GET","url":"/external/industryData/runs"},{"id":"2","method":"GET","url":"/external/industryData/roleGroups","headers":{"Authorization":"Bearer delegated IndustryData.ReadBasic.All"}}]}`
	e.call("POST", "/beta/$batch", batch, "Authorization:").fails(401, "InvalidAuthenticationToken", "")
	if got := e.batch(batch, "Authorization: Bearer delegated "+runRead).statuses(); got != "1:200 2:403" {
		t.Error(got)
	}
}

// TestBatchOrder runs items after those that they depend on, and not when these fail.
func TestBatchOrder(t *testing.T) {
	e := newEcho(t)
	var order []string
	e.give = func(r *request) (*response, error) {
		order = append(order, r.keys["run"])
		if r.keys["run"] == "bad" {
			return nil, odata.NotFound("None.")
		}
		return &response{entity: entityOf(e.Server, r, "")}, nil
	}
	got := e.batch(`{"requests":[
		{"id":"C","method":"GET","url":"/external/industryData/runs/c","dependsOn":["b"]},
		{"id":"b","method":"GET","url":"/external/industryData/runs/b","dependsOn":["A"]},
		{"id":"a","method":"GET","url":"/external/industryData/runs/a"},
		{"id":"x","method":"GET","url":"/external/industryData/runs/bad"},
		{"id":"y","method":"GET","url":"/external/industryData/runs/y","dependsOn":["a","x"]},
		{"id":"z","method":"GET","url":"/external/industryData/runs/z","dependsOn":["y"]}
	]}`)
	if want := "a:200 b:200 C:200 x:404 y:424 z:424"; got.statuses() != want {
		t.Errorf("got %s, want %s", got.statuses(), want)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "bad"}, order); diff != "" {
		t.Errorf("handlers (-want +got):\n%s", diff)
	}
	if body := string(got.Responses[4].Body); !strings.Contains(body, `"code":"FailedDependency"`) || !strings.Contains(body, "'x'") {
		t.Error(body)
	}
}

// TestBadBatches refuses what concerns the whole.
func TestBadBatches(t *testing.T) {
	e := newEcho(t)
	get := func(id, more string) string {
		return `{"id":"` + id + `","method":"GET","url":"/external/industryData"` + more + `}`
	}
	twenty := make([]string, 20)
	for i := range twenty {
		twenty[i] = get(fmt.Sprint(i), "")
	}
	if got := e.batch(`{"requests":[` + strings.Join(twenty, ",") + `]}`); len(got.Responses) != 20 {
		t.Errorf("of twenty, %d were answered", len(got.Responses))
	}
	for body, message := range map[string]string{
		``:                    "cannot be read",
		`{`:                   "cannot be read",
		`[]`:                  "cannot be",
		`{"requests":7}`:      "requests cannot be a number",
		`{}`:                  "no requests",
		`{"requests":[]}`:     "no requests",
		`{"requests":[null]}`: "needs an id",
		`{"requests":[{}]}`:   "needs an id",
		`{"requests":[` + strings.Join(append(slices.Clone(twenty), get("20", "")), ",") + `]}`:        "20 is the most",
		`{"requests":[` + get("a", "") + `,` + get("A", "") + `]}`:                                     "stands twice",
		`{"requests":[` + get("a", `,"dependsOn":["b"]`) + `]}`:                                        "does not have",
		`{"requests":[` + get("a", `,"dependsOn":["a"]`) + `]}`:                                        "depends on itself",
		`{"requests":[` + get("a", `,"dependsOn":["b"]`) + `,` + get("b", `,"dependsOn":["a"]`) + `]}`: "depends on itself",
		`{"requests":[` + get("a", `,"headers":{"x":1}`) + `]}`:                                        "cannot be a number",
	} {
		e.call("POST", "/beta/$batch", body).fails(400, "BadRequest", message)
	}
	e.call("POST", "/beta/$batch", `{}`, "Content-Type: multipart/mixed;boundary=x").fails(415, "UnsupportedMediaType", "")
}
