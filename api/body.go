package api

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// readBody reads the body of a call: JSON, at most BodyLimit bytes of it, also after
// decompression. Clients may send gzip: the Go SDK always does (contract F).
func (s *Server) readBody(c *call) ([]byte, error) {
	if c.body == nil || c.length == 0 {
		return []byte{}, nil
	}
	if c.length > s.BodyLimit {
		return nil, s.tooLarge(c)
	}
	if err := isJSON(c.header.Get("Content-Type")); err != nil {
		return nil, err
	}
	compressed := io.LimitReader(c.body, s.BodyLimit+1)
	switch encoding := strings.ToLower(strings.Join(c.header.Values("Content-Encoding"), ",")); encoding {
	case "", "identity":
		return s.readAll(c, compressed, c.length)
	case "gzip", "x-gzip":
		return s.gunzip(c, compressed)
	default:
		return nil, odata.UnsupportedMediaType("The Content-Encoding %q is not known here: send gzip, or nothing.", encoding)
	}
}

func (s *Server) gunzip(c *call, compressed io.Reader) ([]byte, error) {
	z, _ := s.unzippers.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer s.unzippers.Put(z)
	if err := z.Reset(compressed); err != nil {
		return nil, odata.BadRequest("", "The body is not gzip, as its Content-Encoding says: %s.", err)
	}
	return s.readAll(c, z, 0)
}

// trusted is how long a body is taken to be because the client says so, in bytes. Memory
// for more comes when the bytes do: otherwise many who send none could take all of it.
const trusted = 64 << 10

// readAll reads up to the limit. The hint is the length, where the client said one.
func (s *Server) readAll(c *call, from io.Reader, hint int64) ([]byte, error) {
	body := make([]byte, 0, max(512, min(hint, trusted)+1))
	for {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > s.BodyLimit:
			return nil, s.tooLarge(c)
		case errors.Is(err, io.EOF):
			return body, nil
		case errors.Is(err, os.ErrDeadlineExceeded): // whose text has the addresses of both sides
			return nil, odata.BadRequest("", "The body cannot be read to its end: it took too long to come.")
		case err != nil:
			return nil, odata.BadRequest("", "The body cannot be read to its end: %s.", err)
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// tooLarge refuses a body, and hangs up rather than read the rest of it.
func (s *Server) tooLarge(c *call) error {
	c.out.Set("Connection", "close")
	return odata.TooLarge("The body is larger than %d bytes, which is the most that one request may send.", s.BodyLimit)
}

// isJSON refuses a Content-Type that is said and is not JSON.
func isJSON(contentType string) error {
	kind, _, _ := strings.Cut(contentType, ";")
	if kind = strings.TrimSpace(kind); kind == "" || strings.EqualFold(kind, "application/json") {
		return nil
	}
	return odata.UnsupportedMediaType("The Content-Type is %q: send application/json.", kind)
}

// acceptable refuses an Accept that excludes what a route answers (contract E.1): JSON,
// or the text of $count.
func acceptable(header http.Header, counts bool) error {
	accept := strings.ToLower(strings.Join(header.Values("Accept"), ","))
	switch {
	case accept == "", strings.Contains(accept, "*/*"), strings.Contains(accept, "application/"):
		return nil
	case counts && strings.Contains(accept, "text/"):
		return nil
	case counts:
		return odata.NotAcceptable("The count is text/plain, which the header Accept excludes.")
	}
	return odata.NotAcceptable("The answer is application/json, which the header Accept excludes.")
}
