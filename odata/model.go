// Package odata is the part of OData 4.01 that Microsoft Graph's clients use, over
// tables of types. It knows HTTP's words and nothing of schools or of storage.
//
//   - model: the types, as a table.
//   - entity: a value of a structured type, by canonical names.
//   - reader, form: how a body becomes an entity, and an entity an answer.
//   - path, query: what a URL asks for.
//   - expression: a $filter as a tree.
package odata

import (
	"strings"
	"time"
)

// Model is the types of a service. It does not change after its first use.
type Model struct {
	Namespace string // microsoft.graph.industryData
	Types     []*Type
	Enums     []*Enum
	Now       func() time.Time // what now() in a $filter stands for; nil for the clock

	index index // of the above
}

// Type is an entity type or a complex type.
type Type struct {
	Name       string // without the namespace
	Base       string // name of the type that it derives from; "" for none
	Abstract   bool
	Entity     bool // has a key, the property id
	Doc        string
	Properties []Property // its own, in the order in which they are written
}

// Property is a property of a type.
type Property struct {
	Name       string
	Type       string // Edm.String, Edm.Boolean, Edm.Int32, Edm.DateTimeOffset, Edm.Date, or a type or an enum of the model
	Collection bool
	Nullable   bool
	Access     Access
	Required   bool // in a body that creates
	Navigation bool // leads to an entity: written by $expand alone, unless Inline
	Contained  bool // what it leads to lives in this entity
	Inline     bool // written without $expand
	Counted    bool // $filter may count the entities that it leads to, and the store does it
	Doc        string
}

// Access says who writes a property.
type Access int

// The values of Access.
const (
	ReadWrite Access = iota
	ReadOnly         // ignored in bodies
	Secret           // written by clients, and shown as a mask
)

// Enum is an enumeration. Its members are those that may be read; the service never
// takes the last one, unknownFutureValue, from anybody.
type Enum struct {
	Name    string
	Members []string
	Doc     string
}

// Type returns the type with a name, with or without "#" and namespace, in any case; nil
// when there is none.
func (m *Model) Type(name string) *Type {
	types, short := m.lookup().types, m.short(name)
	if t := types[short]; t != nil {
		return t
	}
	return types[strings.ToLower(short)]
}

// Enum returns the enumeration with a name, or nil.
func (m *Model) Enum(name string) *Enum {
	return m.lookup().enums[name]
}

func (m *Model) short(name string) string {
	name = strings.TrimPrefix(name, "#")
	if at := len(m.Namespace) + 1; len(name) > at && strings.EqualFold(name[:at], m.Namespace+".") {
		return name[at:]
	}
	return name
}

// All returns the properties of a type, inherited ones first.
func (m *Model) All(t *Type) []Property {
	var list []Property
	for _, f := range m.lookup().fields[t] {
		list = append(list, f.Property)
	}
	return list
}

// Is reports whether a type is another one or derives from it.
func (m *Model) Is(t, other *Type) bool {
	for t != nil && t != other {
		if t.Base == "" {
			return false
		}
		t = m.Type(t.Base)
	}
	return t != nil
}

// Entity is a value of a structured type: an entity or a complex value.
//
// Values are held under the canonical names of properties. A value is nil, a string
// (Edm.String, Edm.Date, members of enums in canonical spelling), a bool, an int64
// (Edm.Int32), a time.Time in UTC (Edm.DateTimeOffset), an *Entity, or a []any of these.
// A property that has no value stands for "not said".
type Entity struct {
	Type   *Type
	Values map[string]any
}

// Error is an answer of 400 and above, in the shape of contract E.1.
type Error struct {
	Status  int // of HTTP
	Code    string
	Message string
	Target  string // the path of the property, such as creationOptions/configurations/0/roleGroup; may be ""
	Details []Detail
}

// Detail is one of several things that are wrong.
type Detail struct{ Code, Message, Target string }

func (e *Error) Error() string { return e.Message }
