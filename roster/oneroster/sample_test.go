package oneroster_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/source"
)

// The made-up schools of the OneRoster generator (MIT, see LICENSE beside them)
// are read; that their school year is written as two is the only problem.
func TestSamples(t *testing.T) {
	for name, want := range map[string][]int{
		"school-small":  {1, 79, 79, 2, 42, 42, 546, 0},
		"school-medium": {1, 112, 112, 2, 21, 42, 777, 0},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := source.Open("testdata/gospelnerd/" + name)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = src.Close() }()
			r, problems := read(t, src, false)
			if len(problems) != 1 || problems[0].Rule != roster.InvalidYear || problems[0].Severity != roster.Warning || problems[0].Count != 2 {
				t.Errorf("problems: %+v", problems)
			}
			got := []int{
				len(r.Orgs), len(r.People), len(r.Roles), len(r.Sessions),
				len(r.Courses), len(r.Classes), len(r.Enrollments), len(r.Contacts),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("records (-want +got):\n%s", diff)
			}
			for i := range r.Enrollments {
				if p := r.PeriodOf(&r.Enrollments[i]); p.Start.String() != "2026-08-15" || p.End.String() != "2027-06-09" {
					t.Fatalf("an enrollment from %s to %s", p.Start, p.End)
				}
			}
		})
	}
}
