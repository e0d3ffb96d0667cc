package auth

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

const (
	tokenLife   = time.Hour
	maxForm     = 16 << 10 // bytes
	maxSecret   = 256      // bytes of a secret, a password or a name
	deviceLife  = 15 * time.Minute
	devicePause = 5 * time.Second // between two polls
)

// Store is what the embedded issuer needs of the store.
type Store interface {
	Registry
	NamedTenants(ctx context.Context) ([]access.Tenant, error)
	PersonNamed(ctx context.Context, tenant, name string) (access.Person, error)
	Grant(ctx context.Context, tenant, app string, grants []access.Grant, by access.By) error
	Guess(ctx context.Context, tenant, subject string, now time.Time) (access.Guesses, error)
	ForgetGuesses(ctx context.Context, tenant, subject string) error
	RecordLock(ctx context.Context, tenant, app, person string, guesses access.Guesses, by access.By) error
	AddDeviceCode(ctx context.Context, code access.DeviceCode, now time.Time) error
	DeviceCodeTyped(ctx context.Context, tenant, userCode string) (access.DeviceCode, error)
	SetDeviceCode(ctx context.Context, code access.DeviceCode, ticketBefore []byte, by access.By) error
	PollDeviceCode(ctx context.Context, tenant, app string, hash []byte, now time.Time) (access.DeviceCode, error)
}

// IssuerOptions are what the embedded issuer is made of.
type IssuerOptions struct {
	Store   Store
	Keyring *Keyring
	Base    func(*http.Request) string // how the server is reached: https://host:port; "" where it does not go by the host
	Remote  func(*http.Request) string // who asks, for the count of guesses; nil for the connection's other end
	Next    http.Handler               // gets what is not the issuer's; nil for 404
	Now     func() time.Time           // nil for the clock
	Log     *slog.Logger               // nil for none
}

// Issuer is the embedded issuer: a handler for the paths that Entra has, too.
//
//	GET  /{tenant}/v2.0/.well-known/openid-configuration
//	GET  /{tenant}/discovery/v2.0/keys
//	POST /{tenant}/oauth2/v2.0/token
//	POST /{tenant}/oauth2/v2.0/devicecode
//	     /{tenant}/oauth2/v2.0/deviceauth     the page to sign in and approve
//
// A tenant is an id or a name, or default, common or organizations where there is only one.
type Issuer struct {
	IssuerOptions
	hashing hashing
	crowd   crowd
	mux     *http.ServeMux
}

// NewIssuer returns the embedded issuer.
func NewIssuer(o IssuerOptions) *Issuer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Next == nil {
		o.Next = http.NotFoundHandler()
	}
	if o.Remote == nil {
		o.Remote = remoteHost
	}
	i := &Issuer{IssuerOptions: o, hashing: newHashing(), mux: http.NewServeMux()}
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request, string) error{
		"GET /{tenant}/v2.0/.well-known/openid-configuration": i.configuration,
		"GET /{tenant}/discovery/v2.0/keys":                   i.keys,
		"POST /{tenant}/oauth2/v2.0/token":                    i.token,
		"POST /{tenant}/oauth2/v2.0/devicecode":               i.deviceCode,
	} {
		i.mux.HandleFunc(pattern, i.answering(handle))
	}
	pages := http.NewCrossOriginProtection()
	i.mux.Handle("GET /{tenant}/oauth2/v2.0/deviceauth", i.page(i.askCode))
	i.mux.Handle("POST /{tenant}/oauth2/v2.0/deviceauth", pages.Handler(i.page(i.signIn)))
	i.mux.Handle("POST /{tenant}/oauth2/v2.0/deviceauth/approve", pages.Handler(i.page(i.approve)))
	i.mux.Handle("/", o.Next)
	return i
}

func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.mux.ServeHTTP(w, r) }

// remoteHost is the address at the other end, without the port.
func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// remote returns who asks.
func (i *Issuer) remote(r *http.Request) string { return access.Network(i.Remote(r)) }

// answering resolves the tenant, limits the body, and turns errors into answers.
func (i *Issuer) answering(handle func(http.ResponseWriter, *http.Request, string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		tenant, err := i.tenant(r)
		if err == nil && i.Base(r) == "" {
			err = errElsewhere()
		}
		if err == nil {
			err = handle(w, r, tenant)
		}
		if err != nil {
			i.fail(w, r, err)
		}
	}
}

