package api

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// call is a request on its way through the server: one of HTTP, or an item of a $batch.
type call struct {
	ctx     context.Context
	method  string
	path    string // escaped, after the host
	query   string // raw
	header  http.Header
	body    io.Reader
	length  int64 // of the body in bytes; -1 where nobody said
	base    string
	id      string // request-id
	client  string // client-request-id
	out     http.Header
	request *http.Request  // that brought it, for Authenticate
	address string         // of the client
	caller  *access.Caller // of an item: who sent the batch
	share   string         // whose place it has; "" for nobody's
	route   *route         // once it was found
}

// answer is what goes back, beside the headers of the call.
type answer struct {
	status int
	body   []byte
	stream *stream // instead of body, where it is written piece by piece
}

// do answers a call. What goes wrong on the way is an answer too.
func (s *Server) do(c *call, b *buffer) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = s.panicked(c, p)
		}
	}()
	a, err := s.dispatch(c, b)
	if err != nil {
		return s.fail(c, err)
	}
	return a
}

// dispatch goes by the beginning of the path.
func (s *Server) dispatch(c *call, b *buffer) (answer, error) {
	path := strings.TrimPrefix(c.path, "/")
	switch of, rest := s.below(path); of {
	case s.graph:
		return s.beta(c, rest, b)
	case s.own:
		return s.homeroom(c, rest, b)
	}
	version, rest, _ := strings.Cut(path, "/")
	switch {
	case version == "openapi.json" && rest == "":
		return s.document(c, "application/json", s.openAPI)
	case strings.EqualFold(version, "v1.0"):
		return answer{}, absent(rest)
	}
	return answer{}, odata.BadRequest("", "Invalid version: %s. Industry data is under /beta.", version)
}

// homeroom answers what is below /homeroom/v1.
func (s *Server) homeroom(c *call, path string, b *buffer) (answer, error) {
	c.base = strings.TrimSuffix(c.base, "/beta") + "/homeroom/v1"
	caller, err := s.identify(c)
	if err != nil {
		return answer{}, err
	}
	return s.resource(c, s.own, caller, path, b)
}

// absent says what is missing in v1.0, which has the segment external and no industry
// data below it.
func absent(path string) error {
	segments, err := odata.ParsePath(path)
	switch {
	case err != nil:
		return err
	case len(segments) == 0:
		return odata.BadRequest("", "There is nothing under /v1.0. Industry data is under /beta.")
	case len(segments) > 1 && strings.EqualFold(segments[0].Name, "external"):
		return notFound(segments[1].Name)
	}
	return notFound(segments[0].Name)
}

// beta answers what is below /beta. Only the documents need no token.
func (s *Server) beta(c *call, path string, b *buffer) (answer, error) {
	switch path {
	case "":
		return s.document(c, jsonType, func() ([]byte, error) { return s.serviceDocument(c.base) })
	case "$metadata":
		return s.document(c, "application/xml", s.metadata)
	}
	caller, err := s.identify(c)
	if err != nil {
		return answer{}, err
	}
	if path == "$batch" {
		return s.batch(c, caller, b)
	}
	return s.resource(c, s.graph, caller, path, b)
}

// undollar reads the $ at the start of a path that a client escaped, and spells what of
// that is not in the table of routes.
func undollar(path string) string {
	if rest, ok := strings.CutPrefix(path, "%24"); ok {
		path = "$" + rest
	}
	for _, name := range []string{"$metadata", "$batch"} {
		if strings.EqualFold(strings.TrimSuffix(path, "/"), name) {
			return name
		}
	}
	return path
}

// document answers with a document that needs no token.
func (s *Server) document(c *call, contentType string, write func() ([]byte, error)) (answer, error) {
	if c.method != http.MethodGet && c.method != http.MethodHead {
		return answer{}, c.notAllowed("GET, HEAD, OPTIONS")
	}
	body, err := write()
	if err != nil {
		return answer{}, err
	}
	c.out.Set("Content-Type", contentType)
	return answer{status: http.StatusOK, body: body}, nil
}

// resource answers by the table of routes. Who calls is known; whether they may is
// asked before anything that they sent is read.
func (s *Server) resource(c *call, of *service, caller access.Caller, path string, b *buffer) (answer, error) {
	segments, err := odata.ParsePath(path)
	if err != nil {
		return answer{}, err
	}
	where, err := of.find(segments)
	if err != nil {
		return answer{}, err
	}
	c.route = where.at.route(c.method)
	if c.route == nil {
		return answer{}, c.notAllowed(where.at.allow)
	}
	if where.cast != nil && c.route.method != http.MethodGet && !c.route.operation {
		return answer{}, c.notAllowed("GET, HEAD, OPTIONS")
	}
	if err := s.permit(c.route, caller); err != nil {
		return answer{}, err
	}
	r, err := s.read(c, of, caller, &where)
	if err != nil {
		return answer{}, err
	}
	response, err := c.route.handle(s, r)
	if err != nil {
		return answer{}, err
	}
	if of.own {
		return s.writeOwn(c, r, response)
	}
	return s.write(c, r, &where, response, b)
}

// read makes the request of a handler.
func (s *Server) read(c *call, of *service, caller access.Caller, where *place) (*request, error) {
	r := &request{
		ctx: c.ctx, caller: caller, route: c.route, keys: where.keys(), cast: where.cast,
		header: c.header, base: c.base, id: c.id, prefer: preferences(c.header),
	}
	var err error
	if of.own {
		return r, s.readOwn(c, r)
	}
	if r.query, err = s.queryOf(c, where); err != nil {
		return nil, err
	}
	if err := s.permitExpanded(where.at, r.query, caller); err != nil {
		return nil, err
	}
	if err := acceptable(c.header, c.route.counts()); err != nil {
		return nil, err
	}
	if c.route.body != "" {
		r.body, err = s.readBody(c)
	}
	return r, err
}

// queryOf reads the options of a GET; for other methods there are none (contract E.3).
func (s *Server) queryOf(c *call, where *place) (*odata.Query, error) {
	if c.query == "" || c.route.method != http.MethodGet {
		return &odata.Query{}, nil
	}
	t := c.route.declared
	if where.cast != nil {
		t = where.cast
	}
	q, err := s.model.ParseQuery(t, c.query)
	if err != nil {
		return nil, err
	}
	return q, q.Allow(queryOptions(c.route)...)
}

// allowed returns the methods of a path, for OPTIONS.
func (s *Server) allowed(escaped string) string {
	of, path := s.below(strings.TrimPrefix(escaped, "/"))
	switch {
	case of == nil, of == s.graph && (path == "" || path == "$metadata"):
		return "GET, HEAD, OPTIONS"
	case of == s.graph && path == "$batch":
		return "POST, OPTIONS"
	}
	if segments, err := odata.ParsePath(path); err == nil {
		if where, err := of.find(segments); err == nil {
			return where.at.allow
		}
	}
	return "OPTIONS"
}

// below returns the part of the API that a path leads to, nil for neither, and the rest of
// the path.
func (s *Server) below(path string) (*service, string) {
	version, rest, _ := strings.Cut(path, "/")
	number, own, _ := strings.Cut(rest, "/")
	switch {
	case strings.EqualFold(version, "beta"):
		return s.graph, undollar(rest)
	case strings.EqualFold(version, "homeroom") && strings.EqualFold(number, "v1") && s.Operations != nil:
		return s.own, own
	}
	return nil, ""
}

func (c *call) notAllowed(allow string) error {
	c.out.Set("Allow", allow)
	return odata.MethodNotAllowed("The method %s is not allowed here. Allowed are: %s.", c.method, allow)
}
