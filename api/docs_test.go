package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/api.md anew from the tables")

// TestDocs fails when docs/api.md is not what the tables say. With -update it writes it.
func TestDocs(t *testing.T) {
	path := filepath.Join("..", "docs", "api.md")
	want := markdown(newService(types(), routes()), newService(ownTypes(), ownRoutes()))
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), want); diff != "" {
		t.Errorf("docs/api.md is stale: run go test ./api -run TestDocs -update (-is +should be):\n%s", diff)
	}
}

// TestTable checks what every row of the table of routes promises.
func TestTable(t *testing.T) {
	graph, own := types(), ownTypes()
	seen := make(map[string]bool)
	for _, r := range slices.Concat(routes(), ownRoutes()) {
		m := graph
		if r.own {
			m = own
		}
		name := r.method + " " + r.pattern
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		for _, kind := range []string{r.result, r.body} {
			if kind != "" && m.Type(kind) == nil {
				t.Errorf("%s: there is no type %s", name, kind)
			}
		}
		if r.handle == nil || r.doc == "" || !strings.HasSuffix(r.doc, ".") || strings.ContainsAny(r.doc, "\n|") {
			t.Errorf("%s: no handler, or no line that describes it", name)
		}
		if r.write == (r.method == "GET") {
			t.Errorf("%s: write is %t", name, r.write)
		}
		if slices.Contains(r.permissions, outboundRead) && r.write {
			t.Errorf("%s: a permission to read is enough", name)
		}
		if r.status/100 != 2 {
			t.Errorf("%s: status %d", name, r.status)
		}
	}
}

// TestOpenAPIRequires tells what a POST must have, and demands none of it from a PATCH,
// or from an answer to $select.
func TestOpenAPIRequires(t *testing.T) {
	m := types()
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	text, err := json.Marshal(describe(newService(m, routes()), newService(ownTypes(), ownRoutes())))
	if err == nil {
		err = json.Unmarshal(text, &document)
	}
	if err != nil {
		t.Fatal(err)
	}
	sets := "/external/industryData/outboundProvisioningFlowSets"
	for _, test := range []struct {
		path, method string
		want         int
	}{
		{sets, "post", 1},
		{sets + "/{set}", "patch", 0},
		{sets + "/{set}/provisioningFlows", "post", 0}, // of one of four types, which require what they need
		{sets + "/{set}/provisioningFlows/{flow}", "patch", 0},
	} {
		var operation struct {
			RequestBody struct {
				Content map[string]struct{ Schema json.RawMessage }
			}
		}
		if err := json.Unmarshal(document.Paths[test.path][test.method], &operation); err != nil {
			t.Fatal(err)
		}
		schema := operation.RequestBody.Content["application/json"].Schema
		if got := bytes.Count(schema, []byte(`"required"`)); got != test.want {
			t.Errorf("%s %s requires %d times: %s", test.method, test.path, got, schema)
		}
	}
	for _, entity := range m.Types {
		if schema := typeSchema(m, entity); entity.Entity && (schema["required"] != nil) != (entity.Base == flowType) {
			t.Errorf("%s requires %v", entity.Name, schema["required"])
		}
	}
}

// TestOpenAPI checks that the document hangs together: every reference leads somewhere,
// every key of a path is described, every operation has a name of its own.
func TestOpenAPI(t *testing.T) {
	e := newEcho(t)
	got := e.call("GET", "/openapi.json", "").is(200).says("Content-Type: application/json")
	var document map[string]any
	if err := json.Unmarshal([]byte(got.body), &document); err != nil {
		t.Fatal(err)
	}
	visit(document, func(at map[string]any) {
		name, ok := at["$ref"].(string)
		if !ok {
			return
		}
		var to any = document
		for part := range strings.SplitSeq(strings.TrimPrefix(name, "#/"), "/") {
			to = to.(map[string]any)[part]
			if to == nil {
				t.Errorf("%s leads nowhere", name)
				return
			}
		}
	})
	want := map[string]any{"name": "Apache License 2.0", "identifier": "Apache-2.0"}
	if diff := cmp.Diff(want, document["info"].(map[string]any)["license"]); diff != "" {
		t.Errorf("the licence (-want +got):\n%s", diff)
	}
	ids := make(map[string]bool)
	count := 0
	for path, item := range document["paths"].(map[string]any) {
		keys := 0
		for method, operation := range item.(map[string]any) {
			switch method {
			case "parameters":
				keys = len(operation.([]any))
				continue
			case "servers":
				continue
			}
			id, _ := operation.(map[string]any)["operationId"].(string)
			if ids[id] || id == "" {
				t.Errorf("%s %s: operationId %q stands twice, or is empty", method, path, id)
			}
			ids[id] = true
			count++
		}
		if keys != strings.Count(path, "{") {
			t.Errorf("%s: %d parameters", path, keys)
		}
	}
	if want := len(routes()) + len(ownRoutes()); count != want {
		t.Errorf("%d operations for %d routes", count, want)
	}
	for _, kind := range types().Types {
		schema := document["components"].(map[string]any)["schemas"].(map[string]any)["microsoft.graph.industryData."+kind.Name]
		if schema == nil || schema.(map[string]any)["description"] != kind.Doc {
			t.Errorf("%s: no schema, or another description", kind.Name)
		}
	}
}

// visit calls f with every object of a document.
func visit(value any, f func(map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		f(v)
		for _, member := range v {
			visit(member, f)
		}
	case []any:
		for _, item := range v {
			visit(item, f)
		}
	}
}

// TestMetadata checks what the tables of routes adds to $metadata.
func TestMetadata(t *testing.T) {
	e := newEcho(t)
	got := e.call("GET", "/beta/$metadata", "").is(200).says("Content-Type: application/xml")
	for _, want := range []string{
		`<EntityType Name="outboundProvisioningFlowSet"`, `Name="reset"`, `Name="start"`, `Name="getStatistics"`,
		`Name="servicePrincipals"`, `Name="external"`, `Core.Description`,
	} {
		if !strings.Contains(got.body, want) {
			t.Errorf("there is no %s", want)
		}
	}
	e.call("GET", "/beta/%24metadata", "", "Authorization:").is(200)
	e.call("GET", "/beta/", "").is(200).says("Content-Type: " + jsonType).has(
		`{"@odata.context":"http://graph.example/beta/$metadata","value":[{"name":"external","kind":"Singleton","url":"external"},{"name":"servicePrincipals","kind":"EntitySet","url":"servicePrincipals"}]}`)
}

// TestOperationsOfModel binds operations to what they are called on.
func TestOperationsOfModel(t *testing.T) {
	var got []string
	for _, o := range operations(routes()) {
		kind, on := "action", o.Type
		if o.Function {
			kind = "function"
		}
		if o.OnCollection {
			on = "Collection(" + on + ")"
		}
		got = append(got, kind+" "+o.Name+" on "+on+" returns "+o.Returns)
	}
	want := []string{
		"action reset on provisioningFlow returns ",
		"action start on Collection(industryDataRun) returns ",
		"function getStatistics on Collection(industryDataRun) returns industryDataRunStatistics",
		"function getStatistics on industryDataRun returns industryDataRunStatistics",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
