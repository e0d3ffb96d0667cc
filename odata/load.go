package odata

import "github.com/homeroomhq/homeroom/fault"

// Stored writes an entity for the store: canonical JSON of what clients write, with
// secrets as they are in the entity. Properties that are ReadOnly are left out, and so is
// what is contained; of another entity the id is kept alone.
func (m *Model) Stored(e *Entity) ([]byte, error) {
	w := writer{model: m, stored: true}
	return append(w.members([]byte{'{'}, e, nil, nil, nil, ""), '}'), nil
}

// Load reads what Stored wrote of an entity of a type. Of another entity it has the id alone.
func (m *Model) Load(t *Type, body []byte) (*Entity, error) {
	o, err := parseBody(body)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "The stored %s is damaged", t.Name)
	}
	d := reading{model: m, stored: true, bind: func(p *Property, id string) (*Entity, error) {
		return &Entity{Type: m.Type(p.Type), Values: map[string]any{"id": id}}, nil
	}}
	e, err := d.structured(t, o, nil)
	return e, fault.Wrap(d.told(err), fault.Internal, "The stored %s is damaged", t.Name)
}
