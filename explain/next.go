package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// concerning returns the steps about an object, and for a user those that change a
// membership, too. A plan is worked out anew each time that it is gone through, so
// what was found is kept.
func (x *Explainer) concerning(name Name) ([]plan.Step, error) {
	if found, known := x.steps[name]; known {
		return found, nil
	}
	var found []plan.Step
	for step, err := range x.Steps {
		if err != nil {
			return nil, err
		}
		own := step.Kind == name.Kind && (step.Key == name.Key || step.Was() == name.Key)
		if own || name.Kind == directory.User && len(changesOf(&step, name.Key)) > 0 {
			found = append(found, step)
		}
	}
	x.steps[name] = found
	return found, nil
}

// stepsOf returns the steps about an object.
func (x *Explainer) stepsOf(kind directory.Kind, key string) ([]plan.Step, error) {
	found, err := x.concerning(Name{kind, key})
	var steps []plan.Step
	for _, step := range found {
		if step.Kind == kind && (step.Key == key || step.Was() == key) {
			steps = append(steps, step)
		}
	}
	return steps, err
}

// skips returns what the plan leaves out of an object.
func (x *Explainer) skips(kind directory.Kind, key string) []plan.Skip {
	var skips []plan.Skip
	for _, s := range x.Skipped {
		if s.Kind == kind && s.Key == key {
			skips = append(skips, s)
		}
	}
	return skips
}

// ledger says what Homeroom remembers of an object.
func (x *Explainer) ledger(s Subject) []Reason {
	if s.Have == nil {
		return []Reason{say("Homeroom has not written to this %s yet.", noun(s.Kind)).by("NotWritten")}
	}
	h := s.Have
	made := "was there before Homeroom"
	if h.Created {
		made = "was made by Homeroom"
	}
	var reasons []Reason
	switch h.State {
	case directory.Retired:
		reasons = append(reasons, say("Retired: the roster no longer had it, and so it was left as it is. It %s.", made).by("retired"))
	case directory.Released:
		reasons = append(reasons, say("Released: since the settings changed no flow asks for it, and so it was left as it is. It %s.", made).by("released"))
	default:
		reasons = append(reasons, say("Managed: Homeroom keeps it true to the roster. It %s.", made).by("managed"))
	}
	if s.Kind != directory.User {
		reasons = append(reasons, say("Homeroom asked for %s and %s.", count(len(h.Owners), "owner", "owners"), count(len(h.Members), "member", "members")))
	}
	if s.Found == nil {
		reasons = append(reasons, say("The directory shows no %s with the anchor %s: somebody deleted it, or took the anchor away.", noun(s.Kind), s.Key).by("ByHand"))
	}
	return reasons
}

// next says what the next sync does with an object.
func (x *Explainer) next(s Subject, steps []plan.Step) []Reason {
	var reasons []Reason
	for i := range steps {
		reasons = append(reasons, x.nextStep(&steps[i]))
	}
	for _, skip := range x.skips(s.Kind, s.Key) {
		reasons = append(reasons, say("Skipped: %s.", skipped(skip)).by(skip.Reason).at(skip.Record).todo(plan.Meaning(skip.Reason)))
	}
	if len(reasons) > 0 {
		return reasons
	}
	want, asked := x.Wanted.Object(s.Kind, s.Key)
	switch {
	case asked && want.Keep.Object, x.dropped(s):
		return []Reason{say("Nothing: %s", untilRead(s, "it is kept as it is, since the roster does not say whether it still holds.",
			"nothing new is made of what was dropped.")).by("Unclear")}
	case asked && s.Have == nil && s.Kind != directory.User && len(want.Members) == 0:
		return []Reason{say("Nothing: a group is made with its first member, and nobody in it is provisioned.").by("NoProvisionedMember")}
	case asked:
		return []Reason{say("Nothing: all that is wanted was written already.").by("Unchanged")}
	case s.Have != nil && s.Have.State != directory.Managed:
		return []Reason{say("Nothing: it is %s, and nothing asks for it.", s.Have.State).by(string(s.Have.State))}
	}
	return []Reason{say("Nothing: no flow asks for it.").by("NotAsked")}
}

// skipped says in a clause why a plan leaves something out.
func skipped(skip plan.Skip) string {
	if skip.Reason == string(roster.NoProvisionedMember) {
		return "nobody in it is provisioned in a mapped role"
	}
	return cmp.Or(skip.Detail, skip.Reason)
}

// leaves tells a step that says all by its action: what it writes need not be told.
func leaves(s *plan.Step) (reason Reason, said bool) {
	switch s.Action {
	case plan.Retire:
		reason = say("Retires it: the roster no longer has it, so it is left as it is, members included, and no longer followed.")
		if s.Kind == directory.User {
			reason = say("Retires it: by the roster the person takes part in nothing any more, so the account is left as it is, and no longer followed.")
		}
	case plan.Release:
		reason = say("Releases it: the settings no longer ask for it, so it is left as it is, and no longer followed.")
		if s.Released != nil {
			reason = say("Releases owners and members whom the settings no longer ask for: %s stay as they are.",
				strings.Join(append(slices.Clone(s.Released.Owners), s.Released.Members...), ", "))
		}
	case plan.Delete:
		reason = say("Deletes it, with everybody who is in it.")
	case plan.Rewrite:
		reason = say("Writes again what was written before, since a flow that asks for it was reset.")
	default:
		return reason, false
	}
	return reason.by(string(s.Action)), true
}

