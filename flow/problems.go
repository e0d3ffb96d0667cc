package flow

import (
	"fmt"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Problems returns what about the settings, and about what they ask for, the
// person in charge should know. None of it stops anything.
func (w *Wanted) Problems() []roster.Problem {
	problems := append(w.filterProblems(), w.byHandProblems()...)
	problems = append(problems, w.overlaps()...)
	problems = append(problems, w.dateProblems()...)
	problems = append(problems, w.ownerProblems()...)
	problems = append(problems, w.userProblems()...)
	return append(problems, w.limited...)
}

func (w *Wanted) filterProblems() []roster.Problem {
	var out []roster.Problem
	for i := range w.sets {
		set := &w.sets[i]
		if set.Filter == nil {
			continue
		}
		for _, id := range set.Filter.In {
			_, unknown := slices.BinarySearch(w.roster.Unknown.Orgs, id)
			if w.roster.Org(id) == roster.None && !unknown {
				out = append(out, roster.Problem{
					Rule: roster.FilterOrgNotFound, Severity: roster.Warning, Record: id,
					Message: fmt.Sprintf("The filter of the flow set %q names the organization %s, which the roster does not have.", set.DisplayName, id),
					Remedy:  "Correct the id in the filter, or the roster.",
				})
			}
		}
	}
	return out
}

// overlaps counts the objects that several sets ask for.
func (w *Wanted) overlaps() []roster.Problem {
	count := make(map[directory.Kind]int)
	for i := range w.roster.Classes {
		if ref := roster.Ref(i); len(w.classFlows(w.roster.Classes[i].Org)) > 1 && w.classCounts(ref) {
			count[directory.ClassGroup]++
		}
	}
	for i := range w.roster.People {
		if sets, _ := w.userFlows(roster.Ref(i)); len(sets) > 1 {
			count[directory.User]++
		}
	}
	for kind, groups := range w.groups {
		for i := range groups {
			if len(groups[i].sets) > 1 {
				count[kind]++
			}
		}
	}
	var out []roster.Problem
	for _, kind := range directory.Kinds() {
		if n := count[kind]; n > 0 {
			out = append(out, roster.Problem{
				Rule: roster.FlowOverlap, Severity: roster.Warning, Field: string(kind), Count: n,
				Message: fmt.Sprintf("Several flow sets ask for the same object (%s); the options of the set that was created first hold.", kind),
				Remedy:  "Let the filters of the flow sets name different organizations, unless this is meant.",
			})
		}
	}
	return out
}

func (w *Wanted) dateProblems() []roster.Problem {
	if w.settings.HonourDates {
		return nil
	}
	n := w.outside()
	if n == 0 {
		return nil
	}
	return []roster.Problem{{
		Rule: roster.DatesOutside, Severity: roster.Warning, Count: n,
		Message: "Roles, classes or enrollments lie outside their dates, and are used all the same.",
		Remedy:  "Write `dates: honour` into homeroom.yaml if dates are to count.",
	}}
}

func (w *Wanted) ownerProblems() []roster.Problem {
	var out []roster.Problem
	for i := range w.roster.Classes {
		ref := roster.Ref(i)
		sets := w.classFlows(w.roster.Classes[i].Org)
		if len(sets) == 0 || !w.classCounts(ref) {
			continue
		}
		for _, e := range w.roster.EnrollmentsOf(ref) {
			if w.studentOwns(&e, sets) {
				out = append(out, w.problem(e.Record, roster.Problem{
					Rule: roster.OwnerIsStudent, Severity: roster.Warning, Record: w.userKey(e.Person),
					Message: fmt.Sprintf("A student becomes an owner of %s.", ClassKey(w.roster.Str(w.roster.Classes[i].ID))),
					Remedy:  "Correct the role of the enrollment, or the mapping of roles, unless this is meant.",
				}))
			}
		}
	}
	return out
}

// studentOwns reports whether an enrollment makes an owner of somebody for whom
// students speak.
func (w *Wanted) studentOwns(e *roster.Enrollment, sets []*activeSet) bool {
	owns, out := w.seat(e, sets)
	return owns && out == "" && w.speaks(e.Person) == Students
}

// userProblems tells of passwords that many share and of licences that lack a
// place of use.
func (w *Wanted) userProblems() []roster.Problem {
	shared, homeless := 0, 0
	for i := range w.roster.People {
		p := roster.Ref(i)
		sets, _ := w.userFlows(p)
		if w.stands[p] != yes || len(sets) == 0 {
			continue
		}
		created := w.matches.ids[p] == ""
		if created && w.creation(p).password == passwordFromConfiguration {
			shared++
		}
		if created && w.abilities.Licences && len(w.skus(p, sets)) > 0 && w.usageLocation(w.orgID(w.leader(p).Org)) == "" {
			homeless++
		}
	}
	var out []roster.Problem
	if shared > 0 {
		out = append(out, roster.Problem{
			Rule: roster.SharedPassword, Severity: roster.Warning, Count: shared,
			Message: "New users get the one password that the flow names, so each knows the others'.",
			Remedy:  "Write `passwords: generate` into homeroom.yaml: every user gets an own one.",
		})
	}
	if homeless > 0 {
		out = append(out, roster.Problem{
			Rule: roster.UsageLocationMissing, Severity: roster.Warning, Count: homeless,
			Message: "Licences cannot be assigned to new users, since no place of use is known for their organization.",
			Remedy:  "Write `usageLocation` into homeroom.yaml: two letters, such as US.",
		})
	}
	return out
}

// problem puts the place of a record into a problem.
func (w *Wanted) problem(rec roster.Record, p roster.Problem) roster.Problem {
	if rec != 0 {
		p.File, p.Line = w.roster.Files[rec.File()].Name, rec.Line()
	}
	return p
}
