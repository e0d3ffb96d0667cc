package plan

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

// retiredPlan plans about class groups that nobody asks for. User_F may take the place of
// others, who have a role when their keys begin with User_R.
func retiredPlan(t *testing.T, still []Stretch, haves ...directory.Have) *Plan {
	t.Helper()
	p, err := Compute(Input{
		Want: one(nil),
		Have: func(kind directory.Kind, span directory.Span) iter.Seq2[directory.Have, error] {
			return func(yield func(directory.Have, error) bool) {
				for _, h := range haves {
					if kind == h.Kind && h.Key > span.After && (span.UpTo == "" || h.Key <= span.UpTo) && !yield(h, nil) {
						return
					}
				}
			}
		},
		Still: func(kind directory.Kind) ([]Stretch, error) {
			if kind == directory.ClassGroup {
				return still, nil
			}
			return nil, nil
		},
		HasRole:    func(user string) bool { return strings.HasPrefix(user, "User_R") || user == "User_F" },
		Successors: func(string, string) (owners, pinned []string) { return []string{"User_F"}, []string{"User_Pinned"} },
		Excluded:   func(_ directory.Kind, key string) bool { return key == "User_Excluded" },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func retiredGroup(key string, owners ...string) directory.Have {
	return directory.Have{
		Kind: directory.ClassGroup, Key: key, ID: "id of " + key, State: directory.Retired, Org: "S1",
		Owners: owners, Members: append(slices.Clone(owners), "User_Student"),
	}
}

// Owners of a retired group who have no role are replaced, students and others are not
// (rules 3, "Last owner").
func TestReplaceLeavers(t *testing.T) {
	group := func(change func(*directory.Have), owners ...string) directory.Have {
		h := retiredGroup("Section_1", owners...)
		if change != nil {
			change(&h)
		}
		return h
	}
	for name, test := range map[string]struct {
		have           directory.Have
		added, removed []string
		leavers        int
	}{
		"the only owner left":       {have: group(nil, "User_A"), added: []string{"User_F"}, removed: []string{"User_A"}, leavers: 1},
		"one of two left":           {have: group(nil, "User_A", "User_R"), removed: []string{"User_A"}, leavers: 1},
		"both left":                 {have: group(nil, "User_A", "User_B"), added: []string{"User_F"}, removed: []string{"User_A", "User_B"}, leavers: 1},
		"nobody left":               {have: group(nil, "User_R"), leavers: 1},
		"the other one replaces":    {have: group(nil, "User_A", "User_F"), removed: []string{"User_A"}, leavers: 1},
		"who left is pinned":        {have: group(nil, "User_Pinned"), leavers: 2},
		"who left is excluded":      {have: group(nil, "User_Excluded"), leavers: 2},
		"who left was there before": {have: group(func(h *directory.Have) { h.StrangeOwners, h.StrangeMembers = h.Owners, h.Owners }, "User_A"), leavers: 2},
		"it is released":            {have: group(func(h *directory.Have) { h.State = directory.Released }, "User_A")},
		"it retires with this plan": {have: group(func(h *directory.Have) { h.State = directory.Managed }, "User_A"), added: []string{"User_F"}, removed: []string{"User_A"}, leavers: 1},
		"who follows is a member":   {have: group(func(h *directory.Have) { h.Members = []string{"User_A", "User_F"} }, "User_A"), added: []string{"User_F"}, removed: []string{"User_A"}},
	} {
		p := retiredPlan(t, nil, test.have)
		var added, removed []string
		for step, err := range p.All() {
			switch {
			case err != nil:
				t.Fatal(err)
			case step.Action == Retire:
				continue
			case step.State != directory.Retired || step.ID != test.have.ID || len(removed) > 0 && len(step.Owners.Add) > 0:
				t.Errorf("%s: %+v", name, step)
			}
			added, removed = append(added, step.Owners.Add...), append(removed, step.Owners.Remove...)
			if step.Again != nil {
				t.Errorf("%s: it is managed again: %+v", name, step.Again)
			}
			for _, user := range step.Members.Add {
				if slices.Contains(test.have.Members, user) {
					t.Errorf("%s: %s is a member already", name, user)
				}
			}
			if out := minus(step.Members.Remove, step.Owners.Remove); len(out) > 0 {
				t.Errorf("%s: %v are removed", name, out)
			}
		}
		if diff := cmp.Diff([][]string{test.added, test.removed}, [][]string{added, removed}); diff != "" {
			t.Errorf("%s: added and removed are (-want +got):\n%s", name, diff)
		}
		if p.Leavers != test.leavers {
			t.Errorf("%s: %d leavers are left, want %d", name, p.Leavers, test.leavers)
		}
	}
}

// What is taken away so is guarded as any removal.
func TestReplaceLeaversIsGuarded(t *testing.T) {
	var haves []directory.Have
	for i := range 12 {
		haves = append(haves, retiredGroup(fmt.Sprintf("Section_%02d", i), "User_A"))
	}
	p := retiredPlan(t, nil, haves...)
	guard := Guard{Limits: DefaultLimits(), Settled: true, Approved: func(string) bool { return false }, Privileged: func(string) bool { return false }}
	if err := guard.Hold(p); err != nil {
		t.Fatal(err)
	}
	if s := p.Summary(); s.Held != 12 || s.Steps != 24 {
		t.Errorf("held are %d of %d steps", s.Held, s.Steps)
	}
}

// A stretch in which an owner of a retired group left is looked at.
func TestReplaceLeaversInStretches(t *testing.T) {
	stays, left := retiredGroup("Section_1", "User_R"), retiredGroup("Section_2", "User_A")
	still := []Stretch{
		{Span: directory.Span{UpTo: "Section_1"}, Owners: stays.Owners, Leavers: stays.Members},
		{Span: directory.Span{After: "Section_1", UpTo: "Section_2"}, Owners: left.Owners, Leavers: left.Members},
	}
	stays.Owners = []string{"User_B"} // which nobody must notice: it is in a stretch
	p := retiredPlan(t, still, stays, left)
	if p.Len() != 2 || p.Leavers != 2 {
		t.Errorf("%d steps, %d leavers", p.Len(), p.Leavers)
	}
}
