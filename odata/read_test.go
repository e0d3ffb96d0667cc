package odata_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/odata"
)

const (
	ofSet   = `"@odata.type":"#microsoft.graph.industryData.flowSet"`
	ofGroup = `"@odata.type":"#microsoft.graph.industryData.groupFlow"`
	ofUser  = `"@odata.type":"#microsoft.graph.industryData.userFlow"`
	basic   = `"@odata.type":"#microsoft.graph.industryData.basicFilter"`
	simple  = `"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings"`
)

// What clients write, and what is kept of it (contract A.3, A.5, A.6, B).
func TestCreate(t *testing.T) {
	for _, test := range []struct{ name, declared, body, want string }{
		{"a plain one", "flowSet", `{"displayName":"All"}`, `{` + ofSet + `,"displayName":"All"}`},
		{"in the order of the table", "flowSet", `{"sortIndex":7,"displayName":"All"}`, `{` + ofSet + `,"displayName":"All","sortIndex":7}`},
		{"with its own type", "flowSet", `{` + ofSet + `,"displayName":"All"}`, `{` + ofSet + `,"displayName":"All"}`},
		{"names in any case", "flow", `{` + ofGroup + `,"CREATIONOPTIONS":{"createBasedOnOrgPlusroleGroup":true}}`,
			`{` + ofGroup + `,"creationOptions":{"createBasedOnOrgPlusRoleGroup":true}}`},
		{"a type without #", "flow", `{"@odata.type":"microsoft.graph.industryData.groupFlow","creationOptions":{}}`, `{` + ofGroup + `,"creationOptions":{}}`},
		{"a type in another case", "flow", `{"@OData.Type":"#Microsoft.Graph.IndustryData.GroupFlow","creationOptions":{}}`, `{` + ofGroup + `,"creationOptions":{}}`},
		{"a type as OData 4.01 has it", "flow", `{"@type":"#microsoft.graph.industryData.groupFlow","creationOptions":{}}`, `{` + ofGroup + `,"creationOptions":{}}`},
		{"a type that need not be said", "flow", `{` + ofGroup + `,"creationOptions":{"@odata.type":"#microsoft.graph.industryData.groupOptions","createBasedOnOrg":true}}`,
			`{` + ofGroup + `,"creationOptions":{"createBasedOnOrg":true}}`},
		{"a type after the values", "flowSet", `{"displayName":"All","filter":{"in":["1"],"attribute":"OrgExternalID",` + basic + `}}`,
			`{` + ofSet + `,"displayName":"All","filter":{` + basic + `,"attribute":"orgExternalId","in":["1"]}}`},
		{"annotations are passed over", "flowSet", `{"@odata.context":"x","displayName":"All","filter@odata.context":{"a":[1]},"none@odata.count":1,"@x.y":null}`,
			`{` + ofSet + `,"displayName":"All"}`},
		{"what is read only, too", "flowSet", `{"id":"1","createdDateTime":17,"displayName":"All","runs":[{"x":1}],"runs@odata.bind":5}`, `{` + ofSet + `,"displayName":"All"}`},
		{"null", "flowSet", `{"displayName":"All","filter":null,"flows":null}`, `{` + ofSet + `,"displayName":"All","filter":null}`},
		{"an empty collection", "flow", `{` + ofUser + `,"additionalAttributes":[]}`, `{` + ofUser + `,"additionalAttributes":[]}`},
		{"members of an enum", "flow", `{` + ofUser + `,"additionalAttributes":["USERNUMBER","userGradeLevel"],"studentAgeGroup":"usernumber"}`,
			`{` + ofUser + `,"additionalAttributes":["userNumber","userGradeLevel"],"studentAgeGroup":"userNumber"}`},
		{"the bounds of numbers", "flowSet", `{"displayName":"","sortIndex":-2147483648}`, `{` + ofSet + `,"displayName":"","sortIndex":-2147483648}`},
		{"a time with an offset", "flowSet", `{"displayName":"A","effectiveDateTime":"2026-08-17T10:00:00.12345678+02:00","startDate":"2026-08-17"}`,
			`{` + ofSet + `,"displayName":"A","startDate":"2026-08-17","effectiveDateTime":"2026-08-17T08:00:00.1234567Z"}`},
		{"a time without seconds", "flowSet", `{"displayName":"A","effectiveDateTime":"2026-08-17T10:00Z"}`, `{` + ofSet + `,"displayName":"A","effectiveDateTime":"2026-08-17T10:00:00Z"}`},
		{"text of any sort", "flowSet", `{"displayName":"\ud83c\udfeb \"ü\"\t\u0007 </a>\\"}`, `{` + ofSet + `,"displayName":"🏫 \"ü\"\t\u0007 </a>\\"}`},
		{"a byte order mark", "flowSet", "\ufeff{\"displayName\":\"A\"}\r\n", `{` + ofSet + `,"displayName":"A"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := industry()
			r := odata.Reader{Model: m, Bind: groups(m)}
			e, err := r.Create(m.Type(test.declared), []byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if got := stored(t, m, e); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// A contained collection is created together with what it is in.
func TestCreateDeep(t *testing.T) {
	m := industry()
	r := odata.Reader{Model: m}
	e, err := r.Create(m.Type("flowSet"), []byte(`{"displayName":"A","flows":[{`+ofUser+`,"createUnmatchedUsers":true},{`+ofGroup+`,"creationOptions":{}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	flows := e.Values["flows"].([]any)
	if len(flows) != 2 || flows[0].(*odata.Entity).Type.Name != "userFlow" || flows[0].(*odata.Entity).Values["createUnmatchedUsers"] != true {
		t.Errorf("flows %v", flows)
	}
	if got := stored(t, m, e); strings.Contains(got, "flows") {
		t.Errorf("flows are kept in the set: %s", got)
	}
}

// Every way to say which role group is meant (contract A.3, A.6 5).
func TestBind(t *testing.T) {
	for _, test := range []struct{ name, member, want string }{
		{"an address with the key as a segment", `"roleGroup@odata.bind":"https://graph.microsoft.com/beta/external/industryData/roleGroups/staff"`, "staff"},
		{"with the key in parentheses", `"roleGroup@odata.bind":"https://graph.microsoft.com/beta/external/industryData/roleGroups('staff')"`, "staff"},
		{"a relative one", `"roleGroup@odata.bind":"external/industryData/roleGroups/students"`, "students"},
		{"a relative one with a slash", `"ROLEGROUP@odata.bind":"/roleGroups('students')"`, "students"},
		{"the shortest", `"roleGroup@odata.bind":"roleGroups('students')"`, "students"},
		{"the key by its name", `"roleGroup@odata.bind":"roleGroups(id='staff')"`, "staff"},
		{"percent-encoded", `"roleGroup@odata.bind":"roleGroups/st%61ff"`, "staff"},
		{"a slash at the end, and a query", `"roleGroup@odata.bind":"roleGroups/staff/?$select=id#x"`, "staff"},
		{"as OData 4.01 has it", `"roleGroup@bind":"roleGroups/staff"`, "staff"},
		{"an entity in place", `"roleGroup":{"id":"staff","displayName":"Old","roles":[{"code":"x"}]}`, "staff"},
		{"a reference in place", `"roleGroup":{"@odata.id":"roleGroups('staff')"}`, "staff"},
		{"what is bound wins over what was fetched", `"roleGroup":{"id":"gone"},"roleGroup@odata.bind":"roleGroups/staff"`, "staff"},
		{"in either order", `"roleGroup@odata.bind":"roleGroups/staff","roleGroup":null`, "staff"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := industry()
			r := odata.Reader{Model: m, Bind: groups(m)}
			e, err := r.Create(m.Type("flow"), []byte(`{`+ofUser+`,"creationOptions":{"configurations":[{`+test.member+`}]}}`))
			if err != nil {
				t.Fatal(err)
			}
			want := `{` + ofUser + `,"creationOptions":{"configurations":[{"roleGroup":{"id":"` + test.want + `"}}]}}`
			if got := stored(t, m, e); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestBindSeveral(t *testing.T) {
	m := industry()
	r := odata.Reader{Model: m, Bind: groups(m)}
	for _, body := range []string{
		`{"displayName":"A","groups@odata.bind":["roleGroups/staff","roleGroups('students')"]}`,
		`{"displayName":"A","groups":[{"id":"staff"},{"id":"students"}]}`,
	} {
		e, err := r.Create(m.Type("flowSet"), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := stored(t, m, e), `{`+ofSet+`,"displayName":"A","groups":[{"id":"staff"},{"id":"students"}]}`; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// What a Bind fails with is handed on as it is, with the path where it has none.
func TestBindFails(t *testing.T) {
	m := industry()
	down := errors.New("the store is away")
	r := odata.Reader{Model: m, Bind: func(*odata.Property, string) (*odata.Entity, error) { return nil, down }}
	if _, err := r.Create(m.Type("flowSet"), []byte(`{"displayName":"A","groups":[{"id":"staff"}]}`)); !errors.Is(err, down) {
		t.Errorf("%v", err)
	}
	gone := odata.NotFound("Gone.")
	r.Bind = func(*odata.Property, string) (*odata.Entity, error) { return nil, gone }
	_, err := r.Create(m.Type("flowSet"), []byte(`{"displayName":"A","groups":[{"id":"staff"}]}`))
	if told, ok := errors.AsType[*odata.Error](err); !ok || told.Target != "groups/0" || told.Status != 404 || gone.Target != "" {
		t.Errorf("%#v, %#v", err, gone)
	}
}
