package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestExamples sends every documented request, in a world in which there is what the
// example presupposes, and wants the documented answer. The table of deviations says
// where ours is another.
func TestExamples(t *testing.T) {
	examples := readExamples(t)
	documented := documentedEntities(t, examples)
	used := make(map[string]bool)
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			d := &documentation{world: newWorld(t), entities: documented}
			d.caller = d.admin()
			d.presuppose(e)
			got := d.send(d.caller, e.method, d.actual(e.url), e.header, e.body)
			d.compare(e, got, used)
		})
	}
	for _, deviation := range deviations() {
		if !used[deviation.example+" "+deviation.path] {
			t.Errorf("the deviation at %s of %s is none any more", deviation.path, deviation.example)
		}
	}
}

// example is a documented request and the documented answer.
type example struct {
	name   string
	method string
	url    string
	header http.Header
	body   []byte
	status int
	answer []byte // "" for none
}

func readExamples(t *testing.T) []example {
	t.Helper()
	paths, err := filepath.Glob("testdata/examples/*.request.http")
	if err != nil || len(paths) < 30 {
		t.Fatalf("%d examples, %v", len(paths), err)
	}
	examples := make([]example, len(paths))
	for i, path := range paths {
		e := &examples[i]
		e.name = strings.TrimSuffix(filepath.Base(path), ".request.http")
		line, header, body := readMessage(t, path)
		e.header, e.body = header, body
		e.method, e.url, _ = strings.Cut(line, " ")
		line, _, e.answer = readMessage(t, "testdata/examples/"+e.name+".response.http")
		if e.status, err = strconv.Atoi(strings.Fields(line)[1]); err != nil {
			t.Fatal(err)
		}
	}
	return examples
}

// readMessage reads a first line, headers and a body.
func readMessage(t *testing.T, path string) (line string, header http.Header, body []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := bytes.Cut(text, []byte("\n\n"))
	lines := strings.Split(strings.TrimSpace(string(head)), "\n")
	header = make(http.Header)
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ": ")
		header.Set(name, value)
	}
	header.Del("Authorization") // the documentation has no token
	return lines[0], header, body
}

// documentedEntities returns all entities of documented answers, by id.
func documentedEntities(t *testing.T, examples []example) map[string]map[string]any {
	t.Helper()
	entities := make(map[string]map[string]any)
	for _, e := range examples {
		if len(e.answer) == 0 {
			continue
		}
		for _, entity := range entitiesOf(t, e.answer) {
			if id, ok := entity["id"].(string); ok {
				entities[id] = entity
			}
		}
	}
	return entities
}

// entitiesOf returns the entities of an answer: one, or those of a collection.
func entitiesOf(t *testing.T, answer []byte) []map[string]any {
	t.Helper()
	var page struct{ Value []map[string]any }
	if err := json.Unmarshal(answer, &page); err != nil {
		t.Fatal(err)
	}
	if page.Value != nil {
		return page.Value
	}
	return []map[string]any{decoded(t, answer).(map[string]any)}
}

// compare wants an answer to be the documented one, and notes the deviations used.
func (d *documentation) compare(e example, got answer, used map[string]bool) {
	d.Helper()
	if got.status != e.status {
		d.Fatalf("%d, documented is %d: %s", got.status, e.status, got.body)
	}
	if len(e.answer) == 0 {
		if len(got.body) > 0 {
			d.Errorf("a body where none is documented: %s", got.body)
		}
		return
	}
	if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
		d.Errorf("Content-Type %q", kind)
	}
	if e.status == http.StatusCreated {
		created, _ := got.object()["id"].(string)
		documented, _ := decoded(d.T, e.answer).(map[string]any)["id"].(string)
		d.ids = append(d.ids, documented, created)
	}
	want := decoded(d.T, e.answer)
	for _, deviation := range deviations() {
		if deviation.example == e.name {
			used[e.name+" "+deviation.path] = true
			deviate(d.T, want, deviation)
		}
	}
	ours := decoded(d.T, []byte(d.documented(string(got.body))))
	if e.name == excerpt {
		ours = onlyDocumented(ours, want)
	}
	takeTimes(ours, want)
	if diff := cmp.Diff(want, ours); diff != "" {
		d.Errorf("documented (-), answered (+):\n%s", diff)
	}
}

// excerpt is an example that shows some of many.
const excerpt = "c03-referencedefinition-list"

// onlyDocumented leaves those entities of a collection that the documentation shows.
func onlyDocumented(ours, want any) any {
	shown := make(map[any]bool)
	for _, entity := range want.(map[string]any)["value"].([]any) {
		shown[entity.(map[string]any)["id"]] = true
	}
	page := ours.(map[string]any)
	var value []any
	for _, entity := range page["value"].([]any) {
		if shown[entity.(map[string]any)["id"]] {
			value = append(value, entity)
		}
	}
	page["value"] = value
	return page
}

// takeTimes gives what was made just now the documented times.
func takeTimes(ours, want any) {
	switch want := want.(type) {
	case []any:
		list, _ := ours.([]any)
		for i := range min(len(list), len(want)) {
			takeTimes(list[i], want[i])
		}
	case map[string]any:
		entity, _ := ours.(map[string]any)
		for name, value := range want {
			if strings.HasSuffix(name, "DateTime") && isFresh(entity[name]) {
				entity[name] = value
			} else {
				takeTimes(entity[name], value)
			}
		}
	}
}

// isFresh reports whether a value is a time as the API writes them, of this hour.
func isFresh(value any) bool {
	text, _ := value.(string)
	at, err := time.Parse("2006-01-02T15:04:05.9999999Z", text)
	return err == nil && time.Since(at) < time.Hour
}
