package odata

import (
	"encoding/xml"
	"io"
	"strings"
)

// Root is where a service begins: a singleton or an entity set.
type Root struct {
	Path       string // external/industryData: the last name leads to the type
	Type       string
	Collection bool // an entity set
	Doc        string
}

// Operation is an action or a function that is bound to a type.
type Operation struct {
	Name         string // reset
	Type         string // that it is bound to
	OnCollection bool   // bound to the collection
	Function     bool   // a GET without effects, and not an action
	Returns      string // a type, or "" for none
	Doc          string
}

// WriteCSDL writes the model as CSDL 4.0 XML: what $metadata answers.
//
// A root with several names hangs below a singleton of the first name, as Graph's
// external/industryData does: for each name but the last there is an entity type
// without a key that leads on.
func (m *Model) WriteCSDL(w io.Writer, roots []Root, operations []Operation) error {
	schema := csdlSchema{Xmlns: "http://docs.oasis-open.org/odata/ns/edm", Namespace: m.Namespace}
	for _, e := range m.Enums {
		schema.Enums = append(schema.Enums, csdlEnumOf(e))
	}
	for _, t := range m.Types {
		if t.Entity {
			schema.Entities = append(schema.Entities, m.csdlType(t))
		} else {
			schema.Complex = append(schema.Complex, m.csdlType(t))
		}
	}
	for _, o := range operations {
		if o.Function {
			schema.Functions = append(schema.Functions, m.csdlOperation(o))
		} else {
			schema.Actions = append(schema.Actions, m.csdlOperation(o))
		}
	}
	m.addRoots(&schema, roots)
	document := csdlDocument{
		Xmlns: "http://docs.oasis-open.org/odata/ns/edmx", Version: "4.0",
		Reference: csdlReference{
			URI:     "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml",
			Include: csdlInclude{"Org.OData.Core.V1", "Core"},
		},
		Schema: schema,
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// addRoots makes the container, and the types that lead to roots below the first level.
func (m *Model) addRoots(schema *csdlSchema, roots []Root) {
	schema.Container.Name = "GraphService"
	for _, root := range roots {
		way, name := cutLast(root.Path)
		if way == "" {
			schema.Container.add(root.Collection, csdlSet{Name: name, Type: m.edm(root.Type, false), Doc: described(root.Doc)})
			continue
		}
		above := m.way(schema, way)
		above.Navigation = append(above.Navigation, csdlProperty{
			Name: name, Type: m.edm(root.Type, root.Collection), Contains: true, Notes: notes(root.Doc, ReadWrite),
		})
	}
}

// way returns the type that is found at a path and only leads on. It makes the type when
// it is not there yet.
func (m *Model) way(schema *csdlSchema, path string) *csdlType {
	before, name := cutLast(path)
	for i := range schema.Entities {
		if schema.Entities[i].Name == name {
			return &schema.Entities[i]
		}
	}
	if before == "" {
		schema.Container.add(false, csdlSet{Name: name, Type: m.edm(name, false)})
	} else {
		above := m.way(schema, before)
		above.Navigation = append(above.Navigation, csdlProperty{Name: name, Type: m.edm(name, false), Contains: true})
	}
	schema.Entities = append(schema.Entities, csdlType{Name: name})
	return &schema.Entities[len(schema.Entities)-1]
}

func cutLast(path string) (before, last string) {
	at := strings.LastIndexByte(path, '/')
	return path[:max(at, 0)], path[at+1:]
}

func csdlEnumOf(e *Enum) csdlEnum {
	enum := csdlEnum{Name: e.Name, Doc: described(e.Doc)}
	for i, member := range e.Members {
		enum.Members = append(enum.Members, csdlMember{member, i})
	}
	return enum
}

func (m *Model) csdlType(t *Type) csdlType {
	out := csdlType{Name: t.Name, Abstract: t.Abstract, Doc: described(t.Doc)}
	if t.Base != "" {
		out.Base = m.edm(t.Base, false)
	} else if t.Entity {
		out.Key = &csdlKey{Ref: csdlName{"id"}}
	}
	for _, p := range t.Properties {
		property := csdlProperty{Name: p.Name, Type: m.edm(p.Type, p.Collection), Contains: p.Contained, Notes: notes(p.Doc, p.Access)}
		if !p.Nullable && !(p.Navigation && p.Collection) {
			property.Nullable = "false"
		}
		if p.Navigation {
			out.Navigation = append(out.Navigation, property)
		} else {
			out.Properties = append(out.Properties, property)
		}
	}
	return out
}

func (m *Model) csdlOperation(o Operation) csdlOperation {
	out := csdlOperation{
		Name: o.Name, IsBound: true, Doc: described(o.Doc),
		Parameter: csdlProperty{Name: "bindingParameter", Type: m.edm(o.Type, o.OnCollection)},
	}
	if o.Returns != "" {
		out.Returns = &csdlReturn{m.edm(o.Returns, false)}
	}
	return out
}

// edm returns the name of a type with its namespace.
func (m *Model) edm(name string, collection bool) string {
	if !strings.Contains(name, ".") {
		name = m.Namespace + "." + name
	}
	if collection {
		return "Collection(" + name + ")"
	}
	return name
}
