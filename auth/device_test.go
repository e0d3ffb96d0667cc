package auth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

// devicePage is the path of the page to sign in at.
func (c *school) devicePage() string {
	return c.server.URL + "/" + c.tenant + "/oauth2/v2.0/deviceauth"
}

func (c *school) startDevice(t *testing.T, scope string) answer {
	t.Helper()
	got := c.ask(t, "devicecode", url.Values{"client_id": {c.app.ID}, "scope": {scope}})
	if got.Status != http.StatusOK || got.DeviceCode == "" || got.Page != c.devicePage() {
		t.Fatalf("device code: %+v", got)
	}
	return got
}

func (c *school) poll(t *testing.T, code string) answer {
	t.Helper()
	c.clock.advance(6 * time.Second)
	return c.ask(t, "token", url.Values{"client_id": {c.app.ID}, "device_code": {code}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}})
}

// approvedDevice runs the whole flow for the clerk.
func (c *school) approvedDevice(t *testing.T, scope string) answer {
	t.Helper()
	device := c.startDevice(t, scope)
	page := c.signIn(t, device.Page, device.UserCode, c.clerk.Name, "clerk's password")
	if status, body := c.decide(t, device.Page, page, "approve"); status != http.StatusOK {
		t.Fatalf("approving: %s", body)
	}
	got := c.poll(t, device.DeviceCode)
	if got.AccessToken == "" {
		t.Fatalf("approved: %+v", got)
	}
	return got
}

// A device is told to wait, then gets one token and no second one.
func TestDeviceCode(t *testing.T) {
	c := newSchool(t)
	device := c.startDevice(t, ".default")
	if got := c.poll(t, device.DeviceCode); got.Error != "authorization_pending" {
		t.Errorf("before anybody signed in: %+v", got)
	}
	c.clock.advance(-5 * time.Second)
	if got := c.poll(t, device.DeviceCode); got.Error != "slow_down" {
		t.Errorf("polled after a second: %+v", got)
	}
	page := c.signIn(t, device.Page, strings.ToLower(device.UserCode), strings.ToUpper(c.clerk.Name), "clerk's password")
	if !strings.Contains(page, "Timetable &lt;app&gt;") || !strings.Contains(page, "Manage outbound flow definitions") {
		t.Errorf("the page does not say what is asked:\n%s", page)
	}
	if got := c.poll(t, device.DeviceCode); got.Error != "authorization_pending" {
		t.Errorf("before the approval: %+v", got)
	}
	c.decide(t, device.Page, page, "approve")
	got := c.poll(t, device.DeviceCode)
	caller, err := c.verify(t.Context(), got.AccessToken)
	check(t, err)
	if caller.User != c.clerk.ID || caller.Kind != access.Delegated || len(caller.Permissions) != 1 {
		t.Errorf("caller %+v, want the clerk's", caller)
	}
	if got := c.poll(t, device.DeviceCode); got.Error != "bad_verification_code" {
		t.Errorf("the code a second time: %+v", got)
	}
	if status, body := c.decide(t, device.Page, page, "approve"); status != http.StatusForbidden {
		t.Errorf("the page a second time: %s", body)
	}
}

// Delegated permissions need an administrator's consent first; one that signs in
// gives it by approving.
func TestDeviceCodeNeedsConsent(t *testing.T) {
	c := newSchool(t)
	device := c.startDevice(t, access.RunStart)
	page := c.signIn(t, device.Page, device.UserCode, c.clerk.Name, "clerk's password")
	if strings.Contains(page, `value="approve"`) || !strings.Contains(page, "An administrator has to consent") {
		t.Errorf("the clerk may approve:\n%s", page)
	}
	if status, body := c.decide(t, device.Page, page, "approve"); status != http.StatusForbidden || !strings.Contains(body, "An administrator has to consent") {
		t.Errorf("the clerk approves all the same: %s", body)
	}
	if got := c.poll(t, device.DeviceCode); got.Error != "authorization_pending" {
		t.Errorf("without consent: %+v", got)
	}
	page = c.signIn(t, device.Page, device.UserCode, c.admin.Name, "admin's password")
	c.decide(t, device.Page, page, "approve")
	if got := c.poll(t, device.DeviceCode); got.AccessToken == "" {
		t.Errorf("with consent: %+v", got)
	}
	c.approvedDevice(t, access.RunStart)  // by the clerk, now
	c.approvedDevice(t, access.ReadBasic) // needs no administrator's consent
}

