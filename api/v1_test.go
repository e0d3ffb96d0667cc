package api_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// get returns what is answered to a GET below what Homeroom adds.
func (w *world) get(token, path string, accept ...string) answer {
	w.Helper()
	return w.send(token, "GET", added+path, http.Header{"Accept": accept}, nil)
}

// pages follows a collection to its end and returns a member of every item.
func (w *world) pages(token, path, member string) (pages [][]any) {
	w.Helper()
	for link := added + path; link != ""; {
		got := w.send(token, "GET", link, nil, nil)
		if got.status != http.StatusOK {
			w.Fatalf("%s: %d %s", link, got.status, got.body)
		}
		body := got.object()
		var page []any
		for _, item := range body["value"].([]any) {
			page = append(page, item.(map[string]any)[member])
		}
		pages = append(pages, page)
		link, _ = body["@odata.nextLink"].(string)
	}
	return pages
}

// Runs are listed page by page.
func TestOwnRuns(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	w.ops.runs = nil
	if got := w.get(token, "/runs"); string(got.body) != `{"value":[]}` {
		t.Errorf("before the first run: %s", got.body)
	}
	for n := int64(5); n > 0; n-- {
		w.ops.runs = append(w.ops.runs, api.RunDetail{ID: fmt.Sprint("r", n), Number: n, Status: ledger.Completed})
	}
	if got := fmt.Sprint(w.pages(token, "/runs?$top=2", "id")); got != "[[r5 r4] [r3 r2] [r1]]" {
		t.Error(got)
	}
	if got := fmt.Sprint(w.pages(token, "/Runs?top=9", "number")); got != "[[5 4 3 2 1]]" {
		t.Error(got)
	}
	if got := w.get(token, "/runs('r3')").object(); got["id"] != "r3" || got["endDateTime"] != nil {
		t.Error(got)
	}
	refused(w.get(token, "/runs/r9"), http.StatusNotFound, "", "r9")
	for query, target := range map[string]string{
		"$top=x": "$top", "$top=-1": "$top", "$skiptoken=0": "$skiptoken", "$skiptoken=9223372036854775807": "$skiptoken", "$filter=x": "$filter", "$top=1&top=2": "$top",
	} {
		refused(w.get(token, "/runs?"+query), http.StatusBadRequest, target, "")
	}
	refused(w.get(token, "/runs/r1/steps?$skiptoken=9223372036854775807"), http.StatusBadRequest, "$skiptoken", "")
	if got := w.get(token, "/runs?color=red"); got.status != http.StatusOK {
		t.Errorf("%d: %s", got.status, got.body)
	}
}

// manySteps are a plan of 2,000 steps: of every ten, one is held, one failed, one removes.
func manySteps(o *operations) {
	o.outcomes = make(map[int]plan.Outcome)
	for seq := 1; seq <= 2000; seq++ {
		step := plan.Step{Seq: seq, Action: plan.Create, Kind: directory.User, Key: fmt.Sprintf("User_%04d", seq), Org: fmt.Sprint(seq % 3)}
		switch seq % 10 {
		case 1:
			step.Held = &plan.Hold{Rule: "CreationLimit", Message: "too many"}
		case 2:
			o.outcomes[seq] = plan.Outcome{Status: plan.Failed, Rule: "DirNameConflict", Message: "taken"}
		case 3:
			step.Action, step.Kind, step.Key = plan.Remove, directory.ClassGroup, fmt.Sprintf("Section_%04d", seq)
		}
		o.steps = append(o.steps, step)
	}
}

