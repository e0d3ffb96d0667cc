package notice

import (
	"slices"
	"testing"
	"time"
)

// began is when the runs of the tests began.
var began = time.Date(2026, time.November, 27, 5, 0, 0, 0, time.UTC)

// ended is an event of a run of forty steps, of which held and failed ones are not done.
func ended(status string, held, failed int) Event {
	return Event{
		Tenant: "5e1f", Target: "local", Run: 12, Status: status, Started: began, Ended: began.Add(90 * time.Second),
		Steps: 40, Done: 40 - held - failed, Held: held, Failed: failed,
	}
}

func shrunk() Event {
	e := ended("failed", 0, 0)
	e.Steps, e.Done = 0, 0
	e.Code, e.Message = "RosterShrunk", "The roster shrank: 40 of 100 people are missing. Nothing was changed."
	return e
}

// A channel gets one notice of a run, of the kind that says most of those that it asks for.
func TestFor(t *testing.T) {
	broken := shrunk()
	broken.Code = "EmptyFile"
	for _, test := range []struct {
		name  string
		event Event
		asked []Kind
		want  Kind // "" for none
	}{
		{"all done", ended("completed", 0, 0), Kinds(), RunFinished},
		{"all done, only failures asked", ended("completed", 0, 0), []Kind{RunFailed, RosterShrunk, StepsHeld, StepsFailed}, ""},
		{"held", ended("completedWithWarnings", 3, 0), Kinds(), StepsHeld},
		{"held, not asked", ended("completedWithWarnings", 3, 0), []Kind{RunFinished}, RunFinished},
		{"held and failed", ended("completedWithErrors", 3, 2), Kinds(), StepsFailed},
		{"held and failed, held asked", ended("completedWithErrors", 3, 2), []Kind{RunFinished, StepsHeld}, StepsHeld},
		{"failed", broken, Kinds(), RunFailed},
		{"failed, not asked", broken, []Kind{RunFinished, RosterShrunk, StepsHeld, StepsFailed}, ""},
		{"shrunk", shrunk(), Kinds(), RosterShrunk},
		{"shrunk, failures asked", shrunk(), []Kind{RunFailed}, RunFailed},
		{"taken over with held steps", ended("failed", 3, 2), []Kind{StepsHeld, StepsFailed, RunFinished}, ""},
		{"nothing asked", ended("completed", 0, 0), nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := test.event.For(test.asked)
			if got.Kind != test.want || ok != (test.want != "") {
				t.Errorf("a notice of the kind %q (%t), want %q", got.Kind, ok, test.want)
			}
			other := slices.Clone(test.asked) // the order of asking does not matter
			slices.Reverse(other)
			if again, _ := test.event.For(other); again.Kind != got.Kind {
				t.Errorf("asked in another order it is %q", again.Kind)
			}
		})
	}
}
