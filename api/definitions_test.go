package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

const definitions = industryData + "/referenceDefinitions"

// grade writes a new grade.
func grade(rest string) string {
	return `{"referenceType":"RefGradeLevel","code":"Garden","isDisabled":false,"sortIndex":9000` + rest + `}`
}

// TestDefinitionLife defines a code, changes it, and deletes it: it is disabled then, and
// can be enabled again (contract C.2).
func TestDefinitionLife(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	id := w.post(token, definitions, grade(""))
	if id != "RefGradeLevel-Garden" {
		t.Errorf("the id is %s", id)
	}
	one := definitions + "/refgradelevel-GARDEN" // names are the same in any case
	for _, step := range []struct {
		method, body string
		status       int
		want         map[string]any
	}{
		{"PATCH", `{}`, 204, map[string]any{"displayName": nil, "isDisabled": false, "sortIndex": "9000"}},
		{"PATCH", `{"displayName":"Kindergarten","sortIndex":9001}`, 204, map[string]any{"displayName": "Kindergarten", "isDisabled": false, "sortIndex": "9001"}},
		{"PATCH", `{"code":"garden","referenceType":"RefGradeLevel","displayName":null}`, 204, map[string]any{"displayName": nil, "isDisabled": false, "sortIndex": "9001"}},
		{"DELETE", ``, 204, map[string]any{"displayName": nil, "isDisabled": true, "sortIndex": "9001"}},
		{"DELETE", ``, 204, map[string]any{"displayName": nil, "isDisabled": true, "sortIndex": "9001"}},
		{"PATCH", `{"isDisabled":false}`, 204, map[string]any{"displayName": nil, "isDisabled": false, "sortIndex": "9001"}},
	} {
		got := w.send(token, step.method, one, jsonHeader(), []byte(step.body))
		if got.status != step.status {
			t.Fatalf("%s %s: %d %s", step.method, step.body, got.status, got.body)
		}
		if now := w.send(token, "GET", one, nil, nil).header.Get("ETag"); step.method == "PATCH" && got.header.Get("ETag") != now {
			t.Errorf("%s: the ETag is %s, and then %s", step.body, got.header.Get("ETag"), now)
		}
		w.definitionIs(token, "RefGradeLevel-Garden", step.want, "Tenant Defined")
	}
	stored, err := w.store.Definitions(t.Context(), school)
	if err != nil || len(stored) != 1 || stored[0].Revision != 5 {
		t.Errorf("stored: %+v, %v", stored, err)
	}
}

// hasty is a store in which somebody else defines a code at the same place a moment before.
type hasty struct {
	api.Store
	other outbound.Definition
}

func (h *hasty) PutDefinition(ctx context.Context, tenant string, d outbound.Definition, audit outbound.Entry) error {
	if h.other.Code != "" {
		other := h.other
		h.other = outbound.Definition{}
		if err := h.Store.PutDefinition(ctx, tenant, other, audit); err != nil {
			return err
		}
	}
	return h.Store.PutDefinition(ctx, tenant, d, audit)
}

// TestDefinitionRace defines, and changes, a code while somebody else takes its place in the
// list: runs could not go by both.
func TestDefinitionRace(t *testing.T) {
	store := &hasty{}
	w := newWorld(t, func(o *api.Options) { store.Store = o.Store; o.Store = store })
	token := w.admin()
	store.other = outbound.Definition{Type: "RefGradeLevel", Code: "Forest", SortIndex: 9000}
	got := w.send(token, "POST", definitions, jsonHeader(), []byte(grade("")))
	refused(got, http.StatusConflict, "sortIndex", "taken by 'Forest'")
	store.other = outbound.Definition{Type: "RefGradeLevel", Code: "Meadow", SortIndex: 9001}
	got = w.send(token, "PATCH", definitions+"/RefGradeLevel-Forest", jsonHeader(), []byte(`{"sortIndex":9001}`))
	refused(got, http.StatusConflict, "sortIndex", "taken by 'Meadow'")
}

