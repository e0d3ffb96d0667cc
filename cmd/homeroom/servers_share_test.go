//go:build unix

package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// fleet is three servers with folders of their own that work with one database. The first
// one makes the run.
type fleet struct {
	*testing.T
	servers  [3]*server
	conn     *pgx.Conn
	database string
}

func newFleet(t *testing.T, roster string) *fleet {
	t.Helper()
	f := &fleet{T: t, database: postgrestest.Database(t)}
	t.Setenv(databaseVariable, f.database)
	t.Setenv(keyVariable, base64.StdEncoding.EncodeToString(make([]byte, keySize)))
	var starting sync.WaitGroup
	for i := range f.servers {
		dir := t.TempDir()
		starting.Go(func() { f.servers[i] = serveHere(t, dir, "--roster", roster) })
	}
	starting.Wait()
	first := f.servers[0]
	first.authorize()
	for _, s := range f.servers[1:] {
		s.token = first.token
	}
	set := first.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	for _, body := range []string{userFlowBody, classFlowBody} {
		first.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+set+"/provisioningFlows", body)
	}
	var err error
	if f.conn, err = pgx.Connect(t.Context(), f.database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.conn.Close(t.Context()) })
	return f
}

// number asks the database for one.
func (f *fleet) number(query string) (n int) {
	f.Helper()
	if err := f.conn.QueryRow(f.Context(), query).Scan(&n); err != nil {
		f.Fatal(err)
	}
	return n
}

// until asks the database again and again, and does something every time.
func (f *fleet) until(query string, meanwhile func()) {
	f.Helper()
	for f.number(query) == 0 {
		if meanwhile != nil {
			meanwhile()
		}
		if last := f.servers[2]; last.ended() {
			f.Fatalf("the server ended:\n%s", last.errOut)
		}
		if err := wait(f.Context(), 10*time.Millisecond); err != nil {
			f.Fatal(err)
		}
	}
}

// What the database is asked.
const (
	someShared  = `SELECT COUNT(*) FROM batches WHERE taker <> '' AND answer IS NOT NULL`
	runHasEnded = `SELECT COUNT(*) FROM runs WHERE status <> 'running'`
)

// shared returns how many batches a server carried out that it was handed.
func shared(s *server) int {
	s.Helper()
	found := regexp.MustCompile(`(?m)^homeroom_shared_batches_total (\d+)$`).FindStringSubmatch(s.text(http.StatusOK, "/metrics"))
	if found == nil {
		s.Fatal("a server does not tell how much it did")
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		s.Fatal(err)
	}
	return n
}

// The directory that a run of three servers leaves is the one that a sync alone leaves,
// whatever becomes of one of them and of what River knows.
func TestServersShare(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	_, err := district.Write(t.Context(), roster, district.Options{People: 12000, Seed: 5, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var undisturbed string
	for _, test := range []struct {
		name    string
		disturb func(*fleet)
		after   func(*fleet)
	}{
		{"undisturbed", nil, (*fleet).mustHaveShared},
		{"River knows nothing", (*fleet).emptyRiver, nil},
		{"one is killed", (*fleet).kill, nil},
		{"one is stopped", (*fleet).stop, (*fleet).goOn},
		{"the one whose run it is is stopped", (*fleet).stopOwner, (*fleet).ownerGoesOn},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFleet(t, roster)
			last := f.servers[2]
			f.servers[0].call(http.StatusAccepted, "POST", "/runs/start", "")
			if test.disturb != nil {
				test.disturb(f)
			}
			f.until(runHasEnded, nil)
			if status := last.newestRun()["status"].(string); status != "completed" && status != "completedWithWarnings" {
				t.Errorf("the run ended as %s\n%s", status, last.errOut)
			}
			if left := f.number(`SELECT COUNT(*) FROM batches WHERE answer IS NULL OR secrets IS NOT NULL`); left != 0 {
				t.Errorf("%d batches are unanswered, or their secrets are kept", left)
			}
			if test.after != nil {
				test.after(f)
			}
			got := last.run("directory", "export", "--stable")
			if undisturbed == "" {
				undisturbed = f.alone(roster)
			}
			if diff := cmp.Diff(undisturbed, got); diff != "" {
				t.Errorf("the directory (-alone +shared):\n%s", diff)
			}
		})
	}
}

