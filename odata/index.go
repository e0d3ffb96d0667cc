package odata

import (
	"strings"
	"sync"
)

// index is what a model's tables say, ready to be looked up. It is made at the first use;
// from then on a model does not change.
type index struct {
	once   sync.Once
	types  map[string]*Type // by name, as it is written and in lower case
	enums  map[string]*Enum
	fields map[*Type][]field
}

// field is a property as bodies have it, with what the name of its type stands for.
type field struct {
	Property
	key    string // its name as JSON, with the colon
	values *Type  // of structured values; nil for others
	enum   *Enum  // of members; nil for others
}

func (m *Model) lookup() *index {
	m.index.once.Do(func() {
		x := &m.index
		x.types, x.enums, x.fields = map[string]*Type{}, map[string]*Enum{}, map[*Type][]field{}
		for _, t := range m.Types {
			x.types[t.Name], x.types[strings.ToLower(t.Name)] = t, t
		}
		for _, e := range m.Enums {
			x.enums[e.Name] = e
		}
		for _, t := range m.Types {
			x.fields[t] = x.all(t)
		}
	})
	return &m.index
}

// all returns the fields of a type, inherited ones first.
func (x *index) all(t *Type) []field {
	var list []field
	if base := x.types[t.Base]; base != nil {
		list = x.all(base)
	}
	for _, p := range t.Properties {
		list = append(list, field{
			Property: p, key: string(AppendString(nil, p.Name)) + ":",
			values: x.types[p.Type], enum: x.enums[p.Type],
		})
	}
	return list
}

// field returns the property of a type with a name in any case, or nil.
func (m *Model) field(t *Type, name string) *field {
	list := m.lookup().fields[t]
	for i := range list {
		if strings.EqualFold(list[i].Name, name) {
			return &list[i]
		}
	}
	return nil
}
