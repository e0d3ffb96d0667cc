// Package fault gives every error of Homeroom two sides: a kind, which programs
// decide by (exit codes, HTTP statuses, retries), and one sentence, which is
// for the person in charge: what is wrong and what to do about it.
//
// The package imports nothing of ours, so everything may import it. An error
// that is not a *fault.Error is a surprise: its kind is Internal.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an error is.
type Kind string

// The kinds of failure.
const (
	// Internal is a failure that nobody foresaw: a defect, or a broken machine.
	Internal Kind = "internal"
	// Invalid is wrong input: an argument, a configuration, a request.
	Invalid Kind = "invalid"
	// NotFound is a thing that was named and is not there.
	NotFound Kind = "notFound"
	// Conflict is a thing that is there already, or that someone else holds.
	Conflict Kind = "conflict"
	// Denied is a right that is missing.
	Denied Kind = "denied"
	// Busy is a run lease that another process holds.
	Busy Kind = "busy"
	// Unavailable is a service that does not answer now and may answer later.
	Unavailable Kind = "unavailable"
	// Roster is a roster that cannot be used: a catastrophic problem.
	Roster Kind = "roster"
	// Held is a run, or a part of one, that waits for a person's decision.
	Held Kind = "held"
	// Partial is a run of which some steps failed.
	Partial Kind = "partial"
	// Canceled is work that was asked to stop.
	Canceled Kind = "canceled"
)

// Error is a failure with a kind and a sentence.
type Error struct {
	Kind    Kind
	Message string // a sentence for people, without the cause
	Cause   error  // what went wrong underneath; nil when Message says it all
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

func (e *Error) Unwrap() error { return e.Cause }

// New returns an error of the given kind. The format must not wrap an error:
// Wrap does that.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Wrap adds a kind and a sentence to a cause. A nil cause gives nil.
func Wrap(cause error, kind Kind, format string, args ...any) error {
	if cause == nil {
		return nil
	}
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// KindOf returns the kind of the outermost *Error in err's chain, Internal if
// there is none, and the empty kind for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Internal
}
