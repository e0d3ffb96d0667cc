//go:build unix

package main

import (
	"encoding/base64"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/district"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/store"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// A run whose server dies in the middle is carried on by another one, which works with
// the same database from another folder, and by another clock. The directory ends up as an
// undisturbed sync leaves it.
func TestServersTakeOver(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	_, err := district.Write(t.Context(), roster, district.Options{People: 6000, Seed: 5, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	database := postgrestest.Database(t)
	t.Setenv(databaseVariable, database)
	t.Setenv(keyVariable, base64.StdEncoding.EncodeToString(make([]byte, keySize)))
	first := serveHere(t, t.TempDir(), "--roster", roster)
	second := serveAs(t, as("ahead"), t.TempDir(), "--roster", roster)
	first.authorize()
	second.token = first.token
	set := first.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	for _, body := range []string{userFlowBody, classFlowBody} {
		second.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets/"+set+"/provisioningFlows", body)
	}
	first.call(http.StatusAccepted, "POST", "/runs/start", "")
	awaitBatch(first, database)
	second.call(http.StatusConflict, "POST", "/runs/start", "")
	first.signal(syscall.SIGKILL)

	awaitEnd(second, database)
	run := second.newestRun()
	if status := run["status"].(string); !strings.HasPrefix(status, "completed") {
		t.Fatalf("the run ended as %v\n%s", run, second.errOut)
	}
	got := second.run("directory", "export", "--stable")
	settings := filepath.Join(t.TempDir(), "homeroom.yaml")
	second.run("export", "--out", settings)
	second.stop()

	t.Setenv(databaseVariable, "")
	for _, group := range []string{"STAFF", "STUDENTS"} {
		t.Setenv("HOMEROOM_"+group+"_PASSWORD", "Red-Tree-42")
	}
	alone := &server{process: &process{T: t}, dir: filepath.Join(t.TempDir(), "alone")}
	alone.run("sync", roster, "-c", settings, "--yes")
	if diff := cmp.Diff(alone.run("directory", "export", "--stable"), got); diff != "" {
		t.Errorf("the directory (-undisturbed +taken over):\n%s", diff)
	}
}

// awaitBatch waits until a batch of the first run was sent.
func awaitBatch(s *server, database string) {
	s.Helper()
	await(s, database, func(m *store.Store) (bool, error) {
		_, sent, err := m.LastBatch(s.Context(), s.tenant, 1)
		return sent, err
	})
}

// awaitEnd waits until the first run has ended.
func awaitEnd(s *server, database string) {
	s.Helper()
	await(s, database, func(m *store.Store) (bool, error) {
		run, err := m.Run(s.Context(), s.tenant, 1)
		return run.Status != ledger.Running, err
	})
}

// await asks the database now and then, so that servers have the processor.
func await(s *server, database string, there func(*store.Store) (bool, error)) {
	s.Helper()
	m, err := store.OpenReadOnly(s.Context(), database)
	if err != nil {
		s.Fatal(err)
	}
	defer m.Close()
	for {
		is, err := there(m)
		if err != nil || s.ended() {
			s.Fatalf("%v; the server says\n%s", err, s.errOut)
		}
		if is {
			return
		}
		if err := wait(s.Context(), 20*time.Millisecond); err != nil {
			s.Fatal(err)
		}
	}
}

// A server that is never to start runs by itself leaves the times of the others as they are.
func TestNeverLeavesOthersTimes(t *testing.T) {
	dir, roster := t.TempDir(), filepath.Join(t.TempDir(), "roster")
	writeDistrict(t, roster)
	m, err := (&app{dataDir: dir}).open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	scope := m.scope(localTarget)
	other := ledger.Due{Schedule: "0 5,17 * * * UTC", At: time.Now().Add(time.Hour).Truncate(time.Second).UTC()}
	if _, err := m.PutDue(t.Context(), scope, ledger.Due{}, other); err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, dir, "--roster", roster)
	s.authorize()
	for range 10 { // each after the server has had time to look
		s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)
	}
	s.stop()
	if due, err := m.Due(t.Context(), scope); err != nil || due.Schedule != other.Schedule || !due.At.Equal(other.At) {
		t.Errorf("the others' time has become %v, %v", due, err)
	}
}
