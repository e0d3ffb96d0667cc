package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// Registry is where apps and people are looked up, to see whether what a token
// says still holds.
type Registry interface {
	App(ctx context.Context, tenant, id string) (access.App, error)
	Person(ctx context.Context, tenant, id string) (access.Person, error)
	// Revision moves with every write to the store, of any process.
	Revision(ctx context.Context) (int64, error)
	// AccessRevision moves with every write to a tenant's apps, people and keys. It
	// costs more than Revision, and moves less.
	AccessRevision(ctx context.Context, tenant string) (int64, error)
}

// Options say whose tokens count.
type Options struct {
	Store     Registry
	Keyring   *Keyring // of the embedded issuer; nil when it is off
	Trusts    []Trust
	Authorize string           // address of the page to sign in at, for the header WWW-Authenticate
	Client    *http.Client     // fetches keys; nil for one of its own
	Now       func() time.Time // nil for the clock
}

// Verifier says who calls. It may be used by several goroutines at once.
type Verifier struct {
	store     Registry
	keyring   *Keyring
	remotes   map[string]*remoteKeys // by iss
	challenge string
	now       func() time.Time
	cache     cache
}

// NewVerifier returns a verifier, or fault.Invalid when a trust cannot be used.
func NewVerifier(o Options) (*Verifier, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Client == nil {
		o.Client = &http.Client{}
	}
	v := &Verifier{
		store: o.Store, keyring: o.Keyring, remotes: make(map[string]*remoteKeys), now: o.Now,
		// No parameter claims: SDKs take it for a question (contract E.2).
		challenge: `Bearer realm="", authorization_uri="` + o.Authorize + `", client_id="` + access.Graph + `"`,
	}
	for _, trust := range o.Trusts {
		if err := trust.check(); err != nil {
			return nil, err
		}
		if v.remotes[trust.Issuer] != nil {
			return nil, fault.New(fault.Invalid, "The issuer %s is trusted twice.", trust.Issuer)
		}
		v.remotes[trust.Issuer] = newRemoteKeys(trust, o.Client, o.Now)
	}
	return v, nil
}

// Verify returns who calls, as the value of a header Authorization says. It fails
// with a *Refusal, or with fault.Unavailable when an issuer's keys cannot be
// fetched.
func (v *Verifier) Verify(ctx context.Context, header string) (access.Caller, error) {
	caller, err := v.verify(ctx, header)
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		refusal.WWWAuthenticate = v.challenge
	}
	return caller, err
}

func (v *Verifier) verify(ctx context.Context, header string) (access.Caller, error) {
	scheme, raw, _ := strings.Cut(header, " ")
	if raw = strings.TrimSpace(raw); raw == "" {
		return access.Caller{}, refuse("Access token is empty.")
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return access.Caller{}, refuse("Access token must come as Authorization: Bearer.")
	}
	// Before anything is looked at: what is written in between makes the answer stale
	// at once.
	revision, err := v.store.Revision(ctx)
	if err != nil {
		return access.Caller{}, err
	}
	hash := sha256.Sum256([]byte(raw))
	known, ok := v.cache.get(hash, v.now())
	if ok && known.revision == revision {
		return known.caller, nil
	}
	if !ok {
		if known, err = v.examine(ctx, raw); err != nil {
			return access.Caller{}, err
		}
	}
	known.revision = revision
	if known.embedded {
		if err := v.renew(ctx, &known, ok); err != nil {
			v.cache.drop(hash)
			return access.Caller{}, err
		}
	}
	v.cache.put(hash, known, v.now())
	return known.caller, nil
}

// renew checks the standing of a token of the embedded issuer, unless it was checked
// before and nothing that it rests on has changed since.
func (v *Verifier) renew(ctx context.Context, known *verified, checked bool) error {
	changes, err := v.store.AccessRevision(ctx, known.claimed.Tenant)
	if err != nil || checked && changes == known.access {
		return err
	}
	known.access = changes
	known.caller, err = v.standing(ctx, *known)
	return err
}

// examine checks a token by itself: form, issuer, signature, times, audience.
func (v *Verifier) examine(ctx context.Context, raw string) (verified, error) {
	t, err := parseToken(raw)
	if err != nil {
		return verified{}, err
	}
	from, err := v.checkIssuer(ctx, t)
	if err != nil {
		return verified{}, err
	}
	result := verified{embedded: from.embedded, kid: t.kid}
	if result.issued, result.expires, err = checkTimes(t.claims, v.now()); err != nil {
		return verified{}, err
	}
	if !result.embedded { // its issuer may retire the key
		result.expires = earlier(result.expires, v.now().Add(keysFresh))
	}
	if err := checkAudience(t.claims, from.audiences); err != nil {
		return verified{}, err
	}
	result.claimed, err = readCaller(t)
	result.claimed.Tenant = from.tenant
	result.caller = result.claimed
	return result, err
}

// origin is where a token comes from.
type origin struct {
	tenant    string   // that it is for
	audiences []string // that its issuer may name
	embedded  bool     // the issuer is ours
}

// checkIssuer checks that a token is of an issuer that counts, and signed by it.
func (v *Verifier) checkIssuer(ctx context.Context, t *token) (origin, error) {
	issuer, _ := text(t.claims["iss"])
	tid, _ := text(t.claims["tid"])
	if err := refuseGraphs(t, issuer); err != nil {
		return origin{}, err
	}
	switch remote := v.remotes[issuer]; {
	case remote != nil && remote.trust.TID != "" && remote.trust.TID != tid:
		return origin{}, refuse("Access token is of a tenant that does not count here.")
	case remote != nil:
		return origin{tenant: remote.trust.Tenant, audiences: remote.trust.Audiences}, v.checkRemote(ctx, t, remote)
	case v.keyring != nil && tid != "" && issuer == issuerName(tid):
		return origin{tenant: tid, audiences: embeddedAudiences(), embedded: true}, v.checkEmbedded(ctx, t, tid)
	}
	return origin{}, refuse("Access token is of an issuer that does not count here.")
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// refuseGraphs refuses what Entra issues for Microsoft Graph itself. Such a token
// carries a nonce that only Graph can undo, so nobody else can verify it.
func refuseGraphs(t *token, issuer string) error {
	entra := strings.HasPrefix(issuer, "https://sts.windows.net/") || strings.HasPrefix(issuer, "https://login.microsoftonline.")
	if entra && slices.ContainsFunc(audience(t.claims), isGraph) {
		return refuse("Access token was issued by Microsoft Entra for Microsoft Graph itself, and nobody but Graph can verify it. " +
			"Get one for Homeroom's own app registration (homeroom apps entra-manifest), or from Homeroom's issuer.")
	}
	return nil
}

func isGraph(audience string) bool {
	return audience == access.Graph || strings.TrimSuffix(audience, "/") == graphAudience
}

const unknownKey = "Access token is signed with a key that its issuer does not have."

func (v *Verifier) checkRemote(ctx context.Context, t *token, remote *remoteKeys) error {
	key, err := remote.find(ctx, t.kid, t.algorithm)
	if err != nil {
		return err
	}
	if key == nil {
		return refuse(unknownKey)
	}
	return t.verify(key)
}

func (v *Verifier) checkEmbedded(ctx context.Context, t *token, tenant string) error {
	key, err := v.keyring.find(ctx, tenant, t.kid)
	if err != nil {
		return err
	}
	if key == nil || t.algorithm != "RS256" {
		return refuse(unknownKey)
	}
	return t.verify(key)
}
