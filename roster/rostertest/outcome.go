package rostertest

import (
	"fmt"
	"strings"

	"github.com/homeroomhq/homeroom/roster"
)

// Outcome tells all problems and, when there is a roster, the unknown and what
// is marked in the records.
func Outcome(r *roster.Roster, problems []roster.Problem) string {
	var s strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&s, "%s %s %s:%d:%d", p.Severity, p.Rule, p.File, p.Line, p.Column)
		for _, part := range []struct{ name, value string }{{"record", p.Record}, {"field", p.Field}, {"value", p.Value}} {
			if part.value != "" {
				fmt.Fprintf(&s, " %s=%q", part.name, part.value)
			}
		}
		if p.Count != 0 {
			fmt.Fprintf(&s, " count=%d", p.Count)
		}
		fmt.Fprintf(&s, "\n    %s\n", p.Message)
		if p.Remedy == "" {
			fmt.Fprintf(&s, "    NO REMEDY\n")
		}
	}
	if r == nil {
		return s.String() + "no roster\n"
	}
	fmt.Fprintf(&s, "%d orgs, %d people, %d roles, %d sessions, %d courses, %d classes, %d enrollments, %d contacts\n",
		len(r.Orgs), len(r.People), len(r.Roles), len(r.Sessions), len(r.Courses), len(r.Classes), len(r.Enrollments), len(r.Contacts))
	u := r.Unknown
	for _, list := range []struct {
		name string
		ids  []string
	}{{"org", u.Orgs}, {"person", u.People}, {"class", u.Classes}} {
		for _, id := range list.ids {
			fmt.Fprintf(&s, "unknown %s %q\n", list.name, id)
		}
	}
	for _, o := range u.Roles {
		fmt.Fprintf(&s, "unknown role %q %q %q\n", o.Person, o.Org, o.Role)
	}
	for _, e := range u.Enrollments {
		fmt.Fprintf(&s, "unknown enrollment %q %q\n", e.Class, e.Person)
	}
	writeMarks(&s, r)
	return s.String()
}

func writeMarks(s *strings.Builder, r *roster.Roster) {
	mark := func(rec roster.Record, marks map[string]bool) {
		for _, name := range []string{"not active", "contacts unknown", "grade unknown", "subject unknown", "course unknown", "sessions unknown"} {
			if marks[name] {
				fmt.Fprintf(s, "%s: %s\n", r.Where(rec), name)
			}
		}
	}
	for _, o := range r.Orgs {
		mark(o.Record, map[string]bool{"not active": !o.Active})
	}
	for _, x := range r.Sessions {
		mark(x.Record, map[string]bool{"not active": !x.Active})
	}
	for _, p := range r.People {
		mark(p.Record, map[string]bool{"not active": !p.Active, "contacts unknown": p.ContactsUnknown})
	}
	for _, c := range r.Courses {
		mark(c.Record, map[string]bool{"not active": !c.Active, "grade unknown": c.GradeUnknown, "subject unknown": c.SubjectUnknown})
	}
	for _, c := range r.Classes {
		mark(c.Record, map[string]bool{"not active": !c.Active, "course unknown": c.CourseUnknown, "sessions unknown": c.SessionsUnknown})
	}
	for _, o := range r.Roles {
		mark(o.Record, map[string]bool{"not active": !o.Active, "grade unknown": o.GradeUnknown})
	}
	for _, e := range r.Enrollments {
		mark(e.Record, map[string]bool{"not active": !e.Active})
	}
}
