package odata

import "net/url"

// bound reads name@odata.bind into an entity.
func (d *reading) bound(e *Entity, f *field, m *entry) error {
	if !f.Navigation || f.Contained {
		return BadRequest("", "The property '%s' cannot be bound. Write its value as \"%s\".", f.Name, f.Name)
	}
	return d.set(e, f, m.value, func(v any) (any, error) { return d.address(f, v) })
}

// fetched reads an entity that stands where a link is meant. When the link is there, too,
// that counts: SDKs send what they fetched beside what their callers bind (contract A.6 6).
func (d *reading) fetched(e *Entity, f *field, m *entry, o *object) error {
	if o.get(f.Name+"@odata.bind") != nil || o.get(f.Name+"@bind") != nil {
		return nil
	}
	return d.set(e, f, m.value, func(v any) (any, error) { return d.inline(f, v) })
}

// address reads where a link leads to, as name@odata.bind says it. Only the end of the
// address counts (contract A.3).
func (d *reading) address(f *field, v any) (any, error) {
	s, ok := v.(string)
	id := keyOf(s)
	if !ok || id == "" {
		return nil, BadRequest("", "What '%s' is bound to is not the address of an entity. Write an address that ends in /{collection}/{id}.", f.Name)
	}
	return d.link(f, id)
}

// inline reads one entity that stands where a link is meant (contract A.6 5): its id
// counts, and nothing else.
func (d *reading) inline(f *field, v any) (any, error) {
	o, ok := v.(*object)
	if !ok {
		return nil, mistyped(f, v)
	}
	if m := o.get("id"); m != nil {
		if id, _ := m.value.(string); id != "" {
			return d.link(f, id)
		}
	}
	if m := o.get("@odata.id"); m != nil { // OData 4.01
		return d.address(f, m.value)
	}
	return nil, BadRequest(d.target("id"), "The entity of '%s' has no id. Write %s.", f.Name, wanted(f))
}

// link asks for the entity with an id.
func (d *reading) link(f *field, id string) (any, error) {
	if d.bind == nil {
		return nil, BadRequest("", "The property '%s' cannot be bound here. Leave it out.", f.Name)
	}
	return d.bind(&f.Property, id)
}

// keyOf returns the key at the end of an address, absolute or relative, with the key as a
// segment or in parentheses: .../roleGroups/staff, roleGroups('staff'). "" is none.
func keyOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	segments, err := ParsePath(u.EscapedPath())
	if err != nil || len(segments) == 0 {
		return ""
	}
	last := segments[len(segments)-1]
	switch {
	case last.HasKey:
		return last.Key
	case last.Call || len(segments) == 1: // an operation, a collection
		return ""
	default:
		return last.Name
	}
}
