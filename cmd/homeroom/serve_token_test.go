//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// provider is an OpenID Connect provider with one key.
type provider struct {
	*httptest.Server
	key *ecdsa.PrivateKey
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	p := &provider{httptest.NewServer(mux), key}
	t.Cleanup(p.Close)
	for path, document := range map[string]any{
		"/.well-known/openid-configuration": map[string]string{"issuer": p.URL, "jwks_uri": p.URL + "/keys"},
		"/keys":                             jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "one", Use: "sig"}}},
	} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(document) })
	}
	return p
}

// token is one that the provider issued to an app for itself.
func (p *provider) token(t *testing.T, audience string, roles ...string) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: "one"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	token, err := jwt.Signed(s).Claims(map[string]any{
		"iss": p.URL, "aud": audience, "iat": now, "exp": now + 600, "sub": "client", "client_id": "client", "roles": roles,
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A server takes the tokens of the provider that it was told of, for the audience that it
// was told, and no others'.
func TestServeTrustsIssuer(t *testing.T) {
	trusted, stranger := newProvider(t), newProvider(t)
	s := serveHere(t, t.TempDir(), "--trust-issuer", trusted.URL+",homeroom")
	const role = "IndustryData-OutboundFlow.ReadWrite.All"
	for token, want := range map[string]int{
		trusted.token(t, "homeroom", role):  http.StatusOK,
		trusted.token(t, "another", role):   http.StatusUnauthorized,
		stranger.token(t, "homeroom", role): http.StatusUnauthorized,
	} {
		s.token = token
		s.call(want, "GET", "/outboundProvisioningFlowSets", "")
	}
	s.stop()
}

// Where apps may not write for themselves, they do for a person who is signed in.
func TestServeDelegatedWritesOnly(t *testing.T) {
	s := serveHere(t, t.TempDir(), "--delegated-writes-only")
	s.authorize()
	s.call(http.StatusOK, "GET", "/outboundProvisioningFlowSets", "")
	s.call(http.StatusForbidden, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)
	s.token = s.run("token", "--permission", "IndustryData-OutboundFlow.ReadWrite.All", "--delegated")
	s.call(http.StatusCreated, "POST", "/outboundProvisioningFlowSets", `{"displayName":"All"}`)
	s.run("apps", "retire-keys", "--tokens")
	s.call(http.StatusUnauthorized, "GET", "/outboundProvisioningFlowSets", "")
	s.stop()
}
