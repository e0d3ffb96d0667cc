//go:build unix

package main

import (
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/store"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// as makes a command that of another program.
func as(program string) func(*exec.Cmd) *exec.Cmd {
	return func(cmd *exec.Cmd) *exec.Cmd {
		path, err := exec.LookPath(program)
		if err != nil {
			panic(err) // TestMain made it
		}
		cmd.Path, cmd.Args[0] = path, program
		return cmd
	}
}

// Of two processes whose clocks are ten minutes apart one alone has the lease, whichever it
// is: leases go by the database's clock. When it is killed in the middle of its run, the other
// one waits for the lease to run out and carries the run on.
func TestClocksApart(t *testing.T) {
	t.Parallel()
	for holder, waiter := range map[string]string{"ahead": "homeroom", "homeroom": "ahead"} {
		t.Run(holder, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, 3000)
			database := postgrestest.Database(t)
			s.urls = map[string]string{"one": database, "other": database}
			first := as(holder)(s.command("one", "sync", s.rosters[0], "-c", s.config))
			answer := s.asks(first)
			defer answer.Close()
			second := as(waiter)(s.sync("other", 0))
			said, err := second.CombinedOutput()
			if code := second.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(string(said), "is under way") {
				t.Fatalf("the second ends with %d, %v: %s", code, err, said)
			}
			_, err = io.WriteString(answer, "y\n")
			s.must(err)
			m, err := store.OpenReadOnly(t.Context(), database)
			s.must(err)
			defer m.Close()
			tenant, err := m.DefaultTenant(t.Context())
			s.must(err)
			for sent := false; !sent; s.must(wait(t.Context(), 5*time.Millisecond)) {
				_, sent, err = m.LastBatch(t.Context(), tenant, 1)
				s.must(err)
			}
			s.must(first.Process.Kill())
			_ = first.Wait() // it was killed
			if out := s.output(as(waiter)(s.command("other", "sync", s.rosters[0], "-c", s.config, "--yes", "--wait"))); !strings.Contains(out, "it was carried on") {
				t.Errorf("the run began anew: %s", out)
			}
			s.agree("other")
			got := s.stable("other")
			s.urls = nil // from here on files
			s.output(s.sync("calm", 0))
			if diff := cmp.Diff(s.stable("calm"), got); diff != "" {
				t.Errorf("the directory (-undisturbed +two clocks):\n%s", diff)
			}
		})
	}
}
