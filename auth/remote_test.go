package auth_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/auth"
	"github.com/homeroomhq/homeroom/fault"
)

// newTrusting returns a school that trusts a provider which has a key "one".
func newTrusting(t *testing.T) (*school, *provider) {
	t.Helper()
	p := newProvider(t)
	p.add(t, "one", jose.RS256)
	c := newSchool(t, append(auth.EntraTrusts("school", entraTenant, entraApp, p.server.URL), p.trust("school"))...)
	return c, p
}

// Tokens of any OIDC provider count, for the tenant that it is trusted for,
// whatever tenant they name.
func TestProvider(t *testing.T) {
	c, p := newTrusting(t)
	for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384} {
		p.add(t, string(algorithm), algorithm)
		c.clock.advance(time.Minute)
		caller, err := c.verify(t.Context(), p.sign(t, string(algorithm), p.claims(c.clock).with(object{"tid": c.tenant})))
		check(t, err)
		if caller.Tenant != "school" || caller.App != "client" || caller.Kind != access.Application || !caller.May(access.RunRead) {
			t.Errorf("%s: caller %+v", algorithm, caller)
		}
	}
	person := p.claims(c.clock).with(object{"roles": nil, "scope": "openid " + access.RunRead, "sub": "ada", "name": "Ada"})
	caller, err := c.verify(t.Context(), p.sign(t, "one", person))
	check(t, err)
	if caller.Kind != access.Delegated || caller.User != "ada" || caller.UserName != "Ada" {
		t.Errorf("caller %+v, want Ada's", caller)
	}
	own := person.with(object{"sub": "client"}) // which the provider issued to the app for itself
	caller, err = c.verify(t.Context(), p.sign(t, "one", own))
	check(t, err)
	if caller.Kind != access.Application || caller.User != "" || caller.UserName != "" {
		t.Errorf("caller %+v, want the app itself", caller)
	}
	list := person.with(object{"scope": nil, "scp": []string{access.RunRead}})
	if _, err := c.verify(t.Context(), p.sign(t, "one", list)); err != nil {
		t.Errorf("scp as a list: %v", err)
	}
}

// Attacks that need another kind of key, or another issuer, than the embedded one's.
func TestProviderAttacks(t *testing.T) {
	c, p := newTrusting(t)
	p.add(t, "curve", jose.ES256)
	p.add(t, "wide", jose.ES384)
	overlong := strings.Repeat("k", 129)
	p.add(t, overlong, jose.RS256)
	good := p.sign(t, "curve", p.claims(c.clock))
	_, err := c.verify(t.Context(), good)
	check(t, err)
	parts := strings.Split(good, ".")
	wide := p.keys[2]
	wide.KeyID = "curve"
	embedded := newForger(t, c)
	for name, token := range map[string]string{
		"kid overlong":         p.sign(t, overlong, p.claims(c.clock)),
		"an app's with scopes": p.sign(t, "one", p.claims(c.clock).with(object{"idtyp": "app", "scp": access.RunRead})),
		"zero signature":       parts[0] + "." + parts[1] + "." + encode(strings.Repeat("\x00", 64)),
		"signature as ASN.1":   parts[0] + "." + parts[1] + "." + encode("0"+strings.Repeat("\x01", 69)),
		"no signature":         parts[0] + "." + parts[1] + ".",
		"wrong curve":          signWith(t, wide, jose.ES384, p.claims(c.clock)),
		"key of RSA as EC":     encode(`{"alg":"ES256","kid":"one"}`) + "." + parts[1] + "." + parts[2],
		"tid of the school":    p.sign(t, "one", p.claims(c.clock).with(object{"iss": p.server.URL + "/" + entraTenant + "/v2.0", "aud": entraApp, "tid": c.tenant})),
		"embedded issuer's":    p.sign(t, "one", embedded.claims),
		"ours in its name":     embedded.withClaims(object{"iss": p.server.URL, "aud": "homeroom"}),
		"Graph's audience":     p.sign(t, "one", p.claims(c.clock).with(object{"aud": "https://graph.microsoft.com"})),
		"ID token of Entra":    p.sign(t, "one", p.claims(c.clock).with(object{"iss": p.server.URL + "/" + entraTenant + "/v2.0", "aud": entraApp, "tid": entraTenant, "client_id": nil, "oid": "o", "sub": "s"})),
		"ID token, azp":        p.sign(t, "one", p.claims(c.clock).with(object{"azp": "client", "sub": "somebody"})),
		"ID token, Keycloak":   p.sign(t, "one", p.claims(c.clock).with(object{"azp": "client", "typ": "ID", "scope": access.RunRead})),
		"key without its use":  p.encryptionKey(t, c),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.verify(t.Context(), token)
			wantRefused(t, err)
		})
	}
}

