package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// csdl returns the document of $metadata: the table of types, with what the table of
// routes adds: where they hang, and the operations that are bound to them.
func csdl(m *odata.Model, table []route) ([]byte, error) {
	var b bytes.Buffer
	err := m.WriteCSDL(&b, roots(table), operations(table))
	return b.Bytes(), err
}

// roots returns where the service begins: the routes that are below no other.
func roots(table []route) []odata.Root {
	var found []odata.Root
	for _, r := range table {
		nested := strings.ContainsAny(r.pattern, "{$")
		for _, other := range found {
			nested = nested || strings.HasPrefix(r.pattern, other.Path+"/")
		}
		if !nested {
			found = append(found, odata.Root{Path: r.pattern, Type: r.result, Collection: r.list, Doc: r.doc})
		}
	}
	return found
}

// operations returns the bound actions and functions of the routes.
func operations(table []route) []odata.Operation {
	var found []odata.Operation
	for _, r := range table {
		if !r.operation {
			continue
		}
		at := strings.LastIndexByte(r.pattern, '/')
		bound := r.pattern[:at]
		found = append(found, odata.Operation{
			Name: r.pattern[at+1:], Type: typeAt(table, bound), OnCollection: !strings.HasSuffix(bound, "}"),
			Function: r.method == http.MethodGet, Returns: r.result, Doc: r.doc,
		})
	}
	return found
}

// typeAt returns the name of the type of what a pattern leads to.
func typeAt(table []route, pattern string) string {
	for _, r := range table {
		if r.pattern == pattern && r.method == http.MethodGet {
			return r.result
		}
	}
	return ""
}

// serviceDocument returns what GET /beta/ answers: where the service begins.
func (s *Server) serviceDocument(base string) ([]byte, error) {
	type entry struct {
		Name string `json:"name"`
		Kind string `json:"kind"`
		URL  string `json:"url"`
	}
	var entries []entry
	for _, root := range roots(s.graph.routes) {
		name, _, below := strings.Cut(root.Path, "/")
		kind := "EntitySet"
		if below || !root.Collection {
			kind = "Singleton"
		}
		entries = append(entries, entry{name, kind, name})
	}
	return json.Marshal(object{"@odata.context": base + "/$metadata", "value": entries})
}
