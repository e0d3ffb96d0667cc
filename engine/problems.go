package engine

import (
	"fmt"

	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// planProblems returns what about a plan the person in charge should know.
func planProblems(p *plan.Plan) []roster.Problem {
	var out []roster.Problem
	if kept := p.Kept; kept.Objects+kept.Memberships > 0 {
		out = append(out, roster.Problem{
			Rule: roster.Unclear, Severity: roster.Warning,
			Message: fmt.Sprintf("The roster does not say whether some of what is in the directory still holds; it is kept as it is (objects: %d, memberships: %d).", kept.Objects, kept.Memberships),
			Remedy:  "Correct the records that homeroom check calls errors, and decide what is held.",
		})
	}
	if p.Leavers > 0 {
		out = append(out, roster.Problem{
			Rule: roster.LeaverInRetired, Severity: roster.Warning,
			Message: fmt.Sprintf("People without any role are still in %d places of groups whose class or organization is gone.", p.Leavers),
			Remedy:  "These groups are left as they are. Take the people out by hand if that is wanted; owners are replaced where homeroom.yaml says retired: {leavers: replace} and names fallbackOwners.",
		})
	}
	for _, skip := range p.Skipped {
		if skip.Reason == string(roster.LastOwner) {
			out = append(out, roster.Problem{
				Rule: roster.LastOwner, Severity: roster.Error, Record: skip.Key,
				Message: fmt.Sprintf("%s: %s.", skip.Key, skip.Detail),
				Remedy:  "Give the class a teacher in the roster, or name fallbackOwners for its organization in homeroom.yaml.",
			})
		}
	}
	return out
}
