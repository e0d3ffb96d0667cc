//go:build unix

package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unread starts the program and reads the first bytes of what it prints, and no more,
// so that it waits for its reader as soon as the pipe is full.
func unread(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = out.Close() })
	p := start(t, cmd, in)
	_ = in.Close() // the program has its own
	if _, err := io.ReadFull(out, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	return p
}

// until waits for something that comes while the program is at work.
func (p *process) until(what string, there func() bool) {
	p.Helper()
	for !there() {
		if p.ended() {
			p.Fatalf("%v ended before %s:\n%s", p.cmd.Args, what, p.errOut)
		}
		runtime.Gosched()
	}
}

// Whoever prints much can be stopped although nobody reads it.
func TestStoppedWhilePrinting(t *testing.T) {
	s := newSite(t, 2000)
	s.output(s.sync("data", 0))
	for _, command := range [][]string{
		{"plan", s.rosters[0], "-c", s.config, "--all", "--data", s.dir + "/new"},
		{"plan", s.rosters[0], "-c", s.config, "-o", "json", "--data", s.dir + "/new"},
		{"plan", s.rosters[0], "-c", s.config, "-o", "csv", "--data", s.dir + "/new"},
		{"plan", s.rosters[0], "-c", s.config, "-o", "html", "--data", s.dir + "/new"},
		{"sync", s.rosters[0], "-c", s.config, "--all", "--yes", "--data", s.dir + "/new"},
		{"plans", "-o", "json"}, {"directory", "ls", "all"}, {"directory", "export"}, {"directory", "export", "-o", "ldif"},
	} {
		p := unread(t, s.command("data", command...))
		p.signal(os.Interrupt)
		p.says(exitFailed, stoppedText+"\n")
	}
}

// What was generated halfway is removed.
func TestStoppedWhileGenerating(t *testing.T) {
	dir := t.TempDir()
	roster := filepath.Join(dir, "roster")
	p := start(t, exec.Command("homeroom", "generate", "--people", "10000000", "--out", roster), nil)
	p.until("it wrote anything", func() bool {
		entries, err := os.ReadDir(roster)
		return err == nil && len(entries) > 0
	})
	p.signal(syscall.SIGTERM)
	p.says(exitFailed, fmt.Sprintf("homeroom: Writing %s was stopped, and what was written is removed. The same command begins anew.\n", roster))
	if left := filesIn(t, dir); len(left) > 0 {
		t.Errorf("there is left: %v", left)
	}
}

// A run that is stopped says how far it came, and the same command goes on from
// there to what an undisturbed run makes.
func TestStoppedWhileApplying(t *testing.T) {
	s := newSite(t, 3000)
	s.output(s.sync("calm", 0))
	p := start(t, s.sync("data", 0), nil)
	p.until("it applied anything", func() bool { return inLedger(t, filepath.Join(s.dir, "data", databaseName)) > 0 })
	p.signal(os.Interrupt)
	said := p.ends(exitFailed)
	if !regexp.MustCompile(`^homeroom: Run 1 was stopped after step [1-9]\d* of \d+; nothing of it is lost. Run the same command again to go on.\n$`).MatchString(said) {
		t.Errorf("it says %q", said)
	}
	if out := s.output(s.sync("data", 0)); !strings.Contains(out, "it was carried on") {
		t.Errorf("the next run begins anew: %s", out)
	}
	if diff := cmp.Diff(s.stable("calm"), s.stable("data")); diff != "" {
		t.Errorf("directory (-undisturbed +stopped):\n%s", diff)
	}
}

// inLedger returns how many objects the ledger has, 0 while there is no database.
func inLedger(t *testing.T, path string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// Until the program made the table there is nothing to count.
	_ = db.QueryRow("SELECT count(*) FROM objects").Scan(&n)
	return n
}

// Passwords are handed out or kept, whenever it is stopped.
func TestStoppedWhileExportingPasswords(t *testing.T) {
	s := newSite(t, 2000)
	s.output(s.sync("data", 0))
	path := filepath.Join(s.dir, "sheet.csv")
	p := start(t, s.command("data", "passwords", "export", "--out", path), nil)
	p.until("it wrote the file", func() bool { return p.ended() || exists(path) })
	_ = p.cmd.Process.Signal(os.Interrupt) // it may have ended
	<-p.gone
	if exists(path) {
		if said := p.ends(exitDone); said != "" {
			t.Errorf("it says %q", said)
		}
		p = start(t, s.command("data", "passwords", "export", "--out", path+"2"), nil)
		p.says(exitFailed, "homeroom: There are no passwords to hand out.\n")
		return
	}
	p.says(exitFailed, stoppedText+"\n")
	s.sheet("data")
}

// What a measurement made for itself goes with it. What it was told to keep it names.
func TestStoppedWhileMeasuring(t *testing.T) {
	dir, kept := t.TempDir(), filepath.Join(t.TempDir(), "bench")
	for _, test := range []struct {
		args []string
		says string
	}{
		{nil, "homeroom: The measurement was stopped, and its files are removed. The same command begins anew.\n"},
		{[]string{"--dir", kept}, fmt.Sprintf("homeroom: The measurement was stopped. Delete %s, where its files are; the same command then begins anew.\n", kept)},
	} {
		cmd := exec.Command("homeroom", append([]string{"bench", "--people", "100000"}, test.args...)...)
		cmd.Env = append(os.Environ(), "TMPDIR="+dir)
		p := start(t, cmd, nil)
		if !p.errOut.await("check …") {
			t.Fatalf("it never came to check: %s", p.errOut)
		}
		p.signal(syscall.SIGTERM)
		if said := p.ends(exitFailed); !strings.HasSuffix(said, "check …\n"+test.says) {
			t.Errorf("it says %q", said)
		}
	}
	if left := filesIn(t, dir); len(left) > 0 {
		t.Errorf("there is left: %v", left)
	}
	if !exists(filepath.Join(kept, "today")) {
		t.Errorf("%s is gone", kept)
	}
}

// A demonstration that is stopped says where its files are.
func TestStoppedWhileDemonstrating(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := start(t, exec.Command("homeroom", "demo", "--dir", dir), in)
	_ = in.Close() // the program has its own
	lines := bufio.NewReader(out)
	for line := ""; !strings.HasPrefix(line, "2. "); {
		if line, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	p.signal(os.Interrupt)
	p.says(exitFailed, fmt.Sprintf("homeroom: The demonstration was stopped. Delete %s, where its files are.\n", dir))
}