// tenant returns the tenant that the path names. Where there is one alone, nobody need
// know its id. MSAL has no app act for itself in common or organizations, hence default.
func (i *Issuer) tenant(r *http.Request) (string, error) {
	name := strings.ToLower(r.PathValue("tenant"))
	tenants, err := i.Store.NamedTenants(r.Context())
	if err != nil {
		return "", err
	}
	switch name {
	case "default", "common", "organizations":
		if len(tenants) == 1 {
			return tenants[0].ID, nil
		}
	}
	for _, t := range tenants {
		if strings.EqualFold(t.ID, name) || t.Name != "" && t.Name == name {
			return t.ID, nil
		}
	}
	return "", &oauthError{http.StatusBadRequest, "invalid_request", 90002,
		"There is no tenant of this name; it is the tenant's id, or what homeroom tenants list calls it.", 0}
}

// errElsewhere refuses what was asked of another server: the host that a client names stands
// in what is signed and in links that people follow, so nobody may make it up.
func errElsewhere() error {
	return &oauthError{http.StatusBadRequest, "invalid_request", 50049,
		"This server does not go by the host of the request. An administrator says how it is reached with homeroom serve --public-url.", 0}
}

// guess counts a guess of a subject, and returns how many there are with it. It fails when
// there were too many.
func (i *Issuer) guess(ctx context.Context, tenant, subject string) (access.Guesses, error) {
	now := i.Now()
	guesses, err := i.Store.Guess(ctx, tenant, subject, now)
	if err != nil {
		return guesses, err
	}
	if until := guesses.LockedUntil(); now.Before(until) {
		wait := until.Sub(now).Round(time.Second)
		return guesses, &oauthError{http.StatusTooManyRequests, "temporarily_unavailable", 50053,
			"There were too many wrong guesses. Try again in " + wait.String() + ".", max(wait, time.Second)}
	}
	return access.Guesses{Failures: guesses.Failures + 1, Last: now}, nil
}

// wrong records that wrong guesses of an app's secret, or of a person's password, or of an
// address, lock it from now on.
func (i *Issuer) wrong(ctx context.Context, tenant, app, person string, guesses access.Guesses) error {
	if guesses.LockedUntil().IsZero() {
		return nil
	}
	by := access.By{At: guesses.Last, Kind: access.Delegated}
	if app != "" {
		by.Kind = access.Application
	}
	return i.Store.RecordLock(ctx, tenant, app, person, guesses, by)
}

// app authenticates a confidential client by its secret. What is wrong is the same
// to whoever guesses: no such app, another secret, one that has expired.
func (i *Issuer) app(r *http.Request, tenant string) (access.App, error) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	id = strings.ToLower(id)
	if len(id) != 36 || uuid.Validate(id) != nil || secret == "" || len(secret) > maxSecret {
		return access.App{}, errClient()
	}
	leave, err := i.hashing.enter(r.Context())
	if err != nil {
		return access.App{}, err
	}
	defer leave()
	if err := i.crowd.check(i.remote(r), i.Now()); err != nil {
		return access.App{}, err
	}
	subject := "app " + id + " " + i.remote(r)
	guesses, err := i.guess(r.Context(), tenant, subject)
	if err != nil {
		return access.App{}, err
	}
	app, err := i.Store.App(r.Context(), tenant, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return access.App{}, err
	}
	if !matchesAny(secret, app.Hashes(i.Now())) {
		i.crowd.count(i.remote(r), i.Now())
		i.Log.Warn("wrong client secret", "tenant", tenant, "app", id, "from", i.remote(r))
		if app.ID != "" {
			if err := i.wrong(r.Context(), tenant, app.ID, "", guesses); err != nil {
				return access.App{}, err
			}
		}
		return access.App{}, errClient()
	}
	return app, i.Store.ForgetGuesses(r.Context(), tenant, subject)
}

func errClient() error {
	return &oauthError{http.StatusUnauthorized, "invalid_client", 7000215,
		"There is no app with this id and secret, or the secret has expired.", 0}
}
