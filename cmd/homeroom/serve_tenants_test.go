//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/homeroomhq/homeroom/district"
)

// campus is one of the tenants of a server.
type campus struct {
	*server
	name   string
	counts district.Counts
	token  string // for everything that the test does
	set    string // id of its flow set
	first  string // id of its first run
}

// campuses are two tenants with ids in common and a roster and settings each, on one server.
func campuses(t *testing.T) (south, north *campus) {
	dir, rosters := t.TempDir(), t.TempDir()
	prepare := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), os.Args[0], append(args, "--data", dir)...)
		cmd.Args[0] = "homeroom"
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("homeroom %v: %v\n%s", args, err, said)
		}
		return string(said)
	}
	prepare("tenants", "add", "north")
	var tenants []shownTenant
	if err := json.Unmarshal([]byte(prepare("tenants", "list", "-o", "json")), &tenants); err != nil {
		t.Fatal(err)
	}
	prepare("tenants", "rename", tenants[0].ID, "south")
	south, north = &campus{name: "south"}, &campus{name: "north"}
	for people, s := range map[int]*campus{100: south, 60: north} {
		var err error
		s.counts, err = district.Write(t.Context(), filepath.Join(rosters, s.name), district.Options{
			People: people, Seed: 3, Year: schoolYear(time.Now()), Domain: s.name + ".example",
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(rosters, "north.yaml")
	write(t, config, settingsOfAPI+"leavers: disable after 30 days\n")
	server := serveHere(t, dir, "--roster", "south="+filepath.Join(rosters, "south"),
		"--roster", "north="+filepath.Join(rosters, "north"), "-c", "north="+config, "--apps-may-approve")
	south.server, north.server = server, server
	return south, north
}

// homeroom runs a command about the tenant.
func (s *campus) homeroom(args ...string) string { return s.run(append(args, "--tenant", s.name)...) }

// speaks lets calls be those of the tenant's own app.
func (s *campus) speaks() *campus {
	s.server.token = s.token
	return s
}

// sync configures the tenant, and makes its first run.
func (s *campus) sync() {
	s.Helper()
	s.token = s.homeroom("token", "--permission", "IndustryData-OutboundFlow.ReadWrite.All", "--permission", "IndustryData-ReferenceDefinition.ReadWrite.All",
		"--permission", "IndustryData-Run.Start", "--permission", "Homeroom.Approve")
	s.speaks()
	s.set = s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All of `+s.name+`"}`)["id"].(string)
	for _, flow := range []string{userFlowBody, classFlowBody} {
		s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+s.set+"/provisioningFlows", flow)
	}
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	ended := s.follow()
	if ended["status"] == "failed" || ended["done"] != ended["steps"] {
		s.Fatalf("the run of %s ended as %v\n%s", s.name, ended, s.errOut)
	}
	s.first = ended["id"].(string)
}

// Two tenants of one server have rosters, settings, runs, ledgers, directories and clients
// of their own, and none is shown, kept waiting or changed by the other one's.
func TestServeTenants(t *testing.T) {
	south, north := campuses(t)
	if !strings.Contains(south.said, "2 tenants:\n  south (") || !strings.Contains(south.said, "), roster ") {
		t.Errorf("the server says %q", south.said)
	}
	south.sync()
	north.sync()
	for _, s := range []*campus{south, north} {
		if users := strings.Count(s.homeroom("directory", "ls", "user"), "User_"); users != s.counts.Students+s.counts.Staff {
			t.Errorf("the directory of %s has %d users, want %d", s.name, users, s.counts.Students+s.counts.Staff)
		}
		s.speaks()
		kinds := s.ownCall(http.StatusOK, "GET", "/outboundCounts", "")["kinds"].([]any)
		if of := kinds[0].(map[string]any); of["managed"] != float64(s.counts.Students+s.counts.Staff) {
			t.Errorf("the counts of %s are %v", s.name, kinds)
		}
		if sets := s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")["value"].([]any); len(sets) != 1 {
			t.Errorf("the flow sets of %s are %v", s.name, sets)
		}
		if runs := s.ownCall(http.StatusOK, "GET", "/runs", "")["value"].([]any); len(runs) != 1 || runs[0].(map[string]any)["roster"] != s.name {
			t.Errorf("the runs of %s are %v", s.name, runs)
		}
		if audit := s.homeroom("audit", "--limit", "1000"); strings.Contains(audit, map[*campus]*campus{south: north, north: south}[s].set) {
			t.Errorf("the audit of %s:\n%s", s.name, audit)
		}
	}
	south.looksAt(north)
	north.looksAt(south)
	south.waitsAlone(north)
	south.speaks().cleanUp(http.StatusConflict, `{"leavers":true}`) // by its settings
	north.speaks().cleanUp(http.StatusAccepted, `{"leavers":true}`)
	north.follow()
	south.tokens(north)
	south.stop()
}

