package notice

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The example of the specification, which other libraries have among their tests.
func TestSignature(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	keys, err := keys(secret)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1614265330, 0)
	got := signature(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestKeys(t *testing.T) {
	good := secretPrefix + base64.StdEncoding.EncodeToString(make([]byte, minKey))
	for _, test := range []struct {
		name, secret string
		want         int
	}{
		{"one", good, 1},
		{"two, while one is changed", good + " " + good, 2},
		{"no prefix", strings.TrimPrefix(good, secretPrefix), 0},
		{"no base64", secretPrefix + "?", 0},
		{"short", secretPrefix + base64.StdEncoding.EncodeToString(make([]byte, minKey-1)), 0},
		{"long", secretPrefix + base64.StdEncoding.EncodeToString(make([]byte, maxKey+1)), 0},
		{"one of two", good + " secret", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := keys(test.secret)
			if len(got) != test.want || (err == nil) != (test.want > 0) {
				t.Errorf("%d keys and %v, want %d", len(got), err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), test.secret) {
				t.Error("the error tells the secret")
			}
		})
	}
}

// webhook returns one whose secret is in a file.
func webhook(t *testing.T, url string) *Webhook {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &Webhook{URL: url, Secret: Secret{File: file}, Client: NewClient(), Now: func() time.Time { return began.Add(time.Hour) }}
}

// What a receiver gets is signed as the headers say, and has keys and counts in it.
func TestWebhook(t *testing.T) {
	var header http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	event, _ := ended("completedWithWarnings", 3, 0).For(Kinds())
	answer, err := webhook(t, server.URL).Send(t.Context(), Notice{ID: "n1", Event: event})
	if err != nil || answer != "200 OK" {
		t.Fatalf("answer %q, %v", answer, err)
	}
	keys, err := keys("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Webhook-Id": "n1", "Webhook-Timestamp": "1795759200", "Content-Type": "application/json",
		"Webhook-Signature": signature(keys, "n1", time.Unix(1795759200, 0), body),
	}
	for name, value := range want {
		if header.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, header.Get(name), value)
		}
	}
	var got map[string]any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{
		"type": "steps.held", "timestamp": "2026-11-27T05:01:30Z",
		"data": map[string]any{
			"tenant": "5e1f", "target": "local", "run": 12.0, "status": "completedWithWarnings",
			"started": "2026-11-27T05:00:00Z", "ended": "2026-11-27T05:01:30Z",
			"steps": 40.0, "done": 37.0, "held": 3.0, "failed": 0.0,
		},
	}, got); diff != "" {
		t.Errorf("the body (-want +got):\n%s", diff)
	}
}

// Whatever is not 2xx is no success, and a redirect leads nowhere.
func TestWebhookRefused(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	for _, test := range []struct {
		status int
		header string // Retry-After
		want   Refusal
	}{
		{http.StatusServiceUnavailable, "90", Refusal{Answer: "503 Service Unavailable", After: 90 * time.Second}},
		{http.StatusTooManyRequests, "Fri, 27 Nov 2026 06:10:00 GMT", Refusal{Answer: "429 Too Many Requests", After: 10 * time.Minute}},
		{http.StatusTooManyRequests, "Fri, 27 Nov 2026 05:10:00 GMT", Refusal{Answer: "429 Too Many Requests"}},
		{http.StatusInternalServerError, "soon", Refusal{Answer: "500 Internal Server Error"}},
		{http.StatusGone, "", Refusal{Answer: "410 Gone", Never: true}},
		{http.StatusTemporaryRedirect, "", Refusal{Answer: "307 Temporary Redirect: it leads elsewhere, where nothing is sent to; configure the address that it leads to"}},
	} {
		t.Run(test.want.Answer, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", elsewhere.URL)
				w.Header().Set("Retry-After", test.header)
				w.WriteHeader(test.status)
			}))
			defer server.Close()
			_, err := webhook(t, server.URL).Send(t.Context(), Notice{ID: "n1", Event: shrunk()})
			refusal, ok := errors.AsType[*Refusal](err)
			if !ok {
				t.Fatalf("no refusal: %v", err)
			}
			if diff := cmp.Diff(test.want, *refusal); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A receiver that sends without end, or never, costs a few bytes and no memory; and no error
// tells the address, in which some receivers have a secret.
func TestWebhookTalks(t *testing.T) {
	sent := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			n, err := w.Write(make([]byte, maxResponse))
			if sent += n; err != nil {
				return
			}
		}
	}))
	if answer, err := webhook(t, server.URL).Send(t.Context(), Notice{ID: "n1"}); err != nil || answer != "200 OK" {
		t.Errorf("answer %q, %v", answer, err)
	}
	server.Close()
	if sent > 32<<20 { // what the system has room for, and what is read
		t.Errorf("%d bytes were read", sent)
	}
	_, err := webhook(t, server.URL+"/token-4711").Send(t.Context(), Notice{ID: "n1"})
	if err == nil || strings.Contains(err.Error(), "4711") {
		t.Errorf("a server that is gone: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := webhook(t, server.URL).Send(ctx, Notice{ID: "n1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was ended: %v", err)
	}
}

func TestCheckURL(t *testing.T) {
	for _, test := range []struct {
		url      string
		insecure bool
		want     bool
	}{
		{"https://hooks.school.example/x", false, true},
		{"http://hooks.school.example/x", false, false},
		{"http://hooks.school.example/x", true, true},
		{"http://127.0.0.1:8080/", false, true},
		{"http://[::1]:8080/", false, true},
		{"http://localhost/", false, true},
		{"http://localhost.evil.example/", false, false},
		{"https://ada:pw@hooks.school.example/", false, false},
		{"ftp://hooks.school.example/", true, false},
		{"hooks.school.example", true, false},
		{"https://", false, false},
	} {
		if err := CheckURL(test.url, test.insecure); (err == nil) != test.want {
			t.Errorf("%s, insecure %t: %v", test.url, test.insecure, err)
		}
	}
}

// Machines of a cloud are told their credentials at an address of the link.
func TestRefuseLink(t *testing.T) {
	for address, want := range map[string]bool{
		"169.254.169.254:80": false, "[fe80::1]:80": false, "[::ffff:169.254.169.254]:80": false, "0.0.0.0:80": false, "[::ffff:0.0.0.0]:80": false, "224.0.0.1:80": false, "[fd00:ec2::254]:80": false, "[fd00:ec2::253]:80": true,
		"127.0.0.1:80": true, "10.1.2.3:443": true, "[2001:db8::1]:443": true,
	} {
		if err := refuseLink("tcp", address, nil); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	w := webhook(t, "http://169.254.169.254/latest")
	if _, err := w.Send(t.Context(), Notice{ID: "n1"}); err == nil || !strings.Contains(err.Error(), "no webhook has") {
		t.Errorf("the address of the link was called: %v", err)
	}
}

// A test says that it is one, and by which channel it did not arrive.
func TestTry(t *testing.T) {
	var got payload
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = json.NewDecoder(r.Body).Decode(&got)
	}))
	c := Channel{Name: "helpdesk", Sender: webhook(t, server.URL)}
	if answer, err := Try(t.Context(), c, "n1", Event{Tenant: "5e1f", Ended: began}); err != nil || answer != "200 OK" || got.Type != Test || got.Data.Tenant != "5e1f" {
		t.Errorf("%q, %v, of %+v", answer, err, got)
	}
	server.Close()
	if _, err := Try(t.Context(), c, "n1", Event{}); err == nil || !strings.HasPrefix(err.Error(), "helpdesk: ") {
		t.Errorf("of a server that is gone: %v", err)
	}
}
