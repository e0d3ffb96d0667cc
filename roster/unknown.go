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
	u.Roles = sortedSet(u.Roles, UnknownRole.compare)
	u.Enrollments = sortedSet(u.Enrollments, UnknownEnrollment.compare)
}

// sortedSet keeps the first of those that compare equal.
func sortedSet[T any](list []T, compare func(a, b T) int) []T {
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 })
}

// compare orders by what is said, wherever it is.
func (u UnknownRole) compare(v UnknownRole) int {
	return cmp.Or(cmp.Compare(u.Person, v.Person), cmp.Compare(u.Org, v.Org), cmp.Compare(u.Role, v.Role))
}

func (u UnknownEnrollment) compare(v UnknownEnrollment) int {
	return cmp.Or(cmp.Compare(u.Class, v.Class), cmp.Compare(u.Person, v.Person))
}

// May reports whether the dropped record may have been about a person in a class.
func (u UnknownEnrollment) May(class, person string) bool {
	return (u.Class == "" || u.Class == class) && (u.Person == "" || u.Person == person)
}
