package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/ledger"
)

// The id of a run leads back to its number, for its own tenant alone, and ids are in the
// order of the numbers.
func TestRunID(t *testing.T) {
	numbers := rapid.Int64Range(1, 1<<48-1)
	rapid.Check(t, func(t *rapid.T) {
		tenant := uuid.NewString()
		a, b := numbers.Draw(t, "number"), numbers.Draw(t, "another")
		id := runID(tenant, a)
		if got := runNumberOf(tenant, id); got != a {
			t.Fatalf("the number of %s is %d, want %d", id, got, a)
		}
		if got := runNumberOf(uuid.NewString(), id); got != 0 {
			t.Fatalf("to another tenant %s is run %d", id, got)
		}
		if (a < b) != (id < runID(tenant, b)) {
			t.Fatalf("%d and %d are not in the order of %s and %s", a, b, id, runID(tenant, b))
		}
		if parsed := uuid.MustParse(id); parsed.Version() != 5 || parsed.Variant() != uuid.RFC4122 {
			t.Fatalf("%s is not a name-based UUID", id)
		}
	})
	for _, not := range []string{"", "1", "nothing", uuid.NewString()} {
		if got := runNumberOf("tenant", not); got != 0 {
			t.Errorf("%q is run %d", not, got)
		}
	}
}

