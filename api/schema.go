package api

import (
	"maps"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// full returns the name of a type with its namespace.
func full(m *odata.Model, name string) string { return m.Namespace + "." + name }

func ref(name string) object { return object{"$ref": "#/components/schemas/" + name} }

// schemas describes the types and enums, and the body of errors (contract E.1).
func schemas(m *odata.Model) object {
	all := object{"error": errorSchema()}
	for _, e := range m.Enums {
		all[full(m, e.Name)] = object{"type": "string", "enum": e.Members, "description": e.Doc}
	}
	for _, t := range m.Types {
		all[full(m, t.Name)] = typeSchema(m, t)
	}
	return all
}

// typeSchema describes a type: what it has itself, and its base by reference. Types that
// others derive from are told apart by @odata.type.
func typeSchema(m *odata.Model, t *odata.Type) object {
	properties, required := make(object), []string(nil)
	for i := range t.Properties {
		p := &t.Properties[i]
		properties[p.Name] = propertySchema(m, p)
		if p.Navigation && !p.Contained {
			properties[p.Name+"@odata.bind"] = object{"type": "string", "writeOnly": true, "description": "The URL of the " + p.Type + " to bind."}
		}
		if p.Required && (!t.Entity || t.Base != "") { // see creation
			required = append(required, p.Name)
		}
	}
	schema := object{"type": "object", "description": t.Doc, "properties": properties}
	if required != nil {
		schema["required"] = required
	}
	if t.Base != "" {
		schema["allOf"] = []object{ref(full(m, t.Base))}
	}
	mapping := make(object)
	for _, other := range m.Types {
		if other.Base == t.Name {
			mapping["#"+full(m, other.Name)] = "#/components/schemas/" + full(m, other.Name)
		}
	}
	if len(mapping) > 0 {
		properties["@odata.type"] = object{"type": "string"}
		schema["discriminator"] = object{"propertyName": "@odata.type", "mapping": mapping}
	}
	return schema
}

// creation describes the body of a POST. Only there a property of an entity must be given:
// a PATCH names what changes, and an answer to $select what was asked for.
func creation(m *odata.Model, name string) object {
	t := m.Type(name)
	if t.Abstract { // one of the types, which say themselves what they need
		var derived []object
		for _, other := range m.Types {
			if other.Base == name {
				derived = append(derived, ref(full(m, other.Name)))
			}
		}
		return object{"anyOf": derived, "discriminator": typeSchema(m, t)["discriminator"]}
	}
	var required []string
	for _, p := range m.All(t) {
		if p.Required {
			required = append(required, p.Name)
		}
	}
	return object{"allOf": []object{ref(full(m, name)), {"required": required}}}
}

func propertySchema(m *odata.Model, p *odata.Property) object {
	schema := valueSchema(m, p.Type)
	switch {
	case p.Collection:
		schema = object{"type": "array", "items": schema}
	case p.Nullable && schema["$ref"] != nil:
		schema = object{"anyOf": []object{schema, {"type": "null"}}}
	}
	if kind, ok := schema["type"].(string); ok && p.Nullable {
		schema["type"] = []string{kind, "null"}
	}
	schema["description"] = p.Doc
	switch p.Access {
	case odata.ReadOnly:
		schema["readOnly"] = true
	case odata.Secret:
		schema["format"] = "password"
	}
	return schema
}

// valueSchema describes a single value of a type.
func valueSchema(m *odata.Model, name string) object {
	primitive := map[string]object{
		"Edm.String":         {"type": "string"},
		"Edm.Boolean":        {"type": "boolean"},
		"Edm.Int32":          {"type": "integer", "format": "int32"},
		"Edm.Date":           {"type": "string", "format": "date"},
		"Edm.DateTimeOffset": {"type": "string", "format": "date-time"},
		untyped:              {}, // anything
	}
	if strings.HasPrefix(name, "Edm.") {
		return maps.Clone(primitive[name])
	}
	return ref(full(m, name))
}

func errorSchema() object {
	text := func(doc string) object { return object{"type": "string", "description": doc} }
	detail := object{
		"code":    text("What is wrong, for programs."),
		"message": text("What is wrong and what to do about it, for people."),
		"target":  text("The path of the property that it is about."),
	}
	whole := maps.Clone(detail)
	whole["details"] = object{"type": "array", "items": object{"type": "object", "required": []string{"code", "message"}, "properties": detail}}
	whole["innerError"] = object{"type": "object", "properties": object{
		"date": text("When, in UTC."), "request-id": text("The id of the request in the server's log."), "client-request-id": text("The client's own id of it."),
	}}
	return object{"type": "object", "required": []string{"error"}, "properties": object{
		"error": object{"type": "object", "required": []string{"code", "message", "innerError"}, "properties": whole},
	}}
}
