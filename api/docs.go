package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// markdown returns docs/api.md: the tables of routes and of types for people, of both parts
// of the API. A test writes it, and fails when it is stale.
func markdown(graph, own *service) string {
	m, table := graph.model, graph.routes
	var b strings.Builder
	b.WriteString(`# The API

This page is made from the tables of routes and types in package api; ` + "`go test ./api -run TestDocs -update`" + ` writes it.
All paths are below ` + "`/beta`" + `. Names of segments may be written in any case, keys as a segment or as ` + "`('key')`" + `,
operations with the namespace ` + "`" + m.Namespace + "`" + ` or without it, functions with or without ` + "`()`" + `.
A cast, such as ` + "`/provisioningFlows/" + m.Namespace + ".userProvisioningFlow`" + `, narrows a collection.

Collections take ` + "`$select $expand $filter $orderby $top $skip $count $skiptoken`" + `, counts ` + "`$filter`" + `,
a single object ` + "`$select $expand`" + `; the ` + "`$`" + ` may be left out.

A filter compares with ` + "`eq ne gt ge lt le in has`" + `, joins with ` + "`and or not`" + `, goes through collections with
` + "`any`" + ` and ` + "`all`" + ` and counts them with ` + "`/$count`" + `, as in ` + "`provisioningFlows/$count lt 4`" + `. Its functions are
` + "`contains startswith endswith indexof length concat tolower toupper trim`" + ` of texts,
` + "`date year month day hour minute second`" + ` of times in UTC, ` + "`now()`" + ` and ` + "`isof`" + `.

No token is needed for ` + "`/beta/`" + ` (the service document), ` + "`/beta/$metadata`" + ` (CSDL) and ` + "`/openapi.json`" + `.
` + "`POST /beta/$batch`" + ` takes up to ` + fmt.Sprint(maxItems) + ` requests.

`)
	writeRoutes(&b, table)
	writePermissions(&b, table)
	writeTypes(&b, m)
	writeEnums(&b, m)
	writeOwn(&b, own)
	return b.String()
}

// writeOwn writes what Homeroom adds.
func writeOwn(b *strings.Builder, own *service) {
	b.WriteString(`
# What Homeroom adds

All paths are below ` + "`/homeroom/v1`" + `, with the same tokens, request ids, limits and errors. Answers are plain JSON;
collections are ` + "`{\"value\":[…],\"@odata.nextLink\":\"…\"}`" + `, the link absent on the last page. Ids of runs are those of
` + "`/beta/external/industryData/runs`" + `.

` + "`Homeroom.Approve`" + ` counts as a delegated permission alone, unless the server was started with ` + "`--apps-may-approve`" + `.
With ` + "`--four-eyes`" + ` nobody decides about a run that they started.

`)
	writeRoutes(b, own.routes)
	writeOptions(b, own.routes)
	writePermissions(b, own.routes)
	writeTypes(b, own.model)
}

// writeOptions writes the options of queries.
func writeOptions(b *strings.Builder, table []route) {
	b.WriteString("## Options\n\n| path | option | values | |\n|---|---|---|---|\n")
	for _, r := range table {
		for _, o := range r.options {
			values := o.kind
			if o.values != nil {
				values = code(o.values)
			}
			fmt.Fprintf(b, "| `/%s` | `%s` | %s | %s |\n", r.pattern, o.name, values, o.doc)
		}
	}
	b.WriteString("\n")
}

func writeRoutes(b *strings.Builder, table []route) {
	b.WriteString("## Routes\n\n| method | path | | status | takes | answers |\n|---|---|---|---|---|---|\n")
	for i := range table {
		r := &table[i]
		answers := link(r.result)
		switch {
		case r.counts():
			answers = "a number, text/plain"
		case r.list:
			answers = "collection of " + answers
		case r.status == 204 && r.body != "" && !r.own:
			answers = "nothing, or " + answers + " with `Prefer: return=representation`"
		case r.status == 204:
			answers = "nothing"
		}
		if r.offers != nil {
			answers += ", as " + code(r.offers)
		}
		fmt.Fprintf(b, "| %s | `/%s` | %s | %d | %s | %s |\n", r.method, r.pattern, r.doc, r.status, link(r.body), answers)
	}
	b.WriteString("\n")
}

// writePermissions writes the matrix: what a caller with a permission may do.
func writePermissions(b *strings.Builder, table []route) {
	var names []string
	for _, r := range table {
		names = append(names, r.permissions...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	b.WriteString("## Permissions\n\nOne of the marked permissions is needed, delegated (`scp`) or application (`roles`). Where none is marked, any token will do.\n\n| |")
	for i := range names {
		fmt.Fprintf(b, " %d |", i+1)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(names)) + "\n")
	for _, r := range table {
		fmt.Fprintf(b, "| %s `/%s` |", r.method, r.pattern)
		for _, name := range names {
			mark := " "
			if slices.Contains(r.permissions, name) {
				mark = " ✓ "
			}
			b.WriteString(mark + "|")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	for i, name := range names {
		fmt.Fprintf(b, "%d. `%s`\n", i+1, name)
	}
	b.WriteString("\n")
}

func writeTypes(b *strings.Builder, m *odata.Model) {
	b.WriteString("## Types\n\n")
	for _, t := range m.Types {
		fmt.Fprintf(b, "### %s\n\n%s\n", t.Name, t.Doc)
		if t.Base != "" {
			fmt.Fprintf(b, "Derives from %s.\n", link(t.Base))
		}
		if t.Abstract {
			b.WriteString("Abstract: a body names one of the types that derive from it in `@odata.type`.\n")
		}
		b.WriteString("\n")
		if len(t.Properties) == 0 {
			continue
		}
		b.WriteString("| property | type | | |\n|---|---|---|---|\n")
		for _, p := range t.Properties {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", p.Name, typeName(p), facets(p), p.Doc)
		}
		b.WriteString("\n")
	}
}

func writeEnums(b *strings.Builder, m *odata.Model) {
	b.WriteString("## Enumerations\n\n| enumeration | members | |\n|---|---|---|\n")
	for _, e := range m.Enums {
		fmt.Fprintf(b, "| <a id=\"%s\"></a>%s | %s | %s |\n", strings.ToLower(e.Name), e.Name, code(e.Members), e.Doc)
	}
}

func typeName(p odata.Property) string {
	name := strings.TrimPrefix(p.Type, "Edm.")
	if name == p.Type {
		name = link(name)
	}
	if p.Collection {
		name = "collection of " + name
	}
	return name
}

// facets says how a property is used.
func facets(p odata.Property) string {
	var words []string
	for _, facet := range []struct {
		is   bool
		word string
	}{
		{p.Required, "required"},
		{p.Access == odata.ReadOnly, "read-only"},
		{p.Access == odata.Secret, "shown as a mask"},
		{p.Nullable, "nullable"},
		{p.Navigation && p.Inline, "navigation, always written"},
		{p.Navigation && !p.Inline, "navigation, written by $expand"},
	} {
		if facet.is {
			words = append(words, facet.word)
		}
	}
	return strings.Join(words, ", ")
}

func link(name string) string {
	if name == "" {
		return ""
	}
	return "[" + name + "](#" + strings.ToLower(name) + ")"
}

func code(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "` `") + "`"
}
