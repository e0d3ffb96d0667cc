package odata

import (
	"slices"
	"strings"
)

// The limits of a filter. Both bound what a database is asked to look at, and how deep.
const (
	filterDepth     = 32  // of parentheses, not, functions and lambdas
	filterOperators = 200 // of two operands
)

// parser reads a filter, or another option that names paths.
type parser struct {
	model     *Model
	root      *Type
	option    string // for errors: $filter, $orderby
	tokens    []token
	at        int
	depth     int
	operators int
	variables []variable // of the lambdas around
}

// variable is the variable of a lambda.
type variable struct {
	name string
	kind string // of an item, as in Property
}

// parseFilter reads a filter of entities of a type.
func (m *Model) parseFilter(t *Type, text string) (Expression, *Error) {
	p, err := m.parser(t, "$filter", text)
	if err != nil {
		return nil, err
	}
	x, err := p.condition()
	if err != nil {
		return nil, err
	}
	if p.peek().kind != endToken {
		return nil, p.unexpected("an operator such as eq or and")
	}
	return x, nil
}

// parser returns a parser of the text of an option.
func (m *Model) parser(t *Type, option, text string) (*parser, *Error) {
	p := &parser{model: m, root: t, option: option}
	var err *Error
	p.tokens, err = p.lex(text)
	return p, err
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != endToken {
		p.at++
	}
	return t
}

// accept takes a sign if it is the next token.
func (p *parser) accept(text string) bool {
	if t := p.peek(); t.kind != signToken || t.text != text {
		return false
	}
	p.at++
	return true
}

func (p *parser) expect(text string) *Error {
	if p.accept(text) {
		return nil
	}
	return p.unexpected("'" + text + "'")
}

// isCall reports whether a parenthesis follows the next token.
func (p *parser) isCall() bool {
	return p.at+1 < len(p.tokens) && p.tokens[p.at+1] == token{signToken, "("}
}

// bad is a fault of the filter.
func (p *parser) bad(format string, args ...any) *Error {
	return BadRequest(p.option, p.option+": "+format, args...)
}

func (p *parser) unexpected(wanted string) *Error {
	if t := p.peek(); t.kind != endToken {
		return p.bad("%s was expected, not %.60q.", wanted, t.text)
	}
	return p.bad("%s was expected where it ends.", wanted)
}

// condition reads an expression that is true, false or null.
func (p *parser) condition() (Expression, *Error) {
	x, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	return p.boolean(x)
}

func (p *parser) boolean(x operand) (Expression, *Error) {
	if x.collection || x.kind != booleanType && x.kind != nullType {
		return nil, p.bad("a condition is true or false, such as displayName eq 'a'; this is a %s.", x.kind)
	}
	return x.Expression, nil
}

// level returns the operators that bind as strong as each other; the weakest are 0.
func level(n int) []string {
	return [][]string{{"or"}, {"and"}, {"eq", "ne"}, {"gt", "ge", "lt", "le"}}[n]
}

const levels = 4

// binary reads operators of two operands, from a level upwards.
func (p *parser) binary(n int) (operand, *Error) {
	if n == levels {
		return p.unary()
	}
	left, err := p.binary(n + 1)
	for err == nil {
		operator := strings.ToLower(p.peek().text)
		if p.peek().kind != nameToken || !slices.Contains(level(n), operator) {
			break
		}
		p.next()
		if p.operators++; p.operators > filterOperators {
			return left, p.bad("there are more than %d operators.", filterOperators)
		}
		var right operand
		if right, err = p.binary(n + 1); err == nil {
			left, err = p.combine(operator, left, right)
		}
	}
	return left, err
}

func (p *parser) combine(operator string, left, right operand) (operand, *Error) {
	if operator == "and" || operator == "or" {
		l, err := p.boolean(left)
		if err != nil {
			return left, err
		}
		r, err := p.boolean(right)
		return operand{Logic{operator == "or", l, r}, booleanType, false}, err
	}
	return p.compare(Operator(operator), left, right)
}

func (p *parser) compare(operator Operator, left, right operand) (operand, *Error) {
	left, right, err := p.fit(left, right)
	if err != nil {
		return left, err
	}
	switch operator {
	case Greater, GreaterOrEqual, Less, LessOrEqual:
		for _, kind := range []string{left.kind, right.kind} {
			if kind == booleanType || p.model.Enum(kind) != nil || p.model.Type(kind) != nil {
				return left, p.bad("%s goes with texts, numbers, dates and times, not with %s.", operator, kind)
			}
		}
	}
	return operand{Compare{operator, left.Expression, right.Expression}, booleanType, false}, nil
}

// unary reads not, or an operand with its in or has.
func (p *parser) unary() (operand, *Error) {
	if t := p.peek(); t.kind != nameToken || !strings.EqualFold(t.text, "not") {
		return p.membership()
	}
	p.next()
	if err := p.enter(); err != nil {
		return operand{}, err
	}
	defer p.leave()
	of, err := p.unary()
	if err != nil {
		return of, err
	}
	if of.kind != booleanType && of.kind != nullType {
		return of, p.bad("what not turns around stands in parentheses: not (displayName eq 'a').")
	}
	x, err := p.boolean(of)
	return operand{Not{x}, booleanType, false}, err
}

// enter goes one deeper.
func (p *parser) enter() *Error {
	if p.depth++; p.depth > filterDepth {
		return p.bad("it is nested deeper than %d.", filterDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// primary reads a parenthesis, a literal, a function or a path.
func (p *parser) primary() (operand, *Error) {
	if p.accept("(") {
		if err := p.enter(); err != nil {
			return operand{}, err
		}
		defer p.leave()
		x, err := p.binary(0)
		if err != nil {
			return x, err
		}
		return x, p.expect(")")
	}
	if x, ok, err := p.literal(p.peek()); ok {
		p.next()
		return x, err
	}
	if p.peek().kind != nameToken {
		return operand{}, p.unexpected("a property, a value or a function")
	}
	if p.isCall() {
		return p.call()
	}
	return p.path()
}
