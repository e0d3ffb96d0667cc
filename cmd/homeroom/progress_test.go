package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newTestProgress returns a progress on a terminal of so many columns, 0 for none,
// with a clock of its own. It is drawn when the test draws it.
func newTestProgress(columns int) (p *progress, out *bytes.Buffer, pass func(time.Duration)) {
	now := time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC)
	out = new(bytes.Buffer)
	p = &progress{
		out: out, width: func() int { return columns }, now: func() time.Time { return now },
		ticker: make(chan struct{}),
	}
	return p, out, func(d time.Duration) { now = now.Add(d); p.draw() }
}

// A line shows as much as fits.
func TestBarFits(t *testing.T) {
	began := time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC)
	reading := work{doing: "reading", things: bytesRead, began: began, done: 120e6, total: 270e6}
	users := work{doing: "going through users", things: "users", began: began, done: 12000}
	resumed := work{doing: "applying", things: "steps", began: began, first: 5000, done: 6000, total: 10_006_000}
	all := work{doing: "storing the plan", things: "steps", began: began, done: 10, total: 10}
	for _, test := range []struct {
		work    work
		columns int
		want    string
	}{
		{reading, 120, "reading  [================                      ]  44%  120 MB of 270 MB  60 MB/s  3 s left"},
		{reading, 79, "reading  [===========               ]  44%  120 MB of 270 MB  60 MB/s  3 s left"},
		{reading, 50, "reading  44%  120 MB of 270 MB  60 MB/s  3 s left"},
		{reading, 40, "reading  44%  120 MB of 270 MB  3 s left"},
		{reading, 39, "reading  [=====        ]  44%  3 s left"},
		{reading, 22, "reading  44%  3 s left"},
		{reading, 19, "reading  44%"},
		{users, 79, "going through users  12000 users  6000/s  2 s"},
		{users, 19, "going through users"},
		{users, 10, "going thro"},
		{resumed, 79, "applying  [               ]  0%  6000 of 10006000 steps  500/s  5 h 33 min left"},
		{all, 60, "storing the plan  100%  10 of 10 steps  5/s  finishing"},
	} {
		if got := test.work.bar(began.Add(2*time.Second), test.columns); got != test.want {
			t.Errorf("%d columns:\n got %q\nwant %q", test.columns, got, test.want)
		} else if len(got) > test.columns {
			t.Errorf("%d columns: %q has %d", test.columns, got, len(got))
		}
	}
}

// What is quick shows nothing; then the line is drawn over, without escape codes, and
// taken away.
func TestBarOnTerminal(t *testing.T) {
	p, out, pass := newTestProgress(40)
	p.update("hashing", bytesRead, 1e6, 4e6)
	pass(400 * time.Millisecond)
	if out.Len() > 0 {
		t.Errorf("after 0.4 seconds: %q", out)
	}
	p.update("reading", bytesRead, 1e6, 4e6)
	pass(100 * time.Millisecond)
	p.update("reading", bytesRead, 3e6, 4e6)
	pass(50 * time.Millisecond) // too soon
	pass(1900 * time.Millisecond)
	p.erase()
	p.erase() // there is none
	pass(time.Second)
	p.idle()
	pass(time.Second)
	p.update("planning", "objects", 0, 9)
	pass(time.Second)
	p.silence()
	p.update("applying", "steps", 1, 9)
	pass(time.Minute)
	want := "\rreading  25%  1 MB of 4 MB  0 s        " +
		"\rreading  75%  3 MB of 4 MB  1 s left   " +
		"\r                                       \r" +
		"\rreading  75%  3 MB of 4 MB  2 s left   " +
		"\r                                       \r" +
		"\rplanning  0%  0 of 9 objects  1 s      " +
		"\r                                       \r"
	if diff := cmp.Diff(strings.Split(want, "\r"), strings.Split(out.String(), "\r")); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

// Where there is no terminal, what takes long says so now and then.
func TestLines(t *testing.T) {
	p, out, pass := newTestProgress(0)
	p.update("reading", bytesRead, 1e6, 40e6)
	pass(1900 * time.Millisecond)
	if out.Len() > 0 {
		t.Errorf("after 1.9 seconds: %q", out)
	}
	for i := range 12 { // seconds
		p.update("reading", bytesRead, int64(i+2)*1e6, 40e6)
		pass(time.Second)
	}
	p.begin("comparing rosters")
	pass(4 * time.Second)
	want := `reading:  5%  2 MB of 40 MB  344 kB/s  1 min 50 s left
reading:  17%  7 MB of 40 MB  759 kB/s  43 s left
reading:  30%  12 MB of 40 MB  852 kB/s  33 s left
comparing rosters:  4 s
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// Nothing moves back when readers overtake each other.
func TestProgressNeverGoesBack(t *testing.T) {
	p, out, pass := newTestProgress(0)
	p.update("reading", bytesRead, 30e6, 40e6)
	p.update("reading", bytesRead, 20e6, 40e6)
	pass(lineAfter)
	if want := "reading:  75%  30 MB of 40 MB  2 s\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// What takes long to stop says so, and nothing else any more.
func TestStopping(t *testing.T) {
	p, out, pass := newTestProgress(0)
	p.update("reading", bytesRead, 1e6, 4e6)
	pass(time.Second)
	p.stopping()
	p.update("planning", "objects", 1, 4)
	pass(time.Second)
	pass(time.Second)
	if want := "stopping (Ctrl-C again ends at once):  2 s\n"; out.String() != want {
		t.Errorf("got %q, want %q", out, want)
	}
}
