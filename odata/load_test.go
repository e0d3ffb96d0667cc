package odata_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
)

// What is kept is read back as it was, and what is shown can be sent back and says the
// same, but for secrets.
func TestRoundTrip(t *testing.T) {
	m := industry()
	r := odata.Reader{Model: m, Bind: groups(m)}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"flowSet", "userFlow", "groupFlow", "userConfiguration", "basicFilter"}).Draw(t, "type")
		e := drawn(t, m, m.Type(name))
		body, err := m.Stored(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := m.Load(e.Type, body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back, cmp.Transformer("link", linked)); diff != "" {
			t.Errorf("%s\n%s", body, diff)
		}

		level := rapid.SampledFrom([]odata.Level{odata.Minimal, odata.Full}).Draw(t, "level")
		form := &odata.Form{Context: "x", Level: level, InlineContext: func(path string) string { return path }}
		shown := m.Append(nil, e, m.Type(base(m, e.Type)), form)
		sent, err := r.Create(m.Type(base(m, e.Type)), shown)
		if err != nil {
			t.Fatalf("%s\n%v", shown, err)
		}
		if diff := cmp.Diff(masked(e), sent, cmp.Transformer("link", linked)); diff != "" {
			t.Errorf("%s\n%s", shown, diff)
		}
		after, err := r.Patch(e.Type, masked(e), shown)
		if err != nil {
			t.Fatalf("%s\n%v", shown, err)
		}
		if diff := cmp.Diff(masked(e), after, cmp.Transformer("link", linked)); diff != "" {
			t.Errorf("sending back what was shown changed something: %s\n%s", shown, diff)
		}
	})
}

// base returns the name of the type that a type derives from, or its own.
func base(m *odata.Model, t *odata.Type) string {
	for t.Base != "" {
		t = m.Type(t.Base)
	}
	return t.Name
}

// linked reduces an entity that another one is linked with to its id. It leaves what
// it compares at the top alone, which has no id.
func linked(e *odata.Entity) map[string]any {
	if id, ok := e.Values["id"]; ok {
		return map[string]any{"id": id}
	}
	out := map[string]any{"@odata.type": e.Type.Name}
	for name, v := range e.Values {
		out[name] = v
	}
	return out
}

// masked returns an entity with secrets as clients see them.
func masked(e *odata.Entity) *odata.Entity {
	out := &odata.Entity{Type: e.Type, Values: map[string]any{}}
	for name, v := range e.Values {
		out.Values[name] = mask(name, v)
	}
	return out
}

func mask(name string, v any) any {
	switch v := v.(type) {
	case *odata.Entity:
		return masked(v)
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = mask(name, v[i])
		}
		return list
	case string:
		if name == "password" {
			return odata.Mask
		}
	}
	return v
}

// drawn makes a value of a type, with what clients write and what is shown of it.
func drawn(t *rapid.T, m *odata.Model, typ *odata.Type) *odata.Entity {
	e := &odata.Entity{Type: typ, Values: map[string]any{}}
	for _, p := range m.All(typ) {
		if p.Access == odata.ReadOnly || p.Contained || p.Navigation && !p.Inline {
			continue
		}
		switch {
		case !p.Required && rapid.Bool().Draw(t, "left out"):
		case p.Nullable && rapid.Bool().Draw(t, "null"):
			e.Values[p.Name] = nil
		case p.Collection:
			list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
			for i := range list {
				list[i] = drawnValue(t, m, p)
			}
			e.Values[p.Name] = list
		default:
			e.Values[p.Name] = drawnValue(t, m, p)
		}
	}
	return e
}

func drawnValue(t *rapid.T, m *odata.Model, p odata.Property) any {
	if enum := m.Enum(p.Type); enum != nil {
		return rapid.SampledFrom(enum.Members[:len(enum.Members)-1]).Draw(t, p.Name)
	}
	switch p.Type {
	case "Edm.String":
		return rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 })).Draw(t, p.Name)
	case "Edm.Boolean":
		return rapid.Bool().Draw(t, p.Name)
	case "Edm.Int32":
		return int64(rapid.Int32().Draw(t, p.Name))
	case "Edm.Date":
		return rapid.SampledFrom([]string{"0001-01-01", "2024-02-29", "9999-12-31"}).Draw(t, p.Name)
	case "Edm.DateTimeOffset":
		seconds := rapid.Int64Range(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()).Draw(t, p.Name)
		return time.Unix(seconds, rapid.Int64Range(0, 9_999_999).Draw(t, "fraction")*100).UTC()
	case "roleGroup":
		e, _ := groups(m)(&p, rapid.SampledFrom([]string{"students", "staff"}).Draw(t, p.Name))
		return e
	case "filter":
		return drawn(t, m, m.Type("basicFilter"))
	case "passwordSettings":
		return drawn(t, m, m.Type("simplePasswordSettings"))
	default:
		return drawn(t, m, m.Type(p.Type))
	}
}

// What is kept is read whole or not at all: a configuration that lost a part on the way
// would be carried out.
func TestLoadDamaged(t *testing.T) {
	m := industry()
	for _, body := range []string{``, `{`, `[]`, `{"displayNam":"A"}`, `{"displayName":1}`, `{"displayName":"A","displayName":"A"}`} {
		e, err := m.Load(m.Type("flowSet"), []byte(body))
		if e != nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v, %v", body, e, err)
		}
	}
}

// Nothing is required of what is kept: a later table may ask for more.
func TestLoadLess(t *testing.T) {
	m := industry()
	e, err := m.Load(m.Type("flowSet"), []byte(`{}`))
	if err != nil || len(e.Values) != 0 {
		t.Errorf("%v, %v", e, err)
	}
}

// What the server itself says of an entity is not kept in its body.
func TestStored(t *testing.T) {
	m := industry()
	want := `{` + ofSet + `,"displayName":"All","filter":null,"sortIndex":3,"startDate":"2024-03-23"}`
	if got := stored(t, m, aSet(m)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
