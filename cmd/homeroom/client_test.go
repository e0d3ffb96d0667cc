//go:build unix

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestClients lets clients that were written for Microsoft Graph work with a server, over
// https: @microsoft/microsoft-graph-client, with tokens that @azure/identity gets. They
// are told another host and another authority, and nothing else.
func TestClients(t *testing.T) {
	node := clients(t)
	roster := filepath.Join(t.TempDir(), "roster")
	counts := writeDistrict(t, roster)
	s := serveHere(t, filepath.Join(t.TempDir(), "data"), "--tls-self", "--roster", roster)
	environment := append(os.Environ(),
		"HOMEROOM_URL="+strings.TrimSuffix(s.base, "/beta"),
		"NODE_EXTRA_CA_CERTS="+filepath.Join(s.dir, authorityCert))
	environment = append(environment, s.register()...)
	for _, scenario := range []string{"flows", "queries", "batch", "errors", "delegated", "runs"} {
		t.Run(scenario, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), node, scenario+".mjs")
			cmd.Dir, cmd.Env = clientFolder, environment
			report, err := cmd.CombinedOutput()
			if passed := regexp.MustCompile(`(?m)^# pass [1-9]`).Match(report); err != nil || !passed {
				t.Errorf("%v\n%s\n%s", err, report, s.errOut)
			}
		})
	}
	var users []struct{ Key, UserPrincipalName string }
	if err := json.Unmarshal([]byte(s.run("directory", "ls", "users", "-o", "json")), &users); err != nil {
		t.Fatal(err)
	}
	if people := counts.Students + counts.Staff; len(users) != people {
		t.Errorf("%d users, want %d", len(users), people)
	}
	if log := s.errOut.String(); strings.Contains(log, "Monday-1") || strings.Contains(log, "Tuesday-2") {
		t.Error("the log shows a password")
	}
}

const clientFolder = "testdata/clients"

// clients returns the path of Node.js, when the clients are installed, too. Only where
// the tests are not the ones that count, their absence is no failure.
func clients(t *testing.T) string {
	t.Helper()
	const missing = "Node.js or the clients are not installed; scripts/setup node=nodejs npm=npm cmd/homeroom/testdata/clients/package.json does it"
	node, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(clientFolder, "node_modules", "@microsoft", "microsoft-graph-client"))
	}
	switch {
	case err != nil && os.Getenv("CI") != "":
		t.Fatal(missing)
	case err != nil:
		t.Skip(missing)
	}
	return node
}

// register registers an app that may do everything the scenarios do, and a person for
// whom it may do less, and returns the environment that these are known by.
func (s *server) register() []string {
	s.Helper()
	args := []string{"apps", "create", "clients", "-o", "json"}
	for _, permission := range []string{
		"IndustryData-OutboundFlow.ReadWrite.All", "IndustryData-ReferenceDefinition.ReadWrite.All",
		"IndustryData-Run.Read.All", "IndustryData-Run.Start", "IndustryData.ReadBasic.All",
	} {
		args = append(args, "--permission", permission)
	}
	args = append(args, "--delegated", "IndustryData-OutboundFlow.ReadWrite.All")
	var app struct{ TenantID, AppID, ClientSecret string }
	if err := json.Unmarshal([]byte(s.run(args...)), &app); err != nil {
		s.Fatal(err)
	}
	var person struct{ UserPrincipalName, Password string }
	if err := json.Unmarshal([]byte(s.run("people", "add", "ana@lakeside.example", "-o", "json")), &person); err != nil {
		s.Fatal(err)
	}
	return []string{
		"HOMEROOM_TENANT=" + app.TenantID, "HOMEROOM_CLIENT=" + app.AppID, "HOMEROOM_SECRET=" + app.ClientSecret,
		"HOMEROOM_PERSON=" + person.UserPrincipalName, "HOMEROOM_PASSWORD=" + person.Password,
	}
}
