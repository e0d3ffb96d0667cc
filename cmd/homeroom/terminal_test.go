//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// onTerminal runs the program on a terminal of so many columns, in an environment that
// has that besides, until it shows something that contains the text; then Ctrl-C is
// pressed. It returns what was on the terminal, without the ends of lines.
func onTerminal(t *testing.T, columns uint16, until string, env []string, args ...string) []string {
	t.Helper()
	cmd := exec.Command("homeroom", args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "NO_COLOR=") }), env...)
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	seen := newWatched()
	end := make(chan struct{})
	go func() {
		defer close(end)
		_, _ = io.Copy(seen, screen) // it ends with an error when the program does
		seen.end()
	}()
	if !seen.await(until) {
		t.Fatalf("%v never showed %q: %q", args, until, seen)
	}
	if _, err := screen.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit code follows
	<-end
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	return strings.FieldsFunc(seen.String(), func(c rune) bool { return c == '\r' || c == '\n' })
}

const stoppedText = "homeroom: Stopped; nothing was changed. Run the same command again to go on."

// A bar is as wide as the terminal at most, has no escape codes, and is gone before
// anything else is said.
func TestBarOnPseudoTerminal(t *testing.T) {
	roster := vastRoster(t)
	for _, columns := range []uint16{20, 40, 80} {
		lines := onTerminal(t, columns, "hashing", []string{"TERM=xterm"}, "check", roster)
		last := len(lines) - 1
		if !strings.HasPrefix(lines[0], "hashing  ") || lines[last] != stoppedText {
			t.Errorf("%d columns: %q", columns, lines)
		}
		for _, line := range lines[:last] {
			if shown := strings.ReplaceAll(line, "^C", ""); len(shown) != int(columns)-1 || strings.Contains(line, "\x1b") {
				t.Errorf("%d columns: %q has %d", columns, line, len(shown))
			}
		}
		if blank := lines[last-1]; strings.TrimSpace(blank) != "" {
			t.Errorf("%d columns: the bar stays: %q", columns, blank)
		}
	}
}

// A terminal that is no good for a bar gets plain lines.
func TestLinesOnPseudoTerminal(t *testing.T) {
	roster := vastRoster(t)
	for _, test := range []struct {
		columns uint16
		env     string
	}{{80, "TERM=dumb"}, {80, "NO_COLOR=1"}, {0, "TERM=xterm"}, {12, "TERM=xterm"}} {
		t.Run(test.env, func(t *testing.T) {
			t.Parallel() // each waits for its first line
			lines := onTerminal(t, test.columns, "hashing:  ", []string{test.env}, "check", roster)
			if len(lines) < 2 || !strings.HasPrefix(lines[0], "hashing:  ") || lines[len(lines)-1] != stoppedText {
				t.Errorf("%v: %q", test, lines)
			}
		})
	}
}

// Every command that reads a roster shows how far that is, and stops.
func TestStoppedWhileReading(t *testing.T) {
	roster := vastRoster(t)
	s := newSite(t, 200)
	for _, command := range [][]string{
		{"check", roster}, {"plan", roster, "-c", s.config}, {"init", roster, "--out", s.dir + "/new.yaml"},
		{"explain", "User_1", roster, "-c", s.config}, {"sync", roster, "-c", s.config, "--yes"},
	} {
		lines := onTerminal(t, 80, "hashing", []string{"TERM=xterm", "HOMEROOM_DATA=" + s.dir + "/data"}, command...)
		if last := lines[len(lines)-1]; last != stoppedText {
			t.Errorf("%v: %q", command, last)
		}
	}
	if files := filesIn(t, s.dir); slices.Contains(files, "data") || slices.Contains(files, "new.yaml") {
		t.Errorf("there is something left: %v", files)
	}
}

// Who does not answer can press Ctrl-C as well as say no.
func TestStoppedAtTheQuestion(t *testing.T) {
	s := newSite(t, 200)
	lines := onTerminal(t, 80, "Carry this out? [y/N] ", []string{"TERM=xterm", "HOMEROOM_DATA=" + s.dir + "/data"},
		"sync", s.rosters[0], "-c", s.config)
	if last := lines[len(lines)-1]; last != stoppedText {
		t.Errorf("%q", last)
	}
}

// The second Ctrl-C ends a program at once that does not stop: here one that reads a
// pipe by its name, which nobody opens for writing.
func TestStoppedTwice(t *testing.T) {
	pipe := t.TempDir() + "/pipe"
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, exec.Command("homeroom", "check", pipe), nil)
	writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the program to read
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for range time.Tick(20 * time.Millisecond) { // as one presses keys: a flood upsets a program that is dying
		if p.ended() {
			break
		}
		_ = p.cmd.Process.Signal(os.Interrupt) // it may just have ended
	}
	if status := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v", p.cmd.ProcessState)
	}
}
