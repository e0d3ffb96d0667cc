//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/notice"
	"github.com/homeroomhq/homeroom/store"
)

// got is a webhook that arrived.
type got struct {
	id   string
	kind notice.Kind
	run  int64
}

// hooks answers webhooks and hands them on. The first finds a receiver that first runs,
// and then nobody answers.
func hooks(t *testing.T, first func()) (url string, arrived <-chan got) {
	t.Helper()
	all := make(chan got, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Type notice.Kind
			Data notice.Event
		}
		text, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(text, &body)
		all <- got{r.Header.Get("Webhook-Id"), body.Type, body.Data.Run}
		if first != nil {
			first()
			first = nil
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	t.Setenv("HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	return server.URL, all
}

// noticing writes a configuration whose notices go to a webhook.
func noticing(t *testing.T, url string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "homeroom.yaml")
	text := demoConfig + fmt.Sprintf("notices:\n  - {webhook: %q, secret: \"${HOOK_SECRET}\"}\n", url)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A program that is killed between the end of its run and the answer of the receiver has
// lost no notice: a server sends it, and the receiver knows it by its id.
func TestNoticeOutlivesItsProgram(t *testing.T) {
	ended := make(chan struct{})
	var sync *process
	begun := make(chan struct{})
	url, arrived := hooks(t, func() {
		<-begun
		_ = sync.cmd.Process.Kill()
		close(ended)
	})
	data, roster, config := filepath.Join(t.TempDir(), "data"), t.TempDir(), noticing(t, url)
	writeDistrict(t, roster)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "sync", roster, "--yes", "-c", config, "--data", data)
	cmd.Args[0] = "homeroom"
	sync = start(t, cmd, nil)
	close(begun)
	first := <-arrived
	<-ended
	<-sync.gone
	if first.kind != notice.RunFinished || first.run != 1 {
		t.Fatalf("the first notice is %+v", first)
	}
	s, err := store.Open(t.Context(), filepath.Join(data, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := s.DefaultTenant(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	told, err := s.Notices(t.Context(), tenant, 10)
	if err != nil || len(told) != 1 || told[0].State != notice.Waiting {
		t.Fatalf("after the crash: %+v, %v", told, err)
	}
	told[0].Due = time.Now() // and not in two minutes
	if err := s.SettleNotice(t.Context(), tenant, told[0]); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	server := serveHere(t, data, "-c", config, "--roster", roster)
	if again := <-arrived; again != first {
		t.Errorf("after the crash arrived %+v, want %+v", again, first)
	}
	server.authorize()
	server.call(http.StatusAccepted, "POST", "/runs/start", "")
	if next := <-arrived; next.kind != notice.RunFinished || next.run != 2 {
		t.Errorf("of the run on the server arrived %+v", next)
	}
}
