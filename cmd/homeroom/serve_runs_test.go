package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/notice"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

// A run that has ended for clients lets the next one start as soon as it lets go. Whoever
// cannot wait so long is told that one is under way.
func TestTakeWaitsForTheEnd(t *testing.T) {
	m, err := openDev(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	lease, release, err := m.acquire(t.Context(), localTarget, false)
	if err != nil {
		t.Fatal(err)
	}
	run, err := m.Begin(t.Context(), lease, ledger.Run{RosterPath: "roster", Started: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	run.Status, run.Ended = ledger.Failed, time.Now()
	if err := m.Finish(t.Context(), lease, run, nil); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	r := &runner{data: m}
	r.turn(m.tenant).ended = ended
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, _, err = r.take(ctx, lease.Scope)
	if refused, ok := errors.AsType[*odata.Error](err); !ok || refused.Status != http.StatusConflict {
		t.Errorf("while another run holds the lease: %v, want 409", err)
	}
	go func() {
		release()
		close(ended)
	}()
	if _, release, err = r.take(t.Context(), lease.Scope); err != nil {
		t.Fatal(err)
	}
	release()
}

// A run that was interrupted and whose roster is another one by now is looked at once, and
// not every time that the server looks for what others left.
func TestOtherRosterIsReadOnce(t *testing.T) {
	c := newClocked(t)
	c.interrupt("another")
	for range 2 {
		if err := c.resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.wait()
	}
	first := c.turn(c.data.tenant).ended
	if err := c.resume(t.Context()); err != nil || first == nil || c.turn(c.data.tenant).ended != first {
		t.Errorf("the roster was read again: %v", err)
	}
	c.start()
	runs, err := c.data.Runs(t.Context(), c.data.scope(localTarget), 2)
	if err != nil || runs[0].Status == ledger.Running || runs[1].Code != ledger.OperationCanceled {
		t.Errorf("the next start left %+v, %v", runs, err)
	}
}

// interrupt leaves a run with a plan, as of a process that died in it.
func (c *clocked) interrupt(sha256 string, steps ...plan.Step) ledger.Run {
	c.Helper()
	settings, err := c.settings(c.Context(), c.data.tenant)
	if err != nil {
		c.Fatal(err)
	}
	frozen, err := json.Marshal(settings.Settings)
	if err != nil {
		c.Fatal(err)
	}
	lease, release, err := c.data.acquire(c.Context(), localTarget, false)
	if err != nil {
		c.Fatal(err)
	}
	defer release()
	run, err := c.data.Begin(c.Context(), lease, ledger.Run{RosterPath: c.rosters[c.data.tenant], RosterSHA256: sha256, Settings: frozen, Started: c.at})
	if err != nil {
		c.Fatal(err)
	}
	all := func(yield func(plan.Step, error) bool) {
		for i := range steps {
			if !yield(steps[i], nil) {
				return
			}
		}
	}
	if err := c.data.Commit(c.Context(), lease, ledger.Commit{Run: run}, all, nil); err != nil {
		c.Fatal(err)
	}
	if len(steps) > 0 { // sent, and nobody knows what became of it
		if err := c.data.Sent(c.Context(), lease, run.ID, ledger.Batch{Number: 1, First: 1, Last: len(steps)}, nil); err != nil {
			c.Fatal(err)
		}
	}
	return run
}

// A run that was interrupted and whose roster cannot be used by now ends, and somebody is
// told: nobody carries it on.
func TestInterruptedRosterUnusable(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		rosterUnreadable: os.RemoveAll,
		"EmptyFile": func(path string) error {
			return os.WriteFile(filepath.Join(path, "users.csv"), []byte("sourcedId,username,givenName,familyName\n"), 0o600)
		},
	} {
		c := newClocked(t)
		settings := c.settings
		c.settings = func(ctx context.Context, tenant string) (*config, error) {
			told, err := settings(ctx, tenant)
			told.Notices = []notice.Channel{{Name: "it", Asks: notice.Kinds()}}
			return told, err
		}
		run := c.interrupt("another")
		if err := spoil(c.rosters[c.data.tenant]); err != nil {
			t.Fatal(err)
		}
		if err := c.resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.wait()
		ended, err := c.data.Run(t.Context(), c.data.tenant, run.ID)
		if err != nil || ended.Status != ledger.Failed || ended.Code != name || strings.Contains(ended.Message, "Nothing was changed") {
			t.Errorf("%s: it is %+v, %v", name, ended, err)
		}
		notices, err := c.data.Notices(t.Context(), c.data.tenant, 9)
		if err != nil || len(notices) != 1 || notices[0].Event.Kind != notice.RunFailed || notices[0].Event.Run != run.ID {
			t.Errorf("%s: told is %+v, %v", name, notices, err)
		}
	}
}

// Whoever cancels a run that nobody is at work on need not wait until the target said what
// it did.
func TestCancelDoesNotWait(t *testing.T) {
	c := newClocked(t)
	run := c.interrupt("another", plan.Step{
		Seq: 1, Action: plan.Update, Kind: directory.ClassGroup, Key: "Section_1", ID: "1", Set: map[string]plan.Delta{directory.DisplayName: {From: "A", To: "B"}},
	})
	busy, err := c.data.directory.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := busy.ExecContext(t.Context(), `UPDATE dir_tenants SET name = name`); err != nil {
		t.Fatal(err)
	}
	caller := access.Caller{Tenant: c.data.tenant, Kind: access.Delegated, UserName: "Ada"}
	detail, err := c.Cancel(t.Context(), caller, runID(c.data.tenant, run.ID))
	if err != nil || detail.Status != ledger.Running {
		t.Errorf("it is answered as %+v, %v", detail, err)
	}
	if err := busy.Rollback(); err != nil {
		t.Fatal(err)
	}
	c.wait()
	ended, err := c.data.Run(t.Context(), c.data.tenant, run.ID)
	if err != nil || ended.Code != ledger.OperationCanceled || !strings.HasPrefix(ended.Message, "Canceled by Ada.") {
		t.Errorf("it ended as %+v, %v", ended, err)
	}
}

// What was canceled and not ended yet, since the server died as well, the next one ends.
func TestCanceledIsEndedLater(t *testing.T) {
	c := newClocked(t)
	run := c.interrupt("another")
	entry := outbound.Entry{At: c.at, Action: "cancel"}
	if err := c.data.Cancel(t.Context(), c.data.scope(localTarget), ledger.Cancellation{Run: run.ID, By: "Ada"}, c.at, entry); err != nil {
		t.Fatal(err)
	}
	if err := c.resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.wait()
	if ended, err := c.data.Run(t.Context(), c.data.tenant, run.ID); err != nil || ended.Code != ledger.OperationCanceled {
		t.Errorf("it is %+v, %v", ended, err)
	}
}
