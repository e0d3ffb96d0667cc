package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/homeroomhq/homeroom/notice"
)

// receive starts a receiver of webhooks, whose address is $HOOK. It answers with each
// status in turn, and with the last one for ever. What it took it writes, a line each,
// into the file received.
func receive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: receive STATUS...")
	}
	var statuses []int
	for _, arg := range args {
		status, err := strconv.Atoi(arg)
		ts.Check(err)
		statuses = append(statuses, status)
	}
	file := ts.MkAbs("received")
	ts.Check(os.WriteFile(file, nil, 0o600))
	var one sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one.Lock()
		defer one.Unlock()
		status := statuses[0]
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
		w.WriteHeader(status)
		var got struct {
			Type notice.Kind
			Data notice.Event
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || status != http.StatusOK {
			return
		}
		text, _ := os.ReadFile(file)
		e := got.Data
		text = fmt.Appendf(text, "%s run %d: %s, %d of %d done, %d held\n", got.Type, e.Run, e.Status, e.Done, e.Steps, e.Held)
		_ = os.WriteFile(file, text, 0o600) // the script looks at it
	}))
	ts.Defer(server.Close)
	ts.Setenv("HOOK", server.URL)
	ts.Setenv("HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
}
