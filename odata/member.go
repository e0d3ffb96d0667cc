package odata

import (
	"slices"
	"strings"
)

// path reads a path from the entity or a variable, and an any, all or $count at its end.
func (p *parser) path() (operand, *Error) {
	here, err := p.start()
	for err == nil && p.accept("/") {
		t := p.peek()
		if t.kind != nameToken {
			return here, p.unexpected("the name of a property")
		}
		if p.isCall() {
			return p.lambda(here)
		}
		p.next()
		if t.text == countSegment {
			return p.count(here)
		}
		here, err = p.step(here, t)
	}
	return here, err
}

// start reads the first name of a path.
func (p *parser) start() (operand, *Error) {
	t := p.next()
	if t.text == "$it" {
		return operand{Path{Type: p.root.Name}, p.root.Name, false}, nil
	}
	for _, v := range p.variables {
		if v.name == t.text {
			return operand{Path{Variable: v.name, Type: v.kind}, v.kind, false}, nil
		}
	}
	return p.step(operand{Path{Type: p.root.Name}, p.root.Name, false}, t)
}

// step goes on from a value to one of its properties, or casts it.
func (p *parser) step(from operand, t token) (operand, *Error) {
	path := from.Expression.(Path)
	typ := p.model.Type(from.kind)
	switch {
	case t.kind != nameToken:
		return from, p.bad("the name of a property was expected, not %.60q.", t.text)
	case from.collection:
		return from, p.bad("%.60q: the items of a collection are looked at with any or all, as in %s.", t.text, anyExample)
	case typ == nil:
		return from, p.bad("%.60q: a %s has no properties.", t.text, from.kind)
	case strings.Contains(t.text, "."):
		to, err := p.castType(typ, t)
		if err != nil || p.model.Is(typ, to) {
			return from, err
		}
		path.Steps = append(slices.Clone(path.Steps), Step{Types: p.model.Passing(to)})
		path.Type = to.Name
		return operand{path, to.Name, false}, nil
	}
	property, err := p.property(typ, t.text)
	if err != nil {
		return from, err
	}
	if typ.Entity && property.Name != "id" && !p.isRoot(path) {
		return from, p.bad("of the %s only the id can be used, not %s.", typ.Name, property.Name)
	}
	path.Steps = append(slices.Clone(path.Steps), Step{Property: property.Name})
	path.Type, path.Collection = property.Type, property.Collection
	return operand{path, property.Type, property.Collection}, nil
}

// isRoot reports whether a path leads to the entity itself.
func (p *parser) isRoot(path Path) bool {
	return path.Variable == "" && !slices.ContainsFunc(path.Steps, func(s Step) bool { return s.Property != "" })
}

// property returns a property that filters and orders may look at: what is kept with the
// entity and is no secret.
func (p *parser) property(t *Type, text string) (*field, *Error) {
	property := p.model.field(t, text)
	switch {
	case property == nil:
		return nil, p.unknown(t, text)
	case property.Access == Secret:
		return property, p.bad("%s is secret: nothing can be found by it.", property.Name)
	case property.Navigation && !property.Inline && !(property.Counted && p.isCounted()):
		return property, p.bad("nothing can be found by %s, which leads to other entities.", property.Name)
	}
	return property, nil
}

// unknown says which property may be meant by a name that is none.
func (p *parser) unknown(t *Type, text string) *Error {
	for _, derived := range p.model.Types {
		if property := p.model.field(derived, text); property != nil && derived != t && p.model.Is(derived, t) {
			return p.bad("%s is a property of %s: write %s/%s.", property.Name, derived.Name, p.model.fullName(derived), property.Name)
		}
	}
	var names []string
	for _, property := range p.model.All(t) {
		names = append(names, property.Name)
	}
	advice := "It has none."
	if near := Nearest(clip(text), names); near != "" {
		advice = "Write '" + near + "'."
	} else if len(names) > 0 {
		advice = "Write " + either(names) + "."
	}
	return p.bad("The property '%.60s' does not exist on type '%s'. %s", text, p.model.fullName(t), advice)
}

// countSegment stands behind a collection for how many items it has.
const countSegment = "$count"

// isCounted reports whether the segment for the number of items follows.
func (p *parser) isCounted() bool {
	rest := p.tokens[p.at:]
	return len(rest) > 1 && rest[0] == token{signToken, "/"} && rest[1] == token{nameToken, countSegment}
}

// count returns the number of items of a collection, whose segment was read.
func (p *parser) count(of operand) (operand, *Error) {
	path, isPath := of.Expression.(Path)
	if !isPath || !of.collection {
		return of, p.bad("%s goes with collections, and %s is none.", countSegment, of.kind)
	}
	return operand{Count{path}, integerType, false}, p.inReach(path)
}

// inReach refuses a collection that would be gone through again for each item of another
// one: the work would grow as a power of the items.
func (p *parser) inReach(path Path) *Error {
	if len(p.variables) > 0 && path.Variable != p.variables[len(p.variables)-1].name {
		return p.bad("inside of an any or all, only collections of its variable can be looked at.")
	}
	return nil
}

// lambda reads any or all of a collection.
func (p *parser) lambda(of operand) (operand, *Error) {
	t := p.next()
	all := strings.EqualFold(t.text, "all")
	path, isPath := of.Expression.(Path)
	switch {
	case !all && !strings.EqualFold(t.text, "any"):
		return of, p.bad("there is no function %.60q of a path; there are any and all.", t.text)
	case !isPath || !of.collection:
		return of, p.bad("%s goes with collections, and %s is none.", t.text, of.kind)
	}
	if err := p.inReach(path); err != nil {
		return of, err
	}
	if err := p.enter(); err != nil {
		return of, err
	}
	defer p.leave()
	lambda := Lambda{All: all, Of: path}
	if err := p.expect("("); err != nil {
		return of, err
	}
	if !all && p.accept(")") {
		return operand{lambda, booleanType, false}, nil
	}
	v := variable{p.next().text, of.kind}
	if err := p.declare(v); err != nil {
		return of, err
	}
	p.variables = append(p.variables, v)
	where, err := p.condition()
	p.variables = p.variables[:len(p.variables)-1]
	if err != nil {
		return of, err
	}
	lambda.Variable, lambda.Where = v.name, where
	return operand{lambda, booleanType, false}, p.expect(")")
}

// declare checks a variable and the colon after it.
func (p *parser) declare(v variable) *Error {
	if !isIdentifier(v.name) {
		return p.bad("any and all begin with a variable and a colon, as in %s.", anyExample)
	}
	if slices.ContainsFunc(p.variables, func(outer variable) bool { return outer.name == v.name }) {
		return p.bad("the variable %.60s is taken already.", v.name)
	}
	return p.expect(":")
}
