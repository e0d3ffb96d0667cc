package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/store"
)

// Wrong requests of a token are answered as OAuth says, and Entra's number leads
// the description.
func TestTokenErrors(t *testing.T) {
	c := newSchool(t)
	_, secret := auth.NewSecret(c.clock.now(), time.Hour)
	bare := c.newApp(t, secret)
	for _, test := range []struct {
		name   string
		change url.Values
		status int
		err    string
		number string
	}{
		{"no grant type", url.Values{"grant_type": nil}, 400, "invalid_request", "AADSTS900144"},
		{"password grant", url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type", "AADSTS70003"},
		{"no client", url.Values{"client_id": nil}, 401, "invalid_client", "AADSTS7000215"},
		{"client that is no id", url.Values{"client_id": {"' OR 1=1 --"}}, 401, "invalid_client", "AADSTS7000215"},
		{"unknown client", url.Values{"client_id": {entraApp}}, 401, "invalid_client", "AADSTS7000215"},
		{"no secret", url.Values{"client_secret": nil}, 401, "invalid_client", "AADSTS7000215"},
		{"wrong secret", url.Values{"client_secret": {"wrong"}}, 401, "invalid_client", "AADSTS7000215"},
		{"overlong secret", url.Values{"client_secret": {strings.Repeat("x", 1000)}}, 401, "invalid_client", "AADSTS7000215"},
		{"another app's id", url.Values{"client_id": {bare.ID}}, 401, "invalid_client", "AADSTS7000215"},
		{"no scope", url.Values{"scope": nil}, 400, "invalid_scope", "AADSTS70011"},
		{"one permission", url.Values{"scope": {"https://graph.microsoft.com/" + access.RunRead}}, 400, "invalid_scope", "AADSTS1002012"},
		{"unknown permission", url.Values{"scope": {"https://graph.microsoft.com/User.Read"}}, 400, "invalid_scope", "AADSTS70011"},
		{"another resource", url.Values{"scope": {"https://vault.azure.net/.default"}}, 400, "invalid_resource", "AADSTS500011"},
		{"two resources", url.Values{"scope": {"https://graph.microsoft.com/.default api://homeroom/.default"}}, 400, "invalid_scope", "AADSTS70011"},
		{"default beside others", url.Values{"scope": {".default " + access.RunRead}}, 400, "invalid_scope", "AADSTS70011"},
		{"twice", url.Values{"scope": {".default", ".default"}}, 400, "invalid_request", "AADSTS900144"},
		{"too long", url.Values{"x": {strings.Repeat("x", 20_000)}}, 413, "invalid_request", "AADSTS900144"},
		{"no device code", url.Values{"grant_type": {"device_code"}}, 400, "bad_verification_code", "AADSTS501000"},
	} {
		form := c.credentials()
		for name, values := range test.change {
			form[name] = values
		}
		got := c.ask(t, "token", form)
		if got.Status != test.status || got.Error != test.err || !strings.HasPrefix(got.Description, test.number+": ") || got.AccessToken != "" {
			t.Errorf("%s: %+v, want %d %s %s", test.name, got, test.status, test.err, test.number)
		}
		check(t, c.store.ForgetGuesses(t.Context(), c.tenant, "app "+c.app.ID+" 127.0.0.1"))
	}
	response := c.send(t, http.MethodPost, "/nobody/oauth2/v2.0/token", c.credentials(), nil)
	if response.status != 400 || !strings.Contains(response.body, "AADSTS90002") {
		t.Errorf("unknown tenant: %+v", response)
	}
}

// An app without any permission for itself gets no token, and a secret that has
// expired none either.
func TestTokenNeedsGrantAndSecret(t *testing.T) {
	c := newSchool(t)
	check(t, c.store.Revoke(t.Context(), c.tenant, c.app.ID, c.app.Grants, someone()))
	if got := c.ask(t, "token", c.credentials()); got.Error != "unauthorized_client" || !strings.Contains(got.Description, "AADSTS65001") {
		t.Errorf("no grants: %+v", got)
	}
	check(t, c.store.Grant(t.Context(), c.tenant, c.app.ID, c.app.Grants, someone()))
	if got := c.ask(t, "token", c.credentials()); got.AccessToken == "" {
		t.Errorf("granted again: %+v", got)
	}
	c.clock.advance(25 * time.Hour)
	if got := c.ask(t, "token", c.credentials()); got.Error != "invalid_client" {
		t.Errorf("expired secret: %+v", got)
	}
}

// The secret may come as HTTP Basic, and the resource in all forms that clients
// know.
func TestTokenForms(t *testing.T) {
	c := newSchool(t)
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {access.Graph + "/.default"}}
	user := base64.StdEncoding.EncodeToString([]byte(c.app.ID + ":" + c.secret))
	response := c.send(t, http.MethodPost, "/common/oauth2/v2.0/token", form, http.Header{"Authorization": {"Basic " + user}})
	var basic answer
	check(t, json.Unmarshal([]byte(response.body), &basic))
	if _, err := c.verify(t.Context(), basic.AccessToken); err != nil || response.header.Get("Cache-Control") != "no-store" {
		t.Errorf("Basic: %v, %v", err, response.header)
	}
	for _, scope := range []string{".default", "https://graph.microsoft.com/.default", "https://graph.microsoft.com//.default", "api://homeroom/.default", c.server.URL + "/.default", "https://127.0.0.1/.default"} {
		form := c.credentials()
		form.Set("scope", scope)
		got := c.ask(t, "token", form)
		if _, err := c.verify(t.Context(), got.AccessToken); err != nil {
			t.Errorf("%s: %v (%+v)", scope, err, got)
		}
	}
}

