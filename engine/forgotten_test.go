package engine_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/engine"
	"github.com/homeroomhq/homeroom/flow"
)

// A person is taken out of frozen settings, and nothing that has the same id: an organization
// that was lost from a filter would have its people removed when the filter changes.
func TestForgetIn(t *testing.T) {
	frozen := flow.Settings{
		Sets:           []flow.Set{{ID: "77", Filter: &flow.Filter{In: []string{"77"}}}},
		FallbackOwners: map[string][]string{"77": {"77", "775"}},
		Exclude:        flow.Exclude{People: []string{"77", "775"}, Classes: []string{"77"}},
		Pins:           []flow.Pin{{Person: "77", Group: "Section_77"}, {Person: "775", Group: "Section_77"}},
	}
	text, err := json.Marshal(frozen)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := engine.ForgetIn(text, "1", "gone"); err != nil || string(same) != string(text) {
		t.Errorf("of somebody who is not named: %s, %v", same, err)
	}
	if none, err := engine.ForgetIn(nil, "77", "gone"); err != nil || none != nil {
		t.Errorf("of nothing: %s, %v", none, err)
	}
	left, err := engine.ForgetIn(text, "77", "gone")
	if err != nil {
		t.Fatal(err)
	}
	var got flow.Settings
	if err := json.Unmarshal(left, &got); err != nil {
		t.Fatal(err)
	}
	want := frozen
	want.FallbackOwners = map[string][]string{"77": {"gone", "775"}}
	want.Exclude.People = []string{"gone", "775"}
	want.Pins = []flow.Pin{{Person: "gone", Group: "Section_77"}, {Person: "775", Group: "Section_77"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}
