package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// heldBy counts the steps that a run holds, by rule.
func (m *memory) heldBy(ctx context.Context, run ledger.Run) (map[string]int, error) {
	counts := make(map[string]int)
	for step, err := range m.Steps(ctx, m.tenant, run.ID, 1) {
		if err != nil {
			return nil, err
		}
		if step.Held != nil {
			counts[step.Held.Rule]++
		}
	}
	return counts, nil
}

// heldAdvice says line by line what helps with what a run holds: not everything goes on
// once it is approved.
func heldAdvice(run ledger.Run, heldBy map[string]int) []string {
	approve := fmt.Sprintf("%s approve %d", called(), run.ID)
	var lines, guarded []string
	for _, rule := range slices.Sorted(maps.Keys(heldBy)) {
		switch rule {
		case plan.IDReused:
			lines = append(lines, fmt.Sprintf("%s: say which class is meant, with %s decide KEY same, or new.", rule, called()))
		case "LinkBroken":
			lines = append(lines, fmt.Sprintf("%s: restore the account. To match the person anew, or create one: %s.", rule, approve))
		case "MatchDoubtful":
			lines = append(lines, fmt.Sprintf("%s: correct the username in the roster, or the account. If it is the person's: %s.", rule, approve))
		case "PersonReplaced":
			lines = append(lines, fmt.Sprintf("%s: give the new person another id in the roster. If it is the same person: %s.", rule, approve))
		case plan.WaitsForUser, plan.WaitsForName: // they follow what they wait for
		default:
			guarded = append(guarded, rule)
		}
	}
	switch {
	case len(guarded) > 0 && len(lines) > 0:
		lines = append(lines, fmt.Sprintf("%s: if it is right, let it pass: %s.", strings.Join(guarded, ", "), approve))
	case len(guarded) > 0:
		return []string{fmt.Sprintf("To let the held steps pass: %s, then the same %s again.", approve, commandOf(run))}
	}
	if len(lines) > 0 {
		lines = append(lines, fmt.Sprintf("Then the same %s again.", commandOf(run)))
	}
	return lines
}
