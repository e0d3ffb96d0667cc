//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/district"
)

// own makes a request of what Homeroom adds.
func (s *server) own(method, path, body, accept string) answer {
	s.Helper()
	r := s.request(s.Context(), method, "", body)
	to, err := url.Parse(strings.TrimSuffix(s.base, "/beta") + "/homeroom/v1" + path)
	if err != nil {
		s.Fatal(err)
	}
	r.URL = to
	r.Header.Set("Accept", accept)
	return s.do(r)
}

// ownCall makes such a request that is to be answered with a status.
func (s *server) ownCall(status int, method, path, body string) map[string]any {
	s.Helper()
	a := s.own(method, path, body, "application/json")
	if a.status != status {
		s.Fatalf("%s %s: %d %s\n%s", method, path, a.status, a.body, s.errOut)
	}
	if len(a.body) == 0 {
		return nil
	}
	return object(s.T, a.body)
}

func object(t *testing.T, text []byte) map[string]any {
	t.Helper()
	var said map[string]any
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return said
}

// newest returns the newest run as operators see it.
func (s *server) newest() map[string]any {
	s.Helper()
	return s.ownCall(http.StatusOK, "GET", "/runs?$top=1", "")["value"].([]any)[0].(map[string]any)
}

// follow reads the live stream of the newest run to its end, and returns that.
func (s *server) follow() map[string]any {
	s.Helper()
	a := s.own("GET", "/runs/"+s.newest()["id"].(string)+"/events", "", "text/event-stream")
	_, end, ok := bytes.Cut(a.body, []byte("event: end\ndata: "))
	if a.status != http.StatusOK || !ok {
		s.Fatalf("%d %s\n%s", a.status, a.body, s.errOut)
	}
	return object(s.T, end)
}

// What a run holds is shown, rejected, approved by somebody else than who started it, and
// then done; what was done is taken back; all of it is in the audit.
func TestServeDecisions(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	counts := writeDistrict(t, roster)
	s := serveHere(t, t.TempDir(), "--roster", roster, "--schedule", "never", "--four-eyes")
	s.authorize() // an app
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	for _, flow := range []string{userFlowBody, classFlowBody} {
		s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+set+"/provisioningFlows", flow)
	}
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	first := s.follow()
	if first["status"] == "failed" || first["done"] != first["steps"] {
		t.Fatalf("the first run ended as %v", first)
	}
	dropEnrollments(t, filepath.Join(roster, "enrollments.csv"), counts.Enrollments*15/100)
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	second := s.follow()
	run := "/runs/" + second["id"].(string)
	held := s.ownCall(http.StatusOK, "GET", run+"/held", "")["value"].([]any)[0].(map[string]any)
	steps := held["steps"].([]any)
	if held["rule"] != "RemovalLimit" || float64(len(steps)) != second["held"] {
		t.Fatalf("held is %v of %v", held, second)
	}
	if a := s.own("POST", run+"/approve", `{"all":true}`, "*/*"); a.status != http.StatusForbidden {
		t.Errorf("the app approves: %d %s", a.status, a.body)
	}
	s.token = s.run("token", "--delegated", "--permission", "Homeroom.Approve", "--permission", "IndustryData-Run.Start", "--permission", "IndustryData-OutboundFlow.ReadWrite.All")
	content := func(i int) string { return steps[i].(map[string]any)["content"].(string) }
	s.ownCall(http.StatusBadRequest, "POST", run+"/approve", `{"steps":["`+content(0)+`","ab"]}`)
	s.ownCall(http.StatusOK, "POST", run+"/reject", `{"steps":["`+content(0)+`"]}`)
	decided := s.ownCall(http.StatusOK, "POST", run+"/approve", `{"all":true}`)
	if decided["steps"] != float64(len(steps)-1) {
		t.Errorf("approved are %v of %d", decided, len(steps))
	}
	s.ownCall(http.StatusConflict, "POST", run+"/accept", `{"reason":"It is right."}`)
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	third := s.follow()
	if third["held"] != float64(1) || third["done"] != float64(len(steps)-1) {
		t.Errorf("the third run ended as %v", third)
	}
	s.ownCall(http.StatusConflict, "POST", run+"/approve", `{"all":true}`) // what was approved is done
	s.ownCall(http.StatusBadRequest, "POST", run+"/reject", `{"steps":["`+content(1)+`"]}`)
	s.ownCall(http.StatusForbidden, "POST", "/runs/"+third["id"].(string)+"/approve", `{"all":true}`) // the person started it
	s.ownCall(http.StatusConflict, "POST", "/runs/"+third["id"].(string)+"/retry", "")
	s.ownCall(http.StatusAccepted, "POST", run+"/revert", "")
	if fourth := s.follow(); fourth["kind"] != "revert" || fourth["reverts"] != second["id"] || fourth["status"] == "failed" {
		t.Errorf("the revert ended as %v", fourth)
	}
	s.ownCall(http.StatusNoContent, "POST", "/schedule/resume", "")
	if plan := s.own("GET", run+"/plan", "", "text/csv"); plan.status != http.StatusOK || !bytes.Contains(plan.body, []byte("RemovalLimit")) {
		t.Errorf("the plan: %d %.200s", plan.status, plan.body)
	}
	kinds := s.ownCall(http.StatusOK, "GET", "/outboundCounts", "")["kinds"].([]any)
	if of := kinds[0].(map[string]any); of["kind"] != "user" || of["created"] != float64(counts.Students+counts.Staff) {
		t.Errorf("the counts are %v", kinds)
	}
	audit := s.run("audit", "-o", "json")
	for _, action := range []string{`"approve"`, `"reject"`, `"revert"`, `"resume"`} {
		if !strings.Contains(audit, action) {
			t.Errorf("the audit lacks %s", action)
		}
	}
	s.stop()
}

// A run that is canceled in the middle ends, and the next one does the rest.
func TestServeCancel(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	counts, err := district.Write(t.Context(), roster, district.Options{People: 6000, Seed: 3, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, t.TempDir(), "--roster", roster, "--schedule", "never")
	s.authorize()
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	for _, flow := range []string{userFlowBody, classFlowBody} {
		s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+set+"/provisioningFlows", flow)
	}
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	run := "/runs/" + s.newest()["id"].(string)
	s.ownCall(http.StatusAccepted, "POST", run+"/cancel", "")
	ended := s.follow()
	if ended["status"] != "failed" || ended["code"] != "OperationCanceled" || !strings.HasPrefix(ended["message"].(string), "Canceled by ") {
		t.Errorf("the run ended as %v", ended)
	}
	s.ownCall(http.StatusConflict, "POST", run+"/cancel", "")
	for {
		if a := s.do(s.request(t.Context(), "POST", "/runs/start", "")); a.status == http.StatusAccepted {
			break
		} else if a.status != http.StatusConflict {
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	if again := s.follow(); !slices.Contains([]any{"completed", "completedWithWarnings", "completedWithErrors"}, again["status"]) {
		t.Errorf("the next run ended as %v", again)
	}
	if users := s.directory("user"); users != counts.Students+counts.Staff {
		t.Errorf("the directory has %d users, want %d", users, counts.Students+counts.Staff)
	}
	s.stop()
}
