package odata

import "strings"

// membership reads an operand, and in or has after it.
func (p *parser) membership() (operand, *Error) {
	left, err := p.primary()
	if err != nil || p.peek().kind != nameToken {
		return left, err
	}
	switch strings.ToLower(p.peek().text) {
	case "in":
		p.next()
		return p.list(left)
	case "has":
		p.next()
		right, err := p.primary()
		if err != nil {
			return right, err
		}
		if right.kind == stringType && p.model.Enum(left.kind) == nil || left.kind == nullType {
			return right, p.bad("has goes with members of an enumeration.")
		}
		x, err := p.compare(Has, left, right)
		return x, err
	}
	return left, nil
}

// list reads the list of an in.
func (p *parser) list(of operand) (operand, *Error) {
	if !p.accept("(") {
		return of, p.bad("in is followed by a list in parentheses: displayName in ('a','b').")
	}
	in := In{Of: of.Expression}
	for {
		item, ok, err := p.literal(p.peek())
		if !ok {
			return of, p.unexpected("a value")
		}
		if err == nil {
			_, item, err = p.fit(of, item)
		}
		if err != nil {
			return of, err
		}
		p.next()
		in.List = append(in.List, item.Expression.(Literal))
		if !p.accept(",") {
			return operand{in, booleanType, false}, p.expect(")")
		}
	}
}
