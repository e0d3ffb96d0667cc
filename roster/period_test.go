package roster

import (
	"testing"
	"unsafe"
)

// A country has a hundred million enrollments, so that each byte counts.
func TestEnrollmentIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Enrollment{}); size != 16 {
		t.Errorf("an enrollment takes %d bytes, want 16", size)
	}
}

// However many different periods there are, each enrollment keeps its own.
func TestPeriods(t *testing.T) {
	b := NewBuilder(DefaultCodes())
	if b.roster.HasPeriods() {
		t.Error("there are periods before the first")
	}
	period := func(i int) Period { return Period{Start: Date(i / 300), End: Date(i%300 + 400)} }
	const many = 2 * rarePeriod
	enrollments := make([]Enrollment, many)
	for i := range enrollments {
		enrollments[i].Record = NewRecord(0, i+2)
		b.setPeriod(&enrollments[i], period(i))
	}
	open := Enrollment{Record: NewRecord(0, 1)}
	b.setPeriod(&open, Period{})
	if got := b.roster.PeriodOf(&open); got != (Period{}) || !b.roster.HasPeriods() {
		t.Errorf("the open period is %v", got)
	}
	for i := range enrollments {
		if got := b.roster.PeriodOf(&enrollments[i]); got != period(i) {
			t.Fatalf("period %d is %v, want %v", i, got, period(i))
		}
	}
}