// encryptionKey signs with a key that the provider publishes for something else.
func (p *provider) encryptionKey(t *testing.T, c *school) string {
	t.Helper()
	p.add(t, "box", jose.RS256)
	p.keys[len(p.keys)-1].Use = "enc"
	c.clock.advance(time.Minute)
	return p.sign(t, "box", p.claims(c.clock))
}

// Entra's tokens for Homeroom's own registration count, in both versions.
func TestEntra(t *testing.T) {
	c, p := newTrusting(t)
	now := c.clock.now().Unix()
	second := object{ // as Entra v2 issues to an app for itself
		"iss": p.server.URL + "/" + entraTenant + "/v2.0", "aud": entraApp, "iat": now, "nbf": now, "exp": now + 3900,
		"aio": "x", "azp": "client", "azpacr": "1", "oid": "service", "sub": "service", "rh": "x", "roles": []string{access.OutboundFlowReadWrite},
		"tid": entraTenant, "uti": "x", "ver": "2.0", "xms_ftd": "x",
	}
	first := object{ // as Entra v1 issues for a person
		"iss": "https://sts.windows.net/" + entraTenant + "/", "aud": "api://" + entraApp, "iat": now, "nbf": now, "exp": now + 3900,
		"acr": "1", "amr": []string{"pwd"}, "appid": "client", "appidacr": "0", "family_name": "Lind", "given_name": "Ana", "ipaddr": "192.0.2.1",
		"name": "Ana Lind", "oid": "ana", "scp": access.OutboundFlowRead, "sub": "pairwise", "tid": entraTenant, "unique_name": "ana@lake.example",
		"upn": "ana@lake.example", "uti": "x", "ver": "1.0", "roles": []string{"Some.Role"},
	}
	app, err := c.verify(t.Context(), p.sign(t, "one", second))
	check(t, err)
	if app.Tenant != "school" || app.App != "client" || app.Kind != access.Application || !app.May(access.OutboundFlowReadWrite) {
		t.Errorf("caller %+v", app)
	}
	person, err := c.verify(t.Context(), p.sign(t, "one", first))
	check(t, err)
	if person.Kind != access.Delegated || person.User != "ana" || person.UserName != "ana@lake.example" || person.May("Some.Role") {
		t.Errorf("caller %+v, want Ana's scopes and no roles", person)
	}
	for _, issuer := range []string{"https://sts.windows.net/" + entraTenant + "/", "https://login.microsoftonline.com/" + entraTenant + "/v2.0"} {
		for _, audience := range []any{"https://graph.microsoft.com", "https://graph.microsoft.com/", access.Graph, []string{access.Graph}} {
			_, err := c.verify(t.Context(), p.sign(t, "one", first.with(object{"iss": issuer, "aud": audience})))
			if message, _ := wantRefused(t, err); !strings.Contains(message, "nobody but Graph can verify it") {
				t.Errorf("a token for Graph itself: %q", message)
			}
		}
	}
}

