package plan

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// anyStep draws steps in which everything may be there or not.
var anyStep = rapid.Custom(func(t *rapid.T) Step {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aé\n\x00_")), 0, 5, -1)
	list := rapid.Custom(func(t *rapid.T) []string {
		if items := rapid.SliceOfN(text, 0, 3).Draw(t, "items"); len(items) > 0 {
			return items
		}
		return nil
	})
	s := Step{
		Seq:    rapid.IntRange(0, 1<<40).Draw(t, "seq"),
		Action: rapid.SampledFrom([]Action{Create, Update, Remove, Retire, Release}).Draw(t, "action"),
		Kind:   directory.ClassGroup, Key: text.Draw(t, "key"), ID: text.Draw(t, "id"), Org: text.Draw(t, "org"),
		Owners:   Pairs{Add: list.Draw(t, "owners"), Remove: list.Draw(t, "gone")},
		Members:  Pairs{Add: list.Draw(t, "members"), Remove: list.Draw(t, "left")},
		Approved: rapid.Bool().Draw(t, "approved"),
	}
	delta := rapid.Custom(func(t *rapid.T) Delta { return Delta{text.Draw(t, "from"), text.Draw(t, "to")} })
	if set := rapid.MapOf(text, delta).Draw(t, "set"); len(set) > 0 {
		s.Set = set
	}
	if rapid.Bool().Draw(t, "freed") {
		s.Released = &Released{Owners: list.Draw(t, "freedOwners"), Members: list.Draw(t, "freedMembers")}
	}
	if rapid.Bool().Draw(t, "again") {
		s.Again = &Again{State: directory.Retired, Owners: list.Draw(t, "againOwners"), Members: list.Draw(t, "againMembers")}
	}
	s.State = rapid.SampledFrom([]directory.State{"", directory.Released}).Draw(t, "state")
	if rapid.Bool().Draw(t, "why") {
		s.Why = []directory.Why{{FlowSet: text.Draw(t, "set"), Flow: "f", Rule: "r", Record: "users.csv:2"}, {Flow: "g"}}
	}
	if rapid.Bool().Draw(t, "held") {
		s.Held = &Hold{Rule: text.Draw(t, "rule"), Message: text.Draw(t, "message")}
	}
	return s
})

func TestStepsAreEncodedWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(anyStep, 0, 8).Draw(t, "steps")
		got, err := DecodeSteps(AppendSteps(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("steps (-want +got):\n%s", diff)
		}
	})
}

func TestStepsOfANewerVersion(t *testing.T) {
	encoded := AppendSteps(nil, []Step{{Seq: 1, Action: Create, Key: "User_1"}})
	encoded[0]++
	if _, err := DecodeSteps(encoded); fault.KindOf(err) != fault.Invalid {
		t.Errorf("%v, want that a newer version is asked for", err)
	}
}

// Steps that are cut short anywhere are not taken for fewer steps.
func TestStepsCutShort(t *testing.T) {
	encoded := AppendSteps(nil, []Step{{Seq: 300, Action: Create, Key: "User_1", Members: Pairs{Add: []string{"User_2"}}}})
	for n := range encoded {
		if steps, err := DecodeSteps(encoded[:n]); err == nil && n != 1 {
			t.Errorf("%d of %d bytes give %+v", n, len(encoded), steps)
		}
	}
}

// Whatever bytes are stored are decoded or refused.
func FuzzDecodeSteps(f *testing.F) {
	f.Add(AppendSteps(nil, []Step{{
		Seq: 1, Action: Update, Kind: directory.User, Key: "User_1", ID: "7", Set: map[string]Delta{"mail": {"a", "b"}},
		Owners: Pairs{Add: []string{"User_2"}}, Released: &Released{}, Why: []directory.Why{{Flow: "f"}},
		Held: &Hold{"Rule", "Why."}, Approved: true,
	}, {Seq: 2}}))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		steps, err := DecodeSteps(encoded)
		if err != nil {
			return
		}
		again, err := DecodeSteps(AppendSteps(nil, steps))
		if diff := cmp.Diff(steps, again); err != nil || diff != "" {
			t.Errorf("decoded twice, %v (-once +twice):\n%s", err, diff)
		}
		if len(steps) == 0 && !bytes.Equal(encoded, AppendSteps(nil, nil)) {
			t.Errorf("%x is no steps", encoded)
		}
	})
}