// A run that is canceled while others have batches of it ends with what they were at. The
// next one does the rest.
func TestServersShareCanceled(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	_, err := district.Write(t.Context(), roster, district.Options{People: 12000, Seed: 5, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := newFleet(t, roster)
	f.servers[0].call(http.StatusAccepted, "POST", "/runs/start", "")
	f.until(someShared, nil)
	f.servers[1].run("runs", "cancel", "1")
	f.until(runHasEnded, nil)
	if left := f.number(`SELECT COUNT(*) FROM batches WHERE answer IS NULL AND sent > 0 OR secrets IS NOT NULL`); left != 0 {
		t.Errorf("of %d batches nobody knows what became, or their secrets are kept", left)
	}
	if code := f.number(`SELECT COUNT(*) FROM runs WHERE code = 'OperationCanceled'`); code != 1 {
		t.Errorf("the run was not canceled:\n%s", f.servers[0].errOut)
	}
	f.servers[0].call(http.StatusAccepted, "POST", "/runs/start", "")
	f.until(`SELECT COUNT(*) FROM runs WHERE status <> 'running' AND id = 2`, nil)
	got := f.servers[0].run("directory", "export", "--stable")
	if diff := cmp.Diff(f.alone(roster), got); diff != "" {
		t.Errorf("the directory (-alone +shared):\n%s", diff)
	}
}

// alone returns the directory that one sync leaves with files.
func (f *fleet) alone(roster string) string {
	f.Helper()
	settings := filepath.Join(f.TempDir(), "homeroom.yaml")
	f.servers[2].run("export", "--out", settings)
	f.Setenv(databaseVariable, "")
	for _, group := range []string{"STAFF", "STUDENTS"} {
		f.Setenv("HOMEROOM_"+group+"_PASSWORD", "Red-Tree-42")
	}
	alone := &server{process: &process{T: f.T}, dir: filepath.Join(f.TempDir(), "alone")}
	alone.run("sync", roster, "-c", settings, "--yes")
	return alone.run("directory", "export", "--stable")
}

func (f *fleet) mustHaveShared() {
	f.Helper()
	for i, s := range f.servers[1:] {
		if shared(s) == 0 {
			f.Errorf("server %d did nothing", i+2)
		}
	}
}

// emptyRiver deletes all that River knows, again and again.
func (f *fleet) emptyRiver() {
	f.Helper()
	f.until(runHasEnded, func() {
		for _, table := range []string{"river_job", "river_queue", "river_leader"} {
			if _, err := f.conn.Exec(f.Context(), `DELETE FROM `+table); err != nil {
				f.Fatal(err)
			}
		}
	})
}

func (f *fleet) kill() {
	f.Helper()
	f.until(someShared, nil)
	f.servers[1].signal(syscall.SIGKILL)
}

// stop stops a server while it has a batch: one that others take when its time is over.
func (f *fleet) stop() {
	f.Helper()
	f.until(someShared, nil)
	for f.number(runHasEnded) == 0 {
		f.servers[1].signal(syscall.SIGSTOP)
		if f.waited() {
			return
		}
		f.servers[1].signal(syscall.SIGCONT)
	}
	f.Fatal("the server was never stopped while it had a batch")
}

// waited reports whether a run waits for batches that a server has which was stopped: for a
// while nothing else is left, and none of them is done.
func (f *fleet) waited() bool {
	f.Helper()
	last := ""
	for same := 0; same < 100; same++ {
		var now string
		err := f.conn.QueryRow(f.Context(), `SELECT COALESCE(string_agg(number || ' ' || taker, ','), '') FROM batches WHERE answer IS NULL`).Scan(&now)
		if err != nil {
			f.Fatal(err)
		}
		if f.number(runHasEnded) > 0 {
			return false
		}
		if now != last || now == "" {
			same, last = 0, now
		}
		if err := wait(f.Context(), 20*time.Millisecond); err != nil {
			f.Fatal(err)
		}
	}
	return true
}

// goOn lets the server go on that was stopped, and waits until it has noticed.
func (f *fleet) goOn() { f.goesOn(f.servers[1], "another server goes on") }

// stopOwner stops the server whose run it is. Another one takes the run over when the lease
// has run out.
func (f *fleet) stopOwner() {
	f.Helper()
	f.until(someShared, nil)
	f.servers[0].signal(syscall.SIGSTOP)
}

func (f *fleet) ownerGoesOn() { f.goesOn(f.servers[0], "another process has taken over") }

// goesOn lets a server go on that was stopped, until it says what it is to say. It writes
// nothing by then.
func (f *fleet) goesOn(s *server, says string) {
	f.Helper()
	before := f.journal()
	s.signal(syscall.SIGCONT)
	s.until("it has noticed", func() bool { return strings.Contains(s.errOut.String(), says) })
	if diff := cmp.Diff(before, f.journal()); diff != "" {
		f.Errorf("the journal after it went on (-before +after):\n%s", diff)
	}
}

// journal returns who did which batch, and what became of it.
func (f *fleet) journal() string {
	f.Helper()
	var all string
	err := f.conn.QueryRow(f.Context(), `
		SELECT string_agg(number || ' ' || taker || ' ' || sent || ' ' || answer, '; ' ORDER BY number) FROM batches`).Scan(&all)
	if err != nil {
		f.Fatal(err)
	}
	return fmt.Sprintf("generation %d: %s", f.number(`SELECT generation FROM scopes`), all)
}