// After five wrong guesses nothing is looked at for a while, not even what is
// right, and the wait grows. Unknown apps are no different.
func TestLockOut(t *testing.T) {
	c := newSchool(t)
	for _, id := range []string{c.app.ID, entraApp} {
		wrong := c.credentials()
		wrong.Set("client_id", id)
		wrong.Set("client_secret", "wrong")
		for n := range 5 {
			if got := c.ask(t, "token", wrong); got.Status != 401 {
				t.Fatalf("guess %d: %+v, want 401", n+1, got)
			}
		}
		right := c.credentials()
		right.Set("client_id", id)
		got := c.ask(t, "token", right)
		if got.Status != 429 || got.AccessToken != "" || got.RetryAfter != "30" && got.RetryAfter != "29" {
			t.Fatalf("after five guesses: %+v, want 429 and Retry-After 30", got)
		}
		c.clock.advance(31 * time.Second)
		if got := c.ask(t, "token", wrong); got.Status != 401 {
			t.Fatalf("after the wait: %+v, want 401", got)
		}
		if got := c.ask(t, "token", right); got.Status != 429 || got.RetryAfter != "60" && got.RetryAfter != "59" {
			t.Fatalf("after the sixth guess: %+v, want 429 and Retry-After 60", got)
		}
	}
	c.clock.advance(61 * time.Second)
	if got := c.ask(t, "token", c.credentials()); got.AccessToken == "" {
		t.Fatalf("the right secret after the wait: %+v", got)
	}
	for range 2 {
		wrong := c.credentials()
		wrong.Set("client_secret", "wrong")
		if got := c.ask(t, "token", wrong); got.Status != 401 {
			t.Errorf("the count did not start anew: %+v", got)
		}
	}
}

// Guesses at once count one by one: no more than five are ever looked at.
func TestLockOutAtOnce(t *testing.T) {
	c := newSchool(t)
	form := c.credentials()
	form.Set("client_secret", "wrong")
	if counts := c.askAtOnce(t, form); counts[401] != 5 || counts[429] != 15 {
		t.Errorf("answers %v, want five times 401 and then 429", counts)
	}
}

// However many come at once with the right secret, they lock nobody out.
func TestRightSecretAtOnce(t *testing.T) {
	c := newSchool(t)
	if counts := c.askAtOnce(t, c.credentials()); counts[200] != 20 {
		t.Errorf("answers %v, want 20 times 200", counts)
	}
}

// askAtOnce asks for a token twenty times at once, and counts the statuses of the answers.
func (c *school) askAtOnce(t *testing.T, form url.Values) map[int]int {
	t.Helper()
	statuses := make(chan int, 20)
	for range cap(statuses) {
		go func() {
			response, err := c.server.Client().PostForm(c.server.URL+"/"+c.tenant+"/oauth2/v2.0/token", form)
			if err != nil {
				statuses <- 0
				return
			}
			_ = response.Body.Close()
			statuses <- response.StatusCode
		}()
	}
	counts := make(map[int]int)
	for range cap(statuses) {
		counts[<-statuses]++
	}
	return counts
}

// The discovery document and the keys are those that OIDC clients use: they verify
// an ID token, which is no access token.
func TestDiscovery(t *testing.T) {
	c := newSchool(t)
	c.mint(t, access.Application, access.RunRead)
	ctx := oidc.ClientContext(t.Context(), c.server.Client())
	provider, err := oidc.NewProvider(ctx, c.server.URL+"/"+c.tenant+"/v2.0")
	check(t, err)
	got := c.approvedDevice(t, "openid profile "+access.OutboundFlowReadWrite)
	token, err := provider.Verifier(&oidc.Config{ClientID: c.app.ID}).Verify(ctx, got.IDToken)
	check(t, err)
	if token.Subject != c.clerk.ID {
		t.Errorf("subject %s, want the clerk", token.Subject)
	}
	_, err = c.verify(t.Context(), got.IDToken)
	wantRefused(t, err)
	response := c.send(t, http.MethodGet, "/"+c.tenant+"/discovery/v2.0/keys", nil, nil)
	var set jose.JSONWebKeySet
	check(t, json.Unmarshal([]byte(response.body), &set))
	if len(set.Keys) != 1 || !set.Keys[0].IsPublic() || set.Keys[0].Use != "sig" {
		t.Errorf("keys %+v, want one public key", set.Keys)
	}
}

