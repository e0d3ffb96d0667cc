package main

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// runLimits say when a server makes runs (contract C.3).
type runLimits struct {
	Schedule schedule
	Starts   int // that clients may make in startsWithin
}

func defaultRunLimits() runLimits {
	times, err := parseSchedule(defaultSchedule)
	if err != nil {
		panic(err) // the text is ours
	}
	return runLimits{Schedule: times, Starts: 5}
}

// defaultSchedule is every twelve hours, before and after school.
const defaultSchedule = "0 5,17 * * *"

// schedule is when runs start by themselves. The zero schedule is never.
type schedule struct {
	text  string
	times cron.Schedule
}

// never is the word for no schedule.
const never = "never"

// never reports whether nothing starts by itself.
func (s schedule) never() bool { return s.times == nil }

// parseSchedule reads a schedule as cron does: minute, hour, day of the month, month and
// weekday, or one of its words, such as @daily. Its hours are those of the tenant's time
// zone, so it names none.
func parseSchedule(text string) (schedule, error) {
	text = strings.Join(strings.Fields(text), " ")
	if text == never {
		return schedule{}, nil
	}
	if !strings.Contains(text, "TZ=") {
		parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
		times, err := parser.Parse(text)
		if s := (schedule{text, times}); err == nil && !s.after(time.Unix(0, 0).UTC()).IsZero() {
			return s, nil
		}
	}
	return schedule{}, fault.New(fault.Invalid,
		"%q is no schedule. Write minute, hour, day of the month, month and weekday, as in %q for twice a day, or %s.", text, defaultSchedule, never)
}

// after returns the first time of the schedule after another one, whose time zone is that
// of the schedule. It is zero for never. Times are those of the clock on the wall, each once:
// one that is left out when the clock is put forward comes an hour off, and of one that
// comes twice when it is put back one counts.
func (s schedule) after(at time.Time) time.Time {
	switch times := s.times.(type) {
	case nil:
		return time.Time{}
	case cron.ConstantDelaySchedule: // @every
		return times.Next(at)
	}
	_, offset := at.Zone()
	for wall := at.UTC().Add(time.Duration(offset) * time.Second); ; {
		wall = s.times.Next(wall)
		if wall.IsZero() {
			return wall
		}
		next := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, at.Location())
		if next.After(at) {
			return next
		}
	}
}

// due returns the first run that starts by itself after a time.
func (s schedule) due(at time.Time, zone *time.Location) ledger.Due {
	return ledger.Due{Schedule: s.named(zone), At: s.after(at.In(zone)).UTC()}
}

// named returns the schedule with its time zone, by which one knows that it was changed.
func (s schedule) named(zone *time.Location) string {
	if s.never() {
		return never
	}
	return s.text + " " + zone.String()
}

func (r *configReader) schedule(v value) error {
	text, err := v.text()
	if err != nil {
		return err
	}
	if r.Runs.Schedule, err = parseSchedule(text); err != nil {
		return v.fail("%s", err)
	}
	return nil
}

func (r *configReader) starts(v value) error {
	if err := numberTo(&r.Runs.Starts)(v); err != nil {
		return err
	}
	if r.Runs.Starts == 0 {
		return v.fail("With no starts at all clients could start nothing; take the permission IndustryData-Run.Start away from them.")
	}
	return nil
}
