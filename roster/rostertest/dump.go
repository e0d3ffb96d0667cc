package rostertest

import (
	"fmt"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
)

// CheckApart checks that no id is both in the roster and unknown, that tables are
// sorted, and that spans and references are in range.
func CheckApart(t interface{ Fatalf(string, ...any) }, r *roster.Roster) {
	for _, id := range r.Unknown.People {
		if r.Person(id) != roster.None {
			t.Fatalf("person %q is there and unknown", id)
		}
	}
	for _, id := range r.Unknown.Orgs {
		if r.Org(id) != roster.None {
			t.Fatalf("organization %q is there and unknown", id)
		}
	}
	for _, id := range r.Unknown.Classes {
		if r.Class(id) != roster.None {
			t.Fatalf("class %q is there and unknown", id)
		}
	}
	roles, enrollments := 0, 0
	for i, p := range r.People {
		if r.Person(r.Str(p.ID)) != roster.Ref(i) {
			t.Fatalf("person %q is not found", r.Str(p.ID))
		}
		for _, role := range r.RolesOf(roster.Ref(i)) {
			if role.Person != roster.Ref(i) || int(role.Org) >= len(r.Orgs) {
				t.Fatalf("role %+v stands with person %d", role, i)
			}
			roles++
		}
	}
	for i := range r.Classes {
		for _, e := range r.EnrollmentsOf(roster.Ref(i)) {
			if e.Class != roster.Ref(i) || int(e.Person) >= len(r.People) {
				t.Fatalf("enrollment %+v stands with class %d", e, i)
			}
			enrollments++
		}
	}
	if roles != len(r.Roles) || enrollments != len(r.Enrollments) {
		t.Fatalf("%d roles and %d enrollments are in spans, of %d and %d", roles, enrollments, len(r.Roles), len(r.Enrollments))
	}
}

// Dump tells everything in a roster but where it was read.
func Dump(r *roster.Roster) string {
	var s strings.Builder
	for _, o := range r.Orgs {
		fmt.Fprintln(&s, "org", r.Str(o.ID), r.Str(o.Name), r.Str(o.Type), o.Parent, o.Active)
	}
	for _, x := range r.Sessions {
		fmt.Fprintln(&s, "session", r.Str(x.ID), r.Str(x.Title), r.Str(x.Type), x.Year, x.Start, x.End, x.Active)
	}
	for i, p := range r.People {
		fmt.Fprintln(&s, "person", r.Str(p.ID), r.Str(p.Username), r.Str(p.GivenName), r.Str(p.FamilyName), r.Str(p.Email), r.Str(p.Number), p.Active, p.ContactsUnknown)
		for _, o := range r.RolesOf(roster.Ref(i)) {
			fmt.Fprintln(&s, " role", o.Org, r.RoleName(o.Code), o.Session, r.Str(o.Grade), o.GradeUnknown, o.Start, o.End, o.Primary, o.Active)
		}
		for _, c := range r.ContactsOf(roster.Ref(i)) {
			fmt.Fprintln(&s, " contact", c.Person, r.Str(c.Relationship))
		}
	}
	for _, c := range r.Courses {
		fmt.Fprintln(&s, "course", r.Str(c.ID), c.Org, r.Str(c.Title), r.Str(c.Subject), c.SubjectUnknown, r.Str(c.Grade), c.GradeUnknown, c.Year, c.Active)
	}
	for i, c := range r.Classes {
		fmt.Fprintln(&s, "class", r.Str(c.ID), c.Org, r.Str(c.Title), c.Course, c.CourseUnknown, r.SessionsOf(roster.Ref(i)), c.SessionsUnknown, c.Active)
		for _, e := range r.EnrollmentsOf(roster.Ref(i)) {
			period := r.PeriodOf(&e)
			fmt.Fprintln(&s, " enrollment", e.Person, r.RoleName(e.Code), e.Active, period.Start, period.End)
		}
	}
	u := r.Unknown
	fmt.Fprintln(&s, "unknown", u.Orgs, u.People, u.Classes)
	for _, o := range u.Roles {
		fmt.Fprintln(&s, " role", o.Person, o.Org, o.Role)
	}
	for _, e := range u.Enrollments {
		fmt.Fprintln(&s, " enrollment", e.Class, e.Person)
	}
	return s.String()
}
