package explain

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// memory says what ledger and directory have of a pair.
func (c pair) memory(x *Explainer) []Reason {
	var reasons []Reason
	switch {
	case c.strange:
		reasons = append(reasons, say("The ledger has it as there before Homeroom asked: it is never removed.").by("Strange"))
	case c.had:
		reasons = append(reasons, say("The ledger has it: Homeroom asked for it in an earlier run.").by("managed"))
	case c.object.Have == nil:
		reasons = append(reasons, say("Homeroom has not written to the %s yet.", noun(c.object.Kind)).by("NotWritten"))
	default:
		reasons = append(reasons, say("The ledger does not have it.").by("NotWritten"))
	}
	if c.had && c.object.Have.State == directory.Retired && !x.Wanted.HasRole(c.person.Key) {
		reasons = append(reasons, say("The person has no active role any more, and is still in a group that is retired.").by(string(roster.LeaverInRetired)).
			todo("Retired groups are left as they are. Take the person out by hand if that is wanted. Owners are replaced where homeroom.yaml says retired: {leavers: replace} and names fallbackOwners."))
	}
	if r := c.inDirectory(); r.Text != "" {
		reasons = append(reasons, r)
	}
	return reasons
}

// inDirectory says what the directory shows of a pair.
func (c pair) inDirectory() Reason {
	switch {
	case c.object.Found == nil && c.object.Have != nil:
		return say("The directory shows no %s with the anchor %s: somebody deleted it, or took the anchor away.", noun(c.object.Kind), c.object.Key).by("ByHand")
	case c.object.Found == nil:
		return Reason{}
	case c.had && !c.shown && !c.account:
		return say("The directory does not have it: the person has no account there.").by("NotProvisioned")
	case c.had && !c.shown:
		return say("The directory does not have it: somebody took the person out by hand. What people remove stays removed until that row of the roster changes.").by("ByHand")
	case c.shown && holds(c.object.Released, c.person.Key):
		return say("The directory has it: Homeroom put the person in, and since the settings changed nothing asks for it. It was released, and is left.").by("released")
	case !c.had && c.shown:
		return say("The directory has it: somebody put the person in by hand. It is left.").by("ByHand")
	case c.shown:
		return say("The directory has it.").by("Shown")
	}
	return Reason{}
}

func (c pair) next(x *Explainer) []Reason {
	reasons := slices.Clone(c.changes)
	for _, skip := range x.skips(c.object.Kind, c.object.Key) {
		if skip.Detail != "" && !isAbout(skip, c.person.Key) {
			continue
		}
		reasons = append(reasons, say("Skipped: %s.", skipped(skip)).by(skip.Reason).at(skip.Record).todo(plan.Meaning(skip.Reason)))
	}
	if len(reasons) == 0 {
		reasons = append(reasons, say("Changes nothing about it.").by("Unchanged"))
	}
	return reasons
}
