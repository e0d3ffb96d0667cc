package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// node is a place in the tree of the routes' patterns: a literal segment, or a key.
type node struct {
	name      string // as it is written in answers; of a key, its name in the pattern
	literals  []*node
	key       *node
	alternate *alternate
	routes    []*route
	allow     string // of all methods, for the header
}

// alternate is another key than id: (appId='...').
type alternate struct {
	name string
	at   *node
}

// grow makes the tree of a table.
func grow(table []route) *node {
	root := &node{}
	for i := range table {
		at := root
		for name := range strings.SplitSeq(table[i].pattern, "/") {
			at = at.child(name)
		}
		at.routes = append(at.routes, &table[i])
		at.allow = allow(at.routes)
	}
	return root
}

// child returns the node for a segment of a pattern, and makes it when it is new.
func (n *node) child(segment string) *node {
	if name, ok := strings.CutPrefix(segment, "{"); ok {
		if n.key == nil {
			n.key = &node{name: strings.TrimSuffix(name, "}")}
		}
		return n.key
	}
	name, argument, keyed := strings.Cut(segment, "(")
	at := slices.IndexFunc(n.literals, func(l *node) bool { return l.name == name })
	if at < 0 {
		n.literals = append(n.literals, &node{name: name})
		at = len(n.literals) - 1
	}
	if !keyed {
		return n.literals[at]
	}
	literal := n.literals[at]
	if literal.alternate == nil {
		argument, _, _ = strings.Cut(argument, "=")
		literal.alternate = &alternate{name: argument, at: &node{name: argument}}
	}
	return literal.alternate.at
}

// allow returns the methods of routes, as the header Allow names them.
func allow(routes []*route) string {
	var methods []string
	for _, r := range routes {
		methods = append(methods, r.method)
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	return strings.Join(append(methods, http.MethodOptions), ", ")
}

// route returns the route of a method, or nil. HEAD is GET without the body.
func (n *node) route(method string) *route {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, r := range n.routes {
		if r.method == method {
			return r
		}
	}
	return nil
}

// of returns the type of what stands at a node; nil where that has no type.
func (n *node) of() *odata.Type {
	if r := n.route(http.MethodGet); r != nil {
		return r.declared
	}
	return nil
}

// operation reports whether a node is a bound action or function: only these may be
// called with their namespace, and only functions with ().
func (n *node) operation() bool { return len(n.routes) > 0 && n.routes[0].operation }

func (n *node) function() bool { return n.operation() && n.routes[0].method == http.MethodGet }

// place is where a path leads.
type place struct {
	at    *node
	steps []step
	cast  *odata.Type // of the last segment that narrows; nil for none
}

// step is a segment of a path in its canonical spelling.
type step struct {
	name string // "" for a key as segment, which belongs to the step before
	key  string
	of   string // the key's name in the pattern
	cast bool   // the name is a type's
}

// find follows a path through the tree (contract E.5). The error names the segment that
// leads nowhere.
func (s *service) find(segments []odata.Segment) (place, error) {
	p := place{at: s.tree, steps: make([]step, 0, len(segments))}
	for i := range segments {
		if !s.enter(&p, &segments[i]) {
			return p, notFound(segments[i].Name)
		}
	}
	switch {
	case len(segments) == 0:
		return p, notFound("")
	case len(p.at.routes) == 0:
		return p, notFound(segments[len(segments)-1].Name)
	}
	return p, nil
}

func notFound(segment string) error {
	return odata.BadRequest("", "Resource not found for the segment '%s'.", segment)
}

// enter goes one segment on, if there is a way: a name, a cast, or a key as segment.
func (s *service) enter(p *place, segment *odata.Segment) bool {
	name, qualified := s.unqualified(segment.Name)
	for _, next := range p.at.literals {
		if strings.EqualFold(next.name, name) && (!qualified || next.operation()) {
			return p.name(next, segment)
		}
	}
	if qualified {
		return s.narrow(p, name) && (!segment.HasKey || p.take(segment.Key)) && !segment.Call
	}
	return !segment.HasKey && !segment.Call && p.take(segment.Name)
}

// unqualified cuts the namespace off a name.
func (s *service) unqualified(name string) (string, bool) {
	at := len(s.model.Namespace)
	if len(name) > at && name[at] == '.' && strings.EqualFold(name[:at], s.model.Namespace) {
		return name[at+1:], true
	}
	return name, false
}

// name goes to a literal segment, and on to the key that it has in parentheses.
func (p *place) name(next *node, segment *odata.Segment) bool {
	p.at = next
	p.steps = append(p.steps, step{name: next.name})
	switch {
	case segment.HasKey:
		return p.take(segment.Key)
	case len(segment.Args) > 0:
		return p.takeAlternate(segment.Args)
	case segment.Call:
		return next.function()
	}
	return true
}

// take goes to the key below a collection.
func (p *place) take(key string) bool {
	if p.at.key == nil {
		return false
	}
	p.at = p.at.key
	p.steps = append(p.steps, step{key: key, of: p.at.name})
	return true
}

func (p *place) takeAlternate(args map[string]string) bool {
	other := p.at.alternate
	if other == nil || len(args) != 1 {
		return false
	}
	for name, value := range args {
		if !strings.EqualFold(name, other.name) {
			return false
		}
		p.at = other.at
		p.steps = append(p.steps, step{key: value, of: other.name})
	}
	return true
}

// narrow notes a cast segment: a type that derives from the one that stands here.
func (s *service) narrow(p *place, name string) bool {
	t, of := s.model.Type(name), p.at.of()
	if t == nil || of == nil || p.at.operation() || !s.model.Is(t, of) {
		return false
	}
	if t != of { // else it narrows nothing
		p.cast = t
	}
	p.steps = append(p.steps, step{name: s.model.Namespace + "." + t.Name, cast: true})
	return true
}

// keys returns the keys of a path by their names in the pattern.
func (p *place) keys() map[string]string {
	keys := make(map[string]string, 2)
	for _, step := range p.steps {
		if step.of != "" {
			keys[step.of] = step.key
		}
	}
	return keys
}
