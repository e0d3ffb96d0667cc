package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/plan"
)

// What is a schedule, and when its times are: those of the clock on the wall, also where
// that is put forward or back.
func TestSchedule(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ text, after, want string }{
		{"0 5,17 * * *", "2026-09-01T03:00:00Z", "2026-09-01T15:00:00Z"},
		{"0 5,17 * * *", "2026-09-01T02:59:59Z", "2026-09-01T03:00:00Z"},
		{" 30  4 * *  1-5 ", "2026-09-04T20:00:00Z", "2026-09-07T02:30:00Z"}, // over the week-end
		{"0 5 * * *", "2026-10-24T04:00:00Z", "2026-10-25T04:00:00Z"},        // the night is an hour longer
		{"0 5 * * *", "2027-03-27T05:00:00Z", "2027-03-28T03:00:00Z"},        // and shorter
		{"30 2 * * *", "2027-03-27T01:30:00Z", "2027-03-28T01:30:00Z"},       // there is no 2:30 in that night
		{"30 2 * * *", "2026-10-24T00:30:00Z", "2026-10-25T01:30:00Z"},       // and two in that one,
		{"30 2 * * *", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"},       // of which one counts
		{"15 * * * *", "2027-03-28T00:15:00Z", "2027-03-28T01:15:00Z"},
		{"@daily", "2026-09-01T00:00:00Z", "2026-09-01T22:00:00Z"},
		{"@every 12h", "2026-09-01T00:00:00Z", "2026-09-01T12:00:00Z"},
		{"never", "2026-09-01T00:00:00Z", "0001-01-01T00:00:00Z"},
	} {
		s, err := parseSchedule(test.text)
		if err != nil {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if got := s.due(instant(t, test.after), berlin).At; !got.Equal(instant(t, test.want)) {
			t.Errorf("%q after %s: %s, want %s", test.text, test.after, got, test.want)
		}
	}
	daily, err := parseSchedule("@daily")
	if err != nil {
		t.Fatal(err)
	}
	at := instant(t, "2026-09-01T00:00:00Z")
	if here, there := daily.due(at, berlin), daily.due(at, time.UTC); here.Schedule == there.Schedule {
		t.Errorf("in two time zones it is the same schedule, %q", here.Schedule)
	}
	for _, text := range []string{"", "5", "0 25 * * *", "* * * * * *", "0 0 30 2 *", "TZ=UTC", "TZ=UTC 0 5 * * *", "CRON_TZ=UTC 0 5 * * *", "@sometimes", "@every x", "0 5 * *\x00*"} {
		if _, err := parseSchedule(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// clocked is a runner whose clock the test sets.
type clocked struct {
	*testing.T
	*runner
	at time.Time
}

func newClocked(t *testing.T) *clocked {
	t.Helper()
	m, err := openDev(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	if err := seed(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, err := m.embedded(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := &clocked{T: t, at: instant(t, "2026-09-01T00:30:00Z")}
	times, err := parseSchedule("0 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	settings := &served{data: m, dev: true, schedule: &times}
	c.runner = &runner{
		app: new(app), data: m, settings: settings.of, metrics: newMetrics(), log: slog.New(slog.DiscardHandler),
		rosters: map[string]string{m.tenant: filepath.Join(t.TempDir(), "roster")},
		now:     func() time.Time { return c.at }, life: t.Context(),
	}
	writeDistrict(t, c.rosters[m.tenant])
	return c
}

// passes lets the time pass until the minute of the first day, with the server looking at
// the end, and waits until runs have ended. The runs are then as many as wanted.
func (c *clocked) passes(until time.Duration, runs int, what string) []ledger.Run {
	c.Helper()
	c.at = instant(c.T, "2026-09-01T00:00:00Z").Add(until)
	if err := c.look(c.Context(), c.data.tenant); err != nil {
		c.Fatalf("%s: %v", what, err)
	}
	c.wait()
	all, err := c.data.Runs(c.Context(), c.data.scope(localTarget), 100)
	if err != nil {
		c.Fatal(err)
	}
	if len(all) != runs {
		c.Errorf("%s: there are %d runs, want %d", what, len(all), runs)
	}
	return all
}

func (c *clocked) start() {
	c.Helper()
	if err := c.Start(c.Context(), access.Caller{Tenant: c.data.tenant, Kind: access.Application, App: "app"}); err != nil {
		c.Fatal(err)
	}
	c.wait()
}

// Every hour a run starts by itself: once for all the times that nobody looked, not when a
// client started one since the last time, not while runs are paused or another one is under
// way, and not when the schedule was just made.
func TestAutomaticRuns(t *testing.T) {
	c := newClocked(t)
	const hour, minute = time.Hour, time.Minute
	c.passes(30*minute, 0, "before the first time")
	c.passes(59*minute, 0, "a minute before")
	runs := c.passes(hour, 1, "at the first time")
	if len(runs) > 0 && (runs[0].Status == ledger.Failed || !runs[0].Started.Equal(c.at)) {
		t.Errorf("the run is %v", runs[0])
	}
	c.passes(hour+minute, 1, "after it")
	c.passes(7*hour+minute, 2, "after six that were missed")
	c.passes(7*hour+2*minute, 2, "once they are made up for")
	c.at = c.at.Add(10 * minute)
	c.start()
	c.passes(8*hour, 3, "after a client's start")
	c.passes(9*hour, 4, "the time after")

	lease, release, err := c.data.acquire(t.Context(), localTarget, false)
	if err != nil {
		t.Fatal(err)
	}
	begun, err := c.data.Begin(t.Context(), lease, ledger.Run{Started: c.at})
	if err != nil {
		t.Fatal(err)
	}
	c.passes(10*hour, 5, "while another one is under way")
	begun.Status, begun.Ended = ledger.Failed, c.at
	if err := c.data.Finish(t.Context(), lease, begun, nil); err != nil {
		t.Fatal(err)
	}
	release()
	c.passes(10*hour+minute, 5, "which is not made up for")

	starts, err := c.data.Starts(t.Context(), c.data.tenant, time.Time{})
	if err != nil || len(starts) != 1 {
		t.Errorf("starts of clients: %v, %v", starts, err)
	}
	audit, err := c.data.Audit(t.Context(), c.data.tenant, 100)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, e := range audit {
		if e.Action == "start" {
			kinds[e.Kind]++
		}
	}
	if kinds["schedule"] != 3 || kinds["application"] != 1 {
		t.Errorf("the audit has the starts %v", kinds)
	}
	times, err := parseSchedule("30 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	settings := c.settings
	c.settings = func(ctx context.Context, tenant string) (*config, error) {
		changed, err := settings(ctx, tenant)
		changed.Runs.Schedule = times
		return changed, err
	}
	c.passes(40*hour, 5, "when the schedule becomes another one")
	c.passes(40*hour+30*minute, 6, "at its first time")
}

// Two servers whose clocks are ten minutes apart make one run at each time, wherever between
// two times each of them looks.
func TestAutomaticRunsByTwoClocks(t *testing.T) {
	c := newClocked(t)
	for passed := 20 * time.Minute; passed < 5*time.Hour+30*time.Minute; passed += 7 * time.Minute {
		for _, ahead := range []time.Duration{0, clocksApart} { // all that a server knows is in the database
			c.at = instant(t, "2026-09-01T00:00:00Z").Add(passed + ahead)
			if err := c.look(t.Context(), c.data.tenant); err != nil {
				t.Fatal(err)
			}
			c.wait()
		}
	}
	runs, err := c.data.Runs(t.Context(), c.data.scope(localTarget), 100)
	if err != nil || len(runs) != 5 {
		t.Errorf("in five and a half hours there are %d runs, %v", len(runs), err)
	}
}

// After a revert no run starts by itself until somebody resumes, nor does one that would
// carry out nothing.
func TestAutomaticRunsPaused(t *testing.T) {
	c := newClocked(t)
	c.passes(30*time.Minute, 0, "before the first time")
	lease, release, err := c.data.acquire(t.Context(), localTarget, false)
	if err != nil {
		t.Fatal(err)
	}
	revert, err := c.data.Begin(t.Context(), lease, ledger.Run{Kind: ledger.Revert, Started: c.at})
	if err != nil {
		t.Fatal(err)
	}
	rejected := ledger.Commit{Run: revert, Rejected: &ledger.Rejection{Run: revert.ID}}
	if err := c.data.Commit(t.Context(), lease, rejected, func(func(plan.Step, error) bool) {}, nil); err != nil {
		t.Fatal(err)
	}
	revert.Status, revert.Ended = ledger.Completed, c.at
	if err := c.data.Finish(t.Context(), lease, revert, nil); err != nil {
		t.Fatal(err)
	}
	release()
	c.passes(time.Hour, 1, "while paused")
	if err := c.data.Resume(t.Context(), lease.Scope); err != nil {
		t.Fatal(err)
	}
	c.passes(90*time.Minute, 1, "between two times")
	c.passes(2*time.Hour, 2, "once resumed")
	settings := c.settings
	c.settings = func(ctx context.Context, tenant string) (*config, error) {
		none, err := settings(ctx, tenant)
		none.Settings.Sets = nil
		return none, err
	}
	c.passes(3*time.Hour, 2, "with no flow that is ready")
}

// A time that comes while somebody makes a backup, or looks at a plan before saying yes, is
// not skipped: the run starts when that is done.
func TestAutomaticRunsWait(t *testing.T) {
	c := newClocked(t)
	c.passes(30*time.Minute, 0, "before the first time")
	_, release, err := c.data.acquire(t.Context(), localTarget, false)
	if err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(30 * time.Minute)
	if err := c.look(t.Context(), c.data.tenant); fault.KindOf(err) != fault.Busy {
		t.Errorf("while somebody is at work: %v", err)
	}
	release()
	c.passes(time.Hour+time.Minute, 1, "when that is done")
	c.passes(time.Hour+2*time.Minute, 1, "a minute later")
}

// A roster that runs have read and that is gone makes a run that fails, so that somebody is
// told, every time; one that never was makes none.
func TestAutomaticRunsWithoutRoster(t *testing.T) {
	c := newClocked(t)
	roster := c.rosters[c.data.tenant]
	if err := os.Rename(roster, roster+".later"); err != nil {
		t.Fatal(err)
	}
	c.passes(30*time.Minute, 0, "before the first time")
	c.passes(time.Hour, 0, "before there was a roster")
	if err := os.Rename(roster+".later", roster); err != nil {
		t.Fatal(err)
	}
	c.passes(2*time.Hour, 1, "with it")
	if err := os.RemoveAll(roster); err != nil {
		t.Fatal(err)
	}
	settings := c.settings
	c.settings = func(ctx context.Context, tenant string) (*config, error) {
		none, err := settings(ctx, tenant)
		none.Settings.Sets = nil // as the API has it: without a roster no flow is ready
		return none, err
	}
	c.passes(3*time.Hour, 2, "when it is gone")
	runs := c.passes(4*time.Hour, 3, "and the next time")
	if run := runs[0]; run.Status != ledger.Failed || run.Code != "RosterUnreadable" || !strings.Contains(run.Message, "no roster") {
		t.Errorf("the run ended as %+v", run)
	}
}

// A run that had no plan yet when its server ended, however it did, is begun again by the
// next one, and once.
func TestRunsAreBegunAgain(t *testing.T) {
	for _, how := range []string{"stopped", "killed"} {
		c := newClocked(t)
		life, stop := context.WithCancel(t.Context())
		stop()
		end := func(until time.Duration, runs int) {
			t.Helper()
			if how == "stopped" {
				c.life = life
				c.passes(until, runs, "when the server is stopped")
				c.life = t.Context()
				return
			}
			lease, release, err := c.data.acquire(t.Context(), localTarget, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.data.Begin(t.Context(), lease, ledger.Run{Started: c.at}); err != nil {
				t.Fatal(err)
			}
			release()
			c.at = instant(t, "2026-09-01T00:00:00Z").Add(until)
			due, err := c.data.Due(t.Context(), lease.Scope)
			if err != nil {
				t.Fatal(err)
			}
			next := due
			next.At = c.at.Truncate(time.Hour).Add(time.Hour)
			if _, err := c.data.PutDue(t.Context(), lease.Scope, due, next); err != nil {
				t.Fatal(err)
			}
		}
		resume := func() {
			t.Helper()
			if err := c.resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c.passes(30*time.Minute, 0, "before the first time")
		end(time.Hour, 1)
		resume()
		again := c.passes(time.Hour+time.Minute, 2, how+", and begun again")
		if again[0].Status == ledger.Failed {
			t.Errorf("%s, and begun again: %+v", how, again[0])
		}
		c.passes(time.Hour+2*time.Minute, 2, how+", a minute later")
		end(2*time.Hour, 3)
		resume()
		end(2*time.Hour+time.Minute, 4)
		resume()
		c.passes(2*time.Hour+2*time.Minute, 4, how+" twice in a row")
		c.passes(3*time.Hour, 5, how+", at the time after")
	}
}
