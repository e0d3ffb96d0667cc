package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// staying says why a membership that nothing asks for stays.
func (x *Explainer) staying(c pair) string {
	for _, skip := range x.skips(c.object.Kind, c.object.Key) {
		if skip.Reason == string(roster.LastOwner) && isAbout(skip, c.person.Key) {
			return skip.Detail + "."
		}
	}
	state := c.stateAfter()
	switch {
	case c.want.Keep.Pins(c.person.Key):
		return "pin in homeroom.yaml says that it stays."
	case c.asked && c.want.Keep.Holds(c.person.Key) && x.withoutAccount(c):
		return "it is kept, since the roster still gives it, and the person merely has no account now."
	case c.asked && c.want.Keep.Holds(c.person.Key), x.dropped(c.object):
		return "it is kept, since the roster does not say whether it still holds."
	case c.outOfUse():
		return "the group goes out of use, with everybody who is in it, since its id is another class's now."
	case state == directory.Retired:
		return "the object is retired, and left as it is, members included."
	case state == directory.Released:
		return "the object is released, since the settings no longer ask for it, and left as it is."
	case c.strange:
		return "it was there before Homeroom asked, and is never removed."
	}
	return "it is left as it is."
}

// outOfUse reports whether the next sync gives the object other names.
func (c pair) outOfUse() bool {
	return slices.ContainsFunc(c.steps, func(s plan.Step) bool { return s.Was() == c.object.Key && s.Held == nil })
}

// alone is a reason that stands by itself: where it speaks of a record, it names it.
func alone(kind directory.Kind, out flow.Reason) string {
	if !strings.HasPrefix(why(out), "its ") && !strings.Contains(why(out), " it is ") {
		return why(out) + "."
	}
	if kind == directory.ClassGroup {
		return "the enrollment does not count, because " + why(out) + "."
	}
	return "the role does not count, because " + why(out) + "."
}

// notAsked says why an object is not wanted.
func (x *Explainer) notAsked(s Subject) string {
	class, known := x.Wanted.Class(s.Key)
	g, ofOrg := x.Wanted.Group(s.Kind, s.Key)
	switch {
	case x.dropped(s):
		return "the row of the class was dropped because of an error."
	case s.Kind == directory.ClassGroup && !known:
		return "the roster has no such class."
	case s.Kind == directory.ClassGroup && class.Out != "":
		return "the class gets no group, because " + why(class.Out) + "."
	case s.Kind != directory.ClassGroup && !ofOrg && g.OrgID != "":
		return "the roster has no such organization."
	}
	return "no flow set asks for the " + noun(s.Kind) + "."
}

// isAbout reports whether what a plan leaves out is the user.
func isAbout(skip plan.Skip, user string) bool { return strings.HasPrefix(skip.Detail, user+" ") }

// stateAfter returns what the object will be after the next sync.
func (c pair) stateAfter() directory.State {
	state := c.object.Have.State
	for i := range c.steps {
		switch {
		case c.steps[i].Action == plan.Retire:
			state = directory.Retired
		case c.steps[i].Action == plan.Release && c.steps[i].Released == nil:
			state = directory.Released
		}
	}
	return state
}

// withoutAccount reports whether a membership is kept for the sole reason that the
// person has no account, or not yet.
func (x *Explainer) withoutAccount(c pair) bool {
	p, known := x.Wanted.Person(c.person.Key)
	return known && p.Kept && (p.Match.Finding != "" || p.Created.Refused != "") &&
		len(x.Wanted.Doubts(c.object.Kind, c.object.Key, c.person.Key)) == 0
}

// absence says why a person is not in an object.
func (x *Explainer) absence(c pair) string {
	if !c.asked {
		return x.notAsked(c.object)
	}
	if c.want.Keep.Object {
		return "the " + noun(c.object.Kind) + " is kept as it is, since the roster does not say whether it still holds."
	}
	p, known := x.Wanted.Person(c.person.Key)
	if !known {
		if x.dropped(c.person) {
			return "the row of the person was dropped because of an error."
		}
		return "the roster does not have the person."
	}
	reason := "the roster has no enrollment of the person in this class."
	var outs []flow.Reason
	if c.object.Kind == directory.ClassGroup {
		for _, seat := range x.Wanted.Seats(c.object.Key, c.person.Key) {
			outs = append(outs, seat.Out)
		}
	} else {
		reason = "no role of the person belongs in it."
		if len(p.Roles) == 0 {
			reason = "the roster gives the person no role."
		}
		j := x.Wanted.Joining(c.object.Kind, c.object.Key, c.person.Key)
		if outs = j.Roles; j.BeyondLimit {
			return "the directory takes a person into no more administrative units."
		}
		if slices.Contains(outs, "") {
			outs = []flow.Reason{flow.NotProvisioned}
		}
	}
	switch {
	case len(x.Wanted.Doubts(c.object.Kind, c.object.Key, c.person.Key)) > 0:
		return "a row that might have said so could not be read."
	case slices.Contains(outs, flow.NotProvisioned):
		return "the person is " + x.standing(p, c.person).Text
	case len(slices.Compact(outs)) == 1:
		return alone(c.object.Kind, outs[0])
	}
	return reason
}
