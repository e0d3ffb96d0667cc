package odata

import (
	"strconv"
	"strings"
	"time"
)

// The types of operands that are not those of properties.
const (
	nullType    = "null"
	stringType  = "Edm.String"
	booleanType = "Edm.Boolean"
	integerType = "Edm.Int32"
	instantType = "Edm.DateTimeOffset"
	dateType    = "Edm.Date"
)

// operand is a part of a filter with the type of its value.
type operand struct {
	Expression
	kind       string // nullType, or as in Property
	collection bool
}

// literal reads a token as a literal. It returns false for what is none.
func (p *parser) literal(t token) (operand, bool, *Error) {
	switch t.kind {
	case quotedToken:
		return operand{Literal{t.text}, stringType, false}, true, nil
	case memberToken:
		x, err := p.memberLiteral(t.text)
		return x, true, err
	case numberToken:
		x, err := p.numberLiteral(t.text)
		return x, true, err
	case nameToken:
		switch strings.ToLower(t.text) {
		case "null":
			return operand{Literal{nil}, nullType, false}, true, nil
		case "true", "false":
			return operand{Literal{strings.EqualFold(t.text, "true")}, booleanType, false}, true, nil
		}
	}
	return operand{}, false, nil
}

// memberLiteral reads type'member'.
func (p *parser) memberLiteral(text string) (operand, *Error) {
	kind, value, _ := strings.Cut(text, "'")
	for _, e := range p.model.Enums {
		if strings.EqualFold(e.Name, p.model.short(kind)) && strings.Contains(kind, ".") {
			found, err := p.member(e, value)
			return operand{Literal{found}, e.Name, false}, err
		}
	}
	return operand{}, p.bad("there is no enumeration %.60q.", kind)
}

// member returns the canonical spelling of a member.
func (p *parser) member(e *Enum, text string) (string, *Error) {
	for _, m := range e.Members {
		if strings.EqualFold(m, text) {
			return m, nil
		}
	}
	return "", p.bad("%.60q is no %s; it is one of %s.", text, e.Name, strings.Join(e.Members, ", "))
}

// numberLiteral reads a guid, which is a text here, a date, a time or an integer.
func (p *parser) numberLiteral(text string) (operand, *Error) {
	if guidSize(text) == len(text) {
		return operand{Literal{strings.ToLower(text)}, stringType, false}, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return operand{Literal{n}, integerType, false}, nil
	}
	if isDate(text) {
		return operand{Literal{text}, dateType, false}, nil
	}
	if at, ok := instant(text); ok {
		return operand{Literal{at}, instantType, false}, nil
	}
	return operand{}, p.bad("%.60q is no integer, date, or time; a time is written as 2006-01-02T15:04:05Z, with %%2B for the plus of an offset.", text)
}

// fit makes two operands of a comparison ones of the same type: texts that are compared
// with an enum become members, and days that are compared with times become midnights.
func (p *parser) fit(left, right operand) (operand, operand, *Error) {
	if left.collection || right.collection {
		return left, right, p.bad("a collection is not compared itself: use any or all, as in %s.", anyExample)
	}
	if left.kind == nullType || right.kind == nullType {
		return left, right, nil
	}
	left, err := p.convert(left, right.kind)
	if err != nil {
		return left, right, err
	}
	if right, err = p.convert(right, left.kind); err != nil {
		return left, right, err
	}
	switch {
	case left.kind != right.kind:
		return left, right, p.bad("%s cannot be compared with %s.", left.kind, right.kind)
	case p.model.Type(left.kind) != nil:
		return left, right, p.bad("a %s can be compared with null only; compare its properties.", left.kind)
	}
	return left, right, nil
}

const anyExample = "licenseSkus/any(s:s eq 'a')"

// convert makes a literal one of another type where that is meant.
func (p *parser) convert(x operand, kind string) (operand, *Error) {
	literal, ok := x.Expression.(Literal)
	text, isText := literal.Value.(string)
	switch {
	case !ok || !isText || x.kind == kind:
		return x, nil
	case x.kind == stringType && p.model.Enum(kind) != nil:
		found, err := p.member(p.model.Enum(kind), text)
		return operand{Literal{found}, kind, false}, err
	case x.kind == stringType && (kind == instantType || kind == dateType):
		return x, p.bad("write the time or date %.60q without quotes.", text)
	case x.kind == dateType && kind == instantType:
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			return x, p.bad("%.60q is no date.", text)
		}
		return operand{Literal{at}, kind, false}, nil
	}
	return x, nil
}
