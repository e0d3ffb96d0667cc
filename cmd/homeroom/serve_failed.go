package main

import (
	"context"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// unusable is why a roster could not be used.
type unusable struct {
	rule  string // "" when it could not be read at all
	cause error
}

func (u *unusable) Error() string { return u.cause.Error() }
func (u *unusable) Unwrap() error { return u.cause }

// unkept is why no copy of a roster could be kept.
type unkept struct{ cause error }

func (u *unkept) Error() string { return u.cause.Error() }
func (u *unkept) Unwrap() error { return u.cause }

// readingFault names the rule by which a roster was refused.
func readingFault(problems []roster.Problem, err error) *unusable {
	for _, p := range problems {
		if p.Severity == roster.Catastrophic {
			return &unusable{string(p.Rule), err}
		}
	}
	return &unusable{"", err}
}

// serverStopped is the code of runs that had no plan yet when their server was stopped.
const serverStopped = "Canceled"

// told is what clients are told of a roster that cannot be used: what they can do something
// about. The rest is for whoever reads the log.
func (u *unusable) told() (code, message string) {
	switch {
	case u.rule != "":
		return u.rule, u.Error()
	case fault.KindOf(u) == fault.NotFound:
		return rosterUnreadable, "There is no roster where the server looks for one. Nothing was changed. The next run reads it when it is there again."
	}
	return rosterUnreadable, "The roster cannot be read. Nothing was changed. The server's log tells more."
}

// fail ends a run that has no plan. Clients are told what they can do something about;
// the rest is for whoever reads the log.
func (r *runner) fail(lease ledger.Lease, run ledger.Run, cause error) ledger.Run {
	run.Status, run.Ended = ledger.Failed, r.now()
	reading, isReading := errors.AsType[*unusable](cause)
	_, isUnkept := errors.AsType[*unkept](cause)
	switch {
	case r.life.Err() != nil:
		run.Code, run.Message = serverStopped, "The server was stopped before there was a plan. Nothing was changed."
	case isReading:
		run.Code, run.Message = reading.told()
	case isUnkept:
		run.Code, run.Message = "RosterNotKept", "No copy of the roster could be kept. Nothing was changed. The server's log tells more."
	default:
		run.Code, run.Message = "InternalServerError", "The run broke off before there was a plan. Nothing was changed. The server's log tells more."
	}
	// Also when the server stops, this is written.
	if err := r.data.Finish(context.WithoutCancel(r.life), lease, run, nil); err != nil {
		r.log.Error("the end of a run is not recorded", "run", run.ID, "error", err)
	}
	return run
}
