package odata

import (
	"errors"
	"maps"
	"slices"
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
	e, err := d.structured(declared, o, nil)
	return e, d.told(err)
}

// reading is one pass over a body.
type reading struct {
	model  *Model
	bind   func(p *Property, id string) (*Entity, error)
	change bool     // an entity that is there already: a PATCH
	stored bool     // the body is our own: nothing is required of it
	path   []string // to the value that is being read; after an error, to what is wrong
}

// told gives an error that has no target the path to where reading stopped.
func (d *reading) told(err error) error {
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.Target != "" {
		return err
	}
	placed := *refusal // which may be the caller's
	placed.Target = strings.Join(d.path, "/")
	return &placed
}

// target is the path to something in the value that is being read.
func (d *reading) target(name string) string {
	return strings.Join(append(slices.Clip(d.path), name), "/")
}

// structured reads an entity or a complex value. With before it is merged into that,
// member by member (contract E.4, A.6 1), unless it says that it is of another type.
func (d *reading) structured(declared *Type, o *object, before *Entity) (*Entity, error) {
	t, err := d.typeOf(declared, o, before)
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
		if err := d.member(e, o, &o.entries[i], before); err != nil {
			return nil, err
		}
	}
	if before == nil && !d.stored {
		if err := d.required(e, o); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// typeOf returns the type of a value: what @odata.type says, else that of the value
// before, else the declared one.
func (d *reading) typeOf(declared *Type, o *object, before *Entity) (*Type, error) {
	const annotation = "@odata.type"
	said := o.get(annotation)
	if said == nil {
		said = o.get("@type") // OData 4.01
	}
	switch {
	case said != nil:
		name, ok := said.value.(string)
		t := d.model.Type(name)
		if !ok || t == nil || t.Abstract || !d.model.Is(t, declared) {
			return nil, BadRequest(d.target(annotation), "The @odata.type is not one that can stand here. Write %s.", d.choice(declared))
		}
		return t, nil
	case before != nil:
		return before.Type, nil
	case declared.Abstract:
		return nil, BadRequest(d.target(annotation), "The @odata.type is missing. Write %s.", d.choice(declared))
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
func (d *reading) member(e *Entity, o *object, m *entry, before *Entity) error {
	name, annotation, annotated := strings.Cut(m.name, "@")
	binds := strings.EqualFold(annotation, "odata.bind") || strings.EqualFold(annotation, "bind")
	if annotated && !binds {
		return nil
	}
	f := d.model.field(e.Type, name)
	if f == nil {
		return d.unknown(e.Type, m)
	}
	d.path = append(d.path, f.Name)
	var err error
	switch {
	case f.Access == ReadOnly:
		err = d.readOnly(f, m, before)
	case binds:
		err = d.bound(e, f, m)
	case f.Navigation && !f.Contained:
		err = d.fetched(e, f, m, o)
	default:
		err = d.changed(e, f, m, before)
	}
	if err == nil {
		d.path = d.path[:len(d.path)-1]
	}
	return err
}

// changed reads the value of a property that is not a link. before is what its entity is
// merged into, or nil.
func (d *reading) changed(e *Entity, f *field, m *entry, before *Entity) error {
	if f.Contained && d.change {
		return BadRequest("", "The property '%s' cannot be changed here. Change its items at their own addresses.", f.Name)
	}
	var old *Entity
	if before != nil {
		old, _ = before.Values[f.Name].(*Entity)
	}
	return d.set(e, f, m.value, func(v any) (any, error) { return d.single(f, v, old) })
}

// readOnly passes over a property that clients do not write. SDKs send it back with what
// they fetched; but the id of another entity is a mistake (contract A.3).
func (d *reading) readOnly(f *field, m *entry, before *Entity) error {
	if f.Name != "id" || before == nil {
		return nil
	}
	is, known := before.Values[f.Name].(string)
	if said, _ := m.value.(string); known && !strings.EqualFold(is, said) {
		return BadRequest("", "The id of an entity does not change. Leave 'id' out, or write '%s'.", is)
	}
	return nil
}

// set reads the value of a property into an entity, each of its items by the function one.
func (d *reading) set(e *Entity, f *field, v any, one func(v any) (any, error)) (err error) {
	if v == nil {
		if !f.Nullable {
			return BadRequest("", "The property '%s' cannot be null. Write %s.", f.Name, wanted(f))
		}
		e.Values[f.Name] = nil
		return nil
	}
	if !f.Collection {
		e.Values[f.Name], err = one(v)
		return err
	}
	list, ok := v.([]any)
	if !ok {
		return BadRequest("", "The property '%s' is %s. Write %s.", f.Name, describe(v), wanted(f))
	}
	items := make([]any, len(list))
	for i, v := range list {
		d.path = append(d.path, strconv.Itoa(i))
		if items[i], err = one(v); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	e.Values[f.Name] = items
	return nil
}

// single reads what is not a link: a value, or an item of a collection.
func (d *reading) single(f *field, v any, before *Entity) (any, error) {
	if f.values == nil {
		return primitive(f, v)
	}
	o, ok := v.(*object)
	if !ok {
		return nil, mistyped(f, v)
	}
	return d.structured(f.values, o, before)
}
