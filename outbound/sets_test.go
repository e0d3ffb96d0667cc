package outbound_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/outbound"
)

var monday = time.Date(2026, 11, 23, 6, 30, 0, 0, time.UTC)

// seal and unseal stand for encryption: what was sealed for one place opens at no other.
func seal(object, field, secret string) (string, error) {
	return object + "|" + field + "|" + secret, nil
}

func unseal(object, field, sealed string) (string, error) {
	secret, ok := strings.CutPrefix(sealed, object+"|"+field+"|")
	if !ok {
		return "", fault.New(fault.Invalid, "%s was not sealed for %s of %s", sealed, field, object)
	}
	return secret, nil
}

// What is stored of a configuration means the same as the configuration.
func TestStoredMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawSets(t)
		stored, flows, err := outbound.Stored(want, monday, seal)
		if err != nil {
			t.Fatal(err)
		}
		for i := len(stored) - 1; i > 0; i-- { // the store keeps them by id
			j := rapid.IntRange(0, i).Draw(t, "place")
			stored[i], stored[j] = stored[j], stored[i]
		}
		got, err := outbound.Sets(stored, flows, unseal)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sets (-want +got):\n%s", diff)
		}
	})
}

func drawSets(t *rapid.T) []flow.Set {
	var sets []flow.Set
	for i := range rapid.IntRange(1, 3).Draw(t, "sets") {
		set := flow.Set{ID: fmt.Sprintf("%02d-%d", rapid.IntRange(0, 99).Draw(t, "id"), i), DisplayName: drawText(t)}
		if rapid.Bool().Draw(t, "filter") {
			set.Filter = &flow.Filter{In: rapid.SliceOfNDistinct(rapid.StringN(1, 5, -1), 1, 3, rapid.ID).Draw(t, "in")}
		}
		if rapid.Bool().Draw(t, "user") {
			set.User = drawUser(t)
		}
		if rapid.Bool().Draw(t, "class group") {
			set.ClassGroup = &flow.ClassGroupFlow{
				Attributes: drawList(t, flow.ClassAttributes()...),
				CreateTeam: rapid.Bool().Draw(t, "team"), DisplayNameOnCreate: rapid.Bool().Draw(t, "once"),
				OwnerRoles: drawRoles(t), MemberRoles: drawRoles(t),
			}
		}
		if rapid.Bool().Draw(t, "security group") {
			set.SecurityGroup = &flow.SecurityGroupFlow{
				ByRoleGroup: rapid.Bool().Draw(t, "group"), ByOrgRoleGroup: rapid.Bool().Draw(t, "groups"),
			}
		}
		if rapid.Bool().Draw(t, "administrative unit") {
			set.AdministrativeUnit = &flow.AdministrativeUnitFlow{
				ByOrg: rapid.Bool().Draw(t, "unit"), ByOrgRoleGroup: rapid.Bool().Draw(t, "units"),
			}
		}
		sets = append(sets, set)
	}
	return sets
}

func drawUser(t *rapid.T) *flow.UserFlow {
	f := &flow.UserFlow{
		CreateUnmatched: rapid.Bool().Draw(t, "create"), GradeLevel: rapid.Bool().Draw(t, "grade"),
		Number: rapid.Bool().Draw(t, "number"), StudentContacts: rapid.Bool().Draw(t, "contacts"),
		StudentAgeGroup: rapid.SampledFrom([]string{"", "minor", "notAdult", "adult"}).Draw(t, "age"),
	}
	for _, group := range drawList(t, flow.Staff, flow.Students) {
		f.Configurations = append(f.Configurations, flow.UserConfiguration{
			RoleGroup:   group,
			Password:    directory.Secret(rapid.SampledFrom([]string{"", "p<w>d", "päss"}).Draw(t, "password")),
			LicenseSKUs: drawList(t, "Sku1", "Sku2"),
		})
	}
	return f
}

func drawText(t *rapid.T) string { return rapid.StringN(1, 10, -1).Draw(t, "text") }

// drawList draws some of the texts, none, or no list.
func drawList(t *rapid.T, texts ...string) []string {
	if rapid.Bool().Draw(t, "absent") {
		return nil
	}
	return append([]string{}, rapid.Permutation(texts).Draw(t, "list")[:rapid.IntRange(0, len(texts)).Draw(t, "length")]...)
}

func drawRoles(t *rapid.T) *[]string {
	roles := drawList(t, "teacher", "student", "aide")
	if roles == nil {
		return nil
	}
	return &roles
}

func userFlow(body string) outbound.Flow {
	return outbound.Flow{ID: "f", Set: "s", Type: outbound.UserFlow, Readiness: outbound.Ready, Body: json.RawMessage(body)}
}

// Flows that are not ready are not asked for, and lists say nothing twice.
func TestSets(t *testing.T) {
	set := outbound.FlowSet{ID: "s", Created: monday, Body: json.RawMessage(
		`{"displayName":"All","filter":{"attribute":"orgExternalId","in":["1","2","1"]}}`)}
	first := outbound.FlowSet{ID: "z", Created: monday.Add(-time.Second), Body: json.RawMessage(`{"displayName":"First"}`)}
	failed := userFlow(`{}`)
	failed.Readiness = outbound.Failed
	failed.Type = outbound.SecurityGroupFlow
	user := userFlow(`{"createUnmatchedUsers":null,"creationOptions":{"configurations":[
		{"roleGroup":{"id":"students"},"licenseSkus":["a","a","b"]}]},"managementOptions":{"additionalOptions":null}}`)
	got, err := outbound.Sets([]outbound.FlowSet{set, first}, []outbound.Flow{failed, user}, unseal)
	if err != nil {
		t.Fatal(err)
	}
	want := []flow.Set{
		{ID: "z", DisplayName: "First"},
		{ID: "s", DisplayName: "All", Filter: &flow.Filter{In: []string{"1", "2"}}, User: &flow.UserFlow{
			Configurations: []flow.UserConfiguration{{RoleGroup: "students", LicenseSKUs: []string{"a", "b"}}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sets (-want +got):\n%s", diff)
	}
}

// What cannot be read is no flow set, nor what was sealed for another place.
func TestSetsRefused(t *testing.T) {
	set := outbound.FlowSet{ID: "s", Body: json.RawMessage(`{}`)}
	sealed, _ := seal("f", outbound.PasswordField("staff"), "secret")
	body := `{"creationOptions":{"configurations":[{"roleGroup":{"id":"%s"},"defaultPasswordSettings":{"password":"` + sealed + `"}}]}}`
	other := userFlow(`{}`)
	other.Type = "anotherFlow"
	for _, test := range []struct {
		flow outbound.Flow
		want fault.Kind
	}{
		{userFlow(fmt.Sprintf(body, "staff")), ""},
		{userFlow(fmt.Sprintf(body, "students")), fault.Invalid},
		{userFlow(`{]`), fault.Internal},
		{other, fault.Internal},
	} {
		_, err := outbound.Sets([]outbound.FlowSet{set}, []outbound.Flow{test.flow}, unseal)
		if fault.KindOf(err) != test.want {
			t.Errorf("%s: %v", test.flow.Body, err)
		}
	}
	set.Body = json.RawMessage(`[]`)
	if _, err := outbound.Sets([]outbound.FlowSet{set}, nil, unseal); fault.KindOf(err) != fault.Internal {
		t.Errorf("a damaged set: %v", err)
	}
}