func (w *world) definitionIs(token, id string, want map[string]any, source string) {
	w.Helper()
	is := w.send(token, "GET", definitions+"/"+id, nil, nil).object()
	for name, value := range want {
		got := is[name]
		if number, ok := got.(interface{ String() string }); ok {
			got = number.String()
		}
		if got != value {
			w.Errorf("%s is %v, want %v: %v", name, got, value, is)
		}
	}
	if is["source"] != source {
		w.Errorf("the source is %v", is["source"])
	}
}

// TestBuiltInDefinition changes a code that every tenant has. It becomes the tenant's own
// in what it says, and nobody else's; runs go by it.
func TestBuiltInDefinition(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	const one = definitions + "('RefRole-teacher')"
	before := w.send(token, "GET", one, nil, nil)
	if before.object()["createdDateTime"] != "0001-01-01T00:00:00Z" || before.header.Get("ETag") != `W/"0"` {
		t.Errorf("a code that nobody changed: %s %s", before.body, before.header)
	}
	if got := w.send(token, "DELETE", one, match(`W/"0"`), nil); got.status != http.StatusNoContent {
		t.Fatalf("DELETE: %d %s", got.status, got.body)
	}
	w.definitionIs(token, "RefRole-teacher", map[string]any{"isDisabled": true, "sortIndex": "200", "createdDateTime": "0001-01-01T00:00:00Z"}, "microsoft.com")
	if got := w.send(token, "PATCH", one, match(`W/"0"`), []byte(`{}`)); got.status != http.StatusPreconditionFailed {
		t.Errorf("PATCH by the ETag before: %d", got.status)
	}
	stored, err := w.store.Definitions(t.Context(), school)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := outbound.Codes(roster.DefaultCodes(), stored)
	if err != nil {
		t.Fatal(err)
	}
	if teacher, _ := codes.Find(roster.RefRole, "teacher"); !teacher.Disabled {
		t.Errorf("runs do not know: %+v", teacher)
	}
	if others, err := w.store.Definitions(t.Context(), neighbour); err != nil || len(others) != 0 {
		t.Errorf("the neighbour has %v, %v", others, err)
	}
}

// TestRefusedDefinitions defines and changes codes against the rules.
func TestRefusedDefinitions(t *testing.T) {
	const own, role = "/RefGradeLevel-Garden", "/RefRole-aide"
	tests := []struct {
		name, method, path, body string
		status                   int
		target, saying           string
	}{
		{"nothing said", "POST", "", `{}`, 400, "referenceType", "isDisabled"},
		{"closed list", "POST", "", `{"referenceType":"RefRole","code":"x","isDisabled":false,"sortIndex":9}`, 400, "referenceType", "RefGradeLevel"},
		{"no list", "POST", "", `{"referenceType":"RefShoe","code":"x","isDisabled":false,"sortIndex":9}`, 400, "referenceType", "RefGradeLevel"},
		{"there already", "POST", "", `{"referenceType":"refgradelevel","code":"GARDEN","isDisabled":false,"sortIndex":9009}`, 409, "code", "Garden"},
		{"there for everybody", "POST", "", `{"referenceType":"RefGradeLevel","code":"PK","isDisabled":false,"sortIndex":9009}`, 409, "code", "pk"},
		{"index taken", "POST", "", `{"referenceType":"RefGradeLevel","code":"x","isDisabled":false,"sortIndex":9000}`, 409, "sortIndex", "Garden"},
		{"empty code", "POST", "", `{"referenceType":"RefGradeLevel","code":"","isDisabled":false,"sortIndex":9009}`, 400, "code", "empty"},
		{"spaces", "POST", "", `{"referenceType":"RefGradeLevel","code":" x","isDisabled":false,"sortIndex":9009}`, 400, "code", "spaces"},
		{"control character", "POST", "", `{"referenceType":"RefGradeLevel","code":"x\ny","isDisabled":false,"sortIndex":9009}`, 400, "code", "control"},
		{"long code", "POST", "", `{"referenceType":"RefGradeLevel","code":"` + strings.Repeat("x", 101) + `","isDisabled":false,"sortIndex":9009}`, 400, "code", "100"},
		{"negative index", "POST", "", `{"referenceType":"RefGradeLevel","code":"x","isDisabled":false,"sortIndex":-1}`, 400, "sortIndex", "negative"},
		{"huge index", "POST", "", `{"referenceType":"RefGradeLevel","code":"x","isDisabled":false,"sortIndex":2147483648}`, 400, "sortIndex", "2147483647"},
		{"null index", "PATCH", own, `{"sortIndex":null}`, 400, "sortIndex", "null"},
		{"index taken by a built-in", "PATCH", own, `{"sortIndex":10}`, 409, "sortIndex", "it"},
		{"another code", "PATCH", own, `{"code":"Gardens"}`, 400, "code", "does not change"},
		{"another list", "PATCH", own, `{"referenceType":"RefOrgType"}`, 400, "referenceType", "does not change"},
		{"another id", "PATCH", own, `{"id":"RefGradeLevel-x"}`, 400, "id", "RefGradeLevel-Garden"},
		{"index of a built-in", "PATCH", role, `{"sortIndex":10}`, 409, "sortIndex", "principal"},
		{"nothing there", "PATCH", "/RefGradeLevel-x", `{}`, 404, "", "RefGradeLevel-x"},
		{"nothing there to delete", "DELETE", "/x", ``, 404, "", "RefRole-teacher"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			token := w.admin()
			w.post(token, definitions, grade(""))
			before := string(w.send(token, "GET", definitions, nil, nil).body)
			refused(w.send(token, test.method, definitions+test.path, jsonHeader(), []byte(test.body)), test.status, test.target, test.saying)
			if after := string(w.send(token, "GET", definitions, nil, nil).body); after != before {
				t.Errorf("something changed: %s", cmp.Diff(before, after))
			}
		})
	}
}

