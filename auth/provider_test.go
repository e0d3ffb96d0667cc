package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/homeroomhq/homeroom/auth"
)

// provider is an issuer of somebody else's, found by OIDC discovery. Its
// documents of Entra's two versions differ in the issuer that they name.
type provider struct {
	server  *httptest.Server
	fetches atomic.Int64 // of keys
	down    atomic.Bool

	mu   sync.Mutex
	keys []jose.JSONWebKey // the private ones
}

const (
	entraTenant = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	entraApp    = "99999999-8888-4777-8666-555555555555"
)

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	mux := http.NewServeMux()
	p.server = httptest.NewServer(mux)
	t.Cleanup(p.server.Close)
	configuration := func(path, issuer string) {
		mux.HandleFunc("GET "+path+"/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
			if p.down.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": p.server.URL + "/keys"})
		})
	}
	configuration("", p.server.URL)
	configuration("/"+entraTenant, "https://sts.windows.net/"+entraTenant+"/")
	configuration("/"+entraTenant+"/v2.0", p.server.URL+"/"+entraTenant+"/v2.0")
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		p.mu.Lock()
		defer p.mu.Unlock()
		var set jose.JSONWebKeySet
		for _, key := range p.keys {
			set.Keys = append(set.Keys, key.Public())
		}
		_ = json.NewEncoder(w).Encode(set)
	})
	return p
}

// add makes a key of the provider's.
func (p *provider) add(t *testing.T, id string, algorithm jose.SignatureAlgorithm) {
	t.Helper()
	var key crypto.PrivateKey
	var err error
	switch algorithm {
	case jose.ES256:
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	check(t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = append(p.keys, jose.JSONWebKey{Key: key, KeyID: id, Use: "sig", Algorithm: string(algorithm)})
}

// remove retires a key.
func (p *provider) remove(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n, key := range p.keys {
		if key.KeyID == id {
			p.keys = append(p.keys[:n:n], p.keys[n+1:]...)
			return
		}
	}
}

// sign signs claims with the key that has an id, in its algorithm.
func (p *provider) sign(t *testing.T, id string, claims object) string {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, key := range p.keys {
		if key.KeyID == id {
			return signWith(t, key, jose.SignatureAlgorithm(key.Algorithm), claims)
		}
	}
	t.Fatalf("the provider has no key %s", id)
	return ""
}

func signWith(t testing.TB, key jose.JSONWebKey, algorithm jose.SignatureAlgorithm, claims object) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	check(t, err)
	signed, err := signer.Sign([]byte(claims.json()))
	check(t, err)
	text, err := signed.CompactSerialize()
	check(t, err)
	return text
}

// trust trusts the provider for a tenant.
func (p *provider) trust(tenant string) auth.Trust {
	return auth.Trust{Issuer: p.server.URL, Audiences: []string{"homeroom"}, Tenant: tenant}
}

// claims are those of an app's token of the provider's.
func (p *provider) claims(c *clock) object {
	now := c.now().Unix()
	return object{
		"iss": p.server.URL, "aud": "homeroom", "iat": now, "exp": now + 30*24*3600, "sub": "client", "client_id": "client",
		"roles": []string{"IndustryData-Run.Read.All", "IndustryData-OutboundFlow.ReadWrite.All"},
	}
}
