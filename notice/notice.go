// Package notice tells people and programs elsewhere what became of runs.
//
//   - event: a run that ended, as data: keys and counts, and no names of people
//     (rules 5).
//   - kind: what about it is worth a word. A run is of one kind or of several: one that
//     ended may have steps that wait for somebody.
//   - channel: where notices go, a webhook or somebody's mailbox, and which kinds
//     it asks for. It gets one notice of a run, of the kind that says most.
//   - notice: an event on its way through one channel.
//   - outbox: where notices lie until they have arrived. They are put there together with
//     the end of the run, so that a crash loses none, and may arrive twice: whoever
//     gets them knows them by their ids.
package notice

import (
	"slices"
	"time"
)

// Kind is what a notice is about.
type Kind string

// The kinds of notices.
const (
	RunFinished  Kind = "run.finished"  // a run did what could be done
	RunFailed    Kind = "run.failed"    // a run ended before its plan was carried out
	StepsHeld    Kind = "steps.held"    // steps of a run wait until somebody approves them
	StepsFailed  Kind = "steps.failed"  // steps of a run failed
	RosterShrunk Kind = "roster.shrunk" // a run stopped since the roster lacks too much
	Test         Kind = "test"          // somebody tries a channel
)

// Kinds returns the kinds that a channel can ask for, those that say most first.
func Kinds() []Kind {
	return []Kind{RosterShrunk, RunFailed, StepsFailed, StepsHeld, RunFinished}
}

// Event is a run that ended.
type Event struct {
	Kind    Kind      `json:"kind,omitempty"`
	Tenant  string    `json:"tenant"`
	Target  string    `json:"target"`
	Run     int64     `json:"run"`
	RunKind string    `json:"runKind,omitempty"` // revert, cleanup, repair; "" for a run of a roster
	Status  string    `json:"status"`            // by the names of the API (contract C.3)
	Code    string    `json:"code,omitempty"`    // of what stopped the run
	Message string    `json:"message,omitempty"` // the same as a sentence
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Steps   int       `json:"steps"` // in the plan
	Done    int       `json:"done"`
	Held    int       `json:"held"`
	Failed  int       `json:"failed"`
}

// The status and the code by which events differ.
const (
	failed       = "failed"
	rosterShrunk = "RosterShrunk"
)

// is reports whether an event is of a kind.
func (e *Event) is(kind Kind) bool {
	stopped := e.Status == failed
	switch kind {
	case RosterShrunk:
		return stopped && e.Code == rosterShrunk
	case RunFailed:
		return stopped
	case StepsFailed:
		return !stopped && e.Failed > 0
	case StepsHeld:
		return !stopped && e.Held > 0
	case RunFinished:
		return !stopped
	case Test:
	}
	return e.Kind == kind
}

// For returns the event as a channel gets it that asks for some kinds: of the one that
// says most. It returns false when the channel does not ask for it.
func (e Event) For(asked []Kind) (Event, bool) {
	for _, kind := range Kinds() {
		if slices.Contains(asked, kind) && e.is(kind) {
			e.Kind = kind
			return e, true
		}
	}
	return e, false
}

// State is how a notice stands.
type State string

// The states of a notice.
const (
	Waiting State = "waiting" // to be sent, for the first time or again
	Sent    State = "sent"
	GivenUp State = "givenUp"
)

// Notice is an event on its way through a channel.
type Notice struct {
	ID      string // the same each time that it is sent
	Channel string // by its name
	Event   Event
	State   State
	Created time.Time
	Due     time.Time // when it is to be sent; zero when it is not
	Tries   int       // how often it was sent
	Ended   time.Time // zero while it waits
	Answer  string    // what came back the last time
}
