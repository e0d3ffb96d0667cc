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
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aé\n\x00_")), 0, 5, -1)
	list := rapid.Custom(func(t *rapid.T) []string {
		if items := rapid.SliceOfN(text, 0, 3).Draw(t, "items"); len(items) > 0 {
			return items
		}
		return nil
	})
	steps := rapid.Custom(func(t *rapid.T) Step {
		s := Step{
			Action: rapid.SampledFrom([]Action{Create, Update, Remove, Retire, Release}).Draw(t, "action"),
			Kind:   directory.ClassGroup, Key: text.Draw(t, "key"), ID: text.Draw(t, "id"), Org: text.Draw(t, "org"),
			Owners:  Pairs{Add: list.Draw(t, "owners"), Remove: list.Draw(t, "gone")},
			Members: Pairs{Add: list.Draw(t, "members"), Remove: list.Draw(t, "left")},
		}
		if set := rapid.MapOf(text, rapid.Custom(func(t *rapid.T) Delta { return Delta{text.Draw(t, "from"), text.Draw(t, "to")} })).Draw(t, "set"); len(set) > 0 {
			s.Set = set
		}
		if rapid.Bool().Draw(t, "freed") {
			s.Released = &Released{Members: []string{"User_1"}}
		}
		if rapid.Bool().Draw(t, "why") {
			s.Why = []directory.Why{{FlowSet: text.Draw(t, "set"), Flow: "f", Rule: "r", Record: "users.csv:2"}}
		}
		if rapid.Bool().Draw(t, "held") {
			s.Held = &Hold{Rule: "Rule", Message: text.Draw(t, "message")}
		}
		return s
	})
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(steps, 0, 8).Draw(t, "steps")
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
