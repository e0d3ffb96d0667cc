package odata

import "time"

// Patch reads a body that changes an entity (contract E.4): what is absent stays, complex
// values merge member by member, collections are replaced, and null clears. before is not
// touched; changed says whether after says anything else. The error is an *Error of
// status 400, or what Bind returned.
func (r *Reader) Patch(t *Type, before *Entity, body []byte) (after *Entity, changed bool, err error) {
	o, err := parseBody(body)
	if err != nil {
		return nil, false, err
	}
	d := reading{model: r.Model, bind: r.Bind, change: true}
	after, err = d.structured(t, o, before)
	if err != nil {
		return nil, false, d.told(err)
	}
	if after.Type != before.Type {
		return nil, false, BadRequest("@odata.type", "An entity does not change its type. Leave @odata.type out, or write \"#%s.%s\".", r.Model.Namespace, before.Type.Name)
	}
	return after, !equal(after.Values, before.Values), nil
}

// equal compares the values of two entities. What is null and what is not said are one.
func equal(a, b map[string]any) bool {
	for name, v := range a {
		if !same(v, b[name]) {
			return false
		}
	}
	for name, v := range b {
		if _, both := a[name]; !both && v != nil {
			return false
		}
	}
	return true
}

// same compares two values. Two links are the same when they lead to one id.
func same(a, b any) bool {
	switch a := a.(type) {
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case *Entity:
		b, ok := b.(*Entity)
		if !ok || a.Type != b.Type {
			return false
		}
		if a.Type.Entity {
			return a.Values["id"] == b.Values["id"]
		}
		return equal(a.Values, b.Values)
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	default:
		return a == b // of comparable types
	}
}
