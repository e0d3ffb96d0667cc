// Package api answers requests in the contract of Microsoft Graph's industry data:
// one table of routes, one table of types, a handler a route.
//
//   - route: a row of the table: method, pattern, permissions, handler.
//   - request, response: what a handler gets and gives; it sees nothing of HTTP else.
//   - base: the URL of the service as the client addressed it, https://host/beta.
package api

import (
	"net/http"

	"github.com/homeroomhq/homeroom/odata"
)

type node struct{}

func newServer(o Options, m *odata.Model, table []route) *Server {
	return &Server{Options: o, model: m, routes: table}
}

func (s *Server) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, "not written yet", http.StatusNotImplemented)
}