// TestDefinitionLists asks for codes by filter, order and page.
func TestDefinitionLists(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	w.post(token, definitions, grade(`,"displayName":"Kindergarten of the tenant"`))
	for query, want := range map[string]string{
		"$filter=referenceType eq 'RefSex'&$orderby=sortIndex desc":                                       "RefSex-unspecified RefSex-other RefSex-female RefSex-male",
		"$filter=referenceType eq 'RefGradeLevel' and source eq 'Tenant Defined'":                         "RefGradeLevel-Garden",
		"$filter=endswith(displayName,'of the tenant') and isDisabled eq false&$count=true":               "RefGradeLevel-Garden count 1",
		"$filter=lastModifiedDateTime gt 2020-01-01T00:00:00Z":                                            "RefGradeLevel-Garden",
		"$filter=referenceType eq 'RefFileFormat'&$count=true&$top=1":                                     "RefFileFormat-schoolDataSyncV1 count 2 more",
		"$filter=referenceType eq 'RefFileFormat'&$skip=1":                                                "RefFileFormat-schoolDataSyncV2Rev1",
		"$filter=referenceType eq 'RefFileFormat'&$skiptoken=id-'RefFileFormat-schoolDataSyncV1'":         "RefFileFormat-schoolDataSyncV2Rev1",
		"$filter=referenceType eq 'RefFileFormat'&$skiptoken=id-'RefFileFormat-school'":                   "RefFileFormat-schoolDataSyncV1 RefFileFormat-schoolDataSyncV2Rev1",
		"$filter=referenceType eq 'RefFileFormat'&$top=0&$count=true":                                     "count 2",
		"$filter=referenceType eq 'RefSex'&$orderby=sortIndex desc&$skiptoken=sortIndex-30,id-'RefSex-x'": "RefSex-female RefSex-male",
	} {
		if got := listed(w.send(token, "GET", definitions+"?"+url.PathEscape(query), nil, nil)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// listed writes the ids of a list, its count, and whether there is more.
func listed(a answer) string {
	a.Helper()
	body := a.object()
	var words []string
	items, _ := body["value"].([]any)
	for _, item := range items {
		words = append(words, item.(map[string]any)["id"].(string))
	}
	if count, ok := body["@odata.count"]; ok {
		words = append(words, "count", count.(json.Number).String())
	}
	if body["@odata.nextLink"] != nil {
		words = append(words, "more")
	}
	if a.status != http.StatusOK {
		words = append(words, string(a.body))
	}
	return strings.Join(words, " ")
}
