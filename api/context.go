package api

import (
	"net/url"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// context returns the @odata.context of an answer (contract A.5): the canonical path
// with its keys in parentheses, what was selected, and /$entity for one.
func (s *Server) context(c *call, r *request, where *place, one bool) string {
	var b strings.Builder
	b.Grow(256) // for most of them
	b.WriteString(c.base)
	b.WriteString("/$metadata#")
	if c.route.operation {
		b.WriteString(s.model.Namespace + "." + c.route.declared.Name)
		return b.String()
	}
	where.collection(&b, true)
	if r.query.Select != nil || len(r.query.Expand) > 0 {
		s.project(&b, r.query)
	}
	if one {
		b.WriteString("/$entity")
	}
	return b.String()
}

// project writes what $select and $expand name: (id,displayName,provisioningFlows()).
func (s *Server) project(b *strings.Builder, q *odata.Query) {
	separator := "("
	for _, selected := range q.Select {
		b.WriteString(separator)
		if selected.Cast != "" {
			b.WriteString(s.model.Namespace + "." + selected.Cast + "/")
		}
		b.WriteString(selected.Name)
		separator = ","
	}
	for _, expanded := range q.Expand {
		b.WriteString(separator + expanded.Name)
		if inner := expanded.Query; inner.Select != nil || len(inner.Expand) > 0 {
			s.project(b, inner)
		} else {
			b.WriteString("()")
		}
		separator = ","
	}
	if separator == "," {
		b.WriteString(")")
	}
}

// collection writes a path as contexts name it, without the key at its end. What is cast
// says so where casts is set.
func (p *place) collection(b *strings.Builder, casts bool) {
	end := len(p.steps) // of what is written in any case
	for end > 0 && (p.steps[end-1].cast || p.steps[end-1].of != "") {
		end--
	}
	for i, step := range p.steps {
		switch {
		case step.of != "" && i < end:
			b.WriteString("('" + url.PathEscape(strings.ReplaceAll(step.key, "'", "''")) + "')")
		case step.of != "", step.cast && i >= end && !casts:
		case i > 0:
			b.WriteString("/" + step.name)
		default:
			b.WriteString(step.name)
		}
	}
}

// object returns an entity's own path as contexts name it. A type that the answer takes
// for granted, since the path was cast to it, stands after the key.
func (p *place) object(m *odata.Model, e *odata.Entity) string {
	var b strings.Builder
	p.collection(&b, false)
	if e.Type.Name == rootType {
		return b.String() // there is one, without a key
	}
	b.WriteString("('" + url.PathEscape(strings.ReplaceAll(id(e), "'", "''")) + "')")
	if p.cast == e.Type {
		b.WriteString("/" + m.Namespace + "." + e.Type.Name)
	}
	return b.String()
}

// path returns a path as links name it, with keys as segments.
func (p *place) path() string {
	var b strings.Builder
	for i, step := range p.steps {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(step.name)
		b.WriteString(url.PathEscape(step.key))
	}
	return b.String()
}

// id returns the key of an entity.
func id(e *odata.Entity) string {
	text, _ := e.Values["id"].(string)
	return text
}
