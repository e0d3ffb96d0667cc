package flow

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// limitUnits takes people out of the administrative units that are more than the
// target allows for one person: the units of the primary organization stay
// first, then those of the lowest organization ids (rules 3).
func (w *Wanted) limitUnits() {
	limit := w.abilities.Units
	if limit == 0 {
		return
	}
	units := w.groups[directory.AdministrativeUnit]
	of := make(map[roster.Ref][]int) // units by person
	for i := range units {
		for _, p := range units[i].members {
			of[p] = append(of[p], i)
		}
	}
	for i := range w.roster.People {
		p := roster.Ref(i)
		if len(of[p]) <= limit {
			continue
		}
		surplus := w.byImportance(of[p], p)[limit:]
		for _, u := range surplus {
			members := &units[u].members
			*members = slices.DeleteFunc(*members, func(q roster.Ref) bool { return q == p })
			units[u].beyond = append(units[u].beyond, p)
		}
		w.limited = append(w.limited, roster.Problem{
			Rule: roster.AdministrativeUnitLimit, Severity: roster.Warning, Record: w.userKey(p), Count: len(surplus),
			Message: fmt.Sprintf("The directory takes a person into %d administrative units; %d more are left out.", limit, len(surplus)),
		})
	}
}

// byImportance sorts the units of a person.
func (w *Wanted) byImportance(units []int, p roster.Ref) []int {
	groups := w.groups[directory.AdministrativeUnit]
	primary := w.leader(p).Org
	sorted := slices.Clone(units)
	slices.SortFunc(sorted, func(a, b int) int {
		ga, gb := &groups[a], &groups[b]
		return cmp.Or(
			-cmp.Compare(number(ga.org == primary), number(gb.org == primary)),
			cmp.Compare(ga.org, gb.org),
			cmp.Compare(ga.key, gb.key),
		)
	})
	return sorted
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
