package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// TestBodies hands over bodies as clients send them, up to the limit.
func TestBodies(t *testing.T) {
	const limit = 1000
	e := newEcho(t, func(o *Options) { o.BodyLimit = limit })
	long, longer := strings.Repeat("x", limit), strings.Repeat("x", limit+1)
	for _, test := range []struct {
		name   string
		body   string
		header []string
		status int
		code   string
	}{
		{"plain", `{"a":1}`, nil, 201, ""},
		{"charset", `{"a":1}`, []string{"Content-Type: Application/JSON; charset=utf-8"}, 201, ""},
		{"no type", `{"a":1}`, []string{"Content-Type:"}, 201, ""},
		{"form", `a=1`, []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "UnsupportedMediaType"},
		{"text", `{"a":1}`, []string{"Content-Type: text/plain"}, 415, "UnsupportedMediaType"},
		{"identity", `{"a":1}`, []string{"Content-Encoding: identity"}, 201, ""},
		{"gzip", zip(`{"a":1}`), []string{"Content-Encoding: GZip"}, 201, ""},
		{"deflate", `{"a":1}`, []string{"Content-Encoding: deflate"}, 415, "UnsupportedMediaType"},
		{"gzip twice", zip(zip(`{"a":1}`)), []string{"Content-Encoding: gzip, gzip"}, 415, "UnsupportedMediaType"},
		{"not gzip", `{"a":1}`, []string{"Content-Encoding: gzip"}, 400, "BadRequest"},
		{"gzip cut off", zip(`{"a":1}`)[:20], []string{"Content-Encoding: gzip"}, 400, "BadRequest"},
		{"the longest", long, nil, 201, ""},
		{"too long", longer, nil, 413, "RequestEntityTooLarge"},
		{"the longest in gzip", zip(long), []string{"Content-Encoding: gzip"}, 201, ""},
		{"too long in gzip", zip(longer), []string{"Content-Encoding: gzip"}, 413, "RequestEntityTooLarge"},
		{"a bomb", zip(strings.Repeat("\x00", 900_000)), []string{"Content-Encoding: gzip"}, 413, "RequestEntityTooLarge"},
	} {
		e.seen = nil
		got := e.call("POST", setsPath, test.body, test.header...)
		if test.code != "" {
			if got.fails(test.status, test.code, ""); e.seen != nil {
				t.Errorf("%s: reached the handler", test.name)
			}
			continue
		}
		got.is(test.status)
		want := test.body
		if strings.HasPrefix(want, "\x1f\x8b") {
			want = unzip(t, want)
		}
		if e.seen == nil || string(e.seen.body) != want {
			t.Errorf("%s: the handler got another body", test.name)
		}
	}
}

func zip(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text)) // into memory
	_ = z.Close()
	return b.String()
}

// TestBodyWithoutLength stops reading at the limit when nobody said how long a body is.
func TestBodyWithoutLength(t *testing.T) {
	e := newEcho(t, func(o *Options) { o.BodyLimit = 1000 })
	endless := &counter{}
	r := httptest.NewRequest(http.MethodPost, setsPath, endless)
	r.Header.Set("Authorization", "Bearer delegated "+everyPermission)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || endless.read > 10_000 || w.Header().Get("Connection") != "close" {
		t.Errorf("status %d after %d bytes, Connection %q", w.Code, endless.read, w.Header().Get("Connection"))
	}
}

// TestBodyUnread leaves the body alone where nobody may send one.
func TestBodyUnread(t *testing.T) {
	e := newEcho(t)
	for _, test := range []struct {
		method, path, token string
		length              int64
	}{
		{"POST", setsPath, "Bearer delegated " + outboundRead, -1}, // 403
		{"POST", setsPath, "", -1},                                 // 401
		{"PUT", setsPath, "Bearer delegated " + everyPermission, -1},
		{"POST", setsPath + "/x/provisioningFlows/y/reset", "Bearer delegated " + everyPermission, -1},
		{"POST", setsPath, "Bearer delegated " + everyPermission, 4<<20 + 1}, // 413
	} {
		body := &counter{}
		r := httptest.NewRequest(test.method, test.path, body)
		r.ContentLength = test.length
		r.Header.Set("Authorization", test.token)
		e.ServeHTTP(httptest.NewRecorder(), r)
		if body.read != 0 {
			t.Errorf("%s %s: read %d bytes", test.method, test.path, body.read)
		}
	}
}

// counter is an endless body that counts what was read.
type counter struct{ read int }

func (c *counter) Read(p []byte) (int, error) {
	c.read += len(p)
	return len(p), nil
}

// TestBodyBroken answers when a body breaks off, or does not come, and names nobody's address
// then.
func TestBodyBroken(t *testing.T) {
	late := &net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}, Err: os.ErrDeadlineExceeded}
	for says, err := range map[string]error{"cannot be read to its end": io.ErrUnexpectedEOF, "took too long to come": late} {
		e := newEcho(t)
		r := httptest.NewRequest(http.MethodPost, setsPath, io.MultiReader(strings.NewReader("{"), iotest.ErrReader(err)))
		r.Header.Set("Authorization", "Bearer delegated "+everyPermission)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		(&reply{t, "broken", w.Code, w.Header(), w.Body.String()}).fails(400, "BadRequest", says)
		if strings.Contains(w.Body.String(), "192.0.2.1") {
			t.Errorf("the answer names an address: %s", w.Body)
		}
	}
}
