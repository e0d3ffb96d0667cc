package odata

import (
	"cmp"
	"slices"
	"strings"
)

// parseOrder reads $orderby.
func (m *Model) parseOrder(t *Type, text string) ([]Order, *Error) {
	p, err := m.parser(t, "$orderby", text)
	if err != nil {
		return nil, err
	}
	var by []Order
	for {
		order, err := p.order()
		if err != nil {
			return nil, err
		}
		by = append(by, order)
		switch {
		case len(by) > maxKeys:
			return nil, p.bad("there are more than %d keys.", maxKeys)
		case p.accept(","):
		case p.peek().kind == endToken:
			return by, nil
		default:
			return nil, p.unexpected("a comma, asc or desc")
		}
	}
}

// order reads a key.
func (p *parser) order() (Order, *Error) {
	if p.peek().kind != nameToken {
		return Order{}, p.unexpected("the name of a property")
	}
	x, err := p.path()
	if err != nil {
		return Order{}, err
	}
	path, ok := x.Expression.(Path)
	if !ok {
		return Order{}, p.bad("the order goes by properties alone, not by what is found out about them.")
	}
	if x.collection || p.model.Type(x.kind) != nil {
		return Order{}, p.bad("the order goes by texts, numbers, dates and times, not by a %s.", x.kind)
	}
	order := Order{Path: path}
	if t := p.peek(); t.kind == nameToken {
		order.Descending = strings.EqualFold(t.text, "desc")
		if order.Descending || strings.EqualFold(t.text, "asc") {
			p.next()
		}
	}
	return order, nil
}

// Sort sorts entities. Texts and members of enums go by their bytes, ties by id.
func (m *Model) Sort(list []*Entity, by []Order) {
	slices.SortStableFunc(list, func(a, b *Entity) int {
		for _, key := range by {
			if c := compareNullable(m.follow(key.Path, a), m.follow(key.Path, b)); c != 0 && key.Descending {
				return -c
			} else if c != 0 {
				return c
			}
		}
		return compareNullable(a.Values["id"], b.Values["id"])
	})
}

// compareNullable compares values of one type; null is less than all.
func compareNullable(a, b any) int {
	if a == nil || b == nil {
		return cmp.Compare(rank(a), rank(b))
	}
	return compare(a, b)
}

func rank(v any) int {
	if v == nil {
		return 0
	}
	return 1
}
