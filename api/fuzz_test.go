package api

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzDispatch sends requests that nobody foresaw: each is answered, none with 500, and
// errors have the shape of contract E.1.
func FuzzDispatch(f *testing.F) {
	for _, path := range []string{
		setsPath, setsPath + "('x')/provisioningFlows/y/microsoft.graph.industryData.reset", "/v1.0/external/industryData", "/openapi.json",
		setsPath + "/$count", "/beta/$metadata", "/beta/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", "//", "/beta/%2F/(('",
		setsPath + "/microsoft.graph.industryData.", "/beta/external/industryData/runs/getStatistics()()", "/beta/external/industryData/('a')",
	} {
		f.Add("GET", path, "$filter=id eq 'x'&$top=1", "application/json", "")
		f.Add("POST", path, "$expand=provisioningFlows($select=id)", "return=minimal", "{}")
	}
	f.Add("POST", "/beta/$batch", "", "gzip", `{"requests":[{"id":"1","method":"GET","url":"//x?$filter=","body":"="}]}`)
	f.Add("POST", "/beta/$batch", "", "W/\"7\"", `{"requests":[{"id":"1","method":"\u0000","url":"/$metadata","headers":{"":""},"dependsOn":["1"]}]}`)
	e := newEcho(f)
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: make(http.Header), Host: "graph.example",
			Body: http.NoBody, ContentLength: int64(len(body)), RemoteAddr: "192.0.2.1:1",
		}
		if raw, err := url.PathUnescape(path); err == nil {
			r.URL.Path, r.URL.RawPath = raw, path
		}
		if body != "" {
			r.Body = readCloser{strings.NewReader(body)}
		}
		for _, name := range []string{"Accept", "Accept-Encoding", "Prefer", "If-None-Match", "Client-Request-Id", "Origin"} {
			r.Header.Set(name, header)
		}
		r.Header.Set("Authorization", "Bearer delegated "+everyPermission)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		got := &reply{t, method + " " + path, w.Code, w.Header(), w.Body.String()}
		if w.Code >= 500 || w.Code < 200 {
			t.Fatalf("%s?%s: %d %s", got.asked, query, w.Code, got.body)
		}
		if w.Code >= 400 && method != http.MethodHead && w.Header().Get("Content-Encoding") == "" {
			if err := got.wellFormed(); err != nil {
				t.Fatalf("%s: %v: %s", got.asked, err, got.body)
			}
		}
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
