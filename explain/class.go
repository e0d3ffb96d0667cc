package explain

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// class explains a class: record, flow sets, people.
func (x *Explainer) class(a *Answer, s Subject) {
	c, known := x.Wanted.Class(s.Key)
	if !known {
		id, _ := strings.CutPrefix(s.Key, flow.ClassKey(""))
		if x.dropped(s) {
			a.Answer = s.Key + " is unknown: its row was dropped because of an error. " +
				untilRead(s, "Its group is kept as it is.", "No group is made of it before the row is right.")
			a.add("Roster", x.droppedClass(id)...)
			return
		}
		a.Answer = s.Key + " is not in the roster. A group that was made of it is retired: left as it is, members included."
		a.add("Roster", say("No row of the roster has the id %s.", id).by("Gone"))
		return
	}
	a.Answer = x.classVerdict(c, s).Text
	a.add("Roster", x.classRecord(c)...)
	a.add("Flow sets", setsOf(directory.ClassGroup, c.Sets)...)
	a.add("People", x.people(s.Key)...)
}

// classVerdict says in a sentence whether a class gets a group.
func (x *Explainer) classVerdict(c flow.Class, s Subject) Reason {
	head := s.Key + " (" + x.roster.Str(x.roster.Classes[c.Ref].Title) + ")"
	want, _ := x.Wanted.Object(directory.ClassGroup, s.Key)
	switch {
	case c.Out != "":
		return say("%s gets no group, because %s. One that is there is left as it is.", head, why(c.Out)).by(string(c.Out))
	case noSetAsks(c.Sets):
		return say("%s gets no group: no flow set asks for it. One that is there is left as it is.", head).by("NotAsked")
	case len(want.Members) == 0 && s.Have == nil:
		return say("%s gets no group yet: nobody in it is provisioned in a mapped role.", head).by(string(roster.NoProvisionedMember))
	}
	has := "has a group"
	if s.Have == nil {
		has = "gets a group"
	}
	return say("%s %s, with %s and %s wanted.", head, has,
		count(len(want.Owners), "owner", "owners"), count(len(want.Members), "member", "members")).by("classGroup")
}

func (x *Explainer) classRecord(c flow.Class) []Reason {
	class := &x.roster.Classes[c.Ref]
	where := x.where(class.Record)
	reasons := []Reason{say("The roster has this class at %s: %s, in %s.", where, x.roster.Str(class.Title), x.org(class.Org)).at(where)}
	switch c.Out {
	case "":
	case flow.OrgInactive:
		reasons = append(reasons, say("The class does not count, because %s.", why(c.Out)).by(string(c.Out)).at(x.where(x.roster.Orgs[class.Org].Record)))
	default:
		reasons = append(reasons, say("The class does not count, because %s.", why(c.Out)).by(string(c.Out)).at(where))
	}
	return append(reasons, x.problemsOf(class.Record, x.droppedClass(x.roster.Str(class.ID)))...)
}

// setsOf says which flow sets ask for an object, and why the others do not.
func setsOf(kind directory.Kind, sets []flow.Asked) []Reason {
	var reasons []Reason
	var askers []string
	for _, set := range sets {
		name := "Flow set " + quoted(set.FlowSet)
		switch set.Out {
		case "":
			askers = append(askers, set.FlowSet)
			reasons = append(reasons, say("%s asks for it.", name).by("Asked"))
		case flow.NoSuchFlow:
			reasons = append(reasons, say("%s does not ask for it: it has no %s.", name, flowName(kind)).by(string(set.Out)))
		case flow.OptionOff:
			reasons = append(reasons, say("%s does not ask for it: %s of its %s is off.", name, set.Option, flowName(kind)).by(string(set.Out)))
		default:
			reasons = append(reasons, say("%s does not ask for it, because %s.", name, why(set.Out)).by(string(set.Out)))
		}
	}
	if len(sets) == 0 {
		reasons = append(reasons, say("The configuration has no flow set.").by(string(flow.NoSuchFlow)))
	}
	return append(reasons, overlap(askers)...)
}

// people counts who is in a class, and tells who is not, although enrolled.
func (x *Explainer) people(class string) []Reason {
	want, asked := x.Wanted.Object(directory.ClassGroup, class)
	if !asked {
		return nil
	}
	reasons := []Reason{
		say("The flows want %s%s.", count(len(want.Owners), "owner", "owners"), named(want.Owners)),
		say("The flows want %s%s.", count(len(want.Members), "member", "members"), named(want.Members)),
	}
	more := 0
	for _, seat := range x.Wanted.Seats(class, "") {
		switch {
		case seat.Out == "" && !seat.Student:
		case len(reasons) > listed:
			more++
		default:
			user := flow.UserKey(x.roster.Str(x.roster.People[seat.Enrollment.Person].ID))
			reasons = append(reasons, x.seat(user, class, seat))
		}
	}
	if more > 0 {
		reasons = append(reasons, say("And %s more that make nobody a member.", count(more, "enrollment", "enrollments")))
	}
	if want.Keep.AllMembers {
		reasons = append(reasons, say("Nobody is removed: a row that could not be read may be anybody's.").by("Unclear"))
	}
	for _, rec := range x.Wanted.Doubts(directory.ClassGroup, class, "") {
		reasons = append(reasons, x.problemsAt(rec)...)
	}
	return reasons
}
