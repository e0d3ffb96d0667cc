package odata_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/odata"
)

// What a PATCH makes of what is there (contract E.4, A.6). An empty want stands for no
// change.
func TestPatch(t *testing.T) {
	const (
		set  = `"displayName":"All","filter":{` + basic + `,"attribute":"orgExternalId","in":["1","2"]},"sortIndex":3`
		user = `"createUnmatchedUsers":true,"additionalAttributes":["userNumber"],"creationOptions":{"configurations":[{"licenseSkus":["a"],"defaultPasswordSettings":{` +
			simple + `,"password":"secret"},"roleGroup":{"id":"staff"}}]}`
	)
	for _, test := range []struct{ name, typ, before, body, want string }{
		{"nothing (A.6 2)", "flowSet", set, `{}`, ""},
		{"annotations alone (A.6 2)", "flowSet", set, `{"@odata.context":"x","filter@odata.context":"y"}`, ""},
		{"the same again", "flowSet", set, `{` + set + `,"id":"ID-1","createdDateTime":"2020-01-01T00:00:00Z"}`, ""},
		{"one property", "flowSet", set, `{"DISPLAYNAME":"New"}`,
			`{` + ofSet + `,"displayName":"New","filter":{` + basic + `,"attribute":"orgExternalId","in":["1","2"]},"sortIndex":3}`},
		{"a bare type leaves the value (A.6 1)", "flowSet", set, `{"id":"id-1","displayName":"All","filter":{` + basic + `}}`, ""},
		{"so does no type", "flowSet", set, `{"filter":{}}`, ""},
		{"a member of a value", "flowSet", set, `{"filter":{"in":["3"]}}`,
			`{` + ofSet + `,"displayName":"All","filter":{` + basic + `,"attribute":"orgExternalId","in":["3"]},"sortIndex":3}`},
		{"null clears", "flowSet", set, `{"filter":null,"sortIndex":null}`, `{` + ofSet + `,"displayName":"All","filter":null,"sortIndex":null}`},
		{"null where nothing is", "flowSet", `"displayName":"All"`, `{"filter":null}`, `{` + ofSet + `,"displayName":"All","filter":null}`},
		{"a value where none was", "flowSet", `"displayName":"All","filter":null`, `{"filter":{` + basic + `,"attribute":"orgExternalId","in":[]}}`,
			`{` + ofSet + `,"displayName":"All","filter":{` + basic + `,"attribute":"orgExternalId","in":[]}}`},
		{"a collection is replaced", "userFlow", user, `{"additionalAttributes":["userGradeLevel"],"creationOptions":{"configurations":[{"roleGroup@odata.bind":"roleGroups/students"}]}}`,
			`{` + ofUser + `,"createUnmatchedUsers":true,"additionalAttributes":["userGradeLevel"],"creationOptions":{"configurations":[{"roleGroup":{"id":"students"}}]}}`},
		{"the same collection", "userFlow", user, `{"creationOptions":{"configurations":[{"licenseSkus":["a"],"defaultPasswordSettings":{` +
			simple + `,"password":"secret"},"roleGroup":{"id":"staff","displayName":"Whatever"}}]}}`, ""},
		{"its own type", "userFlow", user, `{` + ofUser + `,"createUnmatchedUsers":true}`, ""},
		{"in another order", "userFlow", `"additionalAttributes":["userNumber","userGradeLevel"]`, `{"additionalAttributes":["userGradeLevel","userNumber"]}`,
			`{` + ofUser + `,"additionalAttributes":["userGradeLevel","userNumber"]}`},
		{"one more", "userFlow", `"additionalAttributes":["userNumber"]`, `{"additionalAttributes":["userNumber","userGradeLevel"]}`,
			`{` + ofUser + `,"additionalAttributes":["userNumber","userGradeLevel"]}`},
		{"the same moment", "flowSet", `"displayName":"A","effectiveDateTime":"2026-08-17T08:00:00.1234567Z"`, `{"effectiveDateTime":"2026-08-17T10:00:00.12345678+02:00"}`, ""},
		{"one less", "userFlow", user, `{"additionalAttributes":[]}`,
			`{` + ofUser + `,"createUnmatchedUsers":true,"additionalAttributes":[],"creationOptions":{"configurations":[{"licenseSkus":["a"],"defaultPasswordSettings":{` +
				simple + `,"password":"secret"},"roleGroup":{"id":"staff"}}]}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := industry()
			r := odata.Reader{Model: m, Bind: groups(m)}
			before := load(t, m, test.typ, `{`+test.before+`}`)
			was := stored(t, m, before)
			if test.want == "" {
				test.want = was
			}
			after, err := r.Patch(m.Type(test.typ), before, []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := stored(t, m, after); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if is := stored(t, m, before); is != was {
				t.Errorf("what was before is touched: %s", is)
			}
			if after.Values["id"] != "id-1" {
				t.Errorf("the id is %v", after.Values["id"])
			}
		})
	}
}

// load is an entity as the API has it before a PATCH: as it is kept, with its id.
func load(t *testing.T, m *odata.Model, name, body string) *odata.Entity {
	t.Helper()
	e, err := m.Load(m.Type(name), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	e.Values["id"] = "id-1"
	return e
}

func TestPatchRefused(t *testing.T) {
	for _, test := range []struct{ name, typ, body, target, sentence string }{
		{"another id", "flowSet", `{"id":"id-2"}`, "id", "The id of an entity does not change. Leave 'id' out, or write 'id-1'."},
		{"no id", "flowSet", `{"id":null}`, "id", "The id of an entity does not change. Leave 'id' out, or write 'id-1'."},
		{"another type", "userFlow", `{` + ofGroup + `,"creationOptions":{}}`, "@odata.type", `An entity does not change its type. Leave @odata.type out, or write "#microsoft.graph.industryData.userFlow".`},
		{"what is contained", "flowSet", `{"flows":[]}`, "flows", "The property 'flows' cannot be changed here. Change its items at their own addresses."},
		{"null where there must be a value", "flowSet", `{"displayName":null}`, "displayName", "The property 'displayName' cannot be null. Write a string."},
		{"a new value lacks something", "flowSet", `{"filter":{` + basic + `,"in":[]}}`, "filter/attribute", `A microsoft.graph.industryData.basicFilter needs "attribute".`},
		{"a new value without a type", "flowSet", `{"filter":{"in":[]}}`, "filter/@odata.type", `The @odata.type is missing. Write "#microsoft.graph.industryData.basicFilter".`},
		{"an item lacks something", "userFlow", `{"creationOptions":{"configurations":[{"licenseSkus":["a"]}]}}`, "creationOptions/configurations/0/roleGroup",
			`A microsoft.graph.industryData.userConfiguration needs "roleGroup".`},
		{"no JSON", "flowSet", `{`, "", "The JSON ends early: an object, an array or a string is not closed."},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := industry()
			r := odata.Reader{Model: m, Bind: groups(m)}
			before := entity(m, test.typ, map[string]any{"id": "id-1", "displayName": "A"})
			declared := m.Type(test.typ)
			if test.typ == "userFlow" {
				declared = m.Type("flow")
			}
			_, err := r.Patch(declared, before, []byte(test.body))
			refused(t, err, test.target, test.sentence)
		})
	}
}

// A value of another type replaces the one that was there.
func TestPatchType(t *testing.T) {
	m := industry()
	m.Types = append(m.Types, &odata.Type{Name: "otherFilter", Base: "filter", Properties: []odata.Property{{Name: "level", Type: "Edm.Int32"}}})
	r := odata.Reader{Model: m}
	before := entity(m, "flowSet", map[string]any{"filter": entity(m, "basicFilter", map[string]any{"attribute": "orgExternalId", "in": []any{"1"}})})
	after, err := r.Patch(m.Type("flowSet"), before, []byte(`{"filter":{"@odata.type":"#microsoft.graph.industryData.otherFilter","level":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"level": int64(1)}
	if diff := cmp.Diff(want, after.Values["filter"].(*odata.Entity).Values); diff != "" {
		t.Error(diff)
	}
}
