//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"go.yaml.in/yaml/v3"

	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/store"
)

// server is homeroom serve at work.
type server struct {
	*process
	dir    string // of its data
	said   string // when it began
	base   string // of its API
	tenant string
	token  string
	client *http.Client
}

// serveHere starts a server on this machine with further flags, at a port that the
// system chooses. The folder "" stands for none that is named.
func serveHere(t *testing.T, dir string, flags ...string) *server {
	t.Helper()
	return serveAs(t, func(cmd *exec.Cmd) *exec.Cmd { return cmd }, dir, flags...)
}

// serveAs is serveHere with the command made another one.
func serveAs(t *testing.T, as func(*exec.Cmd) *exec.Cmd, dir string, flags ...string) *server {
	t.Helper()
	args := append([]string{"serve", "--addr", "127.0.0.1:0", "--schedule", never}, flags...)
	if dir != "" {
		args = append(args, "--data", dir)
	}
	cmd := exec.CommandContext(t.Context(), "homeroom", args...)
	cmd.Cancel = nil // the cleanup of start ends it
	out := newWatched()
	s := &server{process: start(t, as(cmd), out), dir: dir, client: http.DefaultClient}
	go func() { <-s.gone; out.end() }()
	if !out.await("Homeroom serves ") || !out.await("\n") {
		t.Fatalf("the server did not begin:\n%s", s.errOut)
	}
	found := regexp.MustCompile(`serves (\S+) for (?:the tenant (\S+)\.|\d+ tenants:)\n`).FindStringSubmatch(out.String())
	if found == nil {
		t.Fatalf("the server says %q", out)
	}
	s.said, s.base, s.tenant = out.String(), found[1], found[2]
	return s
}

// run runs the program with arguments on the server's data and returns what it prints.
func (s *server) run(args ...string) string {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), os.Args[0], append(args, "--data", s.dir)...)
	cmd.Args[0] = "homeroom"
	text, err := cmd.Output()
	if err != nil {
		var said []byte
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			said = failed.Stderr
		}
		s.Fatalf("homeroom %v: %v\n%s", args, err, said)
	}
	return strings.TrimSpace(string(text))
}

// authorize gets a token for everything that the tests do.
func (s *server) authorize() {
	s.Helper()
	s.token = s.run("token", "--permission", "IndustryData-OutboundFlow.ReadWrite.All", "--permission", "IndustryData-Run.Start")
}

// request makes a request of the API, below /beta/external/industryData.
func (s *server) request(ctx context.Context, method, path, body string) *http.Request {
	s.Helper()
	r, err := http.NewRequestWithContext(ctx, method, s.base+"/external/industryData"+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request.
func (s *server) do(r *http.Request) answer {
	s.Helper()
	response, err := s.client.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}

// call makes a call that is to be answered with a status, and returns the answer.
func (s *server) call(status int, method, path, body string) map[string]any {
	s.Helper()
	a := s.do(s.request(s.Context(), method, path, body))
	if a.status != status {
		s.Fatalf("%s %s: %d\n%s", method, path, a.status, a.body)
	}
	var said map[string]any
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &said); err != nil {
			s.Fatalf("%s %s: %v in %s", method, path, err, a.body)
		}
	}
	return said
}

// stop asks the server to stop, and wants it to end well.
func (s *server) stop() {
	s.Helper()
	s.signal(syscall.SIGTERM)
	s.ends(exitDone)
}

// newestRun waits until the newest run has ended, and returns it with its activities.
func (s *server) newestRun() map[string]any {
	s.Helper()
	for {
		runs := s.call(http.StatusOK, "GET", "/runs?$expand=activities", "")["value"].([]any)
		if len(runs) > 0 {
			if run := runs[0].(map[string]any); run["status"] != "running" {
				return run
			}
		}
		if s.ended() {
			s.Fatalf("the server ended:\n%s", s.errOut)
		}
	}
}

// statistics returns what a run counted of its roster.
func (s *server) statistics(run map[string]any) map[string]any {
	s.Helper()
	all := s.call(http.StatusOK, "GET", "/runs/"+run["id"].(string)+"/getStatistics", "")
	return all["activityStatistics"].([]any)[0].(map[string]any)
}

// entities are the counts of a kind as the API shows them.
func entities(active, inactive int) map[string]any {
	return map[string]any{"active": float64(active), "inactive": float64(inactive), "total": float64(active + inactive)}
}

