package flow

import (
	"fmt"

	"github.com/homeroomhq/homeroom/roster"
)

// UnmappedRoles returns a warning for each enrollment role of the roster that no
// class group flow makes an owner or a member of. Without a class group flow the
// default mapping holds.
func UnmappedRoles(r *roster.Roster, sets []Set) []roster.Problem {
	var flows []*ClassGroupFlow
	for _, set := range sets {
		if set.ClassGroup != nil {
			flows = append(flows, set.ClassGroup)
		}
	}
	if len(flows) == 0 {
		flows = append(flows, &ClassGroupFlow{})
	}
	count := make([]int, len(r.RoleCodes()))
	first := make([]roster.Record, len(count))
	for i := range r.Enrollments {
		e := &r.Enrollments[i]
		if count[e.Code]++; first[e.Code] == 0 || e.Record < first[e.Code] {
			first[e.Code] = e.Record
		}
	}
	var out []roster.Problem
	for code, n := range count {
		role := r.RoleName(roster.RoleCode(code))
		if n == 0 || anyMaps(flows, role) {
			continue
		}
		out = append(out, roster.Problem{
			Rule: roster.RoleNotMapped, Severity: roster.Warning, Field: "role", Value: role, Count: n,
			File: r.Files[first[code].File()].Name, Line: first[code].Line(),
			Message: fmt.Sprintf("No role mapping takes enrollments as %s: these people get into no class group.", role),
			Remedy:  "Name the role under enrollmentMappings in homeroom.yaml, unless this is meant.",
		})
	}
	return out
}

func anyMaps(flows []*ClassGroupFlow, role string) bool {
	for _, f := range flows {
		if f.owns(role) || f.joins(role) {
			return true
		}
	}
	return false
}
