package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
)

// TestPermissions calls every method with every permission, as each kind of caller. The
// table is the contract's (A.2, C, D), not the one of routes.
func TestPermissions(t *testing.T) {
	for _, delegatedWritesOnly := range []bool{false, true} {
		w := newWorld(t, func(o *api.Options) { o.DelegatedWritesOnly = delegatedWritesOnly })
		admin := w.admin()
		w.runs.list = oneRun()
		untouched := newPremises(w, admin)
		for _, m := range methods() {
			before := w.everything(admin)
			for _, kind := range []access.Kind{access.Delegated, access.Application} {
				for _, permission := range permissions() {
					if m.allows(permission) && !m.bars(kind, delegatedWritesOnly) {
						continue
					}
					got := m.call(w, w.caller(kind, permission), untouched)
					name := fmt.Sprintf("%s with %q, %s, delegated writes only: %t", m.name(), permission, kind, delegatedWritesOnly)
					checkError(got, name, http.StatusForbidden, "Forbidden")
				}
			}
			if diff := cmp.Diff(before, w.everything(admin)); diff != "" {
				t.Fatalf("%s was refused, but changed something:\n%s", m.name(), diff)
			}
			for _, kind := range []access.Kind{access.Delegated, access.Application} {
				for _, permission := range m.permissions {
					if m.bars(kind, delegatedWritesOnly) {
						continue
					}
					got := m.call(w, w.caller(kind, permission), newPremises(w, admin))
					if got.status != m.status {
						t.Errorf("%s with %q, %s: %d, want %d: %s", m.name(), permission, kind, got.status, m.status, got.body)
					}
				}
			}
		}
	}
}

// caller returns a token of somebody at the school with one permission, or none.
func (w *world) caller(kind access.Kind, permission string) string {
	return w.token(access.Caller{Tenant: school, App: "app", Kind: kind, User: "user", Permissions: strings.Fields(permission)})
}

func oneRun() []api.Run {
	return []api.Run{{ID: "r1", Status: api.Completed, Activities: []api.Activity{{ID: "a1", Status: api.Completed}}}}
}

// TestNoToken calls every method without a token, and with one that nobody gave out.
func TestNoToken(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	premises := newPremises(w, admin)
	everything := w.everything(admin)
	for _, m := range methods() {
		for _, token := range []string{"", "made up"} {
			got := m.call(w, token, premises)
			checkError(got, m.name()+" with token "+token, http.StatusUnauthorized, "InvalidAuthenticationToken")
			if got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: no WWW-Authenticate", m.name())
			}
		}
	}
	if diff := cmp.Diff(everything, w.everything(admin)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}

// TestNeighbours lets somebody of another tenant, who may do everything there, call every
// method with the ids of the school: there is nothing of these for them.
func TestNeighbours(t *testing.T) {
	w := newWorld(t)
	w.runs.list = oneRun()
	admin := w.admin()
	premises := newPremises(w, admin)
	everything := w.everything(admin)
	stranger := w.token(access.Caller{Tenant: neighbour, App: "app", Kind: access.Delegated, User: "user", Permissions: permissions()})
	if got := w.send(stranger, "GET", flowSets+"/$count", nil, nil); string(got.body) != "0" {
		t.Errorf("they count %s flow sets", got.body)
	}
	for _, m := range methods() {
		got := m.call(w, stranger, premises)
		if strings.Contains(m.path, "{") {
			checkError(got, m.name(), http.StatusNotFound, "ResourceNotFound")
		} else if got.status != m.status {
			t.Errorf("%s: %d, want %d", m.name(), got.status, m.status)
		}
		for _, id := range []string{premises.set, premises.flow, premises.definition} {
			if m.method == http.MethodGet && got.status == http.StatusOK && strings.Contains(string(got.body), id) {
				t.Errorf("%s shows %s", m.name(), id)
			}
		}
	}
	for _, query := range []string{
		"?$filter=id eq '" + premises.set + "'", "?$expand=provisioningFlows", "?$skiptoken=id-'00000000-0000-0000-0000-000000000000'",
		"?$search=Premises", "?$orderby=displayName desc", "?$filter=provisioningFlows/any(f:f/id eq '" + premises.flow + "')",
	} {
		got := w.send(stranger, "GET", flowSets+strings.ReplaceAll(query, " ", "%20"), nil, nil)
		if strings.Contains(string(got.body), premises.flow) || strings.Contains(string(got.body), `"id":"`+premises.set) {
			t.Errorf("%s shows what is the school's: %s", query, got.body)
		}
	}
	if diff := cmp.Diff(everything, w.everything(admin)); diff != "" {
		t.Errorf("something changed at the school:\n%s", diff)
	}
}

// TestOtherSet calls every method of a flow below another flow set of the school: it is
// not there.
func TestOtherSet(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	premises, other := newPremises(w, admin), newPremises(w, admin)
	everything := w.everything(admin)
	premises.set = other.set
	for _, m := range methods() {
		if strings.Contains(m.path, "{flow}") {
			checkError(m.call(w, admin, premises), m.name(), http.StatusNotFound, "ResourceNotFound")
		}
	}
	if diff := cmp.Diff(everything, w.everything(admin)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}