// Steps are listed by what is asked for, page by page, in the form of the plan.
func TestOwnSteps(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	manySteps(w.ops)
	for query, want := range map[string]string{
		"?key=User_0042":                            "[[42]]",
		"?held=CreationLimit&$top=150":              "150 50",
		"?held=RemovalLimit":                        "0",
		"?held=true&org=2&$top=999":                 "67",
		"?held=false&$top=999":                      "999 801",
		"?status=failed&$top=999":                   "200",
		"?action=remove&kind=classGroup&org=0":      "67",
		"?action=remove&kind=user":                  "0",
		"?status=held&action=create&$top=100":       "100 100",
		"?key=User_0042&$top=0":                     "0",
		"":                                          strings.TrimSpace(strings.Repeat("100 ", 20)),
		"?$top=5000&$skiptoken=1500&status=waiting": "0",
		"?$top=5000":                                "999 999 2",
	} {
		pages := w.pages(token, "/runs/r1/steps"+query, "seq")
		var sizes []string
		for _, page := range pages {
			sizes = append(sizes, fmt.Sprint(len(page)))
		}
		if got := strings.Join(sizes, " "); got != want && fmt.Sprint(pages) != want {
			t.Errorf("%s: pages of %s, want %s", query, got, want)
		}
	}
	got := w.get(token, "/runs/r1/steps?key=User_0001").object()["value"].([]any)[0].(map[string]any)
	want := map[string]any{"rule": "CreationLimit", "message": "too many", "content": w.ops.steps[0].Content()}
	if diff := cmp.Diff(want, got["held"]); diff != "" {
		t.Errorf("held (-want +got):\n%s", diff)
	}
	for query, target := range map[string]string{"kind=person": "kind", "action=drop": "action", "status=lost": "status"} {
		refused(w.get(token, "/runs/r1/steps?"+query), http.StatusBadRequest, target, "one of")
	}
}

