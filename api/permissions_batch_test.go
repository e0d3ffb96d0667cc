package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
)

// TestBatchPermissions puts every method into a batch of somebody who may do nothing, with
// the token of somebody who may do all as a header of the item: it does not count.
func TestBatchPermissions(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	w.runs.list = oneRun()
	premises := newPremises(w, admin)
	everything := w.everything(admin)
	nobody := w.caller(access.Delegated, "")
	for _, m := range methods() {
		if strings.HasPrefix(m.path, "~") {
			continue // a batch is about what is below /beta
		}
		url, body := m.about(w, premises)
		item := map[string]any{
			"id": "1", "method": m.method, "url": strings.TrimPrefix(url, base),
			"headers": map[string]string{"Authorization": "Bearer " + admin, "Content-Type": "application/json"},
		}
		if body != "" {
			item["body"] = json.RawMessage(body)
		}
		batch, err := json.Marshal(map[string]any{"requests": []any{item}})
		if err != nil {
			t.Fatal(err)
		}
		got := w.send(nobody, "POST", base+"/$batch", jsonHeader(), batch)
		var answers struct {
			Responses []struct {
				Status int
				Body   struct{ Error struct{ Code string } }
			}
		}
		if err := json.Unmarshal(got.body, &answers); err != nil || len(answers.Responses) != 1 {
			t.Fatalf("%s: %v in %s", m.name(), err, got.body)
		}
		if r := answers.Responses[0]; r.Status != http.StatusForbidden || r.Body.Error.Code != "Forbidden" {
			t.Errorf("%s: %s", m.name(), got.body)
		}
	}
	if diff := cmp.Diff(everything, w.everything(admin)); diff != "" {
		t.Errorf("something changed:\n%s", diff)
	}
}
