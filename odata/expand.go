package odata

import (
	"slices"
	"strings"
)

// parseSelect reads $select. A star among the names stands for all.
func (m *Model) parseSelect(t *Type, text string) ([]Selected, *Error) {
	parts, err := splitList(text, ',')
	if err != nil {
		return nil, BadRequest("$select", "$select: %s", err.Message)
	}
	if slices.Contains(parts, "*") {
		return nil, nil
	}
	var selected []Selected
	for _, part := range parts {
		one, err := m.parseSelected(t, part)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(selected, one) {
			selected = append(selected, one)
		}
	}
	return selected, nil
}

func (m *Model) parseSelected(t *Type, text string) (Selected, *Error) {
	p := &parser{model: m, root: t, option: "$select"}
	var one Selected
	cast, text, ok := strings.Cut(text, "/")
	if !ok {
		cast, text = "", cast
	}
	if strings.Contains(cast, ".") {
		to, err := p.castType(t, token{nameToken, cast})
		if err != nil {
			return one, err
		}
		if to != t {
			one.Cast, t = to.Name, to
		}
	} else if ok {
		return one, p.bad("%.60s is selected whole: write %.60s.", cast, cast)
	}
	property := m.field(t, text)
	for _, derived := range m.Types {
		if property == nil && m.Is(derived, t) {
			property = m.field(derived, text)
		}
	}
	if property == nil {
		return one, p.unknown(t, text)
	}
	one.Name = property.Name
	return one, nil
}

// parseExpand reads $expand at a depth. A star stands for everything that can be expanded.
func (m *Model) parseExpand(t *Type, text string, depth int) ([]Expanded, *Error) {
	if depth > maxExpand {
		return nil, BadRequest("$expand", "$expand is nested deeper than %d.", maxExpand)
	}
	parts, err := splitList(text, ',')
	if err != nil {
		return nil, BadRequest("$expand", "$expand: %s", err.Message)
	}
	var expanded []Expanded
	for _, part := range parts {
		name, inner, hasOptions := strings.Cut(part, "(")
		if name = strings.TrimSpace(name); name == "*" && !hasOptions {
			expanded = append(expanded, m.expandAll(t)...)
			continue
		}
		property, err := m.expandable(t, name)
		if err != nil {
			return nil, err
		}
		q := &Query{}
		if hasOptions {
			if q, err = m.parseNested(m.Type(property.Type), name, inner, depth); err != nil {
				return nil, err
			}
		}
		expanded = append(expanded, Expanded{property.Name, q})
	}
	return expanded, twice(expanded)
}

// twice refuses a property that is expanded in two ways.
func twice(expanded []Expanded) *Error {
	for i, e := range expanded {
		if slices.ContainsFunc(expanded[:i], func(other Expanded) bool { return other.Name == e.Name }) {
			return BadRequest("$expand", "$expand names %s twice.", e.Name)
		}
	}
	return nil
}

// expandAll returns the navigation properties of a type that are not written anyway.
func (m *Model) expandAll(t *Type) []Expanded {
	var expanded []Expanded
	for _, property := range m.All(t) {
		if property.Navigation && !property.Inline {
			expanded = append(expanded, Expanded{property.Name, &Query{}})
		}
	}
	return expanded
}

func (m *Model) expandable(t *Type, name string) (*field, *Error) {
	if property := m.field(t, name); property != nil && property.Navigation {
		return property, nil
	}
	var known []string
	for _, e := range m.expandAll(t) {
		known = append(known, e.Name)
	}
	if len(known) == 0 {
		return nil, BadRequest("$expand", "$expand: %.60q cannot be expanded; nothing of a %s can.", name, t.Name)
	}
	return nil, BadRequest("$expand", "$expand: %.60q cannot be expanded; of a %s there can be %s.", name, t.Name, strings.Join(known, ", "))
}

// parseNested reads the options in the parentheses of an $expand; inner is what follows
// the opening one.
func (m *Model) parseNested(t *Type, name, inner string, depth int) (*Query, *Error) {
	inner, closed := strings.CutSuffix(inner, ")")
	if !closed {
		return nil, BadRequest("$expand", "$expand: what follows the parentheses of %s is not understood.", name)
	}
	parts, err := splitList(inner, ';')
	if err != nil {
		return nil, BadRequest("$expand", "$expand: %s", err.Message)
	}
	var options []option
	for _, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		if !ok && part == "" {
			continue
		}
		options = append(options, option{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return m.query(t, options, depth)
}