// Keys rotate by themselves; a token counts until it expires, whatever key signed
// it. Keys whose tokens have all ended are gone.
func TestKeysRotate(t *testing.T) {
	c := newSchool(t)
	caller := access.Caller{Tenant: c.tenant, App: c.app.ID, Kind: access.Application, Permissions: []string{access.RunRead}}
	c.clock.advance(59 * 24 * time.Hour) // the school's app was entered before
	first := c.mint(t, access.Application, access.RunRead)
	c.clock.advance(59 * 24 * time.Hour)
	old, _, err := c.keyring.Mint(t.Context(), caller, "", "", 30*24*time.Hour)
	check(t, err)
	c.clock.advance(2 * 24 * time.Hour)
	young := c.mint(t, access.Application, access.RunRead)
	if kid(t, old) != kid(t, first) || kid(t, young) == kid(t, old) {
		t.Fatalf("keys %s, %s, %s: want a new one after 60 days", kid(t, first), kid(t, old), kid(t, young))
	}
	for _, token := range []string{old, young} {
		_, err := c.verify(t.Context(), token)
		check(t, err)
	}
	c.clock.advance(70 * 24 * time.Hour)
	c.mint(t, access.Application, access.RunRead)
	keys, err := c.store.SigningKeys(t.Context(), c.tenant)
	check(t, err)
	if slices.ContainsFunc(keys, func(k access.SigningKey) bool { return k.ID == kid(t, old) }) {
		t.Error("the first key is still there")
	}
}

// A key that is retired with its tokens counts no more at once, also for a token
// that was verified before.
func TestKeyIsRetired(t *testing.T) {
	c := newSchool(t)
	token, unseen := c.mint(t, access.Application, access.RunRead), c.mint(t, access.Application, access.OutboundFlowReadWrite)
	_, err := c.verify(t.Context(), token)
	check(t, err)
	check(t, c.store.RetireSigningKeys(t.Context(), c.tenant, true, access.By{At: c.clock.now()}))
	for _, old := range []string{token, unseen} {
		_, err = c.verify(t.Context(), old)
		wantRefused(t, err)
	}
	_, err = c.verify(t.Context(), c.mint(t, access.Application, access.RunRead))
	check(t, err)
}

func kid(t *testing.T, token string) string {
	t.Helper()
	var h struct{ Kid string }
	check(t, json.Unmarshal([]byte(decode(strings.Split(token, ".")[0])), &h))
	return h.Kid
}

// What is taken back by another process holds for the next request, also of
// tokens that were verified before.
func TestRevocationByAnotherProcess(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "homeroom.db")
	ours, err := store.Open(ctx, path)
	check(t, err)
	defer func() { check(t, ours.Close()) }()
	theirs, err := store.Open(ctx, path)
	check(t, err)
	defer func() { check(t, theirs.Close()) }()
	tenant, err := ours.DefaultTenant(ctx)
	check(t, err)
	person := access.Person{Tenant: tenant, ID: "person", Name: "ada", Created: time.Now()}
	check(t, ours.AddPerson(ctx, person, someone()))
	both := []access.Grant{{Permission: access.RunRead, Kind: access.Application}, {Permission: access.RunStart, Kind: access.Application}, {Permission: access.RunStart, Kind: access.Delegated}}
	app := access.App{Tenant: tenant, ID: entraApp, Name: "app", Created: time.Now(), Grants: both}
	check(t, ours.CreateApp(ctx, app, someone()))
	keyring := auth.NewKeyring(ours, sealing(), time.Now)
	verifier, err := auth.NewVerifier(auth.Options{Store: ours, Keyring: keyring})
	check(t, err)
	mint := func(caller access.Caller) string {
		token, _, err := keyring.Mint(ctx, caller, "", "", time.Hour)
		check(t, err)
		return "Bearer " + token
	}
	own := mint(access.Caller{Tenant: tenant, App: app.ID, Kind: access.Application, Permissions: []string{access.RunRead, access.RunStart}})
	hers := mint(access.Caller{Tenant: tenant, App: app.ID, Kind: access.Delegated, User: person.ID, Permissions: []string{access.RunStart}})
	want := func(token string, permissions ...string) {
		t.Helper()
		caller, err := verifier.Verify(ctx, token)
		if len(permissions) == 0 {
			wantRefused(t, err)
			return
		}
		check(t, err)
		if !slices.Equal(caller.Permissions, permissions) {
			t.Errorf("permissions %v, want %v", caller.Permissions, permissions)
		}
	}
	want(own, access.RunRead, access.RunStart)
	want(hers, access.RunStart)
	check(t, theirs.Revoke(ctx, tenant, app.ID, both[1:2], someone()))
	want(own, access.RunRead)
	want(hers, access.RunStart)
	check(t, theirs.Grant(ctx, tenant, app.ID, both[1:2], someone()))
	want(own, access.RunRead, access.RunStart)
	check(t, theirs.RemovePerson(ctx, tenant, person.ID, someone()))
	want(hers)
	check(t, theirs.DeleteApp(ctx, tenant, app.ID, someone()))
	want(own)
	app.Created = time.Now().Add(2 * time.Second) // another app that is given the same id
	check(t, theirs.CreateApp(ctx, app, someone()))
	want(own)
}
