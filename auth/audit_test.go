package auth_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/outbound"
)

// audit returns what those who audit are told, the first record first.
func (c *school) audit(t *testing.T) []string {
	t.Helper()
	entries, err := c.store.Audit(t.Context(), c.tenant, 100)
	check(t, err)
	entries = slices.DeleteFunc(entries, func(e outbound.Entry) bool { return e.Kind == string(access.CommandLine) })
	var told []string
	for _, e := range slices.Backward(entries) {
		told = append(told, strings.NewReplacer(c.admin.ID, "ADMIN", c.clerk.ID, "CLERK", c.app.ID, "APP").Replace(
			strings.Join([]string{e.Kind, e.App, e.User, e.Action, e.Object, string(e.Changes)}, "|")))
	}
	return told
}

// What people decide on the page to sign in, and what administrators consent to there for
// everybody, is on record.
func TestDecisionsAreRecorded(t *testing.T) {
	c := newSchool(t)
	for _, decision := range []string{"decline", "approve"} {
		device := c.startDevice(t, access.RunStart)
		page := c.signIn(t, device.Page, device.UserCode, c.admin.Name, "admin's password")
		c.decide(t, device.Page, page, decision)
	}
	c.approvedDevice(t, access.RunStart)
	const changes = `{"delegatedPermissions":["IndustryData-Run.Start"]}`
	want := []string{
		"delegated|APP|ADMIN|declined|applications('APP')|" + changes,
		"delegated|APP|ADMIN|grant|applications('APP')|" + changes,
		"delegated|APP|ADMIN|approved|applications('APP')|" + changes,
		"delegated|APP|CLERK|approved|applications('APP')|" + changes,
	}
	if diff := cmp.Diff(want, c.audit(t)); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// Guesses that lock a person, an address or an app are on record, once for each that
// locks. What was guessed is not, nor the names that somebody made up.
func TestLocksAreRecorded(t *testing.T) {
	c := newSchool(t)
	device := c.startDevice(t, ".default")
	for range 6 { // the last one finds it locked
		c.send(t, http.MethodPost, device.Page, url.Values{"code": {device.UserCode}, "name": {c.clerk.Name}, "password": {"wrong"}}, nil)
	}
	wrong := c.credentials()
	wrong.Set("client_secret", "wrong secret")
	for range 6 {
		c.ask(t, "token", wrong)
	}
	wrong.Set("client_id", entraApp) // which is not there
	for range 6 {
		c.ask(t, "token", wrong)
	}
	var got []string
	for _, record := range c.audit(t) {
		told, until, _ := strings.Cut(record, `,"lockedUntilDateTime":"`)
		if got = append(got, told); until == "" {
			t.Errorf("%s does not say until when", record)
		}
	}
	want := []string{
		`delegated|||lock|signIn|{"failures":5`,
		`delegated|||lock|people('CLERK')|{"failures":5`,
		`application|||lock|applications('APP')|{"failures":5`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

// The log tells of each token whose it is and what it is for, with its id, and has no token.
func TestTokensAreLogged(t *testing.T) {
	c := newSchool(t)
	var log bytes.Buffer
	c.issuer.Log = slog.New(slog.NewTextHandler(&log, nil))
	own := c.ask(t, "token", c.credentials()).AccessToken
	delegated := c.approvedDevice(t, ".default").AccessToken
	c.server.Close() // so that nothing is logged any more
	for token, want := range map[string]string{
		own: `subject=` + c.app.ID + ` kind=application permissions="[IndustryData-OutboundFlow.ReadWrite.All IndustryData-Run.Read.All]"`, delegated: `subject=` + c.clerk.ID + ` kind=delegated permissions=[IndustryData-OutboundFlow.ReadWrite.All]`,
	} {
		want = `msg="token issued" tenant=` + c.tenant + ` app=` + c.app.ID + ` ` + want + ` uti=` + claim(t, token, "uti")
		if strings.Count(log.String(), want) != 1 {
			t.Errorf("%s is not in the log:\n%s", want, log.String())
		}
		if signature := token[strings.LastIndexByte(token, '.')+1:]; token == "" || strings.Contains(log.String(), signature) {
			t.Error("a token is in the log")
		}
	}
}

// claim returns a claim of a token, which is a text.
func claim(t *testing.T, token, name string) string {
	t.Helper()
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	decoded, err := base64.RawURLEncoding.DecodeString(payload)
	check(t, err)
	var claims map[string]any
	check(t, json.Unmarshal(decoded, &claims))
	value, _ := claims[name].(string)
	return value
}
