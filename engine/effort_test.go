package engine_test

import (
	"testing"
)

// A run counts what it changed as its plan does, and its calls to the target, the
// searches for what may be there included.
func TestEffort(t *testing.T) {
	w := newWorld(t, emptyDatabase(t))
	s := lesson()
	for run, calls := range []int{2 * 4, 2} { // of kinds with creations; of a class alone
		report, made, err := w.try(s)
		if err != nil {
			t.Fatal(err)
		}
		summary := made.Summary()
		changes := summary.Owner.Add + summary.Owner.Remove + summary.Member.Add + summary.Member.Remove
		for _, of := range summary.Objects {
			changes += of.Create + of.Update
		}
		e := report.Effort
		if e.Changes != changes || e.Calls != calls {
			t.Errorf("run %d: %d changes in %d calls, want %d in %d", run+1, e.Changes, e.Calls, changes, calls)
		}
		if e.Target == 0 || e.Journal == 0 || e.Target > e.Wall || e.Idle() >= 1 || e.Rate() == 0 {
			t.Errorf("run %d took %+v", run+1, e)
		}
		s.class("C9", "O0")
		s.enroll("C9", "T0", "teacher")
	}
	report, _, err := w.try(s)
	if e := report.Effort; err != nil || e.Changes != 0 || e.Calls != 0 || e.CallsPerThousand() != 0 {
		t.Errorf("a run with nothing to do: %+v, %v", e, err)
	}
}
