package odata

import (
	"errors"
	"net/url"
	"strings"
)

// address reads where a link leads to, as name@odata.bind says it. Only the end of the
// address counts (contract A.3).
func (d *reading) address(f *field, v any, path string) (any, error) {
	s, ok := v.(string)
	id := keyOf(s)
	if !ok || id == "" {
		return nil, BadRequest(path, "What '%s' is bound to is not the address of an entity. Write an address that ends in /{collection}/{id}.", f.Name)
	}
	return d.link(f, id, path)
}

// inline reads an entity that stands where a link is meant, as SDKs send back what they
// fetched (contract A.6 5): its id counts, and nothing else.
func (d *reading) inline(f *field, v any, path string) (any, error) {
	o, ok := v.(*object)
	if !ok {
		return nil, mistyped(f, v, path)
	}
	if m := o.get("id"); m != nil {
		if id, _ := m.value.(string); id != "" {
			return d.link(f, id, path)
		}
	}
	if m := o.get("@odata.id"); m != nil { // OData 4.01
		return d.address(f, m.value, path)
	}
	return nil, BadRequest(join(path, "id"), "The entity of '%s' has no id. Write %s.", f.Name, wanted(f))
}

// link asks for the entity with an id.
func (d *reading) link(f *field, id, path string) (any, error) {
	if d.bind == nil {
		return nil, BadRequest(path, "The property '%s' cannot be bound here. Leave it out.", f.Name)
	}
	e, err := d.bind(&f.Property, id)
	if refusal, ok := errors.AsType[*Error](err); ok && refusal.Target == "" {
		told := *refusal
		told.Target = path
		return nil, &told
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// keyOf returns the key at the end of an address, absolute or relative, with the key as a
// segment or in parentheses: .../roleGroups/staff, roleGroups('staff'). "" is none.
func keyOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	rest, last := "", path
	if at := strings.LastIndexByte(path, '/'); at >= 0 {
		rest, last = path[:at], path[at+1:]
	}
	last, err = url.PathUnescape(last)
	if err != nil {
		return ""
	}
	if at := strings.IndexByte(last, '('); at > 0 && strings.HasSuffix(last, ")") {
		key := last[at+1 : len(last)-1]
		if len(key) >= 2 && key[0] == '\'' && key[len(key)-1] == '\'' {
			key = strings.ReplaceAll(key[1:len(key)-1], "''", "'")
		}
		return key
	}
	if strings.Trim(rest, "/") == "" {
		return "" // a collection, or nothing
	}
	return last
}
