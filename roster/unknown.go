package roster

import (
	"cmp"
	"slices"
)

// tidy sorts the lists and removes repetitions.
func (u *Unknown) tidy() {
	u.Orgs = sortedSet(u.Orgs, cmp.Compare)
	u.People = sortedSet(u.People, cmp.Compare)
	u.Classes = sortedSet(u.Classes, cmp.Compare)
	u.Roles = sortedSet(u.Roles, func(a, b UnknownRole) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.Org, b.Org), cmp.Compare(a.Role, b.Role))
	})
	u.Enrollments = sortedSet(u.Enrollments, func(a, b UnknownEnrollment) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Person, b.Person))
	})
}

func sortedSet[T comparable](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}
