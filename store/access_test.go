package store

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

func someone() access.By {
	return access.By{At: morning(), Kind: access.CommandLine, Person: "somebody"}
}

func morning() time.Time { return time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC) }

// An app comes back as it was entered, and is nobody's of another tenant.
func testApps(t *testing.T, s *Store) {
	ctx := t.Context()
	app := access.App{
		Tenant: "a", ID: "app", Name: "Timetable", Created: morning(),
		Secrets: []access.Secret{{ID: "s", Hash: "h", Hint: "abc", Created: morning(), Expires: morning().Add(time.Hour)}},
		Grants:  []access.Grant{{Permission: "P", Kind: access.Application}, {Permission: "P", Kind: access.Delegated}},
	}
	wantKind(t, s.CreateApp(ctx, app, someone()), "")
	wantKind(t, s.CreateApp(ctx, app, someone()), fault.Conflict)
	got, err := s.App(ctx, "a", "app")
	wantKind(t, err, "")
	if diff := cmp.Diff(app, got); diff != "" {
		t.Errorf("app (-want +got):\n%s", diff)
	}
	grant := []access.Grant{{Permission: "Q", Kind: access.Application}}
	_, err = s.App(ctx, "b", "app")
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.Grant(ctx, "b", "app", grant, someone()), fault.NotFound)
	wantKind(t, s.Revoke(ctx, "b", "app", app.Grants, someone()), fault.NotFound)
	wantKind(t, s.DeleteApp(ctx, "b", "app", someone()), fault.NotFound)
	wantKind(t, s.Grant(ctx, "a", "app", grant, someone()), "")
	wantKind(t, s.Grant(ctx, "a", "app", grant, someone()), "")
	wantKind(t, s.Revoke(ctx, "a", "app", app.Grants[:1], someone()), "")
	app.Grants = []access.Grant{app.Grants[1], grant[0]}
	apps, err := s.Apps(ctx, "a")
	wantKind(t, err, "")
	if diff := cmp.Diff([]access.App{app}, apps); diff != "" {
		t.Errorf("apps (-want +got):\n%s", diff)
	}
	wantKind(t, s.DeleteApp(ctx, "a", "app", someone()), "")
	app.Secrets, app.Grants = nil, nil
	wantKind(t, s.CreateApp(ctx, app, someone()), "")
	if got, err := s.App(ctx, "a", "app"); err != nil || len(got.Secrets)+len(got.Grants) > 0 {
		t.Errorf("something was left of the app of the same id: %+v, %v", got, err)
	}
	wantAudit(t, s, "b")
	wantAudit(t, s, "a",
		`create applications('app') {"displayName":"Timetable","applicationPermissions":["P"],"delegatedPermissions":["P"],"passwordEndDateTime":"2026-09-01T09:00:00Z"}`,
		`grant applications('app') {"applicationPermissions":["Q"]}`, `grant applications('app') {"applicationPermissions":["Q"]}`,
		`revoke applications('app') {"applicationPermissions":["P"]}`, `delete applications('app') `, `create applications('app') {"displayName":"Timetable"}`)
}

