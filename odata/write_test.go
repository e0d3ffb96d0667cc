package odata_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/odata"
)

// aSet is a flow set with a flow of users.
func aSet(m *odata.Model) *odata.Entity {
	staff, err := groups(m)(&odata.Property{Type: "roleGroup"}, "staff")
	if err != nil {
		panic(err)
	}
	return entity(m, "flowSet", map[string]any{
		"id": "s1", "createdDateTime": time.Date(2024, 3, 23, 1, 24, 32, 495336000, time.FixedZone("CET", 3600)),
		"displayName": "All", "filter": nil, "sortIndex": int64(3), "startDate": "2024-03-23",
		"flows": []any{entity(m, "userFlow", map[string]any{
			"id": "f1", "readinessStatus": "ready", "createUnmatchedUsers": true, "additionalAttributes": []any{"userNumber"},
			"creationOptions": entity(m, "userOptions", map[string]any{
				"configurations": []any{entity(m, "userConfiguration", map[string]any{
					"defaultPasswordSettings": entity(m, "simplePasswordSettings", map[string]any{"password": "secret"}),
					"roleGroup":               staff,
				})},
			}),
		})},
		"flows@odata.count": int64(1),
	})
}

func TestAppend(t *testing.T) {
	context := func(path string) string { return "$metadata#" + path }
	users := []odata.Expanded{{Name: "flows", Query: &odata.Query{}}}
	for _, test := range []struct {
		name string
		form odata.Form
		want string
	}{
		{"plain", odata.Form{},
			`{"id":"s1","createdDateTime":"2024-03-23T00:24:32.495336Z","displayName":"All","filter":null,"sortIndex":3,"startDate":"2024-03-23"}`},
		{"with a context", odata.Form{Context: `https://h/$metadata#flowSets/$entity`, Select: []odata.Selected{{Name: "displayName"}}},
			`{"@odata.context":"https://h/$metadata#flowSets/$entity","id":"s1","displayName":"All"}`},
		{"selected by a cast", odata.Form{Select: []odata.Selected{{Name: "displayName", Cast: "flow"}, {Name: "sortIndex", Cast: "flowSet"}}},
			`{"id":"s1","sortIndex":3}`},
		{"all selected", odata.Form{Select: []odata.Selected{{Name: "*"}}},
			`{"id":"s1","createdDateTime":"2024-03-23T00:24:32.495336Z","displayName":"All","filter":null,"sortIndex":3,"startDate":"2024-03-23"}`},
		{"nothing selected", odata.Form{Select: []odata.Selected{}}, `{"id":"s1"}`},
		{"expanded", odata.Form{Select: []odata.Selected{}, Expand: users, InlineContext: context},
			`{"id":"s1","flows@odata.context":"$metadata#flows","flows@odata.count":1,"flows":[{"@odata.type":"#microsoft.graph.industryData.userFlow","id":"f1","readinessStatus":"ready",` +
				`"createUnmatchedUsers":true,"additionalAttributes":["userNumber"],"creationOptions":{"configurations":[{` +
				`"defaultPasswordSettings":{"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings","password":"***************"},` +
				`"roleGroup@odata.context":"$metadata#flows('f1')/microsoft.graph.industryData.userFlow/creationOptions/configurations/roleGroup/$entity",` +
				`"roleGroup":{"id":"staff","displayName":"Staff","roles":[{"code":"teacher"}]}}]}}]}`},
		{"expanded and selected", odata.Form{Select: []odata.Selected{}, Expand: []odata.Expanded{{Name: "flows", Query: &odata.Query{Select: []odata.Selected{{Name: "createUnmatchedUsers"}}}}}},
			`{"id":"s1","flows@odata.count":1,"flows":[{"@odata.type":"#microsoft.graph.industryData.userFlow","id":"f1","createUnmatchedUsers":true}]}`},
		{"no metadata", odata.Form{Context: "x", Level: odata.None, Expand: users, InlineContext: context, Select: []odata.Selected{}},
			`{"id":"s1","flows@odata.count":1,"flows":[{"id":"f1","readinessStatus":"ready",` +
				`"createUnmatchedUsers":true,"additionalAttributes":["userNumber"],"creationOptions":{"configurations":[{` +
				`"defaultPasswordSettings":{"password":"***************"},"roleGroup":{"id":"staff","displayName":"Staff","roles":[{"code":"teacher"}]}}]}}]}`},
		{"full metadata", odata.Form{Context: "x", Level: odata.Full, Expand: users},
			`{"@odata.context":"x","@odata.type":"#microsoft.graph.industryData.flowSet","id":"s1",` +
				`"createdDateTime@odata.type":"#DateTimeOffset","createdDateTime":"2024-03-23T00:24:32.495336Z","displayName":"All","filter":null,` +
				`"sortIndex@odata.type":"#Int32","sortIndex":3,"startDate@odata.type":"#Date","startDate":"2024-03-23",` +
				`"flows@odata.count":1,"flows":[{"@odata.type":"#microsoft.graph.industryData.userFlow","id":"f1",` +
				`"readinessStatus@odata.type":"#microsoft.graph.industryData.readinessStatus","readinessStatus":"ready","createUnmatchedUsers":true,` +
				`"additionalAttributes@odata.type":"#Collection(microsoft.graph.industryData.attributes)","additionalAttributes":["userNumber"],` +
				`"creationOptions":{"@odata.type":"#microsoft.graph.industryData.userOptions","configurations":[{"@odata.type":"#microsoft.graph.industryData.userConfiguration",` +
				`"defaultPasswordSettings":{"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings","password":"***************"},` +
				`"roleGroup":{"@odata.type":"#microsoft.graph.industryData.roleGroup","id":"staff","displayName":"Staff",` +
				`"roles":[{"@odata.type":"#microsoft.graph.industryData.roleReferenceValue","code":"teacher"}]}}]}}]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := industry()
			e := aSet(m)
			got := string(m.Append(nil, e, e.Type, &test.form))
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			if !json.Valid([]byte(got)) {
				t.Error("this is not JSON")
			}
		})
	}
}

// A navigation property that is written in place is left out when it is not selected; one
// that leads nowhere has no context.
func TestAppendInline(t *testing.T) {
	m := industry()
	e := entity(m, "userConfiguration", map[string]any{"licenseSkus": []any{}, "roleGroup": nil})
	form := odata.Form{InlineContext: func(string) string { return "x" }}
	if got := string(m.Append([]byte("x"), e, e.Type, &form)); got != `x{"licenseSkus":[],"roleGroup":null}` {
		t.Error(got)
	}
	form.Select = []odata.Selected{{Name: "licenseSkus"}}
	if got := string(m.Append(nil, e, e.Type, &form)); got != `{"licenseSkus":[]}` {
		t.Error(got)
	}
}

// Null has no type, however much is told.
func TestAppendNull(t *testing.T) {
	m := industry()
	e := entity(m, "flowSet", map[string]any{"sortIndex": nil})
	if got := string(m.Append(nil, e, e.Type, &odata.Form{Level: odata.Full})); got != `{`+ofSet+`,"sortIndex":null}` {
		t.Error(got)
	}
}

// A secret that is null is shown as null: there is nothing to hide, and clients see that
// there is none.
func TestMask(t *testing.T) {
	m := industry()
	for value, want := range map[any]string{nil: `null`, "": `"***************"`, "a long secret that is longer than the mask": `"***************"`} {
		e := entity(m, "simplePasswordSettings", map[string]any{"password": value})
		if got := string(m.Append(nil, e, e.Type, &odata.Form{})); got != `{"password":`+want+`}` {
			t.Errorf("%v: %s", value, got)
		}
	}
}

// Text is written so that every reader of JSON reads it back, whatever it holds.
func TestAppendText(t *testing.T) {
	m := industry()
	for text, want := range map[string]string{
		"a \"b\" \\ </script>&": `"a \"b\" \\ </script>&"`,
		"\n\r\t\x00\x1f\x7f":    "\"\\n\\r\\t\\u0000\\u001f\x7f\"",
		"ü🏫\u2028":              "\"ü🏫\u2028\"",
		"a\xffb\xc3":            `"a\ufffdb\ufffd"`,
		"\ufffd":                "\"\ufffd\"",
	} {
		e := entity(m, "flowSet", map[string]any{"displayName": text})
		if got := string(m.Append(nil, e, e.Type, &odata.Form{})); got != `{"displayName":`+want+`}` {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
