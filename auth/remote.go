package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"github.com/homeroomhq/homeroom/fault"
)

const (
	keysFresh   = time.Hour        // after this, keys are fetched again: a retired one must go
	keysKept    = 24 * time.Hour   // for so long keys count although they cannot be fetched again
	fetchPause  = 30 * time.Second // between two fetches, however many tokens name unknown keys
	fetchLimit  = 10 * time.Second
	maxDocument = 1 << 20 // bytes
	minBits     = 2048    // of an RSA key

	maxRedirects = 3
)

// remoteKeys are the keys of a trusted issuer, found by OIDC discovery. They may be
// used by several goroutines at once.
type remoteKeys struct {
	trust  Trust
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time
	tried   time.Time
}

func newRemoteKeys(trust Trust, client *http.Client, now func() time.Time) *remoteKeys {
	limited := *client
	limited.Transport = limitedTransport{client.Transport}
	limited.CheckRedirect = func(to *http.Request, before []*http.Request) error {
		if len(before) > maxRedirects {
			return fault.New(fault.Invalid, "The issuer sends from address to address.")
		}
		return checkAddress(to.URL.String())
	}
	if limited.Timeout == 0 {
		limited.Timeout = fetchLimit
	}
	return &remoteKeys{trust: trust, client: &limited, now: now}
}

// find returns the key with an id that fits an algorithm, nil if the issuer has
// none. An unknown id lets the keys be fetched again, at most once in a pause. It
// fails with fault.Unavailable when there are no keys to look in.
func (r *remoteKeys) find(ctx context.Context, id string, algorithm jose.SignatureAlgorithm) (any, error) {
	key, age := r.look(id, algorithm)
	if key != nil && age < keysFresh {
		return key, nil
	}
	if r.mayFetch() {
		done := r.flight.DoChan("", func() (any, error) {
			return nil, r.fetch(context.WithoutCancel(ctx)) // others wait for it, too
		})
		select {
		case <-done: // what went wrong shows in the age
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if key, age = r.look(id, algorithm); age < keysKept {
		return key, nil
	}
	return nil, fault.New(fault.Unavailable, "The keys of the issuer %s cannot be fetched. Try again later.", r.trust.Issuer)
}

// look returns a key as it was fetched, nil if there is none, and the age of all.
func (r *remoteKeys) look(id string, algorithm jose.SignatureAlgorithm) (any, time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	age := r.now().Sub(r.fetched)
	for _, key := range r.keys {
		if key.KeyID == id && fits(key, algorithm) {
			return key.Key, age
		}
	}
	return nil, age
}

// fits reports whether a key may verify signatures of an algorithm.
func fits(key jose.JSONWebKey, algorithm jose.SignatureAlgorithm) bool {
	if !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" || key.Algorithm != "" && key.Algorithm != string(algorithm) {
		return false
	}
	public, isRSA := key.Key.(*rsa.PublicKey)
	if isRSA && public.N.BitLen() < minBits {
		return false
	}
	return isRSA == (algorithm == jose.RS256 || algorithm == jose.PS256)
}

// mayFetch reports whether the last fetch is long enough ago.
func (r *remoteKeys) mayFetch() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now().Sub(r.tried) >= fetchPause
}

func (r *remoteKeys) fetch(ctx context.Context) error {
	if !r.mayFetch() { // they were fetched while this one came here
		return nil
	}
	keys, err := r.discover(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried = r.now()
	if err == nil {
		r.keys, r.fetched = keys, r.tried
	}
	return err
}

// discover asks the issuer where its keys are, and fetches them.
func (r *remoteKeys) discover(ctx context.Context) ([]jose.JSONWebKey, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, r.client), fetchLimit)
	defer cancel()
	from := r.trust.Issuer
	if r.trust.Discovery != "" {
		from = r.trust.Discovery
		ctx = oidc.InsecureIssuerURLContext(ctx, r.trust.Issuer) // the document names Issuer all the same
	}
	provider, err := oidc.NewProvider(ctx, from)
	if err != nil {
		return nil, err
	}
	var document struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, err
	}
	return r.fetchKeys(ctx, document.KeysURL)
}

func (r *remoteKeys) fetchKeys(ctx context.Context, address string) ([]jose.JSONWebKey, error) {
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fault.New(fault.Unavailable, "The issuer answers %s to the question for its keys.", response.Status)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(raw) == nil { // a key of a kind that we do not know is no harm
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// checkAddress refuses to fetch keys where others on the way could change them.
func checkAddress(address string) error {
	if u, err := url.Parse(address); err == nil {
		host := u.Hostname()
		if u.Scheme == "https" && host != "" || u.Scheme == "http" && (host == "localhost" || net.ParseIP(host).IsLoopback()) {
			return nil
		}
	}
	return fault.New(fault.Invalid, "The issuer's address %s is not https.", address)
}

// limitedTransport cuts off answers that are too long.
type limitedTransport struct{ next http.RoundTripper }

func (t limitedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(request)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxDocument), response.Body}
	}
	return response, err
}
