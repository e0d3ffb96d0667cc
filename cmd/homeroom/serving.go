package main

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/auth"
)

// serving is a server with all that it is made of.
type serving struct {
	options *serveOptions
	data    *memory // of all tenants
	tenants []access.Tenant
	log     *slog.Logger
	metrics *metrics
	runs    *runner
	api     *api.Server
	handler http.Handler
}

func newServing(ctx context.Context, a *app, o *serveOptions, data *memory, log *slog.Logger) (*serving, error) {
	s := &serving{options: o, data: data, log: log, metrics: newMetrics()}
	s.metrics.watchStore(data)
	var err error
	if s.tenants, err = data.NamedTenants(ctx); err != nil {
		return nil, err
	}
	if _, err := data.migrated(ctx); err != nil { // and opened, before runs share it
		return nil, err
	}
	key, err := openVault(data.dir)
	if err != nil {
		return nil, err
	}
	keyring, err := data.openKeyring(a.now)
	if err != nil {
		return nil, err
	}
	if s.runs, err = s.newRunner(ctx, a, key.openFor); err != nil {
		return nil, err
	}
	trusts, err := o.trusts(s.tenants)
	if err != nil {
		return nil, err
	}
	verifier, err := auth.NewVerifier(auth.Options{
		Store: data.Store, Keyring: keyring, Trusts: trusts, Authorize: o.base() + "/common/oauth2/v2.0/authorize", Now: a.now,
	})
	if err != nil {
		return nil, err
	}
	s.api = api.New(api.Options{
		Store: data.Store, Runs: s.runs, Authenticate: s.authenticate(verifier.Verify), Seal: key.sealFor, Open: key.openFor,
		DelegatedWritesOnly: o.usersOnly, Now: a.now, Log: log, Observe: s.metrics.answered,
		BaseURL: o.publicURL, Proxies: o.networks, Origins: o.origins, Rate: o.rate,
		Operations: s.runs, AppsMayApprove: o.appsApprove || o.dev, FourEyes: o.fourEyes, Stopping: ctx.Done(),
	})
	issuer := auth.NewIssuer(auth.IssuerOptions{
		Store: data.Store, Keyring: keyring, Base: s.origin, Remote: s.api.Address, Next: s.api, Now: a.now, Log: log,
	})
	s.handler = logged(log, s.metrics, s.route(issuer))
	return s, nil
}

// newRunner returns who runs the engine, by the settings and the rosters of the tenants.
func (s *serving) newRunner(ctx context.Context, a *app, open func(tenant, object, field, sealed string) (string, error)) (*runner, error) {
	rosters, err := pathsOf(s.tenants, "roster", s.options.roster)
	if err != nil {
		return nil, err
	}
	files, err := pathsOf(s.tenants, "config", s.options.config)
	if err != nil {
		return nil, err
	}
	settings := &served{data: s.data, paths: files, schedule: s.options.times, dev: s.options.dev, open: open}
	for _, t := range s.tenants {
		if _, err := settings.rest(t.ID); err != nil { // what is wrong with a file is said at once
			return nil, err
		}
	}
	return &runner{
		app: a, data: s.data, rosters: rosters, strict: s.options.strict, settings: settings.of,
		metrics: s.metrics, log: s.log, now: a.now, life: ctx, places: make(chan struct{}, cmp.Or(s.options.runs, runtime.GOMAXPROCS(0))),
	}, nil
}

// origin returns how a client reaches the server, "" where the server does not go by the
// host that the client names.
func (s *serving) origin(r *http.Request) string {
	origin := s.api.Origin(r)
	if _, host, _ := strings.Cut(origin, "://"); !s.options.goesBy(host) {
		return ""
	}
	return origin
}

// authenticate lets the log know who calls.
func (s *serving) authenticate(verify func(context.Context, string) (access.Caller, error)) func(context.Context, *http.Request) (access.Caller, error) {
	if s.options.dev {
		verify = developer(s.tenants[0].ID, verify)
	}
	return func(ctx context.Context, r *http.Request) (access.Caller, error) {
		if s.options.dev && !s.options.goesBy(r.Host) {
			return access.Caller{}, errElsewhere()
		}
		caller, err := verify(ctx, r.Header.Get("Authorization"))
		if v := visitOf(ctx); v != nil && err == nil {
			v.caller = caller
		}
		return caller, err
	}
}

// route finds who answers, by the beginning of a path. net/http's ServeMux would send
// clients elsewhere where a path has two slashes or dots; the API answers with an error
// that they understand.
func (s *serving) route(issuer http.Handler) http.Handler {
	scrape := http.Handler(s.api) // which says that there is no such thing
	if s.options.metricsAddr == "" && !s.options.public() {
		scrape = s.metrics.handler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, below := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		next, name := http.Handler(s.api), ""
		switch {
		case first == "livez" && !below:
			next, name = http.HandlerFunc(live), "/livez"
		case first == "readyz" && !below:
			next, name = http.HandlerFunc(s.ready), "/readyz"
		case first == "metrics" && !below:
			next, name = scrape, "/metrics"
		case isIssuers(r.URL.Path):
			next, name = issuer, "issuer"
		}
		if v := visitOf(r.Context()); v != nil {
			v.route = name
		}
		if r.TLS != nil && s.options.cert != "" { // an authority of our own may be gone tomorrow
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// isIssuers reports whether a path is of the forms that the issuer has, below a tenant.
func isIssuers(path string) bool {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if strings.EqualFold(tenant, "beta") {
		return false
	}
	return strings.HasPrefix(rest, "oauth2/v2.0/") || strings.HasPrefix(rest, "discovery/") || strings.HasPrefix(rest, "v2.0/")
}

// live says that the process is there.
func live(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // who went away needs no answer
}

// ready says that requests can be answered: the store can be read. A server that is about
// to stop takes no connection any more.
func (s *serving) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := s.data.Revision(r.Context()); err != nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	live(w, r)
}
