package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
)

// errorBody is the body of contract E.1. The message is always there, and innerError is
// never null: clients rely on both.
type errorBody struct {
	Error errorObject `json:"error"`
}

type errorObject struct {
	Code    string        `json:"code"`
	Message string        `json:"message"`
	Target  string        `json:"target,omitempty"`
	Details []errorDetail `json:"details,omitempty"`
	Inner   innerError    `json:"innerError"`
}

type errorDetail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

type innerError struct {
	Date   string `json:"date"` // UTC, without a zone
	ID     string `json:"request-id"`
	Client string `json:"client-request-id"`
}

// fail answers with an error.
func (s *Server) fail(c *call, err error) answer {
	e := s.translate(c, err)
	if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
		c.out.Set("Retry-After", strconv.Itoa(retryAfter(err)))
	}
	body := errorBody{errorObject{
		Code: e.Code, Message: e.Message, Target: e.Target,
		Inner: innerError{s.Now().UTC().Format("2006-01-02T15:04:05"), c.id, c.client},
	}}
	for _, d := range e.Details {
		body.Error.Details = append(body.Error.Details, errorDetail(d))
	}
	text, err := json.Marshal(body)
	if err != nil { // strings always are JSON
		panic(err)
	}
	c.out.Set("Content-Type", errorType)
	return answer{status: e.Status, body: text}
}

// translate makes an answer of an error. What only concerns whoever runs the server is
// logged, and the client gets the id to ask for.
func (s *Server) translate(c *call, err error) *odata.Error {
	if e, ok := errors.AsType[*odata.Error](err); ok {
		return e
	}
	switch kind := fault.KindOf(err); {
	case kind == fault.Busy, kind == fault.Unavailable, kind == fault.Canceled:
		s.Log.WarnContext(c.ctx, "unavailable", "request-id", c.id, "error", err)
		return unavailable("The service cannot answer now. Try again in a moment.")
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return unavailable("The request took too long, or nobody waits for its answer.")
	case !isForClients(err):
	case kind == fault.Invalid:
		return odata.BadRequest("", "%s", sentence(err))
	case kind == fault.NotFound:
		return odata.NotFound("%s", sentence(err))
	case kind == fault.Conflict:
		return odata.Conflict("%s", sentence(err))
	case kind == fault.Denied:
		return odata.Forbidden("%s", sentence(err))
	}
	s.Log.ErrorContext(c.ctx, "request failed", "request-id", c.id, "method", c.method, "path", c.path, "error", err)
	return failure(c)
}

// isForClients reports whether an error says what is wrong with a request. One with a cause
// says what is wrong with the server, whatever its kind, and names its files.
func isForClients(err error) bool {
	e, ok := errors.AsType[*fault.Error](err)
	return ok && e.Cause == nil
}

// sentence makes a whole one of an error that was written to follow the name of a program.
func sentence(err error) string {
	text := err.Error()
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(text[size:], ".") + "."
}

// panicked answers for a handler that panicked.
func (s *Server) panicked(c *call, p any) answer {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	s.Log.ErrorContext(c.ctx, "panic", "request-id", c.id, "method", c.method, "path", c.path, "panic", p, "stack", string(debug.Stack()))
	return s.fail(c, failure(c))
}

func failure(c *call) *odata.Error {
	return odata.Internal("The server failed at this. Its log tells more under the request-id %s.", c.id)
}

func unavailable(format string, args ...any) *odata.Error {
	e := odata.Internal(format, args...)
	e.Status, e.Code = http.StatusServiceUnavailable, "ServiceUnavailable"
	return e
}

// Later is an error that says when to come back: Retry-After. Err is an *odata.Error of
// status 429 or 503.
type Later struct {
	Err   error
	After time.Duration
}

func (l *Later) Error() string { return l.Err.Error() }

func (l *Later) Unwrap() error { return l.Err }

// retryAfter returns when to come back, in whole seconds of at least one: clients read
// fractions differently (contract E.1).
func retryAfter(err error) int {
	if l, ok := errors.AsType[*Later](err); ok {
		return max(1, int((l.After+time.Second-1)/time.Second))
	}
	return 1
}

// below adds a path to the front of what an error is about.
func below(path string, err error) error {
	refusal, ok := errors.AsType[*odata.Error](err)
	if !ok || refusal.Target == "" {
		return err
	}
	at := *refusal
	at.Target = path + "/" + refusal.Target
	return &at
}