// How a run stands, and each of its parts.
func TestTell(t *testing.T) {
	began := time.Date(2026, 9, 1, 6, 0, 0, 0, time.UTC)
	flows := []ledger.FlowResult{{Set: "1", SetName: "All", Type: "userProvisioningFlow"}, {Set: "1", SetName: "All", Type: "classGroupProvisioningFlow", Held: 2}}
	settings, err := json.Marshal(flow.Settings{Sets: []flow.Set{{ID: "1", DisplayName: "All", User: &flow.UserFlow{}}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		run      ledger.Run
		counted  *ledger.Statistics
		status   api.RunStatus
		blocking string
		parts    []api.RunStatus
	}{
		{"reading", ledger.Run{Status: ledger.Running}, nil, api.Running, "", []api.RunStatus{api.InProgress}},
		{"at work", ledger.Run{Status: ledger.Running, Planned: true}, &ledger.Statistics{Flows: flows}, api.Running, "",
			[]api.RunStatus{api.Completed, api.InProgress, api.InProgress}},
		{"unreadable", ledger.Run{Status: ledger.Failed, Code: "EmptyFile"}, nil, api.RunFailed, "EmptyFile", []api.RunStatus{api.RunFailed}},
		{"unreadable, with flows", ledger.Run{Status: ledger.Failed, Code: "EmptyFile", Settings: settings}, nil, api.RunFailed, "EmptyFile",
			[]api.RunStatus{api.RunFailed, api.Skipped}},
		{"begun with flows", ledger.Run{Status: ledger.Running, Settings: settings}, nil, api.Running, "", []api.RunStatus{api.InProgress, api.InProgress}},
		{"superseded", ledger.Run{Status: ledger.Failed, Planned: true, Code: "OperationCanceled"}, &ledger.Statistics{Flows: flows[:1]}, api.RunFailed, "OperationCanceled",
			[]api.RunStatus{api.Completed, api.RunFailed}},
		{"done", ledger.Run{Status: ledger.Completed, Planned: true}, &ledger.Statistics{Flows: flows[:1]}, api.Completed, "",
			[]api.RunStatus{api.Completed, api.Completed}},
		{"held", ledger.Run{Status: ledger.CompletedWithWarnings, Planned: true}, &ledger.Statistics{Flows: flows}, api.CompletedWithWarnings, "",
			[]api.RunStatus{api.Completed, api.Completed, api.CompletedWithWarnings}},
		{"waiting", ledger.Run{Status: ledger.CompletedWithWarnings, Planned: true},
			&ledger.Statistics{Flows: []ledger.FlowResult{{Set: "1", Type: "userProvisioningFlow", Waiting: 1}}}, api.CompletedWithWarnings, "",
			[]api.RunStatus{api.Completed, api.CompletedWithWarnings}},
		{"warnings of planning", ledger.Run{Status: ledger.CompletedWithWarnings, Planned: true}, &ledger.Statistics{Planning: ledger.Findings{Warnings: 1}, Flows: flows[:1]}, api.CompletedWithWarnings, "",
			[]api.RunStatus{api.CompletedWithWarnings, api.Completed}},
		{"errors of planning", ledger.Run{Status: ledger.CompletedWithWarnings, Planned: true}, &ledger.Statistics{Planning: ledger.Findings{Errors: 1}}, api.CompletedWithErrors, "",
			[]api.RunStatus{api.CompletedWithErrors}},
		{"failed steps", ledger.Run{Status: ledger.CompletedWithErrors, Planned: true},
			&ledger.Statistics{Warnings: 1, Flows: []ledger.FlowResult{{Set: "1", Type: "userProvisioningFlow", Failed: 1, Held: 1}}}, api.CompletedWithErrors, "",
			[]api.RunStatus{api.CompletedWithWarnings, api.CompletedWithErrors}},
		{"errors in the roster", ledger.Run{Status: ledger.Completed, Planned: true}, &ledger.Statistics{Errors: 1, Warnings: 1}, api.CompletedWithErrors, "",
			[]api.RunStatus{api.CompletedWithErrors}},
		{"errors in the roster, and held", ledger.Run{Status: ledger.CompletedWithWarnings, Planned: true}, &ledger.Statistics{Errors: 1, Flows: flows}, api.CompletedWithErrors, "",
			[]api.RunStatus{api.CompletedWithErrors, api.Completed, api.CompletedWithWarnings}},
		{"begun by an earlier version", ledger.Run{Status: ledger.Completed, Planned: true}, nil, api.Completed, "", []api.RunStatus{api.Completed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.run.ID, test.run.Scope.Tenant, test.run.Started, test.run.RosterPath = 7, "tenant", began, "/srv/rosters/sds.zip"
			told, err := tell(test.run, test.counted, map[flowName]string{{"1", "userProvisioningFlow"}: "stored"})
			if err != nil {
				t.Fatal(err)
			}
			blocking := ""
			if told.Blocking != nil {
				blocking = told.Blocking.Code
			}
			if told.Status != test.status || blocking != test.blocking {
				t.Errorf("the run is %s (%s), want %s (%s)", told.Status, blocking, test.status, test.blocking)
			}
			var parts []api.RunStatus
			for i, a := range told.Activities {
				parts = append(parts, a.Status)
				if a.Outbound != (i > 0) {
					t.Errorf("activity %d: outbound %v", i, a.Outbound)
				}
			}
			if diff := cmp.Diff(test.parts, parts); diff != "" {
				t.Errorf("activities (-want +got):\n%s", diff)
			}
			if reading := told.Activities[0].DisplayName; reading != "Roster sds.zip" {
				t.Errorf("the reading is called %q, which tells where it lies", reading)
			}
			for _, a := range told.Activities {
				if (a.Status == api.RunFailed) != (a.Blocking != nil) {
					t.Errorf("%s is %s, blocked by %v", a.DisplayName, a.Status, a.Blocking)
				}
			}
			if len(parts) > 1 && told.Activities[1].ID != "stored" {
				t.Errorf("the flow's activity has the id %s, not the flow's", told.Activities[1].ID)
			}
		})
	}
}

// A run that no roster asked for read none.
func TestTellRevert(t *testing.T) {
	told, err := tell(ledger.Run{ID: 7, Kind: ledger.Revert, Status: ledger.Completed, Planned: true}, nil, nil)
	if err != nil || len(told.Activities) > 0 || told.Status != api.Completed {
		t.Errorf("%v, %v", told, err)
	}
}