// A vendor's test: the fixed token, the seeded flow sets, a run. Another token is
// refused, and nothing is left behind.
func TestServeDev(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := serveHere(t, t.TempDir(), "--dev")
	s.token = devToken
	sets := s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets?$expand=provisioningFlows", "")["value"].([]any)
	if len(sets) != 1 || len(sets[0].(map[string]any)["provisioningFlows"].([]any)) != 4 {
		t.Errorf("the flow sets are %v", sets)
	}
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	run := s.newestRun()
	if run["status"] != "completedWithWarnings" || len(run["activities"].([]any)) != 5 {
		t.Errorf("the run ended as %v", run)
	}
	if diff := cmp.Diff(entities(200, 0), s.statistics(run)["people"]); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	rebound := s.request(t.Context(), "GET", "/outboundProvisioningFlowSets", "")
	rebound.Host = "evil.example:8080" // which leads here, as far as a browser knows
	if got := s.do(rebound); got.status != http.StatusUnauthorized || !strings.Contains(string(got.body), "--public-url") {
		t.Errorf("under another's name: %d %s", got.status, got.body)
	}
	s.token = devToken + "x"
	s.call(http.StatusUnauthorized, "GET", "/outboundProvisioningFlowSets", "")
	s.token = s.clientToken(devApp, devSecret)
	s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")
	s.stop()
	if left := filesIn(t, os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if left := filesIn(t, s.dir); len(left) > 0 {
		t.Errorf("the data folder has %v", left)
	}
}

// The workflow for vendors does what it says: its address and its token are the server's.
func TestWorkflow(t *testing.T) {
	text, err := os.ReadFile("../../examples/ci-workflow.yml")
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Name string
				Run  string
				Env  map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	steps := workflow.Jobs["test"].Steps
	start, test := steps[2], steps[3]
	if !strings.Contains(start.Run, "homeroom serve --dev ") || !strings.Contains(start.Run, "http://127.0.0.1:8080/readyz") {
		t.Errorf("the server is started by %s", start.Run)
	}
	if want := map[string]string{"GRAPH_URL": "http://127.0.0.1:8080/beta", "GRAPH_TOKEN": devToken}; !maps.Equal(want, test.Env) {
		t.Errorf("the environment is %v, want %v", test.Env, want)
	}
	if !bytes.Contains(text, []byte(devApp)) || !bytes.Contains(text, []byte(devSecret)) {
		t.Error("the client's id and secret are missing")
	}
	switch _, err := exec.LookPath("curl"); {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal("there is no curl")
	case err != nil:
		t.Skip("there is no curl")
	}
	s := serveHere(t, t.TempDir(), "--dev")
	s.token = devToken
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", test.Run)
	cmd.Env = append(os.Environ(), "GRAPH_TOKEN="+devToken, "GRAPH_URL="+s.base)
	if said, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(said, []byte("All schools")) {
		t.Errorf("%v\n%s", err, said)
	}
	s.newestRun()
	s.stop()
}

// clientToken gets a token from the embedded issuer, as an app.
func (s *server) clientToken(app, secret string) string {
	s.Helper()
	body := "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id=" + app + "&client_secret=" + secret
	r, err := http.NewRequestWithContext(s.Context(), "POST", strings.TrimSuffix(s.base, "/beta")+"/"+s.tenant+"/oauth2/v2.0/token", strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a := s.do(r)
	var said struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &said); err != nil || a.status != http.StatusOK {
		s.Fatalf("the issuer answers %d: %s", a.status, a.body)
	}
	return said.Token
}

// Over https with the authority of the data folder: a client who trusts it is served,
// also after a restart, and one who does not is not. The links are https, too.
func TestServeTLS(t *testing.T) {
	dir := t.TempDir()
	var roots *tls.Config
	for _, flags := range [][]string{{"--tls-self"}, {"--tls-self", "--public-url", "https://localhost"}} {
		s := serveHere(t, dir, flags...)
		s.authorize()
		if roots == nil {
			roots = &tls.Config{RootCAs: trusting(t, filepath.Join(dir, authorityCert)), MinVersion: tls.VersionTLS12}
		}
		if len(flags) > 1 { // the URL is somebody else's, so that the log has to tell the port
			s.stop()
			continue
		}
		s.client = &http.Client{Transport: &http.Transport{TLSClientConfig: roots, ForceAttemptHTTP2: true}}
		sets := s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")
		if context, _ := sets["@odata.context"].(string); !strings.HasPrefix(context, s.base+"/$metadata#") {
			t.Errorf("the context is %q", context)
		}
		if _, err := http.DefaultClient.Do(s.request(t.Context(), "GET", "/outboundProvisioningFlowSets", "")); err == nil { //nolint:bodyclose // there is none
			t.Error("a client who does not trust the authority was served")
		}
		s.stop()
	}
}

// A server for developers keeps its authority with all else that is gone at the end, and
// says where; only --data keeps it.
func TestServeDevTLS(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	own, named := t.TempDir(), t.TempDir()
	t.Setenv("HOMEROOM_DATA", own)
	s := serveHere(t, "", "--dev", "--tls-self")
	found := regexp.MustCompile(`trust the authority (\S+)\n`).FindStringSubmatch(s.said)
	if found == nil || !strings.HasPrefix(found[1], os.Getenv("TMPDIR")) {
		t.Fatalf("the server says %q", s.said)
	}
	roots := &tls.Config{RootCAs: trusting(t, found[1]), MinVersion: tls.VersionTLS12}
	s.client, s.token = &http.Client{Transport: &http.Transport{TLSClientConfig: roots}}, devToken
	s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")
	s.stop()
	serveHere(t, named, "--dev", "--tls-self").stop()
	if _, err := os.Stat(filepath.Join(named, authorityCert)); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{own, os.Getenv("TMPDIR")} {
		if left := filesIn(t, dir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// The host that a client makes up gets into nothing that is signed and into no page that
// people are sent to. The API's links are its own.
func TestServeHosts(t *testing.T) {
	s := serveHere(t, t.TempDir())
	s.authorize()
	app := s.run("apps", "create", "Timetable", "--delegated", "IndustryData-OutboundFlow.Read.All", "-o", "json")
	var created struct{ AppID string }
	if err := json.Unmarshal([]byte(app), &created); err != nil {
		t.Fatal(err)
	}
	form := "client_id=" + created.AppID + "&scope=.default"
	for _, test := range []struct{ method, path, host string }{
		{"GET", "/v2.0/.well-known/openid-configuration", ""},
		{"POST", "/oauth2/v2.0/devicecode", ""},
		{"GET", "/v2.0/.well-known/openid-configuration", "evil.example"},
		{"POST", "/oauth2/v2.0/devicecode", "evil.example:443"},
		{"GET", "/oauth2/v2.0/deviceauth", "evil.example"},
		{"POST", "/oauth2/v2.0/token", "localhost.evil.example"},
		{"POST", "/oauth2/v2.0/devicecode", "localhost:80evil"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), test.method, strings.TrimSuffix(s.base, "/beta")+"/"+s.tenant+test.path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Host, r.Header["X-Forwarded-Host"] = test.host, []string{"evil.example"}
		got := s.do(r)
		if want := test.host == ""; strings.Contains(string(got.body), "evil") || (got.status == http.StatusOK) != want {
			t.Errorf("%s under %q: %d %s", test.path, test.host, got.status, got.body)
		}
	}
	s.stop()
}

// The first signal lets a request end that is under way, and no other begin.
func TestServeStops(t *testing.T) {
	s := serveHere(t, t.TempDir())
	s.authorize()
	body := `{"displayName":"Slow"}`
	address := strings.TrimPrefix(strings.TrimSuffix(s.base, "/beta"), "http://")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST /beta/external/industryData/outboundProvisioningFlowSets HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, s.token, len(body))
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(conn)
	proceed, err := answers.ReadString('\n') // the request is being read
	if err != nil || !strings.Contains(proceed, "100 Continue") {
		t.Fatalf("%q, %v", proceed, err)
	}
	_, _ = answers.ReadString('\n')
	s.signal(syscall.SIGTERM)
	if !s.errOut.await("msg=stopping") {
		t.Fatalf("the server ended:\n%s", s.errOut)
	}
	for { // until it listens no longer
		other, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			break
		}
		_ = other.Close()
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Errorf("the request that was under way ended as %s", response.Status)
	}
	s.ends(exitDone)
}

// Prometheus can read what the server counts, and no label is made up by clients.
func TestServeMetrics(t *testing.T) {
	s := serveHere(t, t.TempDir())
	s.authorize()
	s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")
	s.call(http.StatusNotFound, "GET", "/outboundProvisioningFlowSets/00000000-0000-4000-8000-00000000abcd", "")
	s.call(http.StatusMethodNotAllowed, "BREW", "/outboundProvisioningFlowSets", "")
	text := s.text(http.StatusOK, "/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	for _, want := range []string{
		`homeroom_http_requests_total{method="GET",route="external/industryData/outboundProvisioningFlowSets",status="200"} 1`,
		`homeroom_http_requests_total{method="GET",route="external/industryData/outboundProvisioningFlowSets/{set}",status="404"} 1`,
		"homeroom_run_under_way 0", "homeroom_store_readers ", `homeroom_store_bytes{file="homeroom.db"} `, "go_goroutines ", "process_cpu_seconds_total ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing in:\n%s", want, text)
		}
	}
	for _, not := range []string{"abcd", "BREW", s.tenant} {
		if strings.Contains(text, not) {
			t.Errorf("the metrics name %s", not)
		}
	}
	if ok := s.text(http.StatusOK, "/livez") + s.text(http.StatusOK, "/readyz"); ok != "ok\nok\n" {
		t.Errorf("alive and ready: %q", ok)
	}
	s.stop()
}

