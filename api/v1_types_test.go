package api

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/plan"
)

// The types that are documented are those that are written: with the same members.
func TestOwnTypes(t *testing.T) {
	m := ownTypes()
	outcome := plan.Outcome{Status: plan.Done}
	step := plan.Shown(&plan.Step{Released: &plan.Released{}, Again: &plan.Again{}, State: "retired"}, &outcome)
	for name, value := range map[string]any{
		ownRunType: RunDetail{}, progressType: Progress{}, countsType: Counts{}, kindCountType: CountOfKind{}, stepType: step,
		heldType: heldByRule{}, heldStepType: heldStep{}, verdictType: verdict{}, decidedType: Decided{},
		failureType: Failure{Record: "x", Remedy: "x"},
	} {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]any
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for member := range members {
			got = append(got, member)
		}
		for _, p := range m.Type(name).Properties {
			want = append(want, p.Name)
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-documented +written):\n%s", name, diff)
		}
	}
}