// What ends a device's wait, and what starts none.
func TestDeviceCodeEnds(t *testing.T) {
	c := newSchool(t)
	declined := c.startDevice(t, ".default")
	page := c.signIn(t, declined.Page, declined.UserCode, c.clerk.Name, "clerk's password")
	c.decide(t, declined.Page, page, "decline")
	if got := c.poll(t, declined.DeviceCode); got.Error != "authorization_declined" {
		t.Errorf("declined: %+v", got)
	}
	revoked := c.startDevice(t, ".default")
	page = c.signIn(t, revoked.Page, revoked.UserCode, c.clerk.Name, "clerk's password")
	c.decide(t, revoked.Page, page, "approve")
	check(t, c.store.Revoke(t.Context(), c.tenant, c.app.ID, c.app.Grants, someone()))
	if got := c.poll(t, revoked.DeviceCode); got.Error != "invalid_grant" {
		t.Errorf("revoked in the meantime: %+v", got)
	}
	if got := c.ask(t, "devicecode", url.Values{"client_id": {c.app.ID}, "scope": {".default"}}); got.Error != "invalid_grant" {
		t.Errorf("nothing was granted: %+v", got)
	}
	if got := c.ask(t, "devicecode", url.Values{"client_id": {entraApp}, "scope": {".default"}}); got.Error != "unauthorized_client" || !strings.HasPrefix(got.Description, "AADSTS700016: ") { // as Entra says it
		t.Errorf("unknown app: %+v", got)
	}
	check(t, c.store.Grant(t.Context(), c.tenant, c.app.ID, c.app.Grants, someone()))
	late := c.startDevice(t, ".default")
	page = c.signIn(t, late.Page, late.UserCode, c.clerk.Name, "clerk's password")
	c.clock.advance(15 * time.Minute)
	if status, body := c.decide(t, late.Page, page, "approve"); status != http.StatusForbidden {
		t.Errorf("approved too late: %s", body)
	}
	if got := c.poll(t, late.DeviceCode); got.Error != "expired_token" {
		t.Errorf("too late: %+v", got)
	}
}

// Only who signed in last can approve, and only with what the page was given.
func TestDeviceTicket(t *testing.T) {
	c := newSchool(t)
	device := c.startDevice(t, ".default")
	first := c.signIn(t, device.Page, device.UserCode, c.clerk.Name, "clerk's password")
	c.signIn(t, device.Page, device.UserCode, c.admin.Name, "admin's password")
	if status, _ := c.decide(t, device.Page, first, "approve"); status != http.StatusForbidden {
		t.Errorf("a page that another took the place of approves: %d", status)
	}
	for _, ticket := range []string{"", "x", strings.Repeat("A", 43)} {
		status, _ := c.post(t, device.Page+"/approve", url.Values{"code": {device.UserCode}, "ticket": {ticket}, "decision": {"approve"}})
		if status != http.StatusForbidden {
			t.Errorf("the ticket %q approves: %d", ticket, status)
		}
	}
}

// Wrong names, passwords and codes look the same, and are counted.
func TestSignInGuesses(t *testing.T) {
	c := newSchool(t)
	device := c.startDevice(t, ".default")
	const wrong = "The name, the password or the code is wrong, or the code has expired."
	for _, form := range []url.Values{
		{"code": {device.UserCode}, "name": {c.clerk.Name}, "password": {"wrong"}},
		{"code": {device.UserCode}, "name": {"nobody"}, "password": {"clerk's password"}},
		{"code": {"BBBBBBBB"}, "name": {c.clerk.Name}, "password": {"clerk's password"}},
		{"code": {device.UserCode}, "name": {""}, "password": {""}},
		{"code": {device.UserCode}, "name": {strings.Repeat("x", 300)}, "password": {"x"}},
		{"code": {device.UserCode}, "name": {c.clerk.Name}, "password": {"wrong again"}},
		{"code": {device.UserCode}, "name": {c.clerk.Name}, "password": {"and again"}},
	} {
		if status, body := c.post(t, device.Page, form); status != http.StatusForbidden || !strings.Contains(body, wrong) {
			t.Fatalf("%v: %s", form, body)
		}
	}
	right := url.Values{"code": {device.UserCode}, "name": {c.clerk.Name}, "password": {"clerk's password"}}
	status, body := c.post(t, device.Page, right)
	if status != http.StatusTooManyRequests || strings.Contains(body, "ticket") {
		t.Errorf("after five guesses the right password: %s", body)
	}
	c.clock.advance(31 * time.Second)
	if status, body := c.post(t, device.Page, right); status != http.StatusOK {
		t.Errorf("after the wait: %s", body)
	}
}

// The page cannot be framed, runs no script, is kept by nobody, and takes no form
// of another site.
func TestDevicePage(t *testing.T) {
	c := newSchool(t)
	response := c.send(t, http.MethodGet, c.devicePage()+"?code=ABCDEFGH&name=x", nil, nil)
	body := response.body
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	} {
		if got := response.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if strings.Contains(body, "ABCDEFGH") {
		t.Error("a link fills in the code")
	}
	device := c.startDevice(t, ".default")
	form := url.Values{"code": {device.UserCode}, "name": {c.clerk.Name}, "password": {"clerk's password"}}
	for _, foreign := range []http.Header{{"Origin": {"https://evil.example"}}, {"Sec-Fetch-Site": {"cross-site"}}} {
		for _, path := range []string{"", "/approve"} {
			if response := c.send(t, http.MethodPost, c.devicePage()+path, form, foreign); response.status != http.StatusForbidden {
				t.Errorf("a form of another site (%v%s): %s", foreign, path, response.body)
			}
		}
	}
}

// Under a host that the server does not go by, nobody gets a page, a code or a token.
func TestElsewhere(t *testing.T) {
	c := newSchool(t)
	c.issuer.Base = func(*http.Request) string { return "" }
	for _, path := range []string{"/v2.0/.well-known/openid-configuration", "/oauth2/v2.0/deviceauth"} {
		if got := c.send(t, http.MethodGet, "/"+c.tenant+path, nil, nil); got.status != http.StatusBadRequest || !strings.Contains(got.body, "--public-url") {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := c.ask(t, "devicecode", url.Values{"client_id": {c.app.ID}, "scope": {".default"}}); got.Error != "invalid_request" {
		t.Errorf("%+v", got)
	}
	if got := c.ask(t, "token", c.credentials()); got.Error != "invalid_request" {
		t.Errorf("%+v", got)
	}
}
