//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whoever has seen enough closes the pipe, and hears nothing of it.
func TestClosedPipe(t *testing.T) {
	s := newSite(t, 2000)
	s.output(s.sync("data", 0))
	for _, command := range [][]string{
		{"plan", s.rosters[0], "-c", s.config, "--all", "--data", s.dir + "/new"},
		{"plan", s.rosters[0], "-c", s.config, "-o", "json", "--data", s.dir + "/new"},
		{"plan", s.rosters[0], "-c", s.config, "-o", "csv", "--data", s.dir + "/new"},
		{"plan", s.rosters[0], "-c", s.config, "-o", "html", "--data", s.dir + "/new"},
		{"plans", "--all"}, {"directory", "ls", "all"}, {"directory", "export", "-o", "json"}, {"directory", "export", "-o", "ldif"},
	} {
		first, p := s.head(s.command("data", command...))
		if p.says(exitUnread, ""); first == "" {
			t.Errorf("%v printed nothing", command)
		}
	}
}

// head runs the program, reads a line of what it prints, and closes the pipe.
func (s *site) head(cmd *exec.Cmd) (string, *process) {
	s.Helper()
	out, in, err := os.Pipe()
	s.must(err)
	p := start(s.T, cmd, in)
	_ = in.Close() // the program has its own
	first, err := bufio.NewReader(out).ReadString('\n')
	s.must(err)
	s.must(out.Close())
	<-p.gone
	return first, p
}

// A run that was told not to ask needs nobody who reads; one that would ask has
// nobody to ask.
func TestSyncIntoClosedPipe(t *testing.T) {
	s := newSite(t, 2000)
	_, p := s.head(s.command("asks", "sync", s.rosters[0], "-c", s.config, "--all"))
	p.says(exitUnread, "")
	if out := s.output(s.command("asks", "runs")); out != "There was no run yet.\n" {
		t.Errorf("there was a run: %s", out)
	}
	_, p = s.head(s.command("data", "sync", s.rosters[0], "-c", s.config, "--all", "--yes"))
	p.says(exitDone, "")
	s.settled("data", 0)
}

// Output that cannot be written to its end is an error of every command.
func TestFullOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no full device: ", err)
	}
	defer full.Close()
	s := newSite(t, 200)
	s.output(s.sync("data", 0))
	roster, config := s.rosters[0], s.config
	for _, command := range [][]string{
		{"--help"}, {"check", roster}, {"check", roster, "-o", "json"},
		{"plan", roster, "-c", config}, {"plan", roster, "-c", config, "-o", "json"},
		{"plan", roster, "-c", config, "-o", "csv"}, {"plan", roster, "-c", config, "-o", "html"},
		{"explain", "RoleGroup_students", roster, "-c", config},
		{"runs"}, {"runs", "1"}, {"plans"}, {"plans", "-o", "html"},
		{"directory", "ls", "all"}, {"directory", "show", "RoleGroup_students", "--kind", "securityGroups"},
		{"directory", "export"}, {"directory", "export", "-o", "json"}, {"directory", "export", "-o", "ldif"},
	} {
		p := start(t, s.command("data", command...), full)
		p.says(exitFailed, "homeroom: The output cannot be written: write /dev/stdout: no space left on device\n")
	}
	p := start(t, s.sync("new", 0), full)
	p.says(exitFailed, "homeroom: The plan cannot be shown, so nothing was changed: The output cannot be written: write /dev/stdout: no space left on device\n")
	if out := s.output(s.command("new", "runs")); out != "There was no run yet.\n" {
		t.Errorf("there was a run: %s", out)
	}
}

// Notes that nobody can read stop nothing.
func TestFullNotes(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no full device: ", err)
	}
	defer full.Close()
	s := newSite(t, 200)
	s.must(os.WriteFile(filepath.Join(s.rosters[0], "orgs.csv"), []byte("sourcedId,name,type\nS,School,school\nS,School,school\n"), 0o600))
	cmd := s.command("data", "plan", s.rosters[0], "-c", s.config)
	cmd.Stdout, cmd.Stderr = io.Discard, full
	if err := cmd.Run(); err != nil {
		t.Error(err)
	}
}

// However little room there is, a run that finds too little says so in one sentence,
// and goes on when there is more.
func TestFullDisk(t *testing.T) {
	s := newSite(t, 2000)
	s.output(s.sync("calm", 0))
	want := s.stable("calm")
	for _, blocks := range []string{"100", "600", "2000"} {
		data := "data-" + blocks
		limited := exec.Command("sh", "-c", `ulimit -f "$1"; shift; exec homeroom "$@"`, "sh", blocks, "sync", s.rosters[0], "-c", s.config, "--yes")
		limited.Env = s.sync(data, 0).Env
		p := start(t, limited, nil)
		said := strings.Split(strings.TrimSuffix(p.ends(exitFailed), "\n"), "\n")
		if last := said[len(said)-1]; !strings.HasPrefix(last, "homeroom: The data folder takes no more: ") {
			t.Errorf("with %s blocks it says %q", blocks, last)
		}
		s.output(s.sync(data, 0))
		if diff := cmp.Diff(want, s.stable(data)); diff != "" {
			t.Errorf("with %s blocks (-undisturbed +afterwards):\n%s", blocks, diff)
		}
		s.settled(data, 0)
	}
}

// A file that cannot be written whole is not there.
func TestFullDiskForNewFile(t *testing.T) {
	s := newSite(t, 2000)
	s.output(s.sync("data", 0))
	path := filepath.Join(s.dir, "sheet.csv")
	// The database is in use already and needs no room for this.
	limited := exec.Command("sh", "-c", `ulimit -f 64; exec homeroom passwords export --out "$1"`, "sh", path)
	limited.Env = s.sync("data", 0).Env
	said := start(t, limited, nil).ends(exitFailed)
	if !strings.HasPrefix(said, "homeroom: The file "+path+" cannot be written: ") || exists(path) {
		t.Errorf("it says %q, and the file is there: %v", said, exists(path))
	}
	if len(s.sheet("data")) < 1000 {
		t.Error("passwords are lost")
	}
}
