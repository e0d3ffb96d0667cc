//go:build unix

package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/outbound"
)

// What the commands apps, people and token change is on record, by the account that ran
// them. Looking is not, nor is a name or a secret.
func TestCommandsAreRecorded(t *testing.T) {
	s := &server{process: &process{T: t}, dir: t.TempDir()}
	var created struct{ AppID, ClientSecret string }
	if err := json.Unmarshal([]byte(s.run("apps", "create", "Timetable", "--permission", "IndustryData-Run.Start", "-o", "json")), &created); err != nil {
		t.Fatal(err)
	}
	s.run("apps", "grant", "Timetable", "IndustryData.ReadBasic.All", "--delegated")
	s.run("apps", "revoke", "Timetable", "IndustryData-Run.Start")
	s.run("apps", "list")
	s.run("people", "add", "Ana Lake", "--admin")
	s.run("people", "list")
	s.run("people", "remove", "ana lake")
	s.run("token", "--permission", "IndustryData-Run.Read.All")
	s.run("apps", "delete", "Timetable")
	s.run("apps", "retire-keys", "--tokens")
	m, err := (&app{dataDir: s.dir}).look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	entries, err := m.Audit(t.Context(), m.tenant, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(entries) {
		if e.Kind != "commandLine" || e.User != personOr("") || e.At.IsZero() {
			t.Errorf("%+v is not whose it is", e)
		}
		if changes := string(e.Changes); strings.Contains(changes, created.ClientSecret) || strings.Contains(changes, "Ana") {
			t.Errorf("a record tells %s", changes)
		}
		kind, _, _ := strings.Cut(e.Object, "(")
		got = append(got, e.Action+" "+kind)
	}
	want := []string{
		"create applications", "grant applications", "revoke applications", "create people", "delete people",
		"create applications", "grant applications", "delete applications", // of homeroom token: its app, and the permission
		"retire signingKeys",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	if _, err := m.VerifyAudit(t.Context(), m.tenant, outbound.Mark{}); err != nil {
		t.Error(err)
	}
}