// looksAt asks for what another tenant has, by its ids.
func (s *campus) looksAt(other *campus) {
	s.Helper()
	s.speaks()
	run, set := "/runs/"+other.first, "/outboundProvisioningFlowSets/"+other.set
	for _, call := range [][3]string{
		{"GET", run}, {"GET", run + "/activities"}, {"GET", run + "/getStatistics"}, {"GET", set}, {"GET", set + "/provisioningFlows"},
		{"PATCH", set, `{"displayName":"Mine"}`}, {"DELETE", set}, {"POST", set + "/provisioningFlows", userFlowBody},
	} {
		if a := s.do(s.request(s.Context(), call[0], call[1], call[2])); a.status != http.StatusNotFound {
			s.Errorf("%s: %s %s: %d %s", s.name, call[0], call[1], a.status, a.body)
		}
	}
	for _, call := range [][3]string{
		{"GET", ""}, {"GET", "/plan"}, {"GET", "/steps"}, {"GET", "/held"}, {"GET", "/failures"}, {"GET", "/events"},
		{"POST", "/approve", `{"all":true}`}, {"POST", "/reject", `{"all":true}`}, {"POST", "/accept", `{"reason":"mine"}`},
		{"POST", "/cancel"}, {"POST", "/retry"}, {"POST", "/revert"},
	} {
		if a := s.own(call[0], run+call[1], call[2], "*/*"); a.status != http.StatusNotFound {
			s.Errorf("%s: %s %s: %d %s", s.name, call[0], run+call[1], a.status, a.body)
		}
	}
}

// waitsAlone looks that a run of the other one starts while somebody is at work on the
// directory of this one.
func (s *campus) waitsAlone(other *campus) {
	s.Helper()
	id := s.tenantID()
	lock := flock.New(filepath.Join(s.dir, "lease-local-"+id+".lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		s.Fatalf("the lock of %s is held: %v", s.name, err)
	}
	defer lock.Close()
	s.speaks().call(http.StatusConflict, "POST", "/runs/start", "")
	other.speaks().call(http.StatusAccepted, "POST", "/runs/start", "")
	if ended := other.follow(); ended["steps"] != float64(0) || ended["status"] == "failed" {
		s.Errorf("a run that finds nothing to do ended as %v", ended)
	}
}

func (s *campus) tenantID() string {
	s.Helper()
	var tenants []shownTenant
	if err := json.Unmarshal([]byte(s.run("tenants", "list", "-o", "json")), &tenants); err != nil {
		s.Fatal(err)
	}
	for _, t := range tenants {
		if t.Name == s.name {
			return t.ID
		}
	}
	s.Fatalf("there is no %s in %v", s.name, tenants)
	return ""
}

// tokens gets a token of the issuer for an app of this tenant. The other one does not know
// the app, and whoever does not say which tenant is meant is refused.
func (s *campus) tokens(other *campus) {
	s.Helper()
	var app struct {
		ID     string `json:"appId"`
		Secret string `json:"clientSecret"`
	}
	if err := json.Unmarshal([]byte(s.homeroom("apps", "create", "Timetable", "--permission", "IndustryData-OutboundFlow.Read.All", "-o", "json")), &app); err != nil {
		s.Fatal(err)
	}
	for _, name := range []string{s.name, s.tenantID()} {
		s.server.tenant = name
		s.server.token = s.clientToken(app.ID, app.Secret)
		if sets := s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")["value"].([]any); sets[0].(map[string]any)["id"] != s.set {
			s.Errorf("with a token of %s: %v", name, sets)
		}
	}
	for _, name := range []string{other.name, other.tenantID(), "default", "common", "nowhere"} {
		body := "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id=" + app.ID + "&client_secret=" + app.Secret
		r, err := http.NewRequestWithContext(s.Context(), "POST", strings.TrimSuffix(s.base, "/beta")+"/"+name+"/oauth2/v2.0/token", strings.NewReader(body))
		if err != nil {
			s.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := s.do(r); a.status/100 != 4 {
			s.Errorf("the issuer of %s answers %d: %s", name, a.status, a.body)
		}
	}
	if strings.Contains(other.homeroom("apps", "list"), "Timetable") {
		s.Errorf("%s knows the app", other.name)
	}
}
