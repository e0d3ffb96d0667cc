package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// Options are what a server is made of. Store, Authenticate, Runs, Seal, Open and Now
// are needed; the rest has defaults.
type Options struct {
	Store Store
	Runs  Runs

	// Authenticate verifies the token of a request. Its error is answered with 401,
	// unless its kind is fault.Unavailable: then nobody could verify anything, 503.
	// An error with a method Challenge() string gives WWW-Authenticate its value.
	Authenticate func(ctx context.Context, r *http.Request) (access.Caller, error)

	// Seal and Open encrypt a secret that an entity carries, bound to the tenant, to
	// the id of the entity and to the field.
	Seal func(tenant, object, field, secret string) (string, error)
	Open func(tenant, object, field, sealed string) (string, error)

	// DelegatedWritesOnly refuses writes to applications that act for nobody.
	DelegatedWritesOnly bool

	Now func() time.Time
	Log *slog.Logger // nil: slog.Default()

	// Observe, if not nil, is told of every answer. The route is a pattern of the
	// table, or "" where there was none.
	Observe func(route, method string, status int, took time.Duration)

	BaseURL string         // https://graph.example.org, for links; "": as the client addressed it
	Proxies []netip.Prefix // whose forwarding headers are believed
	Origins []string       // of web pages that may call (CORS); "*" for all

	BodyLimit  int64   // bytes, also after decompression; 0: 4 MiB, as Graph has it
	Concurrent int     // requests at a time; 0: 512
	Rate       float64 // requests a second of one client; 0: no limit
	Burst      int     // requests of one client at once, where there is a rate; 0: ten seconds' worth
}

// Server answers requests. It is an http.Handler.
type Server struct {
	Options
	model  *odata.Model
	routes []route
	tree   *node
}

// New returns the API: /beta, /v1.0 (which has no industry data and says so), and
// /openapi.json.
func New(o Options) http.Handler {
	return newServer(o, types(), routes())
}