// wantAudit checks what those who audit are told, the first record first.
func wantAudit(t *testing.T, s *Store, tenant string, want ...string) {
	t.Helper()
	entries, err := s.Audit(t.Context(), tenant, 100)
	wantKind(t, err, "")
	var got []string
	for _, e := range slices.Backward(entries) {
		if e.User != "somebody" || e.Kind != "commandLine" || !e.At.Equal(morning()) {
			t.Errorf("%+v is not whose it is", e)
		}
		got = append(got, e.Action+" "+e.Object+" "+string(e.Changes))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	wantKind(t, verified(t, s, tenant, outbound.Mark{}), "")
}

// Of two processes that make a key at once, one is first.
func testSigningKeys(t *testing.T, s *Store) {
	ctx := t.Context()
	key := func(id string, created time.Time) access.SigningKey {
		return access.SigningKey{Tenant: "a", ID: id, Sealed: []byte("x"), Public: []byte("y"), Created: created,
			Signs: created.Add(time.Hour), Verifies: created.Add(2 * time.Hour)}
	}
	add := func(k access.SigningKey, want bool) {
		t.Helper()
		if added, err := s.AddSigningKey(ctx, k, k.Created, k.Created); err != nil || added != want {
			t.Errorf("adding %s: %v, %v, want %v", k.ID, added, err, want)
		}
	}
	want := func(keys ...access.SigningKey) {
		t.Helper()
		got, err := s.SigningKeys(ctx, "a")
		wantKind(t, err, "")
		if diff := cmp.Diff(keys, got); diff != "" {
			t.Errorf("keys (-want +got):\n%s", diff)
		}
	}
	first, second, third := key("1", morning()), key("2", morning().Add(time.Minute)), key("3", morning().Add(time.Hour))
	add(first, true)
	add(second, false)
	add(third, true)
	want(third, first)
	fourth := key("4", morning().Add(2*time.Hour))
	add(fourth, true)
	want(fourth, third)
	now := morning().Add(2*time.Hour + time.Minute)
	wantKind(t, s.RetireSigningKeys(ctx, "a", false, access.By{At: now}), "")
	fourth.Signs = now
	want(fourth, third)
	wantKind(t, s.RetireSigningKeys(ctx, "a", true, access.By{At: now}), "")
	fourth.Verifies, third.Verifies = now, now
	want(fourth, third)
	if other, err := s.SigningKeys(ctx, "b"); err != nil || len(other) > 0 {
		t.Errorf("another tenant has keys: %v, %v", other, err)
	}
}

// Guesses count for one subject of one tenant, not while it is locked, and are
// forgotten in time.
func testGuesses(t *testing.T, s *Store) {
	ctx := t.Context()
	want := func(tenant, subject string, now time.Time, failures int) {
		t.Helper()
		if got, err := s.Guess(ctx, tenant, subject, now); err != nil || got.Failures != failures {
			t.Errorf("%s: %d failures, %v, want %d", subject, got.Failures, err, failures)
		}
	}
	for n := range 5 {
		want("a", "app", morning(), n)
	}
	typed, err := s.count(ctx, `SELECT COUNT(*) FROM guesses WHERE subject LIKE '%app%'`)
	if err != nil || typed > 0 {
		t.Errorf("what was typed is kept: %d times, %v", typed, err)
	}
	want("a", "app", morning().Add(time.Second), 5)
	want("a", "app", morning().Add(2*time.Second), 5)
	want("b", "app", morning(), 0)
	want("a", "other", morning(), 0)
	want("a", "app", morning().Add(time.Minute), 5)
	want("a", "app", morning().Add(2*time.Minute), 6)
	wantKind(t, s.ForgetGuesses(ctx, "a", "app"), "")
	want("a", "app", morning().Add(2*time.Minute), 0)
	want("b", "app", morning().Add(25*time.Hour), 0)
}

// A device code is used once, by its own app and tenant.
func testDeviceCodes(t *testing.T, s *Store) {
	ctx := t.Context()
	code := access.DeviceCode{
		Tenant: "a", Hash: []byte("hash"), UserCode: "BCDF", App: "app", Audience: "g", Asked: "P", Scopes: []string{"P"}, OpenID: true,
		State: access.DevicePending, Expires: morning().Add(time.Hour),
	}
	wantKind(t, s.AddDeviceCode(ctx, code, morning()), "")
	again := code
	again.Hash = []byte("other")
	wantKind(t, s.AddDeviceCode(ctx, again, morning()), fault.Conflict)
	got, err := s.DeviceCodeTyped(ctx, "a", "BCDF")
	wantKind(t, err, "")
	if diff := cmp.Diff(code, got); diff != "" {
		t.Errorf("code (-want +got):\n%s", diff)
	}
	_, err = s.DeviceCodeTyped(ctx, "b", "BCDF")
	wantKind(t, err, fault.NotFound)
	_, err = s.PollDeviceCode(ctx, "a", "other", code.Hash, morning())
	wantKind(t, err, fault.NotFound)
	_, err = s.PollDeviceCode(ctx, "b", "app", code.Hash, morning())
	wantKind(t, err, fault.NotFound)
	if !s.memory { // there whoever reads waits for who writes
		wantKind(t, s.update(ctx, func(*sql.Tx) error {
			_, err := s.PollDeviceCode(ctx, "a", "app", []byte("made up"), morning())
			return err
		}), fault.NotFound)
	}
	signed := code
	signed.Person, signed.Ticket = "ada", []byte("ticket")
	wantKind(t, s.SetDeviceCode(ctx, signed, nil, someone()), "")
	wantKind(t, s.SetDeviceCode(ctx, signed, nil, someone()), fault.Conflict)
	approved := signed
	approved.State, approved.Ticket = access.DeviceApproved, nil
	wantKind(t, s.SetDeviceCode(ctx, approved, signed.Ticket, someone()), "")
	wantKind(t, s.SetDeviceCode(ctx, approved, nil, someone()), fault.Conflict)
	polled, err := s.PollDeviceCode(ctx, "a", "app", code.Hash, morning())
	if err != nil || polled.State != access.DeviceApproved || polled.Person != "ada" {
		t.Errorf("polled %+v, %v, want it approved by ada", polled, err)
	}
	_, err = s.PollDeviceCode(ctx, "a", "app", code.Hash, morning())
	wantKind(t, err, fault.NotFound)
}
