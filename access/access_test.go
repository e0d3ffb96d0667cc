package access_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
)

// Names and ids are Graph's, but for Homeroom's own: each is there once, by name, and of
// the form that Graph shows.
func TestPermissions(t *testing.T) {
	all, graphs := access.Permissions(), access.GraphPermissions()
	if len(graphs) != 16 || len(all) != 17 || all[0].Name != access.Approve {
		t.Errorf("%d permissions, want the 16 of contract D and %s", len(all), access.Approve)
	}
	if !slices.IsSortedFunc(all, func(a, b access.Permission) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the permissions are not sorted by name")
	}
	seen := make(map[string]bool)
	for _, p := range all {
		for _, id := range []string{p.Name, p.ID(access.Delegated), p.ID(access.Application)} {
			if seen[id] {
				t.Errorf("%s: %s stands twice", p.Name, id)
			}
			seen[id] = true
		}
		if uuid.Validate(p.DelegatedID) != nil || uuid.Validate(p.ApplicationID) != nil || p.DisplayName == "" || p.Allows == "" {
			t.Errorf("%+v lacks something", p)
		}
		if p.AdminConsent == (p.Name == access.ReadBasic) || p.AdminConsent != (p.Consent() == "Admin") {
			t.Errorf("%s: all but %s need an administrator's consent", p.Name, access.ReadBasic)
		}
		if found, ok := access.FindPermission(p.Name); !ok || found != p {
			t.Errorf("%s is not found", p.Name)
		}
	}
	table, err := os.ReadFile("testdata/permissions.txt") // contract D; the page of OutboundFlowReadWrite says its own
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	for _, p := range graphs {
		fmt.Fprintf(&rows, "%s|%s|%s|%s\n", p.Name, p.DelegatedID, p.ApplicationID, p.DisplayName)
	}
	if diff := cmp.Diff(string(table), rows.String()); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	if _, ok := access.FindPermission(strings.ToLower(access.RunRead)); ok {
		t.Error("the case of a name does not matter")
	}
}

func TestGuesses(t *testing.T) {
	last := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	for failures, want := range map[int]time.Duration{
		5: 30 * time.Second, 6: time.Minute, 7: 2 * time.Minute, 8: 4 * time.Minute, 9: 8 * time.Minute,
		10: 15 * time.Minute, 11: 15 * time.Minute, 1_000_000: 15 * time.Minute,
	} {
		if got := (access.Guesses{Failures: failures, Last: last}).LockedUntil().Sub(last); got != want {
			t.Errorf("%d failures: %s, want %s", failures, got, want)
		}
	}
	for failures := range 5 {
		if got := (access.Guesses{Failures: failures, Last: last}).LockedUntil(); !got.IsZero() {
			t.Errorf("%d failures: locked until %s", failures, got)
		}
	}
}

func TestGrants(t *testing.T) {
	app := access.App{Grants: []access.Grant{
		{Permission: access.RunStart, Kind: access.Application}, {Permission: access.RunRead, Kind: access.Application},
		{Permission: access.ReadBasic, Kind: access.Delegated},
	}}
	if diff := cmp.Diff([]string{access.RunRead, access.RunStart}, app.All(access.Application)); diff != "" {
		t.Errorf("application (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{access.ReadBasic}, app.All(access.Delegated)); diff != "" {
		t.Errorf("delegated (-want +got):\n%s", diff)
	}
	caller := access.Caller{Permissions: []string{access.RunRead}}
	if !caller.May(access.RunStart, access.RunRead) || caller.May(access.RunStart) || caller.May() {
		t.Error("a caller may what no permission of the caller says, or may not what one does")
	}
}
