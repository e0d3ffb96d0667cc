package roster

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Grouping in parts gives what sorting gives, and tells of the same repetitions.
func TestEnrollmentsAreSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const apart = partClasses / 3 // not every part has enrollments
		classes := rapid.SampledFrom([]int{0, 1, 2, 10 * apart}).Draw(t, "classes")
		class := rapid.Custom(func(t *rapid.T) Ref {
			return Ref(min(rapid.IntRange(0, 9).Draw(t, "at")*apart+rapid.IntRange(0, 2).Draw(t, "beside"), classes-1))
		})
		b := NewBuilder(DefaultCodes())
		b.File("enrollments.csv", false, 0)
		b.roster.Classes = make([]Class, classes)
		var rows []Enrollment
		for i := range rapid.IntRange(0, 40).Draw(t, "rows") * min(classes, 1) {
			rows = append(rows, Enrollment{
				Class: class.Draw(t, "class"), Person: Ref(rapid.IntRange(0, 3).Draw(t, "person")), Record: NewRecord(0, i+1),
			})
		}
		var want []Enrollment
		firstRepeat := Record(0)
		for _, e := range rows {
			if slices.ContainsFunc(want, func(o Enrollment) bool { return compareEnrollments(b.roster, &o, &e) == 0 && o.Class == e.Class }) {
				if firstRepeat == 0 {
					firstRepeat = e.Record
				}
				continue
			}
			want = append(want, e)
		}
		slices.SortFunc(want, func(x, y Enrollment) int {
			if x.Class != y.Class {
				return int(x.Class - y.Class)
			}
			return compareEnrollments(b.roster, &x, &y)
		})
		b.roster.Enrollments = slices.Clone(rows)
		repeated := b.relateClasses()
		if !slices.Equal(b.roster.Enrollments, want) {
			t.Fatalf("got %v, want %v", b.roster.Enrollments, want)
		}
		if repeated.counts[0] != len(rows)-len(want) || repeated.first[0] != firstRepeat {
			t.Fatalf("got %v, want %d repetitions from %v", repeated, len(rows)-len(want), firstRepeat)
		}
		at := int32(0)
		for c := range b.roster.Classes {
			span := b.roster.Classes[c].Enrollments
			for _, e := range b.roster.EnrollmentsOf(Ref(c)) {
				if e.Class != Ref(c) {
					t.Fatalf("%v stands with class %d", e, c)
				}
			}
			if span.First != at {
				t.Fatalf("class %d begins at %d, want %d", c, span.First, at)
			}
			at = span.End
		}
	})
}