// What is held is listed by rule, with what was decided about it.
func TestOwnHeld(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.Now = func() time.Time { return time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC) }
	})
	token := w.admin()
	held := func(seq int, rule string) plan.Step {
		return plan.Step{Seq: seq, Action: plan.Create, Kind: directory.User, Key: fmt.Sprint("User_", seq), Held: &plan.Hold{Rule: rule, Message: "because"}}
	}
	w.ops.steps = []plan.Step{held(1, "CreationLimit"), held(2, "DirectoryRole"), held(3, "CreationLimit"), held(4, "CreationLimit"), held(5, "CreationLimit"), {Seq: 6, Key: "User_6"}}
	content := func(seq int) string { return w.ops.steps[seq-1].Content() }
	hour := func(h int) time.Time { return time.Date(2026, 11, 28, h, 0, 0, 0, time.UTC) }
	w.ops.decided = map[string]ledger.Approval{
		content(1): {By: "Ada", Expires: hour(1)}, content(2): {By: "Ada", Rejected: true},
		content(3): {By: "Bob", Expires: hour(-1)}, content(4): {By: "Bob", Expires: hour(1), Used: true},
	}
	var got []string
	for _, rule := range w.get(token, "/runs/r1/held").object()["value"].([]any) {
		rule := rule.(map[string]any)
		got = append(got, fmt.Sprint(rule["rule"], " ", rule["count"], " ", rule["remedy"] == plan.Decision(rule["rule"].(string))))
		for _, step := range rule["steps"].([]any) {
			step := step.(map[string]any)
			line := fmt.Sprint(step["seq"], " ", step["key"], " ", step["message"], " ", len(step["content"].(string)) == 64)
			if d, ok := step["decision"].(map[string]any); ok {
				line += fmt.Sprint(" ", d["verdict"], " by ", d["by"], " until ", d["expirationDateTime"])
			}
			got = append(got, line)
		}
	}
	want := []string{
		"CreationLimit 4 true",
		"1 User_1 because true approved by Ada until 2026-11-28T01:00:00Z",
		"3 User_3 because true expired by Bob until 2026-11-27T23:00:00Z",
		"4 User_4 because true used by Bob until 2026-11-28T01:00:00Z",
		"5 User_5 because true",
		"DirectoryRole 1 true",
		"2 User_2 because true rejected by Ada until <nil>",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A plan and failures are answered in the form that Accept names.
func TestOwnForms(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	w.ops.failures = []api.Failure{{Seq: 4, Action: plan.Create, Kind: directory.User, Key: "User_1", Record: "users.csv:2", Rule: "DirNameConflict", Message: `"Ada", taken`, Remedy: "Rename.", Outcome: plan.Failed}}
	for _, test := range []struct {
		path, accept string
		status       int
		kind, body   string
	}{
		{"plan", "", 200, "application/json", `"the plan as application/json"`},
		{"plan", "*/*", 200, "application/json", `"the plan as application/json"`},
		{"plan", "text/csv", 200, "text/csv; charset=utf-8", `"the plan as text/csv"`},
		{"plan", "text/html,application/xhtml+xml,*/*;q=0.8", 200, "text/html; charset=utf-8", `"the plan as text/html"`},
		{"plan", "text/csv;q=0,application/json", 200, "application/json", `"the plan as application/json"`},
		{"plan", "image/png", 406, "application/json", ""},
		{"events", "application/json", 406, "application/json", ""},
		{"failures", "", 200, "application/json", `{"value":[{"seq":4,"action":"create","kind":"user","key":"User_1","record":"users.csv:2","rule":"DirNameConflict","message":"\"Ada\", taken","remedy":"Rename.","outcome":"failed"}]}`},
		{"failures", "text/csv", 200, "text/csv; charset=utf-8", "outcome,seq,action,kind,key,record,rule,message,remedy\nfailed,4,create,user,User_1,users.csv:2,DirNameConflict,\"\"\"Ada\"\", taken\",Rename.\n"},
	} {
		got := w.get(token, "/runs/r1/"+test.path, test.accept)
		if got.status != test.status || got.header.Get("Content-Type") != test.kind || test.body != "" && string(got.body) != test.body {
			t.Errorf("%s as %q: %d %s %s", test.path, test.accept, got.status, got.header.Get("Content-Type"), got.body)
		}
		head := w.send(token, "HEAD", added+"/runs/r1/"+test.path, http.Header{"Accept": {test.accept}}, nil)
		if head.status != test.status || head.header.Get("Content-Type") != test.kind || len(head.body) > 0 {
			t.Errorf("HEAD %s as %q: %d %s %s", test.path, test.accept, head.status, head.header.Get("Content-Type"), head.body)
		}
	}
	zipped := w.send(token, "GET", added+"/runs/r1/plan", http.Header{"Accept-Encoding": {"gzip"}}, nil)
	if zipped.header.Get("Content-Encoding") != "gzip" || string(zipped.body) != `"the plan as application/json"` {
		t.Errorf("%v %s", zipped.header, zipped.body)
	}
	if got := fmt.Sprint(w.get(token, "/outboundCounts").object()["kinds"].([]any)[0]); !strings.Contains(got, "managed:3") {
		t.Error(got)
	}
}

// Bodies that say nothing clear are refused, and nothing is done; others are done as they
// say.
func TestOwnDecisions(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	for _, test := range []struct{ path, body, target, saying string }{
		{"approve", ``, "", "is missing"},
		{"approve", `{`, "", "cannot be read"},
		{"approve", `{}`, "steps", "which steps"},
		{"approve", `{"all":false,"steps":[]}`, "steps", "which steps"},
		{"reject", `{"all":true,"steps":["ab"]}`, "steps", "which steps"},
		{"reject", `{"steps":"ab"}`, "", "steps"},
		{"approve", `{"every":true}`, "", "every"},
		{"approve", `{"all":true} {}`, "", "goes on"},
		{"accept", `{}`, "reason", "why"},
		{"accept", `{"reason":" "}`, "reason", "why"},
		{"accept", `{"reason":"` + strings.Repeat("é", 1001) + `"}`, "reason", "1000"},
		{"revert", `{"delete":true}`, "", "delete"},
	} {
		got := w.send(token, "POST", added+"/runs/r1/"+test.path, jsonHeader(), []byte(test.body))
		refused(got, http.StatusBadRequest, test.target, test.saying)
	}
	refused(w.send(token, "POST", added+"/runs/r9/cancel", nil, nil), http.StatusNotFound, "", "r9")
	for body, target := range map[string]string{
		``: "", `{}`: "", `{"released":false}`: "", `{"retired":""}`: "", `{"everything":true}`: "",
		`{"retired":"burn"}`: "retired", `{"delete":true}`: "delete", `{"delete":true,"retired":"empty"}`: "delete",
	} {
		refused(w.send(token, "POST", added+"/cleanup", jsonHeader(), []byte(body)), http.StatusBadRequest, target, "")
	}
	if len(w.ops.done) > 0 {
		t.Fatalf("done in spite of that: %v", w.ops.done)
	}
	for _, call := range [][2]string{
		{"approve", `{"steps":["b","a"]}`}, {"homeroom.approve", `{"all":true}`}, {"reject", `{"steps":["c"]}`},
		{"accept", `{"reason":" It is right. "}`}, {"cancel", ""}, {"retry", ""}, {"revert", ""}, {"revert", `{"deleteCreated":true}`},
	} {
		got := w.send(token, "POST", added+"/runs/r1/"+call[0], jsonHeader(), []byte(call[1]))
		if got.status/100 != 2 {
			t.Errorf("%v: %d %s", call, got.status, got.body)
		}
	}
	for _, body := range []string{`{"released":true,"delete":true}`, `{"retired":"archive","leavers":true}`} {
		got := w.send(token, "POST", added+"/cleanup", jsonHeader(), []byte(body))
		if got.status != http.StatusAccepted || got.object()["id"] != "r1" {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	want := []string{
		"approve [a b] false r1 by user", "approve [] true r1 by user", "reject [c] false r1 by user", "accept since It is right. r1 by user",
		"cancel r1 by user", "retry r1 by user", "revert false r1 by user", "revert true r1 by user",
		"cleanup {Released:true Delete:true Retired: Leavers:false} by user", "cleanup {Released:false Delete:false Retired:archive Leavers:true} by user",
	}
	if diff := cmp.Diff(want, w.ops.done); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
}

// Applications decide only where that is allowed, and with four eyes nobody does about a
// run that they started.
func TestWhoDecides(t *testing.T) {
	for _, test := range []struct {
		name           string
		apps, fourEyes bool
		kind           access.Kind
		starter        string
		allowed        bool
	}{
		{"a person", false, false, access.Delegated, "user", true},
		{"an app", false, false, access.Application, "", false},
		{"an app that may", true, false, access.Application, "", true},
		{"who started it", false, true, access.Delegated, "user", false},
		{"somebody else", false, true, access.Delegated, "other", true},
	} {
		w := newWorld(t, func(o *api.Options) { o.AppsMayApprove, o.FourEyes = test.apps, test.fourEyes })
		w.ops.starter = test.starter
		token := w.caller(test.kind, "Homeroom.Approve")
		for path, body := range map[string]string{"approve": `{"all":true}`, "reject": `{"all":true}`, "accept": `{"reason":"right"}`, "revert": ``} {
			got := w.send(token, "POST", added+"/runs/r1/"+path, jsonHeader(), []byte(body))
			if (got.status/100 == 2) != test.allowed || !test.allowed && got.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d %s", path, test.name, got.status, got.body)
			}
		}
		if (len(w.ops.done) == 4) != test.allowed {
			t.Errorf("%s: done is %v", test.name, w.ops.done)
		}
		isApp := test.kind == access.Application // a cleanup is nobody's before it is started
		got := w.send(token, "POST", added+"/cleanup", jsonHeader(), []byte(`{"released":true}`))
		if (got.status == http.StatusAccepted) != (test.apps || !isApp) {
			t.Errorf("cleanup, %s: %d %s", test.name, got.status, got.body)
		}
	}
}

// What is not there is refused as everywhere, and what may be asked is told.
func TestOwnPaths(t *testing.T) {
	w := newWorld(t, func(o *api.Options) { o.Origins = []string{"https://console.example"} })
	token := w.admin()
	for _, path := range []string{"/", "/flows", "/runs/r1/steps/1", "/runs/r1/microsoft.graph.industryData.approve", "/runs/$count"} {
		if got := w.get(token, path); got.status != http.StatusBadRequest && got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	got := w.send(token, "GET", strings.Replace(added, "v1", "v2", 1)+"/runs", nil, nil)
	checkError(got, "another version", http.StatusBadRequest, "BadRequest")
	got = w.send(token, "DELETE", added+"/runs/r1", nil, nil)
	checkError(got, "another method", http.StatusMethodNotAllowed, "MethodNotAllowed")
	if got.header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow is %q", got.header.Get("Allow"))
	}
	asked := w.send("", "OPTIONS", added+"/runs/r1/approve", http.Header{"Origin": {"https://console.example"}, "Access-Control-Request-Method": {"POST"}}, nil)
	if asked.status != http.StatusNoContent || asked.header.Get("Access-Control-Allow-Methods") != "POST, OPTIONS" {
		t.Errorf("OPTIONS: %d %v", asked.status, asked.header)
	}
	batch := `{"requests":[{"id":"1","method":"GET","url":"/homeroom/v1/runs"}]}`
	if got := w.send(token, "POST", base+"/$batch", jsonHeader(), []byte(batch)); !strings.Contains(string(got.body), `"status":400`) {
		t.Errorf("in a batch: %s", got.body)
	}
}

// events opens a live stream over HTTP.
func (w *world) events(token string) (*bufio.Reader, http.Header) {
	w.Helper()
	server := httptest.NewServer(w.server)
	w.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(w.Context(), "GET", server.URL+"/homeroom/v1/runs/r1/events", nil)
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "text/event-stream")
	response, err := server.Client().Do(r)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		w.Fatalf("the stream is answered with %d", response.StatusCode)
	}
	return bufio.NewReader(response.Body), response.Header
}

