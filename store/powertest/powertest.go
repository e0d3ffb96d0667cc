// Package powertest cuts the power of programs: it records what they do to the files of a
// folder, and makes folders as a disk would hold them that forgets what was not synced.
//
//   - recording: the calls of real processes, as strace sees them, in their order.
//   - moment: just before a sync is done, when most of what was written is at risk; the
//     last one is the end of the recording.
//   - disk: what survives at a moment. What a sync covers is there: of a file what was
//     written before the sync began, of a folder the names that were given and taken. Of
//     all that came later anything may be there, down to single sectors of a write.
//
// A file system may keep more than that. None that keeps less could be used by any
// database. What is written through mapped memory is not recorded: SQLite's index of its
// log is, which it makes anew.
package powertest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Recording is what processes did to the files of a folder, one process after the other.
type Recording struct {
	t      testing.TB
	folder string
	traces []string // files of strace, by process
	events []event
}

// New begins a recording of a folder. What is in the folder now lasts. Where strace is not
// installed, or may not watch, it skips the test, and in CI (the variable CI is set) lets it
// fail.
func New(t testing.TB, folder string) *Recording {
	t.Helper()
	if said, err := exec.CommandContext(t.Context(), "strace", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		if os.Getenv("CI") == "" {
			t.Skipf("strace does not work, which is Debian's package strace: %v\n%s", err, said)
		}
		t.Fatalf("%v\n%s", err, said)
	}
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil {
		t.Fatal(err)
	}
	r := &Recording{t: t, folder: folder}
	if r.events, err = present(folder); err != nil {
		t.Fatal(err)
	}
	return r
}

// Watch makes a command one whose process is recorded. It is known by its process as
// before. The process must have ended before the next one is watched.
func (r *Recording) Watch(cmd *exec.Cmd) *exec.Cmd {
	r.t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		r.t.Fatal(err)
	}
	trace := filepath.Join(r.t.TempDir(), "trace")
	r.traces = append(r.traces, trace)
	args := append([]string{
		strace, "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", fmt.Sprint(maxWrite), "-o", trace, "-e", "signal=none", "-e", watched, cmd.Path,
	}, cmd.Args[1:]...)
	cmd.Path, cmd.Args = strace, args
	return cmd
}

// Done ends the recording, when all processes have ended.
func (r *Recording) Done() {
	r.t.Helper()
	for i, trace := range r.traces {
		events, err := parse(trace, r.folder, i)
		if err != nil {
			r.t.Fatal(err)
		}
		r.events = append(r.events, events...)
	}
	number(r.events)
	d, err := replay(r.events, len(r.events))
	if err == nil {
		err = d.root.compare(r.folder)
	}
	if err != nil {
		r.t.Fatalf("what was recorded does not end as the folder is: %v", err)
	}
}

// Moment is one at which the power may fail.
type Moment struct {
	recording *Recording
	at        int // of the recording's events, those before have begun

	// Process is the number of the process that was at work, from 0.
	Process int
	// Said is what processes had written to anything but files, such as their output and
	// their connections.
	Said string
}

// Moments returns all moments, in their order.
func (r *Recording) Moments() []Moment {
	var all []Moment
	said := make([]byte, 0, maxWrite)
	for i, e := range r.events {
		switch e.what {
		case says:
			said = append(said, e.data...)
		case syncs:
			all = append(all, Moment{r, i, e.process, string(said)})
		}
	}
	return append(all, Moment{r, len(r.events), len(r.traces) - 1, string(said)})
}

// Cut makes a folder, which must not be there yet, of what the disk holds when the power
// fails at the moment. The dice decide what is kept of that which was not synced; nil
// keeps nothing of it.
func (m Moment) Cut(folder string, dice *rand.Rand) error {
	d, err := replay(m.recording.events, m.at)
	if err != nil {
		return err
	}
	return errors.Join(os.Mkdir(folder, 0o700), d.root.write(folder, dice))
}
