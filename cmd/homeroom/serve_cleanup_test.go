//go:build unix

package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/homeroomhq/homeroom/district"
)

// A cleanup is started by a client, and planned, guarded and recorded as any run: what it
// holds is approved by somebody else than who started it, and then done.
func TestServeCleanup(t *testing.T) {
	roster := filepath.Join(t.TempDir(), "roster")
	counts := writeDistrict(t, roster)
	s := serveHere(t, t.TempDir(), "--roster", roster, "--four-eyes", "--apps-may-approve")
	s.authorize()
	set := "/outboundProvisioningFlowSets/" + s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	s.call(http.StatusCreated, "POST", set+"/provisioningFlows", userFlowBody)
	classes := s.call(http.StatusCreated, "POST", set+"/provisioningFlows", classFlowBody)["id"].(string)
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	s.follow()
	s.call(http.StatusNoContent, "DELETE", set+"/provisioningFlows/"+classes, "")
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	if released := s.follow(); released["status"] == "failed" || s.directory("classGroup") != counts.Classes {
		t.Fatalf("the flow is gone, and its classes: %v", released)
	}

	app := s.run("token", "--permission", "Homeroom.Approve")
	s.token = s.run("token", "--delegated", "--permission", "Homeroom.Approve", "--permission", "IndustryData-Run.Read.All")
	s.cleanUp(http.StatusConflict, `{"leavers":true}`) // which the settings keep
	begun := s.cleanUp(http.StatusAccepted, `{"released":true,"delete":true}`)
	held := s.follow()
	if held["id"] != begun["id"] || held["kind"] != "cleanup" || held["held"] != float64(counts.Classes) || held["done"] != float64(0) {
		t.Fatalf("the cleanup ended as %v, and began as %v", held, begun)
	}
	approve := "/runs/" + held["id"].(string) + "/approve"
	s.ownCall(http.StatusForbidden, "POST", approve, `{"all":true}`) // the same person
	person := s.token
	s.token = app
	s.ownCall(http.StatusOK, "POST", approve, `{"all":true}`)
	s.token = person
	s.cleanUp(http.StatusAccepted, `{"released":true,"delete":true}`)
	if done := s.follow(); done["done"] != float64(counts.Classes) || s.directory("classGroup") != 0 {
		t.Errorf("the approved cleanup ended as %v; the directory has %d classes", done, s.directory("classGroup"))
	}
	if audit := s.run("audit", "-o", "json"); strings.Count(audit, `"action": "cleanup"`) != 2 || !strings.Contains(audit, `"delete": true`) {
		t.Errorf("the audit has no two cleanups:\n%s", audit)
	}
	s.cleanUpWhileBusy()
	s.stop()
}

// cleanUp starts a cleanup, which is to be answered with a status.
func (s *server) cleanUp(status int, body string) map[string]any {
	s.Helper()
	return s.ownCall(status, "POST", "/cleanup", body)
}

// cleanUpWhileBusy starts a cleanup while somebody else is at work on the directory.
func (s *server) cleanUpWhileBusy() {
	s.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, "lease-*.lock"))
	if err != nil || len(paths) != 1 {
		s.Fatalf("the locks are %v, %v", paths, err)
	}
	lock := flock.New(paths[0])
	if locked, err := lock.TryLock(); err != nil || !locked {
		s.Fatalf("somebody holds the lock: %v", err)
	}
	defer lock.Close()
	s.cleanUp(http.StatusConflict, `{"retired":"empty"}`)
}

// A cleanup needs no roster, and starts when none could be read.
func TestServeCleanupWithoutRoster(t *testing.T) {
	s := serveHere(t, t.TempDir())
	s.token = s.run("token", "--delegated", "--permission", "Homeroom.Approve", "--permission", "IndustryData-Run.Read.All")
	s.cleanUp(http.StatusAccepted, `{"retired":"archive"}`)
	if ended := s.follow(); ended["status"] != "completed" || ended["steps"] != float64(0) || ended["roster"] != "" {
		t.Errorf("the cleanup ended as %v", ended)
	}
	s.stop()
}

// A cleanup in the middle of which the server was killed is carried on by the next one, and
// is one run.
func TestServeCleanupResumes(t *testing.T) {
	dir, roster := t.TempDir(), filepath.Join(t.TempDir(), "roster")
	counts, err := district.Write(t.Context(), roster, district.Options{People: 6000, Seed: 3, Year: schoolYear(time.Now()), Domain: "lakeside.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, dir, "--roster", roster, "--apps-may-approve")
	s.token = s.run("token", "--permission", "IndustryData-OutboundFlow.ReadWrite.All", "--permission", "IndustryData-Run.Start", "--permission", "Homeroom.Approve")
	set := "/outboundProvisioningFlowSets/" + s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)["id"].(string)
	s.call(http.StatusCreated, "POST", set+"/provisioningFlows", userFlowBody)
	classes := s.call(http.StatusCreated, "POST", set+"/provisioningFlows", classFlowBody)["id"].(string)
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	s.follow()
	s.call(http.StatusNoContent, "DELETE", set+"/provisioningFlows/"+classes, "")
	s.call(http.StatusAccepted, "POST", "/runs/start", "")
	s.follow()
	const everything = `{"released":true,"delete":true}`
	s.cleanUp(http.StatusAccepted, everything)
	s.ownCall(http.StatusOK, "POST", "/runs/"+s.follow()["id"].(string)+"/approve", `{"all":true}`)
	before := s.users(dir) // and classes
	begun := s.cleanUp(http.StatusAccepted, everything)
	for s.users(dir) == before { // until it is at work on the directory
		if s.ended() {
			t.Fatalf("the server ended:\n%s", s.errOut)
		}
	}
	s.signal(syscall.SIGKILL)
	<-s.gone
	t.Logf("killed when %d of %d classes were deleted", before-s.users(dir), counts.Classes)

	next := serveHere(t, dir, "--roster", roster)
	next.token = s.token
	ended := next.follow()
	if ended["id"] != begun["id"] || ended["status"] != "completed" || ended["done"] != float64(counts.Classes) || next.directory("classGroup") != 0 {
		t.Errorf("the cleanup ended as %v", ended)
	}
	next.stop()
}
