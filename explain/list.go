package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// listed is how many of a long list are told one by one.
const listed = 20

// classesOf lists the enrollments of a person, and what each makes of the person.
func (x *Explainer) classesOf(p flow.Person) []Reason {
	var reasons []Reason
	more := 0
	last := roster.None
	for i := range x.roster.Enrollments {
		e := &x.roster.Enrollments[i]
		if e.Person != p.Ref || e.Class == last {
			continue
		}
		last = e.Class
		if len(reasons) >= listed {
			more++
			continue
		}
		key := flow.ClassKey(x.roster.Str(x.roster.Classes[e.Class].ID))
		for _, seat := range x.Wanted.Seats(key, p.Key) {
			reasons = append(reasons, x.seat(key, key, seat))
		}
	}
	if more > 0 {
		reasons = append(reasons, say("And %s more.", count(more, "class", "classes")))
	}
	return reasons
}

// seat tells what an enrollment makes of its person in a class; of is the one of
// the two that the sentence is about.
func (x *Explainer) seat(of, class string, seat flow.Seat) Reason {
	where := x.where(seat.Enrollment.Record)
	role := x.roster.RoleName(seat.Enrollment.Code)
	head := of + ": enrolled as " + role + " at " + where
	if asked, _ := x.Wanted.Class(class); asked.Out != "" {
		return say("%s, but the class does not count, because %s.", head, why(asked.Out)).by(string(asked.Out)).at(where)
	}
	if seat.Out != "" && !(seat.Out == flow.NotProvisioned && seat.FlowSet != "") {
		if seat.FlowSet == "" && seat.Out != flow.RecordInactive {
			if asked, _ := x.Wanted.Class(class); noSetAsks(asked.Sets) {
				return say("%s, but no flow set asks for the class.", head).by(string(flow.NoSuchFlow)).at(where)
			}
		}
		return say("%s makes no member, because %s.", head, why(seat.Out)).by(string(seat.Out)).at(where)
	}
	as := "member"
	if seat.Owner {
		as = "owner"
	}
	mapping := "the enrollmentMappings"
	if seat.Default {
		mapping = "the default mapping"
	}
	made := say("%s, %s by %s of flow set %s.", head, as, mapping, quoted(seat.FlowSet)).by(as)
	if seat.Out == flow.NotProvisioned {
		made = say("%s, would be %s by %s of flow set %s, but the person is not provisioned.", head, as, mapping, quoted(seat.FlowSet)).
			by(string(flow.NotProvisioned))
	}
	if seat.Student {
		made = say("%s, %s by %s of flow set %s, although the person is a student.", head, as, mapping, quoted(seat.FlowSet)).
			by(string(roster.OwnerIsStudent)).todo("Correct the role of the enrollment, or the mapping of roles, unless this is meant.")
	}
	return made.at(where)
}

// named lists users, after a colon, the first of many.
func named(users []string) string {
	switch n := len(users); {
	case n == 0:
		return ""
	case n > listed:
		return ": " + strings.Join(users[:listed], ", ") + " and more"
	}
	return ": " + strings.Join(users, ", ")
}

func noSetAsks(sets []flow.Asked) bool {
	return !slices.ContainsFunc(sets, func(a flow.Asked) bool { return a.Out == "" })
}

// movesOf lists the objects that the next sync adds a person to, or takes a
// person out of.
func (x *Explainer) movesOf(user string) ([]Reason, error) {
	awaited, err := x.awaits(user)
	if err != nil {
		return nil, err
	}
	steps, err := x.concerning(Name{directory.User, user})
	if err != nil {
		return nil, err
	}
	var reasons []Reason
	more := 0
	for _, step := range steps {
		if step.Kind == directory.User {
			continue
		}
		if awaited {
			step = waitingFor(user, step)
		}
		change := together(changesOf(&step, user))
		switch {
		case change == "":
		case len(reasons) >= listed:
			more++
		default:
			r := say("%s: %s%s.", step.Key, change, x.heldClause(&step)).by(holdRule(&step))
			if step.Held != nil && !slices.ContainsFunc(reasons, func(told Reason) bool { return told.Rule == r.Rule }) {
				r = r.todo(plan.Decision(step.Held.Rule))
			}
			reasons = append(reasons, r)
		}
	}
	if more > 0 {
		reasons = append(reasons, say("And %d more.", more))
	}
	return reasons, nil
}
