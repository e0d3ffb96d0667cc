// Package api answers requests in the contract of Microsoft Graph's industry data: one
// table of routes, one table of types, a handler a route.
//
//   - route: a row of the table: method, pattern, permissions, handler.
//   - call: a request on its way: one of HTTP, or an item of a $batch. Both go the same way.
//   - request, response: what a handler gets and gives; it sees nothing else of HTTP.
//   - base: the URL of the service as the client addressed it, https://host/beta.
//   - own: what Homeroom adds under /homeroom/v1, which is plain JSON (Operations).
package api

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/roster"
)

// Options are what a server is made of. Store, Authenticate, Runs, Seal, Open and Now
// are needed; the rest has defaults.
type Options struct {
	Store Store
	Runs  Runs

	// Operations are what /homeroom/v1 shows and steers. Without them it is not there.
	Operations Operations

	// AppsMayApprove lets applications that act for nobody decide what runs may do.
	AppsMayApprove bool

	// FourEyes refuses decisions about a run to the one who started it.
	FourEyes bool

	// Stopping, if not nil, is closed when the server is about to stop: live streams end.
	Stopping <-chan struct{}

	// Authenticate verifies the token of a request. An error of the kind fault.Denied,
	// or with a method Challenge() string, which gives WWW-Authenticate its value, is
	// answered with 401. By any other nobody could tell: 503 for fault.Unavailable, or
	// else 500.
	Authenticate func(ctx context.Context, r *http.Request) (access.Caller, error)

	// Seal and Open encrypt a secret that an entity carries, bound to the tenant, to
	// the id of the entity and to the field.
	Seal func(tenant, object, field, secret string) (string, error)
	Open func(tenant, object, field, sealed string) (string, error)

	// DelegatedWritesOnly refuses writes to applications that act for nobody.
	DelegatedWritesOnly bool

	Now func() time.Time
	Log *slog.Logger // nil: slog.Default()

	// Observe, if not nil, is told of every answer, and of every one in a batch. The route
	// is a pattern of the table, or "" where there was none.
	Observe func(route, method string, status int, took time.Duration)

	BaseURL string         // https://graph.example.org, for links; "": as the client addressed it
	Proxies []netip.Prefix // whose forwarding headers are believed
	Origins []string       // of web pages that may call (CORS); "*" for all

	BodyLimit  int64   // bytes, also after decompression; 0: 4 MiB, as Graph has it
	Concurrent int     // requests at a time; 0: 512
	Rate       float64 // requests a second of one client; 0: no limit
	Burst      int     // requests of one client at once, where there is a rate; 0: ten seconds' worth

	Patience time.Duration // how long finding an answer may take; 0: 30 s
}

// Server answers requests. It is an http.Handler.
type Server struct {
	Options
	model     *odata.Model
	codes     *roster.Codes   // that every tenant begins with
	groups    []*odata.Entity // role groups, by id; they are not to be changed
	graph     *service        // /beta
	own       *service        // /homeroom/v1
	gate      gate
	streams   gate    // answers that are written piece by piece
	listeners *shares // of these, by tenant and app
	shares    *shares // of the gate, by tenant and app
	clients   *limits // by tenant and app
	strangers *limits // by address: those without a valid token
	buffers   sync.Pool
	zippers   sync.Pool
	unzippers sync.Pool
	openAPI   func() ([]byte, error) // made once, when somebody asks
	metadata  func() ([]byte, error)
}

// New returns the API: /beta, /homeroom/v1, /v1.0 (which has no industry data and says
// so), and /openapi.json.
func New(o Options) *Server {
	return newServer(o, newService(types(), routes()), newService(ownTypes(), ownRoutes()))
}

func newServer(o Options, graph, own *service) *Server {
	m := graph.model
	o.Log = cmp.Or(o.Log, slog.Default())
	o.BodyLimit = cmp.Or(o.BodyLimit, 4<<20)
	o.Concurrent = cmp.Or(o.Concurrent, 512)
	o.Patience = cmp.Or(o.Patience, 30*time.Second)
	m.Now = o.Now
	codes := roster.DefaultCodes()
	s := &Server{
		Options: o, model: m, codes: codes, groups: newRoleGroups(m, codes), graph: graph, own: own,
		gate: make(gate, o.Concurrent), shares: newShares(o.Concurrent),
		streams: make(gate, maxStreams), listeners: newShares(maxStreams),
		clients: newLimits(o.Rate, o.Burst), strangers: newLimits(o.Rate, o.Burst),
		buffers: sync.Pool{New: func() any { return new(buffer) }},
	}
	s.openAPI = sync.OnceValues(func() ([]byte, error) { return json.Marshal(describe(graph, own)) })
	s.metadata = sync.OnceValues(func() ([]byte, error) { return csdl(m, graph.routes) })
	return s
}