// A live stream tells what moved, once, and ends with the run.
func TestEvents(t *testing.T) {
	w := newWorld(t)
	running := api.RunDetail{ID: "r1", Status: ledger.Running}
	at := func(stage string, done, total int) api.Progress {
		return api.Progress{Run: running, Stage: stage, Done: done, Total: total}
	}
	w.ops.progress = []api.Progress{
		at("reading", 0, 0), at("applying", 10, 30), at("applying", 10, 30), at("applying", 30, 30),
		{Run: api.RunDetail{ID: "r1", Status: ledger.Completed, Done: 30}, Stage: "applying", Done: 30, Total: 30},
	}
	body, header := w.events(w.admin())
	if header.Get("Content-Type") != "text/event-stream" || header.Get("request-id") == "" || header.Get("X-Accel-Buffering") != "no" {
		t.Errorf("%v", header)
	}
	all, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	text, end, _ := strings.Cut(string(all), "event: end\ndata: ")
	want := "event: progress\ndata: {\"stage\":\"reading\",\"done\":0,\"total\":0}\n\n" +
		"event: progress\ndata: {\"stage\":\"applying\",\"done\":10,\"total\":30}\n\n" +
		"event: progress\ndata: {\"stage\":\"applying\",\"done\":30,\"total\":30}\n\n"
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if run := decoded(t, []byte(end)).(map[string]any); run["status"] != "completed" || fmt.Sprint(run["done"]) != "30" {
		t.Errorf("at the end %v", run)
	}
}

