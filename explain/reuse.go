package explain

import (
	"github.com/homeroomhq/homeroom/plan"
)

// undecided returns the step by which an object is kept as it is until somebody decides
// whether it stands for the same class; nil for none.
func undecided(steps []plan.Step) *plan.Step {
	for i := range steps {
		if held := steps[i].Held; held != nil && held.Rule == plan.IDReused {
			return &steps[i]
		}
	}
	return nil
}

// untilDecided says of a membership that the object is kept as it is.
func untilDecided(s *plan.Step) Reason {
	return say("Nothing about it changes until somebody decides: the group is held (%s), because %s.", plan.IDReused, s.Held.Message).
		by(plan.IDReused).todo(plan.Decision(plan.IDReused))
}

// goesOutOfUse says that a step gives the object with the key other names.
func (x *Explainer) goesOutOfUse(s *plan.Step) Reason {
	by := ""
	if s.Approved {
		by = ", as somebody decided"
	}
	return say("Puts the group that is there out of use%s: it becomes %s, and stays with everybody who is in it.", by, s.Key).by(plan.IDReused)
}
