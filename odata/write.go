package odata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Mask is what clients see of a secret, however long it is (contract A.5).
const Mask = "***************"

// timeLayout writes times in UTC, to a tenth of a microsecond, without trailing zeros
// (contract A.5).
const timeLayout = "2006-01-02T15:04:05.9999999Z"

// Level says how much an answer tells of its own types: odata.metadata.
type Level int

// The levels.
const (
	Minimal Level = iota // the context, and types that derive from the declared ones
	None                 // neither context nor types
	Full                 // every type
)

// Form says how an entity is written.
type Form struct {
	Context string // @odata.context; "" for none
	Level   Level
	Select  []Selected // nil for all; the id is always written
	Expand  []Expanded
	// InlineContext gives the context of a navigation property that is written in place,
	// such as roleGroup@odata.context, by its path from the entity; nil for none. The path
	// goes right behind the entity's own and a slash:
	// microsoft.graph.industryData.userProvisioningFlow/creationOptions/configurations/roleGroup/$entity
	InlineContext func(path string) string
}

// Append writes an entity as JSON: annotations, then the properties in the order of the
// table. A value that is not in the entity is left out; nil is written as null. Secrets
// are masked. A navigation property is written when it is Inline or expanded, together
// with the annotations that stand beside it in the entity: provisioningFlows@odata.count,
// provisioningFlows@odata.nextLink.
func (m *Model) Append(dst []byte, e *Entity, declared *Type, f *Form) []byte {
	w := writer{model: m, level: f.Level, context: f.InlineContext}
	if f.Level == None {
		w.context = nil
	}
	dst = append(dst, '{')
	if f.Context != "" && f.Level != None {
		dst = AppendString(append(dst, `"@odata.context":`...), f.Context)
	}
	return append(w.members(dst, e, declared, f.Select, f.Expand, ""), '}')
}

// writer writes one entity and what is in it.
type writer struct {
	model   *Model
	level   Level
	context func(path string) string // of what is written in place; nil for none
	stored  bool                     // for the store: see Model.Stored
}

// members writes what stands between the braces of a structured value. path leads to it.
func (w *writer) members(dst []byte, e *Entity, declared *Type, choice []Selected, expand []Expanded, path string) []byte {
	if e.Type != declared && w.context != nil {
		path = w.join(path, w.model.Namespace+"."+e.Type.Name)
	}
	if w.level == Full || w.level == Minimal && e.Type != declared {
		dst = append(comma(dst), `"@odata.type":"#`...)
		dst = append(append(append(append(dst, w.model.Namespace...), '.'), e.Type.Name...), '"')
	}
	fields := w.model.lookup().fields[e.Type]
	for i := range fields {
		f := &fields[i]
		v, said := e.Values[f.Name]
		switch {
		case !said:
		case w.stored:
			dst = w.kept(dst, f, v)
		case f.Navigation:
			x := expanded(expand, f.Name)
			if x == nil && f.Inline && w.chosen(f, e, choice) {
				x = &Query{}
			}
			if x != nil {
				dst = w.linked(dst, f, e, x, w.join(path, f.Name))
			}
		case w.chosen(f, e, choice):
			dst = w.annotated(dst, f, v)
			dst = w.value(append(comma(dst), f.key...), f, v, nil, w.join(path, f.Name))
		}
	}
	return dst
}

// chosen reports whether $select asks for a property; the id of an entity always is.
func (w *writer) chosen(f *field, e *Entity, choice []Selected) bool {
	if choice == nil || f.Name == "id" && e.Type.Entity {
		return true
	}
	return slices.ContainsFunc(choice, func(s Selected) bool {
		return (s.Name == "*" || s.Name == f.Name) && (s.Cast == "" || w.model.Is(e.Type, w.model.Type(s.Cast)))
	})
}

// expanded returns what is asked of a navigation property, or nil when it is not.
func expanded(expand []Expanded, name string) *Query {
	for _, x := range expand {
		if x.Name == name {
			return x.Query
		}
	}
	return nil
}

// kept writes a property for the store.
func (w *writer) kept(dst []byte, f *field, v any) []byte {
	if f.Access == ReadOnly || f.Contained {
		return dst
	}
	return w.value(append(comma(dst), f.key...), f, v, nil, "")
}

// linked writes a navigation property with what stands beside it.
func (w *writer) linked(dst []byte, f *field, e *Entity, x *Query, path string) []byte {
	v := e.Values[f.Name]
	if w.context != nil && v != nil {
		at := path
		if !f.Collection {
			at += "/$entity"
		}
		dst = AppendString(append(beside(dst, f, "@odata.context"), ':'), w.context(at))
	}
	for _, annotation := range []string{"@odata.count", "@odata.nextLink"} {
		if told, ok := e.Values[f.Name+annotation]; ok {
			dst = w.value(append(beside(dst, f, annotation), ':'), f, told, x, path)
		}
	}
	return w.value(append(comma(dst), f.key...), f, v, x, path)
}

// annotated tells the type of a value that its JSON leaves open, where all types are asked
// for.
func (w *writer) annotated(dst []byte, f *field, v any) []byte {
	if w.level != Full || v == nil || f.values != nil {
		return dst
	}
	name, ours := strings.CutPrefix(f.Type, "Edm.")
	if !ours {
		name = w.model.Namespace + "." + f.Type
	}
	switch {
	case f.Collection:
		name = "Collection(" + name + ")"
	case name == "String" || name == "Boolean":
		return dst
	}
	return append(append(append(beside(dst, f, "@odata.type"), `:"#`...), name...), '"')
}

// value writes a value of a property. x says what is wanted of an entity; nil for all.
func (w *writer) value(dst []byte, f *field, v any, x *Query, path string) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		if f.Access == Secret && !w.stored {
			v = Mask
		}
		return AppendString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case time.Time:
		return v.UTC().AppendFormat(append(dst, '"'), timeLayout+`"`)
	case *Entity:
		return w.structured(dst, f, v, x, path)
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = w.value(dst, f, item, x, path)
		}
		return append(dst, ']')
	default:
		panic(fmt.Sprintf("odata: %s holds a %T", f.Name, v))
	}
}

func (w *writer) structured(dst []byte, f *field, e *Entity, x *Query, path string) []byte {
	dst = append(dst, '{')
	switch {
	case f.Navigation && w.stored:
		dst = w.value(append(dst, `"id":`...), f, e.Values["id"], nil, "")
	case x != nil:
		if id, ok := e.Values["id"].(string); ok && f.Collection {
			path += "('" + id + "')"
		}
		dst = w.members(dst, e, f.values, x.Select, x.Expand, path)
	default:
		dst = w.members(dst, e, f.values, nil, nil, path)
	}
	return append(dst, '}')
}

// comma goes between the members of an object.
func comma(dst []byte) []byte {
	if dst[len(dst)-1] == '{' {
		return dst
	}
	return append(dst, ',')
}

// beside begins an annotation of a property.
func beside(dst []byte, f *field, annotation string) []byte {
	return append(append(append(append(comma(dst), '"'), f.Name...), annotation...), '"')
}

// join adds a name to a path, when somebody asks for paths.
func (w *writer) join(path, name string) string {
	if w.context == nil || path == "" {
		return name
	}
	return path + "/" + name
}