// A live stream ends when the server is about to stop.
func TestEventsStop(t *testing.T) {
	stopping := make(chan struct{})
	w := newWorld(t, func(o *api.Options) { o.Stopping = stopping })
	w.ops.progress = []api.Progress{{Run: api.RunDetail{ID: "r1", Status: ledger.Running}, Stage: "planning"}}
	body, _ := w.events(w.admin())
	if line, err := body.ReadString('\n'); err != nil || line != "event: progress\n" {
		t.Fatalf("%q, %v", line, err)
	}
	close(stopping)
	if rest, err := io.ReadAll(body); err != nil || strings.Contains(string(rest), "event: end") {
		t.Errorf("%q, %v", rest, err)
	}
}

// Of a stream that breaks off nobody takes the part for the whole, and its place is free
// again.
func TestBrokenStream(t *testing.T) {
	w := newWorld(t)
	manySteps(w.ops)
	w.ops.broken = errors.New("the disk is gone")
	token := w.admin()
	server := httptest.NewServer(w.server)
	defer server.Close()
	for i := range 100 { // more than there are places
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/homeroom/v1/runs/r1/steps?$top=999&key="+url.QueryEscape("User_0001"), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if i%2 == 0 {
			r.Header.Set("Accept-Encoding", "identity") // half of gzip is noticed in any case
		}
		response, err := server.Client().Do(r)
		if err != nil {
			continue // it broke off before anything was sent
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || err == nil {
			t.Fatalf("%d %s, %v", response.StatusCode, body, err)
		}
	}
}
