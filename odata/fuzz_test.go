package odata_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/homeroomhq/homeroom/odata"
)

// FuzzBody reads any bytes as a body: it is taken, and then says the same when it is kept
// and when it is shown and sent back, or it is refused with 400.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `[`, `{"displayName":"A"}`, `{"id":"1","sortIndex":1e3}`, `{"a":{"b":[{"c":1.5}]},"A":null}`,
		`{"displayName":"A","filter":{` + basic + `,"attribute":"orgExternalId","in":["1"]},"startDate":"2024-02-29"}`,
		`{"displayName":"A","flows":[{` + ofGroup + `,"creationOptions":{"createBasedOnOrg":true}}],"effectiveDateTime":"2024-03-23T00:24:32.3286035Z"}`,
		`{"displayName":"\ud800\u0000","groups@odata.bind":["roleGroups('staff')"],"groups":[{"id":"students"}]}`,
		`{` + ofUser + `,"creationOptions":{"configurations":[{"roleGroup":{"id":"staff"},"defaultPasswordSettings":{` + simple + `,"password":"x"}}]}}`,
		`{` + ofUser + `,"additionalAttributes":["userNumber"],"studentAgeGroup":"USERNUMBER","createUnmatchedUsers":null}`,
	} {
		f.Add("flowSet", []byte(body))
		f.Add("flow", []byte(body))
	}
	m := industry()
	r := odata.Reader{Model: m, Bind: groups(m)}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		declared := m.Type(name)
		if declared == nil {
			return
		}
		if before := m.Type(map[bool]string{true: "userFlow", false: name}[declared.Abstract]); before != nil && !before.Abstract {
			_, err := r.Patch(declared, entity(m, before.Name, map[string]any{"id": "1"}), body)
			is400(t, err)
		}
		e, err := r.Create(declared, body)
		if is400(t, err); err != nil {
			return
		}
		kept := stored(t, m, e)
		back, err := m.Load(e.Type, []byte(kept))
		if err != nil || stored(t, m, back) != kept {
			t.Errorf("kept as %s, read as %s: %v", kept, stored(t, m, back), err)
		}
		shown := m.Append(nil, e, declared, &odata.Form{Expand: []odata.Expanded{{Name: "groups", Query: &odata.Query{}}, {Name: "flows", Query: &odata.Query{}}}})
		if !json.Valid(shown) {
			t.Fatalf("no JSON: %s", shown)
		}
		again, err := r.Create(declared, shown)
		if err != nil {
			t.Fatalf("%s is shown and not taken back: %v", shown, err)
		}
		if one, two := stored(t, m, masked(e)), stored(t, m, masked(again)); one != two {
			t.Errorf("sent %s, came back %s", one, two)
		}
	})
}

func is400(t *testing.T, err error) {
	t.Helper()
	if told, ok := errors.AsType[*odata.Error](err); err != nil && (!ok || told.Status != 400 || told.Message == "") {
		t.Errorf("%#v", err)
	}
}
