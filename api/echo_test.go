package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// The tests of this package's core run over the real tables, with handlers that tell
// what they were asked: an entity that carries the last key as its id.

const everyPermission = outboundRead + " " + outboundWrite + " " + definitionWrite + " " + runStart + " " + readBasic

// echo is the API with such handlers.
type echo struct {
	*Server
	t    testing.TB
	seen *request // of the last call
	give func(r *request) (*response, error)
	log  bytes.Buffer
	now  time.Time
}

func newEcho(t testing.TB, changes ...func(*Options)) *echo {
	e := &echo{t: t, now: time.Date(2026, 11, 27, 20, 0, 0, 0, time.UTC)}
	options := Options{
		Authenticate: authenticate, Now: func() time.Time { return e.now },
		Log: slog.New(slog.NewTextHandler(&e.log, nil)),
	}
	for _, change := range changes {
		change(&options)
	}
	table := routes()
	for i := range table {
		table[i].handle = e.handle
	}
	e.Server = newServer(options, newService(types(), table), newService(ownTypes(), ownRoutes()))
	return e
}

func (e *echo) handle(s *Server, r *request) (*response, error) {
	e.seen = r
	if e.give != nil {
		return e.give(r)
	}
	switch {
	case r.route.counts():
		return &response{text: "2"}, nil
	case r.route.list:
		return &response{list: []*odata.Entity{entityOf(s, r, "a"), entityOf(s, r, "b")}}, nil
	case r.route.result == "":
		return &response{}, nil
	}
	return &response{entity: entityOf(s, r, "new"), etag: etag(7)}, nil
}

// entityOf returns an entity of a route's type; of flows, a user flow.
func entityOf(s *Server, r *request, id string) *odata.Entity {
	for _, name := range []string{"set", "flow", "roleGroup", "definition", "run", "activity", "principal", "appId"} {
		if r.keys[name] != "" && !r.route.list {
			id = r.keys[name]
		}
	}
	t := r.route.declared
	if t.Name == flowType {
		t = s.model.Type(userType)
	}
	return &odata.Entity{Type: t, Values: map[string]any{"id": id, "displayName": "Name"}}
}

type refusal struct{}

func (refusal) Error() string     { return "Access token is empty." }
func (refusal) Challenge() string { return `Bearer realm=""` }

// authenticate reads a token of the form "kind permission permission".
func authenticate(_ context.Context, r *http.Request) (access.Caller, error) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	words := strings.Fields(token)
	if !ok || len(words) == 0 {
		return access.Caller{}, refusal{}
	}
	if words[0] == "panic" {
		panic("in Authenticate")
	}
	return access.Caller{Tenant: "tenant", App: "app", Kind: access.Kind(words[0]), Permissions: words[1:]}, nil
}

// call sends a request with every permission. Headers are written "Name: value".
func (e *echo) call(method, target, body string, headers ...string) *reply {
	e.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "graph.example"
	r.Header.Set("Authorization", "Bearer delegated "+everyPermission)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		r.Header.Del(name)
		if value = strings.TrimSpace(value); value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return &reply{e.t, method + " " + target, w.Code, w.Header(), w.Body.String()}
}

// reply is what came back.
type reply struct {
	t      testing.TB
	asked  string
	status int
	header http.Header
	body   string
}

func (r *reply) is(status int) *reply {
	r.t.Helper()
	if r.status != status {
		r.t.Errorf("%s: status %d, want %d: %s", r.asked, r.status, status, r.body)
	}
	return r
}

// says checks headers, written "Name: value".
func (r *reply) says(headers ...string) *reply {
	r.t.Helper()
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if got := strings.Join(r.header.Values(name), ", "); got != value {
			r.t.Errorf("%s: %s is %q, want %q", r.asked, name, got, value)
		}
	}
	return r
}

func (r *reply) has(body string) *reply {
	r.t.Helper()
	if r.body != body {
		r.t.Errorf("%s: got\n%s\nwant\n%s", r.asked, r.body, body)
	}
	return r
}

// fails checks that the reply is an error of contract E.1, whole.
func (r *reply) fails(status int, code, message string) *reply {
	r.t.Helper()
	r.is(status)
	if err := r.wellFormed(); err != nil {
		r.t.Errorf("%s: %v: %s", r.asked, err, r.body)
		return r
	}
	var body errorBody
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		r.t.Fatal(err)
	}
	if body.Error.Code != code || !strings.Contains(body.Error.Message, message) {
		r.t.Errorf("%s: %s %q, want %s %q", r.asked, body.Error.Code, body.Error.Message, code, message)
	}
	return r
}

// wellFormed says what an error lacks of contract E.1.
func (r *reply) wellFormed() error {
	var body struct {
		Error *struct {
			Code, Message *string
			InnerError    map[string]string
		}
	}
	switch err := json.Unmarshal([]byte(r.body), &body); {
	case err != nil:
		return err
	case body.Error == nil || body.Error.Code == nil || body.Error.Message == nil || *body.Error.Message == "" || *body.Error.Code == "":
		return errors.New("there is no error with code and message")
	case !strings.HasPrefix(r.header.Get("Content-Type"), "application/json"):
		return errors.New("the Content-Type is not JSON")
	case body.Error.InnerError["request-id"] != r.header.Get("request-id") || r.header.Get("request-id") == "":
		return errors.New("the request-id is not that of the header")
	case body.Error.InnerError["client-request-id"] != r.header.Get("client-request-id"):
		return errors.New("the client-request-id is not that of the header")
	}
	_, err := time.Parse("2006-01-02T15:04:05", body.Error.InnerError["date"])
	return err
}
