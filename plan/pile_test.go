package plan

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
)

// Whatever steps are piled up come out again, across the borders of chunks.
func TestPileReturnsWhatItWasGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(anyStep, 0, 8).Draw(t, "steps")
		var p pile
		for i := range want {
			p.add(&want[i])
			if rapid.Bool().Draw(t, "seal") {
				p.seal()
			}
		}
		var got []Step
		for s, err := range p.all() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
			t.Fatalf("steps (-want +got):\n%s", diff)
		}
	})
}

// Steps come in the order of phases, then of kinds and keys, whatever the order
// of the kinds in which they were planned.
func TestOrderOfSteps(t *testing.T) {
	p := &Plan{planned: make(Tally)}
	for _, kind := range directory.Kinds() {
		for _, action := range []Action{Create, Remove, Retire} {
			for _, key := range []string{"A", "B"} {
				p.add(&Step{Action: action, Kind: kind, Key: key})
			}
		}
	}
	var got []string
	for s, err := range p.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s", s.Seq, s.Action, s.Kind, s.Key))
	}
	var want []string
	for _, kind := range directory.Kinds() {
		want = append(want, "create "+string(kind))
	}
	for _, action := range []string{"remove ", "retire "} {
		for _, kind := range []string{"administrativeUnit", "classGroup", "securityGroup", "user"} {
			want = append(want, action+kind)
		}
	}
	var numbered []string
	for i, w := range want {
		numbered = append(numbered, fmt.Sprintf("%d %s A", 2*i+1, w), fmt.Sprintf("%d %s B", 2*i+2, w))
	}
	if diff := cmp.Diff(numbered, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}