// nextStep tells one step.
func (x *Explainer) nextStep(s *plan.Step) Reason {
	if s.Was() != "" && s.Held == nil {
		return x.goesOutOfUse(s)
	}
	if reason, said := leaves(s); said {
		return reason
	}
	does := "Changes it"
	if s.Action == plan.Create {
		does = "Creates it"
	}
	changes := changesIn(s)
	if changes != "" {
		does += ": " + changes
	}
	reason := say("%s%s.", does, x.heldClause(s)).by(holdRule(s))
	if s.Held != nil && (changes == "" || s.Held.Rule == plan.IDReused) {
		reason = say("Nothing, until somebody decides: it is held (%s), because %s.", s.Held.Rule, s.Held.Message).by(s.Held.Rule)
	}
	if s.Held != nil {
		reason = reason.todo(plan.Decision(s.Held.Rule))
	}
	if len(s.Why) > 0 {
		reason.Record = s.Why[0].Record
	}
	return reason
}

// changesIn says what a step changes.
func changesIn(s *plan.Step) string {
	var parts []string
	if names := slices.Sorted(maps.Keys(s.Set)); len(names) > 0 {
		parts = append(parts, "sets "+strings.Join(names, ", "))
	}
	for _, list := range []struct {
		what  string
		users []string
	}{
		{"adds owners", s.Owners.Add}, {"adds members", s.Members.Add},
		{"removes owners", s.Owners.Remove}, {"removes members", s.Members.Remove},
	} {
		if n := len(list.users); n > listed {
			parts = append(parts, list.what+" "+strings.Join(list.users[:listed], ", ")+" and more")
		} else if n > 0 {
			parts = append(parts, list.what+" "+strings.Join(list.users, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// waits says that something of what is wanted is held.
func waits(steps []plan.Step) string {
	for i := range steps {
		if s := &steps[i]; s.Held != nil && changesIn(s) != "" {
			return " It waits for a decision (" + s.Held.Rule + "): " + s.Held.Message + "."
		}
	}
	return ""
}

func (x *Explainer) heldClause(s *plan.Step) string {
	switch {
	case s.Held != nil:
		return ", once somebody lets it: it is held (" + s.Held.Rule + "), because " + s.Held.Message
	case s.Approved:
		return ", which " + x.approvedBy(s.Content())
	}
	return ""
}

// awaits reports whether the creation of a user is held.
func (x *Explainer) awaits(user string) (bool, error) {
	steps, err := x.stepsOf(directory.User, user)
	return slices.ContainsFunc(steps, func(s plan.Step) bool { return s.Action == plan.Create && s.Held != nil }), err
}

// waitingFor returns a step which waits for several users as one that waits for the
// user who is asked about.
func waitingFor(user string, s plan.Step) plan.Step {
	if s.Held != nil && s.Held.Rule == plan.WaitsForUser {
		s.Held = &plan.Hold{Rule: s.Held.Rule, Message: "the creation of " + user + " is held"}
	}
	return s
}

// approvedBy says who let a step pass, and when.
func (x *Explainer) approvedBy(content string) string {
	if x.Approval != nil {
		if a, found := x.Approval(content); found {
			return fmt.Sprintf("%s approved on %s, after run %d held it", a.By, a.At.Format(time.DateOnly), a.Run)
		}
	}
	return "somebody approved"
}

func holdRule(s *plan.Step) string {
	if s.Held != nil {
		return s.Held.Rule
	}
	return string(s.Action)
}

// together joins what happens to one user: "added as owner and as member".
func together(changes []string) string {
	if len(changes) == 2 {
		if verb, _, _ := strings.Cut(changes[0], " as owner"); changes[0] == verb+" as owner" && changes[1] == verb+" as member" {
			return verb + " as owner and as member"
		}
	}
	return strings.Join(changes, "; ")
}

// changesOf says what a step does to one owner or member.
func changesOf(s *plan.Step, user string) []string {
	var changes []string
	added := "added"
	if s.Action == plan.Rewrite {
		added = "added again"
	}
	for _, list := range []struct {
		change string
		users  []string
	}{
		{added + " as owner", s.Owners.Add}, {added + " as member", s.Members.Add},
		{"removed as owner", s.Owners.Remove}, {"removed as member", s.Members.Remove},
	} {
		if _, found := slices.BinarySearch(list.users, user); found {
			changes = append(changes, list.change)
		}
	}
	if s.Released != nil {
		if _, found := slices.BinarySearch(s.Released.Members, user); found {
			changes = append(changes, "released as member: left as it is, since the settings no longer ask for it")
		}
		if _, found := slices.BinarySearch(s.Released.Owners, user); found {
			changes = append(changes, "released as owner: left as it is, since the settings no longer ask for it")
		}
	}
	return changes
}
