package ldap_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
)

// TestUnitsInAttribute has the units of people as values of their own entries.
func TestUnitsInAttribute(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *ldaptest.Server, _ *ldaptest.Proxy, o ldap.Options) {
		o.Profile.UnitsIn = "homeroomUnit"
		if o.Profile.ActiveDirectory {
			o.Profile.UnitsIn = "departmentNumber"
		}
		testUnitsInAttribute(t, open(t, o))
	})
}

func testUnitsInAttribute(t *testing.T, d *ldap.Directory) {
	const kind = directory.AdministrativeUnit
	var users []string
	for _, o := range apply(t, d, newUser("ada"), newUser("bob"), newUser("cy")) {
		users = append(users, o.ID)
	}
	slices.Sort(users)
	shows := func(want map[string][]string) {
		t.Helper()
		have := make(map[string][]string)
		for id, o := range observe(t, d, kind) {
			if have[id] = o.Members; o.Anchor() != id {
				t.Errorf("%s has the anchor %s", id, o.Anchor())
			}
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("units (-want +have):\n%s", diff)
		}
	}
	outcome := apply(t, d, newGroup(kind, "School_1", append(users[:2:2], "00000000-0000-4000-8000-000000000000")...))[0]
	if outcome.ID != "School_1" || len(outcome.OldMembers) > 0 || len(outcome.Missing) != 1 {
		t.Errorf("%+v", outcome)
	}
	apply(t, d, newGroup(kind, "School_2", users[2]), newGroup(kind, "School_3"))
	shows(map[string][]string{"School_1": users[:2], "School_2": users[2:]})
	outcome = apply(t, d, directory.Change{Kind: kind, ID: "School_2", AddMembers: users, RemoveMembers: users[:1]})[0]
	if !slices.Equal(outcome.OldMembers, users[2:]) {
		t.Errorf("%+v", outcome)
	}
	shows(map[string][]string{"School_1": users[:2], "School_2": users[1:]})
	found, err := d.Find(t.Context(), kind, []string{"School_2", "school_1", "School_9"})
	if err != nil || len(found) != 1 || !slices.Equal(found[0].Members, users[1:]) {
		t.Errorf("%+v, %v", found, err)
	}
	for range 2 {
		apply(t, d, directory.Change{Kind: kind, ID: "School_2", RemoveMembers: users[1:2]}, directory.Change{Kind: kind, ID: "School_1", Delete: true})
		shows(map[string][]string{"School_2": users[2:]})
	}
}
