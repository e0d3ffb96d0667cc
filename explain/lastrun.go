package explain

import (
	"cmp"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/plan"
)

// tellLastRun adds what became of an object in the last run, or of one user in it.
// What failed belongs to the answer itself.
func (x *Explainer) tellLastRun(a *Answer, s Subject, user string) error {
	reasons, err := x.lastRun(s, user)
	a.add("Last run", reasons...)
	for _, r := range reasons {
		if r.failed {
			a.Answer += " " + r.Text
		}
	}
	return err
}

func (x *Explainer) lastRun(s Subject, user string) ([]Reason, error) {
	last := x.Last
	switch {
	case last == nil:
		return nil, nil
	case last.Stopped != "":
		return []Reason{say("Run %d came to no plan, and changed nothing: %s.", last.ID, strings.TrimSuffix(last.Stopped, ".")).by(last.Code)}, nil
	}
	var reasons []Reason
	for step, err := range last.Steps {
		if err != nil {
			return nil, err
		}
		if step.Kind != s.Kind || step.Key != s.Key {
			continue
		}
		if did := did(&step, user); did != "" {
			reasons = append(reasons, last.became(&step, cmp.Or(user, "it"), did))
		}
	}
	if len(last.Only) > 0 && !x.inLastRun(s) {
		reasons = append(reasons, say("Run %d was about %s alone (--only), and left everything else as it was.", last.ID, strings.Join(last.Only, ", ")).
			by("Only").todo("Run homeroom sync without --only, or name this, too."))
	}
	return reasons, nil
}

// inLastRun reports whether an object is in the part that the last run was about.
func (x *Explainer) inLastRun(s Subject) bool {
	org := ""
	if want, asked := x.Wanted.Object(s.Kind, s.Key); asked {
		org = want.Org
	} else if s.Have != nil {
		org = s.Have.Org
	}
	part := x.Wanted.Select(x.Last.Only)
	return part.Has(s.Kind, s.Key, org)
}

// Remedy says what to do about a step that failed by a rule; "" for a rule that speaks for
// itself.
func Remedy(rule string, kind directory.Kind) string {
	switch {
	case rule == directory.NameConflict && kind != directory.User:
		return "Something else in the directory has the name. Rename or remove that; the next sync tries again."
	case rule == directory.ObjectMissing && kind != directory.User:
		return "Somebody deleted it in the directory. The next sync makes it again, with everybody who belongs to it."
	case rule == directory.InvalidValue:
		return "The directory does not take the value. Correct it in the roster; until it changes, each sync tries again in vain."
	case rule == directory.TargetBusy, rule == directory.TargetDown:
		return "The directory did not take it at the time. The next sync tries again."
	}
	return plan.Meaning(rule)
}

// did names what a step does to an object, or to one user in it; "" for nothing.
func did(s *plan.Step, user string) string {
	if user != "" {
		return together(changesOf(s, user))
	}
	switch s.Action {
	case plan.Create:
		return "created"
	case plan.Rewrite:
		return "written again"
	case plan.Delete:
		return "deleted"
	case plan.Retire:
		return "retired"
	case plan.Release:
		return "released"
	}
	return "changed"
}

// became says how far a step got that did something to an object or a user.
func (l *LastRun) became(s *plan.Step, who, did string) Reason {
	o := l.Outcome(s)
	because := strings.TrimSuffix(cmp.Or(o.Message, o.Rule), ".")
	switch o.Status {
	case plan.Held:
		return say("In run %d %s was to be %s, but that was held, because %s.", l.ID, who, did, s.Held.Message).by(s.Held.Rule)
	case plan.Failed:
		r := say("In run %d %s was to be %s, but that failed: %s.", l.ID, who, did, because)
		r.failed = true
		return r.by(o.Rule).todo(Remedy(o.Rule, s.Kind))
	case plan.Waiting:
		return say("In run %d %s was %s but for a part, which waits: %s.", l.ID, who, did, because).by(o.Rule)
	case plan.Open:
		return say("In run %d %s was to be %s, but the run ended before.", l.ID, who, did).by("Open")
	}
	return say("In run %d %s was %s.", l.ID, who, did).by("Done")
}
