package plan

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// rewrite plans to write again what was written before and is still wanted, where a
// flow was reset (rules 3, "Reset"). What differs is in the steps up and down.
func (p *Plan) rewrite(o object, up, down *Step) {
	w, h := o.want, o.have
	if !w.Rewrite && !h.Rewrite {
		return
	}
	step := Step{Action: Rewrite, Kind: w.Kind, Key: w.Key, ID: h.ID, Why: w.Why, Org: w.Org, Set: make(map[string]Delta)}
	again := func(wanted directory.Attributes) {
		for name := range wanted {
			_, risen := up.Set[name]
			_, cleared := down.Set[name]
			if had := h.Attributes[name]; had != "" && !risen && !cleared {
				step.Set[name] = Delta{From: had, To: had}
			}
		}
	}
	again(w.Attributes)
	if h.Created {
		again(w.AddOnly)
	}
	owners, members := p.pairsWanted(o)
	step.Owners.Add = both(owners, minus(h.Owners, h.Lost.Owners))
	step.Members.Add = both(members, minus(h.Members, h.Lost.Members))
	if !step.empty() {
		p.add(&step)
	}
}

// both returns the items of a that are in b, too, both sorted.
func both(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return !contains(b, s) })
}
