package odata

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A skip token tells of the last entity of a page: the values that the order goes by,
// and the id, as literals: displayName-'School',id-'0f0e…'. Without $orderby it has
// the form that industry data is seen to use, id-'0f0e…' (contract E.3). What is
// inserted or deleted before that entity moves nothing.

// NextLink returns the URL of the page after the one that ends with an entity: the URL
// of this one without its options, and its options, with $skiptoken for $skip.
func (m *Model) NextLink(path string, q *Query, last *Entity) string {
	separator := "?"
	var link strings.Builder
	link.WriteString(path)
	write := func(name, value string) {
		link.WriteString(separator + escape(name) + "=" + escape(value))
		separator = "&"
	}
	for _, o := range q.options {
		if o.name != "$skip" && o.name != "$skiptoken" {
			write(o.name, o.value)
		}
	}
	write("$skiptoken", m.skipToken(q.OrderBy, last))
	return link.String()
}

// escape escapes a name or a value of a query. Dollars are left to be read.
func escape(text string) string {
	return strings.NewReplacer("+", "%20", "%24", "$").Replace(url.QueryEscape(text))
}

func (m *Model) skipToken(by []Order, last *Entity) string {
	var token strings.Builder
	for _, key := range by {
		token.WriteString(pathText(key.Path) + "-" + literalText(m.follow(key.Path, last)) + ",")
	}
	token.WriteString("id-" + literalText(last.Values["id"]))
	return token.String()
}

// pathText writes a path of an order, casts by their type's name.
func pathText(path Path) string {
	var names []string
	for _, step := range path.Steps {
		if step.Property == "" {
			names = append(names, step.Types[0])
			continue
		}
		names = append(names, step.Property)
	}
	return strings.Join(names, "/")
}

// literalText writes a value as a literal.
func literalText(value any) string {
	switch v := value.(type) {
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.9999999Z")
	}
	return "null"
}

// parseToken reads a skip token and returns what comes after its entity.
func (m *Model) parseToken(t *Type, by []Order, text string) (Expression, *Error) {
	parts, err := splitList(text, ',')
	keys := append(slices.Clone(by), Order{Path: Path{Steps: []Step{{Property: "id"}}, Type: stringType}})
	if err != nil || len(parts) != len(keys) {
		return nil, badToken()
	}
	values := make([]Literal, len(keys))
	for i, key := range keys {
		value, ok := strings.CutPrefix(parts[i], pathText(key.Path)+"-")
		if !ok {
			return nil, badToken()
		}
		if values[i], ok = m.parseValue(t, key.Path, value); !ok {
			return nil, badToken()
		}
	}
	if values[len(by)].Value == nil {
		return nil, badToken()
	}
	return after(keys, values), nil
}

func badToken() *Error {
	return BadRequest("$skiptoken", "$skiptoken is not one of this service for this $orderby: take it, with all that stands around it, from an @odata.nextLink.")
}

// parseValue reads one literal of the type of a path.
func (m *Model) parseValue(t *Type, path Path, text string) (Literal, bool) {
	p, err := m.parser(t, "$skiptoken", text)
	if err != nil || len(p.tokens) != 2 {
		return Literal{}, false
	}
	x, ok, err := p.literal(p.peek())
	if !ok || err != nil {
		return Literal{}, false
	}
	if path.Type == dateType && x.kind == stringType {
		return x.Expression.(Literal), true
	}
	_, x, err = p.fit(operand{path, path.Type, false}, x)
	if err != nil {
		return Literal{}, false
	}
	return x.Expression.(Literal), true
}

// after returns the condition that an entity comes after another one, whose values are
// given in the order of the keys: it is greater by the first key, or equal by that and
// greater by the second, and so on.
func after(keys []Order, values []Literal) Expression {
	var result Expression
	for i := len(keys) - 1; i >= 0; i-- {
		if same := (Compare{Equal, keys[i].Path, values[i]}); result != nil {
			result = Logic{false, same, result}
		}
		if beyond := beyond(keys[i], values[i]); beyond != nil && result != nil {
			result = Logic{true, beyond, result}
		} else if beyond != nil {
			result = beyond
		}
	}
	return result
}

// beyond returns the condition that a key comes after a value; nil when nothing does.
func beyond(key Order, value Literal) Expression {
	switch {
	case key.Descending && value.Value == nil:
		return nil // null is last
	case key.Descending:
		return Logic{true, Compare{Less, key.Path, value}, Compare{Equal, key.Path, Literal{nil}}}
	case value.Value == nil:
		return Compare{NotEqual, key.Path, value}
	}
	return Compare{Greater, key.Path, value}
}
