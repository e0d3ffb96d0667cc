package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ServeHTTP answers a request: it gets its ids, is let in or not, is answered, and what
// goes back is compressed.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.Now()
	c := s.receive(w.Header(), r)
	ctx, cancel := context.WithTimeout(c.ctx, s.Patience)
	defer cancel()
	c.ctx = ctx
	b := s.buffers.Get().(*buffer)
	defer s.buffers.Put(b)

	a := s.admit(c, b)
	if a.stream != nil {
		s.observe(c, a.status, began) // what follows may take hours
		s.sendStream(w, r, c, a)
		return
	}
	s.send(w, r, a)
	s.observe(c, a.status, began)
}

// observe tells whoever watches of an answer.
func (s *Server) observe(c *call, status int, began time.Time) {
	if s.Observe == nil {
		return
	}
	pattern := ""
	if c.route != nil {
		pattern = c.route.pattern
	}
	s.Observe(pattern, c.method, status, s.Now().Sub(began))
}

// receive makes a call of a request, and says what every answer says (contract E.2).
func (s *Server) receive(out http.Header, r *http.Request) *call {
	id := uuid.NewString()
	c := &call{
		ctx: r.Context(), method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery,
		header: r.Header, body: r.Body, length: r.ContentLength, out: out, request: r,
		base: s.Origin(r) + "/beta", address: s.Address(r), id: id, client: clientID(r.Header, id),
	}
	values := []string{c.id, c.client, "no-cache", "4.0", "Accept-Encoding", "nosniff"}
	for i, name := range []string{"Request-Id", "Client-Request-Id", "Cache-Control", "Odata-Version", "Vary", "X-Content-Type-Options"} {
		out[name] = values[i : i+1 : i+1] // one piece of memory for all
	}
	return c
}

// clientID returns what the client calls its request, or else what we do.
func clientID(header http.Header, id string) string {
	given := header.Get("Client-Request-Id")
	printable := !strings.ContainsFunc(given, func(c rune) bool { return c < ' ' || c > '~' })
	if given == "" || len(given) > 128 || !printable {
		return id
	}
	return given
}

// admit answers a call when there is room for it. What browsers ask before they call
// needs none.
func (s *Server) admit(c *call, b *buffer) answer {
	s.allowOrigin(c)
	if c.method == http.MethodOptions {
		return s.options(c)
	}
	if err := s.gate.enter(); err != nil {
		return s.fail(c, err)
	}
	defer s.gate.leave()
	defer func() {
		if c.share != "" {
			s.shares.leave(c.share)
		}
	}()
	return s.do(c, b)
}

// allowOrigin lets pages of the origins that are configured read the answer.
func (s *Server) allowOrigin(c *call) {
	if len(s.Origins) == 0 {
		return
	}
	c.out.Add("Vary", "Origin")
	origin := c.header.Get("Origin")
	if origin == "" || !slices.Contains(s.Origins, origin) && !slices.Contains(s.Origins, "*") {
		return
	}
	c.out.Set("Access-Control-Allow-Origin", origin)
	c.out.Set("Access-Control-Expose-Headers",
		"request-id, client-request-id, ETag, Location, OData-EntityId, OData-Version, Preference-Applied, Retry-After, WWW-Authenticate")
}

// options answers OPTIONS, and with it the question that browsers ask before a call.
// A call carries its token itself, so no cookies are allowed, and any header is.
func (s *Server) options(c *call) answer {
	allow := s.allowed(c.path)
	c.out.Set("Allow", allow)
	if c.out.Get("Access-Control-Allow-Origin") != "" && c.header.Get("Access-Control-Request-Method") != "" {
		c.out.Set("Access-Control-Allow-Methods", allow)
		c.out.Set("Access-Control-Max-Age", "600")
		if asked := c.header.Get("Access-Control-Request-Headers"); asked != "" {
			c.out.Set("Access-Control-Allow-Headers", asked)
		}
	}
	return answer{status: http.StatusNoContent}
}

// send writes an answer, compressed where the client takes that and it pays.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a answer) {
	header := w.Header()
	if len(a.body) >= compressFrom && takesGzip(r.Header) {
		s.sendGzip(w, r, a)
		return
	}
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		header["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // a client that went away needs no answer
	}
}
