package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// enrollment says what the roster's rows make of the person in a class.
func (x *Explainer) enrollment(c pair) []Reason {
	var reasons []Reason
	seats := x.Wanted.Seats(c.object.Key, c.person.Key)
	for _, seat := range seats {
		reasons = append(reasons, x.seat(c.person.Key, c.object.Key, seat))
	}
	if c.fallback {
		reasons = append(reasons, say("fallbackOwners names %s: a fallback owner comes when the last owner of a class goes, and none follows.", c.person.Key).by("FallbackOwner"))
	}
	doubts := x.Wanted.Doubts(c.object.Kind, c.object.Key, c.person.Key)
	if len(reasons) == 0 && len(doubts) == 0 {
		reasons = append(reasons, say("The roster has no enrollment of %s in %s.", c.person.Key, c.object.Key).by("NoEnrollment"))
	}
	if len(seats) == 0 {
		reasons = append(reasons, x.strayRows(c)...)
	}
	for _, rec := range doubts {
		reasons = append(reasons, say("A row was dropped that concerns, or may concern, this enrollment; so nobody is removed because of it.").
			by("Unclear").at(x.where(rec)))
		reasons = append(reasons, x.problemsAt(rec)...)
	}
	return reasons
}

// strayRows tells of dropped enrollments that name the class and a person whom the
// roster does not have, or the person and such a class: one of them may be meant.
func (x *Explainer) strayRows(c pair) []Reason {
	r := x.roster
	class, _ := strings.CutPrefix(c.object.Key, flow.ClassKey(""))
	person, _ := strings.CutPrefix(c.person.Key, flow.UserKey(""))
	var reasons []Reason
	for _, u := range r.Unknown.Enrollments {
		strangePerson := u.Class == class && u.Person != "" && r.Person(u.Person) == roster.None && !slices.Contains(r.Unknown.People, u.Person)
		strangeClass := u.Person == person && u.Class != "" && r.Class(u.Class) == roster.None && !slices.Contains(r.Unknown.Classes, u.Class)
		if (strangePerson || strangeClass) && len(reasons) < listed {
			named := "the class " + u.Class + ", which"
			if strangePerson {
				named = "the person " + u.Person + ", whom"
			}
			reasons = append(reasons, say("A row that names %s the roster does not have, may be the one that is missed, and was dropped.", named).by("Unclear").at(x.where(u.Record)))
			reasons = append(reasons, x.problemsAt(u.Record)...)
		}
	}
	return reasons
}