// A server that others reach shows its metrics to nobody but at an address of their own.
func TestServeMetricsApart(t *testing.T) {
	s := serveHere(t, t.TempDir(), "--trusted-proxy", "10.0.0.0/8", "--metrics-addr", "127.0.0.1:0")
	s.text(http.StatusBadRequest, "/metrics") // as any other path that the API does not have
	found := regexp.MustCompile(`Prometheus reads (\S+)/metrics\n`).FindStringSubmatch(s.said)
	if found == nil {
		t.Fatalf("the server says %q", s.said)
	}
	s.base = found[1] + "/beta"
	if text := s.text(http.StatusOK, "/metrics"); !strings.Contains(text, "homeroom_run_under_way 0") {
		t.Errorf("the metrics are %s", text)
	}
	s.text(http.StatusNotFound, "/livez")
	s.stop()
}

// text returns what the server has at a path outside of the API.
func (s *server) text(status int, path string) string {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), "GET", strings.TrimSuffix(s.base, "/beta")+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	a := s.do(r)
	if a.status != status {
		s.Errorf("GET %s: %d", path, a.status)
	}
	return string(a.body)
}

// The log has a line of JSON for each request: who called and what came of it, and no
// token, and nothing of what was asked for.
func TestServeLog(t *testing.T) {
	s := serveHere(t, t.TempDir(), "--log", "json")
	s.authorize()
	a := s.do(s.request(t.Context(), "GET", "/outboundProvisioningFlowSets?$filter=displayName%20eq%20'Mia'", ""))
	s.stop()
	log := s.errOut.String()
	var line map[string]any
	for text := range strings.Lines(log) {
		var one map[string]any
		if err := json.Unmarshal([]byte(text), &one); err != nil {
			t.Errorf("%v in %q", err, text)
		}
		if one["msg"] == "request" {
			line = one
		}
	}
	want := map[string]any{
		"level": "INFO", "msg": "request", "method": "GET", "path": "/beta/external/industryData/outboundProvisioningFlowSets",
		"status": float64(200), "from": "127.0.0.1", "app": printedApp, "tenant": s.tenant, "request-id": a.header.Get("request-id"),
	}
	for _, measured := range []string{"time", "ms", "bytes"} {
		if line[measured] == nil {
			t.Errorf("the line has no %s", measured)
		}
		delete(line, measured)
	}
	if diff := cmp.Diff(want, line); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if strings.Contains(log, s.token[len(s.token)-20:]) || strings.Contains(log, "Mia") {
		t.Errorf("the log tells too much:\n%s", log)
	}
}

