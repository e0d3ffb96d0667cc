package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// newLog returns a log of a form, text or json.
func newLog(form string, to io.Writer) (*slog.Logger, error) {
	switch form {
	case "text":
		return slog.New(slog.NewTextHandler(to, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(to, nil)), nil
	}
	return nil, fault.New(fault.Invalid, "Unknown form of the log %q: it is text or json.", form)
}

// visit is what becomes known of a request while it is answered. It belongs to the
// goroutine that answers.
type visit struct {
	caller access.Caller
	route  string      // of what is not the API's; "" for that
	header http.Header // of the answer
}

type visitKey struct{}

// visitOf returns the visit of a request's context, nil for none.
func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// requestID returns by what a request is called, "" outside of one.
func requestID(ctx context.Context) string {
	if v := visitOf(ctx); v != nil {
		return v.header.Get("Request-Id")
	}
	return ""
}

// tracked is a response of which one knows how it went.
type tracked struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *tracked) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *tracked) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController find what is underneath.
func (c *tracked) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// logged writes a line for each request, and counts it. What is asked for, behind the
// question mark, may name people, so it is left out.
func logged(log *slog.Logger, m *metrics, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		v := &visit{header: w.Header()}
		c := &tracked{ResponseWriter: w}
		defer func() { // also when the handler panics
			took := time.Since(began)
			if c.status == 0 {
				c.status = http.StatusOK
			}
			if v.route != "" {
				m.answered(v.route, r.Method, c.status, took) // the API counts its own
			}
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()), slog.Int("status", c.status),
				slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", c.bytes), slog.String("from", host),
				slog.String("app", v.caller.App), slog.String("tenant", v.caller.Tenant),
				slog.String("request-id", w.Header().Get("Request-Id")))
		}()
		next.ServeHTTP(c, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}
