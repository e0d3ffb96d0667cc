package odata

import (
	"maps"
	"strconv"
	"strings"
)

// Reader reads the bodies of requests that create (POST) or change (PATCH) an entity.
type Reader struct {
	Model *Model
	// Bind finds the entity that a navigation property is bound to, by its id: by
	// name@odata.bind, or by an entity inline. nil refuses both. An *Error without a target
	// gets the property's path.
	Bind func(p *Property, id string) (*Entity, error)
}

// Create reads a body that creates an entity of a type, or of one that derives from it
// (contract A.3, A.5, B). A value that is not said is not in the entity: defaults, and
// rules beyond the table of types, are the caller's. The error is an *Error of status
// 400, or what Bind returned.
func (r *Reader) Create(declared *Type, body []byte) (*Entity, error) {
	o, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	d := reading{model: r.Model, bind: r.Bind}
	return d.structured(declared, o, nil, "")
}

// reading is one pass over a body.
type reading struct {
	model  *Model
	bind   func(p *Property, id string) (*Entity, error)
	change bool // an entity that is there already: a PATCH
	stored bool // the body is our own: nothing is required of it
}

// structured reads an entity or a complex value. With before it is merged into that,
// member by member (contract E.4, A.6 1), unless it says that it is of another type.
func (d *reading) structured(declared *Type, o *object, before *Entity, path string) (*Entity, error) {
	t, err := d.typeOf(declared, o, before, path)
	if err != nil {
		return nil, err
	}
	e := &Entity{Type: t, Values: map[string]any{}}
	if before != nil && before.Type == t {
		maps.Copy(e.Values, before.Values)
	} else {
		before = nil
	}
	for i := range o.entries {
		if err := d.member(e, o, &o.entries[i], before, path); err != nil {
			return nil, err
		}
	}
	if before == nil && !d.stored {
		return e, d.required(e, o, path)
	}
	return e, nil
}

// typeOf returns the type of a value: what @odata.type says, else that of the value
// before, else the declared one.
func (d *reading) typeOf(declared *Type, o *object, before *Entity, path string) (*Type, error) {
	path = join(path, "@odata.type")
	said := o.get("@odata.type")
	if said == nil {
		said = o.get("@type") // OData 4.01
	}
	switch {
	case said != nil:
		name, ok := said.value.(string)
		t := d.model.Type(name)
		if !ok || t == nil || t.Abstract || !d.model.Is(t, declared) {
			return nil, BadRequest(path, "The @odata.type is not one that can stand here. Write %s.", d.choice(declared))
		}
		return t, nil
	case before != nil:
		return before.Type, nil
	case declared.Abstract:
		return nil, BadRequest(path, "The @odata.type is missing. Write %s.", d.choice(declared))
	default:
		return declared, nil
	}
}

// choice lists the types that can stand where one is declared, as they are written.
func (d *reading) choice(declared *Type) string {
	var names []string
	for _, t := range d.model.Types {
		if !t.Abstract && d.model.Is(t, declared) {
			names = append(names, "#"+d.model.Namespace+"."+t.Name)
		}
	}
	return either(names)
}

// member reads one member into an entity. Annotations are passed over, but for the type,
// which has been read, and for what a navigation property is bound to (contract A.6 3).
func (d *reading) member(e *Entity, o *object, m *entry, before *Entity, path string) error {
	name, annotation, annotated := strings.Cut(m.key, "@")
	binds := annotation == "odata.bind" || annotation == "bind"
	if annotated && !binds {
		return nil
	}
	f := d.model.field(e.Type, name)
	if f == nil {
		return d.unknown(e.Type, m, path)
	}
	path = join(path, f.Name)
	var one func(v any, path string) (any, error)
	switch {
	case f.Access == ReadOnly:
		return d.readOnly(f, m, before, path)
	case binds && (!f.Navigation || f.Contained):
		return BadRequest(path, "The property '%s' cannot be bound. Write its value as \"%s\".", f.Name, f.Name)
	case binds:
		one = func(v any, path string) (any, error) { return d.address(f, v, path) }
	case f.Navigation && !f.Contained:
		if o.get(f.lower+"@odata.bind") != nil || o.get(f.lower+"@bind") != nil {
			return nil // an SDK sends what it fetched beside what it binds (A.6 6)
		}
		one = func(v any, path string) (any, error) { return d.inline(f, v, path) }
	case f.Contained && d.change:
		return BadRequest(path, "The property '%s' cannot be changed here. Change its items at their own addresses.", f.Name)
	default:
		var old any
		if before != nil {
			old = before.Values[f.Name]
		}
		one = func(v any, path string) (any, error) { return d.single(f, v, old, path) }
	}
	v, err := value(f, m.value, path, one)
	if err == nil {
		e.Values[f.Name] = v
	}
	return err
}

// readOnly passes over a property that clients do not write. SDKs send it back with what
// they fetched; but the id of another entity is a mistake (contract A.3).
func (d *reading) readOnly(f *field, m *entry, before *Entity, path string) error {
	if f.lower != "id" || before == nil || !before.Type.Entity {
		return nil
	}
	is, known := before.Values[f.Name].(string)
	if said, _ := m.value.(string); known && !strings.EqualFold(is, said) {
		return BadRequest(path, "The id of an entity does not change. Leave 'id' out, or write '%s'.", is)
	}
	return nil
}

// value reads the value of a property, each of its items by the function one.
func value(f *field, v any, path string, one func(v any, path string) (any, error)) (any, error) {
	if v == nil {
		if !f.Nullable {
			return nil, BadRequest(path, "The property '%s' cannot be null. Write %s.", f.Name, wanted(f))
		}
		return nil, nil
	}
	if !f.Collection {
		return one(v, path)
	}
	list, ok := v.([]any)
	if !ok {
		return nil, BadRequest(path, "The property '%s' is %s. Write %s.", f.Name, describe(v), wanted(f))
	}
	items := make([]any, len(list))
	for i, v := range list {
		var err error
		if items[i], err = one(v, join(path, strconv.Itoa(i))); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// single reads what is not a link: a value, or an item of a collection.
func (d *reading) single(f *field, v any, before any, path string) (any, error) {
	if f.values == nil {
		return primitive(f, v, path)
	}
	o, ok := v.(*object)
	if !ok {
		return nil, mistyped(f, v, path)
	}
	old, _ := before.(*Entity)
	return d.structured(f.values, o, old, path)
}