// writeDistrict writes a district as a roster.
func writeDistrict(t *testing.T, dir string) district.Counts {
	t.Helper()
	counts, err := district.Write(t.Context(), dir, district.Options{People: 100, Seed: 3, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// The flows of a set as a client writes them.
const (
	userFlowBody = `{"@odata.type":"#microsoft.graph.industryData.userProvisioningFlow","createUnmatchedUsers":true,
		"creationOptions":{"configurations":[
			{"defaultPasswordSettings":{"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings","password":"Red-Tree-42"},
			 "roleGroup@odata.bind":"external/industryData/roleGroups('staff')"},
			{"defaultPasswordSettings":{"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings","password":"Blue-Tree-42"},
			 "roleGroup@odata.bind":"external/industryData/roleGroups('students')"}]},
		"managementOptions":{"additionalAttributes":[],"additionalOptions":{}}}`
	classFlowBody = `{"@odata.type":"#microsoft.graph.industryData.classGroupProvisioningFlow",
		"configuration":{"additionalAttributes":[],"additionalOptions":{"createTeam":true,"writeDisplayNameOnCreateOnly":false},
			"enrollmentMappings":{"ownerEnrollmentMappings":[{"code":"teacher"}],"memberEnrollmentMappings":[{"code":"student"}]}}}`
)

// What a client configures and starts is carried out in the directory; what it counts
// is true; what is dangerous is held; a sixth start has to wait.
func TestServeRuns(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	counts := writeDistrict(t, roster)
	s := serveHere(t, t.TempDir(), "--roster", roster)
	s.authorize()
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	flows := "/outboundProvisioningFlowSets/" + set + "/provisioningFlows"
	userFlow := s.call(http.StatusCreated, "POST", flows, userFlowBody)["id"]
	s.call(http.StatusCreated, "POST", flows, classFlowBody)

	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	run := s.newestRun()
	if status := run["status"].(string); !strings.HasPrefix(status, "completed") || run["blockingError"] != nil {
		t.Fatalf("the run ended as %v\n%s", run, s.errOut)
	}
	if activity := run["activities"].([]any)[1].(map[string]any); activity["id"] != userFlow || activity["status"] != "completed" {
		t.Errorf("the activity of the user flow is %v", activity)
	}
	counted := s.statistics(run)
	for what, want := range map[string]int{"people": counts.Students + counts.Staff + counts.Guardians, "groups": counts.Classes, "memberships": counts.Enrollments, "organizations": counts.Schools + 1} {
		if diff := cmp.Diff(entities(want, 0), counted[what]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	if users := s.directory("user"); users != counts.Students+counts.Staff {
		t.Errorf("the directory has %d users, want %d", users, counts.Students+counts.Staff)
	}
	if groups := s.directory("classGroup"); groups != counts.Classes {
		t.Errorf("the directory has %d classes, want %d", groups, counts.Classes)
	}

	gone := dropEnrollments(t, filepath.Join(roster, "enrollments.csv"), counts.Enrollments*15/100) // more than the guard lets pass
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	run = s.newestRun()
	if diff := cmp.Diff(entities(counts.Enrollments-gone, gone), s.statistics(run)["memberships"]); diff != "" {
		t.Errorf("memberships after %d are gone (-want +got):\n%s", gone, diff)
	}

	if activity := run["activities"].([]any)[2].(map[string]any); activity["status"] != "completedWithWarnings" {
		t.Errorf("the activity of the class flow, of which steps are held, is %v", activity)
	}
	s.breakRoster(filepath.Join(roster, "orgs.csv"))
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	run = s.newestRun()
	if failure, _ := run["blockingError"].(map[string]any); run["status"] != "failed" || failure["code"] != "EmptyFile" {
		t.Errorf("with an empty file the run ended as %v", run)
	}
	if activities := run["activities"].([]any); len(activities) != 3 || activities[2].(map[string]any)["status"] != "skipped" {
		t.Errorf("with an empty file the activities are %v", activities)
	}
	s.mend(filepath.Join(roster, "orgs.csv"))
	for range 3 {
		s.call(http.StatusAccepted, "POST", "/runs/start", "")
		s.newestRun()
	}
	a := s.do(s.request(t.Context(), "POST", "/runs/start", ""))
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	_, said, _ := bytes.Cut(a.body, []byte("from "))
	said, _, _ = bytes.Cut(said, []byte(" on."))
	again, wrong := time.Parse(time.RFC3339, string(said))
	if a.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 || wrong != nil || again.Before(time.Now().Add(startsWithin/2)) {
		t.Errorf("the sixth start: %d, Retry-After %v\n%s", a.status, a.header["Retry-After"], a.body)
	}
	s.stop()
	if listed := s.run("runs", "-o", "json"); strings.Count(listed, `"rosterPath"`) != 6 {
		t.Errorf("the runs are %s", listed)
	}
}

// Who was taken out of a class by hand stays out until somebody resets the flow; the next
// run adds everybody again.
func TestServeReset(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	writeDistrict(t, roster)
	s := serveHere(t, t.TempDir(), "--roster", roster)
	s.authorize()
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	flows := "/outboundProvisioningFlowSets/" + set + "/provisioningFlows"
	s.call(http.StatusCreated, "POST", flows, userFlowBody)
	flow := flows + "/" + s.call(http.StatusCreated, "POST", flows, classFlowBody)["id"].(string)
	run := func() {
		s.call(http.StatusAccepted, "POST", "/runs/start", "")
		if ended := s.newestRun(); !strings.HasPrefix(ended["status"].(string), "completed") {
			t.Fatalf("the run ended as %v\n%s", ended, s.errOut)
		}
	}
	class := firstCell(t, filepath.Join(roster, "classes.csv"))
	members := func() (keys []string) {
		var shown local.Shown
		if err := json.Unmarshal([]byte(s.run("directory", "show", "Section_"+class, "-o", "json")), &shown); err != nil {
			t.Fatal(err)
		}
		for _, member := range shown.Members {
			keys = append(keys, member.Key)
		}
		return keys
	}
	run()
	before := members()
	s.run("directory", "remove-member", "Section_"+class, before[len(before)-1])
	run()
	if now := members(); len(now) != len(before)-1 {
		t.Errorf("of %v there are %v, since somebody took one out", before, now)
	}
	s.call(http.StatusAccepted, "POST", flow+"/reset", "")
	for s.call(http.StatusOK, "GET", flow, "")["readinessStatus"] != "ready" {
		if s.ended() {
			t.Fatalf("the server ended:\n%s", s.errOut)
		}
	}
	run()
	if now := members(); !slices.Equal(now, before) {
		t.Errorf("after a reset there are %v, want %v", now, before)
	}
	s.stop()
}

// A time that passed while there was no server is made up for when there is one again.
func TestServeMissedRun(t *testing.T) {
	roster, dir := filepath.Join(t.TempDir(), "roster"), t.TempDir()
	writeDistrict(t, roster)
	s := serveHere(t, dir, "--roster", roster)
	s.authorize()
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	flow := "/outboundProvisioningFlowSets/" + set + "/provisioningFlows"
	flow += "/" + s.call(http.StatusCreated, "POST", flow, userFlowBody)["id"].(string)
	for s.call(http.StatusOK, "GET", flow, "")["readinessStatus"] != "ready" {
		if s.ended() {
			t.Fatalf("the server ended:\n%s", s.errOut)
		}
	}
	s.stop()
	m, err := store.Open(t.Context(), filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	monthly, err := parseSchedule("@monthly")
	if err != nil {
		t.Fatal(err)
	}
	scope := ledger.Scope{Tenant: s.tenant, Target: localTarget}
	was, err := m.Due(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	missed := ledger.Due{Schedule: monthly.named(time.Local), At: time.Now().Add(-time.Hour)}
	if put, err := m.PutDue(t.Context(), scope, was, missed); err != nil || !put {
		t.Fatal(put, err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	next := serveHere(t, dir, "--roster", roster, "--schedule", "@monthly")
	next.token = s.token
	if run := next.newestRun(); !strings.HasPrefix(run["status"].(string), "completed") {
		t.Errorf("the run ended as %v", run)
	}
	next.stop()
	if err := os.RemoveAll(roster); err != nil {
		t.Fatal(err)
	}
	if said := next.run("runs", "replay", "1", "--yes"); !strings.Contains(said, "the directory was true to the roster already") {
		t.Errorf("the replay of its roster, which is gone: %s", said)
	}
}

// A header that is too long is refused, and nothing of it is read.
func TestServeLongHeader(t *testing.T) {
	s := serveHere(t, t.TempDir())
	r := s.request(t.Context(), "GET", "/outboundProvisioningFlowSets", "")
	r.Header.Set("Authorization", "Bearer "+strings.Repeat("x", 2*headerSize))
	if got := s.do(r); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d %s", got.status, got.body)
	}
	s.stop()
}

// When the time in which rosters are taken has passed, flows are expired, and nothing is
// changed any more.
func TestServeExpired(t *testing.T) {
	folder := t.TempDir()
	roster, config := filepath.Join(folder, "roster"), filepath.Join(folder, "homeroom.yaml")
	writeDistrict(t, roster)
	if err := os.WriteFile(config, []byte(settingsOfAPI+"inbound: {expires: 2020-07-31}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, t.TempDir(), "--roster", roster, "-c", config)
	s.authorize()
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	flows := "/outboundProvisioningFlowSets/" + set + "/provisioningFlows"
	flow := flows + "/" + s.call(http.StatusCreated, "POST", flows, classFlowBody)["id"].(string)
	for s.call(http.StatusOK, "GET", flow, "")["readinessStatus"] != "expired" {
		if s.ended() {
			t.Fatalf("the server ended:\n%s", s.errOut)
		}
	}
	refused := s.call(http.StatusConflict, "POST", "/runs/start", "")
	if message := fmt.Sprint(refused["error"]); !strings.Contains(message, "inbound.expires") {
		t.Errorf("a start is refused with %s", message)
	}
	s.stop()
}

// A client that does not come to the end of its header is let go when the time for it is
// over, which is before the time for a whole request.
func TestServeSlowHeader(t *testing.T) {
	t.Parallel()
	s := serveHere(t, t.TempDir())
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(s.base, "http://"), "/beta"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(readTime / 2)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: localhost\r\n"); err != nil {
		t.Fatal(err)
	}
	if said, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server holds the connection: %v, %s", err, said)
	}
	s.stop()
}

// directory returns how many objects of a kind the embedded directory has.
func (s *server) directory(kind string) int {
	s.Helper()
	var objects []any
	if err := json.Unmarshal([]byte(s.run("directory", "ls", kind, "-o", "json")), &objects); err != nil {
		s.Fatal(err)
	}
	return len(objects)
}

// firstCell returns the first cell of the first row behind the header.
func firstCell(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(text), "\n")
	cell, _, _ := strings.Cut(rows, ",")
	return cell
}

// dropEnrollments takes the last rows out of a file, so many.
func dropEnrollments(t *testing.T, path string, n int) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(bytes.Lines(text))
	if err := os.WriteFile(path, bytes.Join(lines[:len(lines)-n], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

// breakRoster leaves nothing but the header of a file, which is kept for mend.
func (s *server) breakRoster(path string) {
	s.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(filepath.Join(s.dir, "kept.csv"), text, 0o600)
	}
	if err == nil {
		err = os.WriteFile(path, text[:bytes.IndexByte(text, '\n')+1], 0o600)
	}
	if err != nil {
		s.Fatal(err)
	}
}

func (s *server) mend(path string) {
	s.Helper()
	if err := os.Rename(filepath.Join(s.dir, "kept.csv"), path); err != nil {
		s.Fatal(err)
	}
}

// Without a roster no run can be started, and a run that a process left behind without a
// plan has failed.
func TestServeWithoutRoster(t *testing.T) {
	dir := t.TempDir()
	m, err := store.Open(t.Context(), filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := m.DefaultTenant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lease, err := m.Takeover(t.Context(), ledger.Scope{Tenant: tenant, Target: localTarget}, "a process that is gone", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Begin(t.Context(), lease, ledger.Run{RosterPath: "roster", Started: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, dir)
	s.authorize()
	s.call(http.StatusConflict, "POST", "/runs/start", "")
	run := s.newestRun()
	if failure, _ := run["blockingError"].(map[string]any); run["status"] != "failed" || failure["code"] != store.Interrupted {
		t.Errorf("the run is %v", run)
	}
	if s.call(http.StatusOK, "GET", "/runs/"+run["id"].(string)+"/getStatistics", "")["inboundTotals"] != nil {
		t.Error("a run that read nothing has totals")
	}
	s.call(http.StatusNotFound, "GET", "/runs/00000000-0000-4000-8000-000000000001", "")
	s.call(http.StatusNotFound, "GET", "/runs/1", "")
	s.stop()
}

// A run that was cut off in the middle is carried on by the next server, and its
// statistics are those that it began with.
func TestServeResumes(t *testing.T) {
	dir, roster := t.TempDir(), filepath.Join(t.TempDir(), "roster")
	s := serveCutOff(t, dir, roster, syscall.SIGKILL)

	next := serveHere(t, dir, "--roster", roster)
	next.token = s.token
	run := next.newestRun()
	if status := run["status"].(string); !strings.HasPrefix(status, "completed") {
		t.Errorf("the run ended as %v", run)
	}
	counted := next.statistics(run)
	if matched := counted["matchedPeopleByRole"].([]any); len(matched) > 0 {
		t.Errorf("matched before anybody was created: %v", matched)
	}
	next.stop()
	if log := next.errOut.String(); strings.Count(log, `msg="run ended"`) != 1 {
		t.Errorf("the log does not tell that the run ended:\n%s", log)
	}
	if left := next.run("runs", "-o", "json"); strings.Count(left, `"rosterPath"`) != 1 {
		t.Errorf("the runs are %s", left)
	}
}

// A server that is asked to stop does not wait for the end of the run that it makes. The next
// one carries that on, to the directory of an undisturbed run.
func TestServeStopsInRun(t *testing.T) {
	dir, roster := t.TempDir(), filepath.Join(t.TempDir(), "roster")
	s := serveCutOff(t, dir, roster, syscall.SIGTERM)
	s.ends(exitDone)
	if left := s.run("runs", "-o", "json"); !strings.Contains(left, `"running"`) {
		t.Errorf("the run was not cut off: %s", left)
	}
	next := serveHere(t, dir, "--roster", roster)
	next.token = s.token
	if run := next.newestRun(); !strings.HasPrefix(run["status"].(string), "completed") {
		t.Errorf("the run ended as %v", run)
	}
	next.stop()
	if left := next.run("runs", "-o", "json"); strings.Count(left, `"rosterPath"`) != 1 {
		t.Errorf("the runs are %s", left)
	}
	got := next.run("directory", "export", "--stable")
	settings := filepath.Join(t.TempDir(), "homeroom.yaml")
	next.run("export", "--out", settings)
	for _, group := range []string{"STAFF", "STUDENTS"} {
		t.Setenv("HOMEROOM_"+group+"_PASSWORD", "Red-Tree-42")
	}
	alone := &server{process: &process{T: t}, dir: filepath.Join(t.TempDir(), "alone")}
	alone.run("sync", roster, "-c", settings, "--yes")
	if diff := cmp.Diff(alone.run("directory", "export", "--stable"), got); diff != "" {
		t.Errorf("the directory (-undisturbed +stopped):\n%s", diff)
	}
}

// A run that was cut off and whose roster is another one by now waits until somebody starts
// a run, which takes its place.
func TestServeStartsInPlaceOfInterrupted(t *testing.T) {
	dir, roster := t.TempDir(), filepath.Join(t.TempDir(), "roster")
	s := serveCutOff(t, dir, roster, syscall.SIGKILL)
	users, err := os.ReadFile(filepath.Join(roster, "users.csv"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(roster, "users.csv"), strings.Replace(string(users), "\n", "\n\n", 1))

	next := serveHere(t, dir, "--roster", roster)
	next.token = s.token
	for status := http.StatusConflict; status == http.StatusConflict; { // while it looks at what is left
		status = next.do(next.request(t.Context(), "POST", "/runs/start", "")).status
	}
	for !strings.HasPrefix(next.newestRun()["status"].(string), "completed") {
		if next.ended() {
			t.Fatalf("the server ended:\n%s", next.errOut)
		}
	}
	runs := next.call(http.StatusOK, "GET", "/runs", "")["value"].([]any)
	if failure, _ := runs[1].(map[string]any)["blockingError"].(map[string]any); len(runs) != 2 || failure["code"] != "OperationCanceled" {
		t.Errorf("the runs are %v", runs)
	}
	next.stop()
	var audit []struct{ Action, Object string }
	if err := json.Unmarshal([]byte(next.run("audit", "-o", "json")), &audit); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(audit, func(e struct{ Action, Object string }) bool {
		return e.Action == "start" && strings.Contains(e.Object, runs[0].(map[string]any)["id"].(string))
	}) {
		t.Errorf("the audit does not name the run that was started: %v", audit)
	}
}

// serveCutOff ends a server with a signal in the middle of a run.
func serveCutOff(t *testing.T, dir, roster string, signal syscall.Signal) *server {
	t.Helper()
	_, err := district.Write(t.Context(), roster, district.Options{People: 3000, Seed: 3, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, dir, "--roster", roster)
	s.authorize()
	set := s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+set+"/provisioningFlows", userFlowBody)
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	for s.users(dir) == 0 { // until it is at work on the directory
		if s.ended() {
			t.Fatalf("the server ended:\n%s", s.errOut)
		}
	}
	s.signal(signal)
	<-s.gone
	return s
}

// users returns how many users the embedded directory has, as others see it meanwhile.
func (s *server) users(dir string) int {
	s.Helper()
	db, err := store.HandleReadOnly(filepath.Join(dir, directoryName))
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var n int
	if err := db.QueryRowContext(s.Context(), "SELECT COUNT(*) FROM dir_objects").Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

// What is wrong with the server's own files is told to its log. A client learns no paths.
func TestServeHidesFiles(t *testing.T) {
	roster, dir := t.TempDir(), t.TempDir()
	writeDistrict(t, roster)
	path := filepath.Join(t.TempDir(), "homeroom.yaml")
	write(t, path, "target: local\n")
	s := serveHere(t, dir, "--roster", roster, "-c", path)
	s.authorize()
	write(t, path, "secret-word: [\n")
	refused := s.do(s.request(t.Context(), "POST", "/runs/start", ""))
	if body := string(refused.body); refused.status != http.StatusConflict || strings.Contains(body, "homeroom.yaml") || strings.Contains(body, "secret-word") {
		t.Errorf("a run with a broken file: %d %s", refused.status, body)
	}
	s.stop()
	if log := s.errOut.String(); !strings.Contains(log, path) {
		t.Errorf("the log does not name the file:\n%s", log)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