// A flood of tokens that name unknown keys lets the keys be fetched once in a
// pause, also when they come at once.
func TestUnknownKeysFlood(t *testing.T) {
	c, p := newTrusting(t)
	forged := func(n int) string {
		return encode(fmt.Sprintf(`{"alg":"RS256","kid":"unknown-%d"}`, n)) + "." + encode(p.claims(c.clock).json()) + "." + encode(strings.Repeat("x", 256))
	}
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for n := range 100 {
				if _, err := c.verify(t.Context(), forged(worker*100+n)); err == nil {
					t.Error("a forged token counts")
				}
			}
		})
	}
	group.Wait()
	if n := p.fetches.Load(); n != 1 {
		t.Errorf("%d fetches of keys, want 1", n)
	}
	if _, err := c.verify(t.Context(), p.sign(t, "one", p.claims(c.clock))); err != nil {
		t.Errorf("after the flood, a good token: %v", err)
	}
	p.add(t, "two", jose.RS256)
	c.clock.advance(31 * time.Second)
	for n := range 100 {
		_, _ = c.verify(t.Context(), forged(n))
	}
	if n := p.fetches.Load(); n != 2 {
		t.Errorf("%d fetches of keys, want 2", n)
	}
	if _, err := c.verify(t.Context(), p.sign(t, "two", p.claims(c.clock))); err != nil {
		t.Errorf("a new key's token: %v", err)
	}
}

// A key that the issuer has retired counts no more within an hour.
func TestProviderRetiresKey(t *testing.T) {
	c, p := newTrusting(t)
	claims := p.claims(c.clock)
	old := p.sign(t, "one", claims)
	another := p.sign(t, "one", claims.with(object{"jti": "another"}))
	_, err := c.verify(t.Context(), old)
	check(t, err)
	p.remove("one")
	p.add(t, "two", jose.RS256)
	c.clock.advance(61 * time.Minute)
	for _, token := range []string{another, old} {
		_, err = c.verify(t.Context(), token)
		wantRefused(t, err)
	}
	_, err = c.verify(t.Context(), p.sign(t, "two", p.claims(c.clock)))
	check(t, err)
}

// While an issuer is down its keys count for a day, and then nobody knows.
func TestProviderIsDown(t *testing.T) {
	c, p := newTrusting(t)
	p.down.Store(true)
	_, err := c.verify(t.Context(), p.sign(t, "one", p.claims(c.clock)))
	if fault.KindOf(err) != fault.Unavailable {
		t.Fatalf("no keys were ever fetched: %v, want unavailable", err)
	}
	p.down.Store(false)
	c.clock.advance(time.Minute)
	_, err = c.verify(t.Context(), p.sign(t, "one", p.claims(c.clock)))
	check(t, err)
	p.down.Store(true)
	c.clock.advance(23 * time.Hour)
	_, err = c.verify(t.Context(), p.sign(t, "one", p.claims(c.clock)))
	check(t, err)
	c.clock.advance(2 * time.Hour)
	_, err = c.verify(t.Context(), p.sign(t, "one", p.claims(c.clock)))
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("after a day: %v, want unavailable", err)
	}
}

// A trust that would let in strangers is refused at the start.
func TestTrusts(t *testing.T) {
	good := auth.Trust{Issuer: "https://id.example", Audiences: []string{"homeroom"}, Tenant: "school"}
	for name, change := range map[string]func(*auth.Trust){
		"no issuer":      func(t *auth.Trust) { t.Issuer = "" },
		"no tenant":      func(t *auth.Trust) { t.Tenant = "" },
		"no audience":    func(t *auth.Trust) { t.Audiences = nil },
		"empty audience": func(t *auth.Trust) { t.Audiences = []string{"homeroom", ""} },
		"no https":       func(t *auth.Trust) { t.Issuer = "http://id.example" },
		"no address":     func(t *auth.Trust) { t.Issuer = "id.example" },
		"keys in clear":  func(t *auth.Trust) { t.Discovery = "http://id.example/keys" },
		"Graph":          func(t *auth.Trust) { t.Audiences = []string{access.Graph} },
		"Graph's URL":    func(t *auth.Trust) { t.Audiences = []string{"https://graph.microsoft.com/"} },
		"the embedded's": func(t *auth.Trust) { t.Issuer = "https://sts.homeroom.invalid/x/" },
	} {
		bad := good
		change(&bad)
		if _, err := auth.NewVerifier(auth.Options{Trusts: []auth.Trust{bad}}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if _, err := auth.NewVerifier(auth.Options{Trusts: []auth.Trust{good, good}}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("twice: %v, want invalid", err)
	}
}
