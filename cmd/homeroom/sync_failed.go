package main

import (
	"cmp"
	"context"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// rosterUnreadable is the code of runs whose roster could not be read at all.
const rosterUnreadable = "RosterUnreadable"

// refuse records a run that came to nothing since its roster cannot be used, so that it is
// listed and those are told who want to know. There is none while somebody else is at work,
// nor of a path that somebody mistyped.
func (s *syncRun) refuse(ctx context.Context, c *config, path string, cause *unusable) (err error) {
	if !s.yes && fault.KindOf(cause) != fault.Roster {
		return nil
	}
	m, lease, end, err := s.takeUp(ctx, s.cmd, &s.options, c, s.wait)
	if fault.KindOf(err) == fault.Busy {
		return nil
	}
	if err != nil {
		return err
	}
	defer end(&err)
	run, err := m.Begin(ctx, lease, ledger.Run{RosterPath: path, Only: s.options.only, Started: time.Now()})
	if err != nil {
		return err
	}
	run.Status, run.Ended = ledger.Failed, time.Now()
	run.Code, run.Message = cmp.Or(cause.rule, rosterUnreadable), cause.Error()
	return m.Finish(ctx, lease, run, nil)
}
