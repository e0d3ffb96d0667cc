package api_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store"
)

// Tenants that callers are of.
const (
	school    = "0e3a6e5c-4f0d-4c68-9ac3-5d8f0f1f7a01"
	neighbour = "b1a3b4de-2f55-4d37-8a9b-6c2a52f0c702"
)

// base is the service as documented clients address it.
const base = "https://graph.microsoft.com/beta"

// Where things are.
const (
	added        = "https://graph.microsoft.com/homeroom/v1"
	industryData = base + "/external/industryData"
	flowSets     = industryData + "/outboundProvisioningFlowSets"
)

// world is the API over a real store, with callers whose tokens it hands out.
type world struct {
	*testing.T
	server  *api.Server
	store   *store.Store
	runs    *runs
	ops     *operations
	callers []access.Caller
	numbers int
}

// newWorld returns a world that nobody has configured yet. A change, if there is one,
// changes the options of its API.
func newWorld(t *testing.T, changes ...func(*api.Options)) *world {
	t.Helper()
	kept, err := store.OpenMemory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	for _, tenant := range []string{school, neighbour} {
		if err := kept.AddTenant(t.Context(), access.Tenant{ID: tenant}, access.By{}); err != nil {
			t.Fatal(err)
		}
	}
	w := &world{T: t, store: kept, runs: &runs{inbound: api.InboundUsable}, ops: newOperations()}
	options := api.Options{
		Store: kept, Runs: w.runs, Operations: w.ops, Authenticate: w.authenticate, Seal: seal, Open: unseal, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	}
	for _, change := range changes {
		change(&options)
	}
	w.server = api.New(options)
	return w
}

// number returns one that was not there before, for names that must differ.
func (w *world) number() int {
	w.numbers++
	return w.numbers
}

// token returns a token of a caller.
func (w *world) token(c access.Caller) string {
	w.callers = append(w.callers, c)
	return strconv.Itoa(len(w.callers) - 1)
}

// admin returns a token of somebody at the school who may do everything.
func (w *world) admin() string {
	return w.token(access.Caller{
		Tenant: school, App: "app", Kind: access.Delegated, User: "user", UserName: "admin@school.example",
		Permissions: []string{
			"IndustryData-OutboundFlow.ReadWrite.All", "IndustryData-ReferenceDefinition.ReadWrite.All",
			"IndustryData-Run.Start", "IndustryData-Run.Read.All", "IndustryData.ReadBasic.All", "Homeroom.Approve",
		},
	})
}

// authenticate knows the tokens that were handed out.
func (w *world) authenticate(_ context.Context, r *http.Request) (access.Caller, error) {
	at, err := strconv.Atoi(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err != nil || at < 0 || at >= len(w.callers) {
		return access.Caller{}, fault.New(fault.Denied, "The token is not one that was handed out.")
	}
	return w.callers[at], nil
}

// answer is what a request got.
type answer struct {
	*testing.T
	status int
	header http.Header
	body   []byte
}

// send sends a request and returns the answer.
func (w *world) send(token, method, url string, header http.Header, body []byte) answer {
	w.Helper()
	r := httptest.NewRequest(method, url, bytes.NewReader(body))
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) answer {
	w.Helper()
	recorder := httptest.NewRecorder()
	w.server.ServeHTTP(recorder, r)
	got := recorder.Result()
	body, err := io.ReadAll(got.Body)
	if err == nil && got.Header.Get("Content-Encoding") == "gzip" {
		body, err = unzip(body)
	}
	if err != nil {
		w.Fatal(err)
	}
	return answer{w.T, got.StatusCode, got.Header, body}
}

// post creates an entity from JSON and returns its id.
func (w *world) post(token, url, body string) string {
	w.Helper()
	got := w.send(token, "POST", url, jsonHeader(), []byte(body))
	if got.status != http.StatusCreated {
		w.Fatalf("POST %s %s: %d %s", url, body, got.status, got.body)
	}
	return got.object()["id"].(string)
}

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }

// object returns the body as a JSON object, numbers as they are written.
func (a answer) object() map[string]any {
	a.Helper()
	value, _ := decoded(a.T, a.body).(map[string]any)
	if value == nil {
		a.Fatalf("the body is no object: %s", a.body)
	}
	return value
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return value
}

func unzip(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func zip(t *testing.T, body []byte) []byte {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zipped.Bytes()
}

// seal and unseal stand for the vault: what was sealed for one place opens in no other.
func seal(tenant, object, field, secret string) (string, error) {
	return base64.StdEncoding.EncodeToString([]byte(tenant + "\n" + object + "\n" + field + "\n" + secret)), nil
}

func unseal(tenant, object, field, sealed string) (string, error) {
	text, err := base64.StdEncoding.DecodeString(sealed)
	secret, ok := strings.CutPrefix(string(text), tenant+"\n"+object+"\n"+field+"\n")
	if err != nil || !ok {
		return "", fault.New(fault.Invalid, "what was sealed for another place does not open here")
	}
	return secret, nil
}

// runs stands for the engine: it has the runs that it was given, and counts starts.
type runs struct {
	list    []api.Run
	counts  map[string]api.Statistics
	started []access.Caller
	inbound api.Inbound
}

func (r *runs) Start(_ context.Context, caller access.Caller) error {
	r.started = append(r.started, caller)
	return nil
}

func (r *runs) Runs(_ context.Context, tenant string) ([]api.Run, error) {
	if tenant != school {
		return nil, nil
	}
	return r.list, nil
}

func (r *runs) Run(ctx context.Context, tenant, id string) (api.Run, error) {
	list, _ := r.Runs(ctx, tenant) // has no errors
	for _, run := range list {
		if run.ID == id {
			return run, nil
		}
	}
	return api.Run{}, fault.New(fault.NotFound, "there is no run %s", id)
}

func (r *runs) Statistics(ctx context.Context, tenant, id string) (api.Statistics, error) {
	_, err := r.Run(ctx, tenant, id)
	return r.counts[id], err
}

func (r *runs) Inbound(context.Context, string) (api.Inbound, error) {
	return cmp.Or(r.inbound, api.InboundMissing), nil
}
