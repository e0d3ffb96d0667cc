package odata

import (
	"slices"
	"strings"
	"time"
)

// signature is how a function is called: all arguments are of one type.
type signature struct {
	function Function
	args     int
	of       string // the type of an argument
	kind     string // of the value
}

func signatures() []signature {
	return []signature{
		{Contains, 2, stringType, booleanType},
		{StartsWith, 2, stringType, booleanType},
		{EndsWith, 2, stringType, booleanType},
		{ToLower, 1, stringType, stringType},
		{ToUpper, 1, stringType, stringType},
		{Trim, 1, stringType, stringType},
		{Concat, 2, stringType, stringType},
		{Length, 1, stringType, integerType},
		{IndexOf, 2, stringType, integerType},
		{Date, 1, instantType, dateType},
		{Year, 1, dateType, integerType},
		{Month, 1, dateType, integerType},
		{Day, 1, dateType, integerType},
		{Hour, 1, instantType, integerType},
		{Minute, 1, instantType, integerType},
		{Second, 1, instantType, integerType},
	}
}

// call reads a function and its arguments.
func (p *parser) call() (operand, *Error) {
	called := p.next().text
	if err := p.enter(); err != nil {
		return operand{}, err
	}
	defer p.leave()
	switch strings.ToLower(called) {
	case "isof":
		return p.isOf()
	case "now":
		return p.now()
	}
	at := slices.IndexFunc(signatures(), func(s signature) bool { return strings.EqualFold(string(s.function), called) })
	if at < 0 {
		var known []string
		for _, s := range signatures() {
			known = append(known, string(s.function))
		}
		return operand{}, p.bad("there is no function %.60q; there are %s, now and isof.", called, strings.Join(known, ", "))
	}
	s := signatures()[at]
	args, err := p.arguments(s)
	return operand{Call{s.function, args}, s.kind, false}, err
}

func (p *parser) arguments(s signature) ([]Expression, *Error) {
	var args []Expression
	separator := "("
	for range s.args {
		if err := p.expect(separator); err != nil {
			return nil, err
		}
		x, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		if s.of == dateType && x.kind == instantType && !x.collection { // the year of a time is that of its day
			x = operand{Call{Date, []Expression{x.Expression}}, dateType, false}
		}
		if x.collection || x.kind != s.of && x.kind != nullType {
			return nil, p.bad("%s goes with %s, not with %s.", s.function, plural(s.of), x.kind)
		}
		args, separator = append(args, x.Expression), ","
	}
	return args, p.expect(")")
}

func plural(kind string) string {
	switch kind {
	case dateType:
		return "dates and times"
	case instantType:
		return "times"
	}
	return "texts"
}

// now reads now(), which is a time that the reader knows.
func (p *parser) now() (operand, *Error) {
	if err := p.expect("("); err != nil {
		return operand{}, err
	}
	now := time.Now
	if p.model.Now != nil {
		now = p.model.Now
	}
	return operand{Literal{now().UTC().Truncate(100 * time.Nanosecond)}, instantType, false}, p.expect(")")
}

// isOf reads the arguments of isof(type) and isof(path,type).
func (p *parser) isOf() (operand, *Error) {
	if err := p.expect("("); err != nil {
		return operand{}, err
	}
	of := operand{Path{Type: p.root.Name}, p.root.Name, false}
	if p.tokens[min(p.at+1, len(p.tokens)-1)] != (token{signToken, ")"}) {
		var err *Error
		if of, err = p.path(); err != nil {
			return of, err
		}
		if err := p.expect(","); err != nil {
			return of, err
		}
	}
	path, ok := of.Expression.(Path)
	from := p.model.Type(of.kind)
	if !ok || of.collection || from == nil {
		return of, p.bad("isof goes with the entity, or a property of a type that others derive from.")
	}
	to, err := p.castType(from, p.next())
	if err != nil {
		return of, err
	}
	var x Expression = IsOf{path, p.model.Passing(to)}
	if to == from { // which all values are that are there
		x = Compare{NotEqual, path, Literal{nil}}
	}
	return operand{x, booleanType, false}, p.expect(")")
}

// castType returns the type that a token names, which is another one or derives from it.
func (p *parser) castType(from *Type, t token) (*Type, *Error) {
	to := p.model.Type(t.text)
	if to == nil || t.kind != nameToken && t.kind != quotedToken {
		return nil, p.bad("there is no type %.60q; a type is written with its namespace, as in %s.%s.", t.text, p.model.Namespace, from.Name)
	}
	if !p.model.Is(to, from) {
		return nil, p.bad("%s does not derive from %s.", to.Name, from.Name)
	}
	return to, nil
}

// Passing returns the full names of a type and of those that derive from it.
func (m *Model) Passing(t *Type) []string {
	var names []string
	for _, other := range m.Types {
		if m.Is(other, t) {
			names = append(names, m.fullName(other))
		}
	}
	return names
}

func (m *Model) fullName(t *Type) string { return m.Namespace + "." + t.Name }
