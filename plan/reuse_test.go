package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// comeBack plans a class group that the roster asks for and the ledger has.
func comeBack(t *testing.T, w directory.Want, h directory.Have, r plan.Reuse) *plan.Plan {
	t.Helper()
	p, err := plan.Compute(plan.Input{Want: wantsOf([]directory.Want{w}), Have: havesOf([]directory.Have{h}), Reuse: &r})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stepsOf returns the steps of a plan.
func stepsOf(t *testing.T, p *plan.Plan) (steps []plan.Step) {
	t.Helper()
	for step, err := range p.All() {
		if err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	return steps
}

// When an id seems to be another class's (rules 3, "Id reuse"): by the school years, where
// both sides have some; else when a class that was gone has none of its students any more,
// of whom there were five at least.
func TestReused(t *testing.T) {
	five, four := users(5), users(4)
	others := []string{"User_900001"}
	for name, test := range map[string]struct {
		before, now       string // school years
		state             directory.State
		had, owners, want []string
		kept              []string // members of whom the roster does not say whether they still are
		reused            bool
	}{
		"another year":                   {before: "2026", now: "2027", had: four, want: four, reused: true},
		"a new session of the year":      {before: "2026", now: "2026", state: directory.Retired, had: five, want: others},
		"one of two years":               {before: "2026\n2027", now: "2027\n2028", had: five, want: others},
		"gone, nobody is in it any more": {state: directory.Retired, had: five, want: others, reused: true},
		"gone, one knows no year":        {before: "2026", state: directory.Retired, had: five, want: others, reused: true},
		"never gone":                     {state: directory.Managed, had: five, want: others},
		"released":                       {state: directory.Released, had: five, want: others},
		"gone, one is still in it":       {state: directory.Retired, had: five, want: append(slices.Clone(five[:1]), others...)},
		"gone, one may be in it":         {state: directory.Retired, had: five, want: others, kept: five[:1]},
		"gone, there were too few":       {state: directory.Retired, had: four, want: others},
		"gone, one of five taught":       {state: directory.Retired, had: five, owners: five[:1], want: others},
		"gone, the teacher is the same":  {state: directory.Retired, had: users(6), owners: users(6)[5:], want: users(6)[5:], reused: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := class("1", "2")
			w.Members, w.Keep.Members = test.want, test.kept
			w.Attributes = directory.Attributes{directory.DisplayName: "Algebra", directory.SchoolYears: test.now}
			h := had(directory.ClassGroup, w.Key, directory.Attributes{directory.DisplayName: "Algebra", directory.SchoolYears: test.before})
			h.State, h.Members, h.Owners = test.state, test.had, test.owners
			held := false
			for _, step := range stepsOf(t, comeBack(t, w, h, plan.Reuse{})) {
				held = held || step.Held != nil && step.Held.Rule == plan.IDReused
			}
			if held != test.reused {
				t.Errorf("held: %t, want %t", held, test.reused)
			}
		})
	}
}

// What somebody decided passes the guard; what a setting says for all ids counts as renames
// do.
func TestReuseIsGuarded(t *testing.T) {
	w := class("1", "2")
	w.Members = users(1)
	w.Attributes = directory.Attributes{directory.DisplayName: "Algebra", directory.SchoolYears: "2027"}
	h := had(directory.ClassGroup, w.Key, directory.Attributes{directory.DisplayName: "Algebra", directory.SchoolYears: "2026"})
	taken := func(_ directory.Kind, key string) bool { return key == "Exp0926_Section_1" }
	for name, r := range map[string]plan.Reuse{
		"decided": {Decided: func(string, string) plan.Choice { return plan.NewClass }},
		"setting": {Default: plan.NewClass},
	} {
		r.Expiry, r.Taken = directory.ExpiryOn("2026-09-01"), taken
		p := comeBack(t, w, h, r)
		guard := plan.Guard{Limits: plan.Limits{Creations: 10}, Approved: func(string) bool { return false }, Privileged: func(string) bool { return false }}
		if err := guard.Hold(p); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, step := range stepsOf(t, p) {
			rule := ""
			if step.Held != nil {
				rule = step.Held.Rule
			}
			got = append(got, string(step.Action)+" "+step.Key+" "+rule)
		}
		want := []string{"update Exp0926_Section_1_2 ", "create Section_1 "}
		if name == "setting" {
			want = []string{"update Exp0926_Section_1_2 RenameLimit", "create Section_1 WaitsForName"}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
