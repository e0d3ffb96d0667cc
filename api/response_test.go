package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/odata"
)

const (
	setsPath  = "/beta/external/industryData/outboundProvisioningFlowSets"
	onContext = "http://graph.example/beta/$metadata#external/industryData/outboundProvisioningFlowSets"
)

// TestContext writes the contexts of contract A.5.
func TestContext(t *testing.T) {
	e := newEcho(t)
	for path, context := range map[string]string{
		setsPath:        "outboundProvisioningFlowSets",
		setsPath + "/x": "outboundProvisioningFlowSets/$entity",
		"/BETA/External/IndustryData/OutboundProvisioningFlowSets('x')":                       "outboundProvisioningFlowSets/$entity",
		setsPath + "/x/provisioningFlows":                                                     "outboundProvisioningFlowSets('x')/provisioningFlows",
		setsPath + "/x/provisioningFlows/y":                                                   "outboundProvisioningFlowSets('x')/provisioningFlows/$entity",
		setsPath + "('it''s')/provisioningFlows/y":                                            "outboundProvisioningFlowSets('it%27%27s')/provisioningFlows/$entity",
		setsPath + "?$select=id,displayname":                                                  "outboundProvisioningFlowSets(id,displayName)",
		setsPath + "/x?$select=displayName":                                                   "outboundProvisioningFlowSets(displayName)/$entity",
		setsPath + "?$expand=provisioningFlows":                                               "outboundProvisioningFlowSets(provisioningFlows())",
		setsPath + "/x?$select=id&$expand=provisioningFlows($select=id)":                      "outboundProvisioningFlowSets(id,provisioningFlows(id))/$entity",
		setsPath + "/x/provisioningFlows/microsoft.graph.industrydata.userprovisioningflow":   "outboundProvisioningFlowSets('x')/provisioningFlows/microsoft.graph.industryData.userProvisioningFlow",
		setsPath + "/x/provisioningFlows/y/microsoft.graph.industryData.userProvisioningFlow": "outboundProvisioningFlowSets('x')/provisioningFlows/microsoft.graph.industryData.userProvisioningFlow/$entity",
	} {
		e.call("GET", path, "").is(200).contextIs("http://graph.example/beta/$metadata#external/industryData/" + context)
	}
	e.call("GET", "/beta/external/industryData", "").contextIs("http://graph.example/beta/$metadata#external/industryData/$entity")
	e.call("GET", "/beta/external/industryData/runs/x/getStatistics", "").contextIs("http://graph.example/beta/$metadata#microsoft.graph.industryData.industryDataRunStatistics")
	e.call("POST", setsPath, "{}").is(201).contextIs(onContext + "/$entity")
	e.call("POST", setsPath+"/x/provisioningFlows", "{}").is(201).contextIs(onContext + "('x')/provisioningFlows/$entity")
}

func (r *reply) contextIs(want string) *reply {
	r.t.Helper()
	if !strings.HasPrefix(r.body, `{"@odata.context":"`+want+`"`) {
		r.t.Errorf("%s: the context is not %s: %s", r.asked, want, r.body)
	}
	return r
}

// TestLists writes pages and their links.
func TestLists(t *testing.T) {
	e := newEcho(t)
	e.call("GET", setsPath, "").is(200).says("Content-Type: " + jsonType).has(
		`{"@odata.context":"` + onContext + `","value":[{"id":"a","displayName":"Name"},{"id":"b","displayName":"Name"}]}`)
	e.give = func(r *request) (*response, error) {
		count := 5
		return &response{list: []*odata.Entity{entityOf(e.Server, r, "a")}, count: &count, more: true}, nil
	}
	e.call("GET", setsPath+"?$top=1&$count=true&$select=id", "", "Prefer: odata.maxpagesize=1").is(200).says("Preference-Applied: odata.maxpagesize=1").has(
		`{"@odata.context":"` + onContext + `(id)","@odata.count":5,"@odata.nextLink":"http://graph.example` + setsPath +
			`?$top=1&$count=true&$select=id&$skiptoken=id-%27a%27","value":[{"id":"a"}]}`)
	e.call("GET", setsPath+"/x/provisioningFlows/microsoft.graph.industryData.userProvisioningFlow?$format=application/json;odata.metadata=none", "").is(200).has(
		`{"@odata.count":5,"@odata.nextLink":"http://graph.example` + setsPath +
			`/x/provisioningFlows/microsoft.graph.industryData.userProvisioningFlow?$format=application%2Fjson%3Bodata.metadata%3Dnone&$skiptoken=id-%27a%27","value":[{"id":"a"}]}`)
	e.give = func(*request) (*response, error) { return &response{more: true}, nil }
	e.call("GET", setsPath, "").is(200).has(`{"@odata.context":"` + onContext + `","value":[]}`)
}

// TestCounts writes what $count answers, and takes only the options that it has.
func TestCounts(t *testing.T) {
	e := newEcho(t)
	for _, accept := range []string{"", "text/plain;q=0.9", "*/*", "application/json"} {
		e.call("GET", setsPath+"/$count", "", "Accept: "+accept).is(200).says("Content-Type: text/plain", "Content-Length: 1").has("2")
	}
	e.call("GET", setsPath+"/$count", "", "Accept: image/png").fails(406, "NotAcceptable", "")
	e.call("GET", setsPath+"/$count?$top=1", "").fails(400, "BadRequest", "$top")
	e.call("GET", setsPath+"/x?$filter=id%20eq%20%27x%27", "").fails(400, "BadRequest", "$filter")
	e.call("GET", setsPath, "", "Accept: text/plain").fails(406, "NotAcceptable", "")
	e.call("GET", setsPath, "", "Accept: text/html, */*;q=0.1").is(200)
}

// TestPrefer writes or leaves out what was created or changed.
func TestPrefer(t *testing.T) {
	e := newEcho(t)
	entity := `{"@odata.context":"` + onContext + `/$entity","id":"x","displayName":"Name"}`
	e.call("PATCH", setsPath+"/x", "{}").is(204).has("").says(`ETag: W/"7"`, "Content-Length: ", "Content-Type: ", "Preference-Applied: ")
	e.call("PATCH", setsPath+"/x", "{}", "Prefer: Return=Representation, include-unknown-enum-members").is(200).has(entity).says("Preference-Applied: return=representation")
	e.call("DELETE", setsPath+"/x", "", "Prefer: return=representation").is(204).has("")
	location := "Location: http://graph.example" + setsPath + "/new"
	e.call("POST", setsPath, "{}").is(201).has(strings.Replace(entity, `"x"`, `"new"`, 1)).says(location, `ETag: W/"7"`, "Preference-Applied: ")
	e.call("POST", setsPath, "{}", `Prefer: return=representation`).is(201).says(location, "Preference-Applied: return=representation")
	e.call("POST", setsPath, "{}", `Prefer: return=minimal`).is(204).has("").says(location, "Preference-Applied: return=minimal",
		"OData-EntityId: http://graph.example"+setsPath+"/new")
}

// TestETags answers 304 and 412 by the weak comparison.
func TestETags(t *testing.T) {
	e := newEcho(t)
	e.call("GET", setsPath+"/x", "").is(200).says(`ETag: W/"7"`)
	e.call("GET", setsPath+"/x?$expand=provisioningFlows", "").is(200).says("ETag: ")
	e.call("GET", setsPath, "").is(200).says("ETag: ")
	for tags, status := range map[string]int{
		`W/"7"`: 304, `"7"`: 304, `"1", W/"7"`: 304, `*`: 304, `W/"8"`: 200, `7`: 200, `"77"`: 200, ``: 200,
	} {
		e.call("GET", setsPath+"/x", "", "If-None-Match: "+tags).is(status).says(`ETag: W/"7"`)
	}
	e.call("GET", setsPath+"/x?$expand=provisioningFlows", "", `If-None-Match: W/"7"`).is(200)
	e.call("PATCH", setsPath+"/x", "{}", `If-None-Match: W/"7"`).is(204)
	e.give = func(r *request) (*response, error) { return &response{}, r.match(etag(7)) }
	for tags, status := range map[string]int{`W/"7"`: 204, `"1", "7"`: 204, `*`: 204, ``: 204, `W/"8"`: 412, `x`: 412} {
		if got := e.call("DELETE", setsPath+"/x", "", "If-Match: "+tags).is(status); status == 412 {
			got.fails(412, "PreconditionFailed", `W/"7"`)
		}
	}
}

// TestMetadataLevels writes as much of the types as was asked for.
func TestMetadataLevels(t *testing.T) {
	e := newEcho(t)
	for _, test := range []struct{ query, accept, kind, body string }{
		{"", "application/json;odata.metadata=none", "none", `{"id":"x","displayName":"Name"}`},
		{"?$format=application/json;odata.metadata=none", "application/json", "none", `{"id":"x","displayName":"Name"}`},
		{"?$format=json", "application/json;odata.metadata=none", "minimal", ""},
		{"", "application/json;odata.metadata=minimal", "minimal", ""},
		{"", "application/json;odata.metadata=full", "full", ""},
	} {
		got := e.call("GET", setsPath+"/x"+test.query, "", "Accept: "+test.accept).is(200)
		if !strings.Contains(got.header.Get("Content-Type"), "odata.metadata="+test.kind) {
			t.Errorf("%s, %s: Content-Type %s", test.query, test.accept, got.header.Get("Content-Type"))
		}
		if test.body != "" {
			got.has(test.body)
		}
	}
	e.call("GET", setsPath+"?$format=xml", "").fails(400, "BadRequest", "")
}

// TestHeaders gives every answer its ids.
func TestHeaders(t *testing.T) {
	e := newEcho(t)
	for _, status := range []int{200, 401} {
		token := "Authorization: Bearer delegated " + everyPermission
		if status == 401 {
			token = "Authorization:"
		}
		got := e.call("GET", setsPath, "", "client-request-id: mine", token).is(status).says("client-request-id: mine",
			"Cache-Control: no-cache", "OData-Version: 4.0", "Vary: Accept-Encoding")
		other := e.call("GET", setsPath, "", token)
		if id := other.header.Get("request-id"); len(id) != 36 || id == got.header.Get("request-id") || id != other.header.Get("client-request-id") {
			t.Errorf("request-id %q, client-request-id %q", id, other.header.Get("client-request-id"))
		}
	}
	for _, bad := range []string{"a\x01b", "ü", strings.Repeat("x", 129)} {
		got := e.call("GET", setsPath, "", "client-request-id: "+bad)
		got.says("client-request-id: " + got.header.Get("request-id"))
	}
}

// TestDate looks at what net/http adds to every answer, errors too (contract E.2).
func TestDate(t *testing.T) {
	server := httptest.NewServer(newEcho(t))
	defer server.Close()
	for path, status := range map[string]int{"/beta": 200, "/beta/users": 401, "/nowhere": 400} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := server.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = got.Body.Close()
		if _, err := http.ParseTime(got.Header.Get("Date")); err != nil || got.StatusCode != status {
			t.Errorf("%s: %d, Date %q", path, got.StatusCode, got.Header.Get("Date"))
		}
	}
}

// TestHead answers HEAD like GET, without the body.
func TestHead(t *testing.T) {
	e := newEcho(t)
	want := e.call("GET", setsPath+"/x", "").header.Get("Content-Length")
	e.call("HEAD", setsPath+"/x", "").is(200).has("").says("Content-Length: "+want, `ETag: W/"7"`)
	e.call("HEAD", setsPath+"/x/y", "").is(400).has("")
}

// TestGzip compresses what is worth it, for clients that take it.
func TestGzip(t *testing.T) {
	e := newEcho(t)
	whole := e.call("GET", "/beta/$metadata", "").is(200).says("Content-Encoding: ", "Content-Type: application/xml").body
	for accept, compressed := range map[string]bool{
		"gzip": true, "br, gzip, deflate": true, "GZIP;q=0.5": true, "gzip;q=1.0": true,
		"gzip;q=0": false, "gzip; q=0.000": false, "br": false, "": false,
	} {
		got := e.call("GET", "/beta/$metadata", "", "Accept-Encoding: "+accept).is(200).says("Vary: Accept-Encoding")
		if is := got.header.Get("Content-Encoding") == "gzip"; is != compressed {
			t.Errorf("Accept-Encoding %q: compressed %t", accept, is)
		}
		if compressed && unzip(t, got.body) != whole {
			t.Errorf("Accept-Encoding %q: another body", accept)
		}
	}
	e.call("GET", setsPath+"/x", "", "Accept-Encoding: gzip").says("Content-Encoding: ")
	e.call("HEAD", "/beta/$metadata", "", "Accept-Encoding: gzip").is(200).has("").says("Content-Encoding: gzip", "Content-Length: ")
}

func unzip(t *testing.T, text string) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// TestBase makes links as the client addressed the server, by what trusted proxies say.
func TestBase(t *testing.T) {
	for _, test := range []struct {
		name    string
		options Options
		remote  string
		headers string // a line each
		base    string
	}{
		{"direct", Options{}, "10.0.0.1:5", "", "http://graph.example"},
		{"nobody is trusted", Options{}, "10.0.0.1:5", "X-Forwarded-Proto: https\nX-Forwarded-Host: evil.example", "http://graph.example"},
		{"another one is trusted", proxied("10.0.0.9/32"), "10.0.0.1:5", "X-Forwarded-Proto: https", "http://graph.example"},
		{"a proxy", proxied("10.0.0.0/8"), "10.0.0.1:5", "X-Forwarded-Proto: https\nX-Forwarded-Host: school.example:444", "https://school.example:444"},
		{"a proxy over IPv4 in IPv6", proxied("10.0.0.0/8"), "[::ffff:10.0.0.1]:5", "X-Forwarded-Proto: https", "https://graph.example"},
		{"the nearest proxy counts", proxied("10.0.0.0/8"), "10.0.0.1:5", "X-Forwarded-Host: evil.example, school.example\nX-Forwarded-Proto: ftp, https", "https://school.example"},
		{"of several lines, too", proxied("10.0.0.0/8"), "10.0.0.1:5", "X-Forwarded-Host: evil.example\nX-Forwarded-Host: school.example", "http://school.example"},
		{"Forwarded", proxied("::1/128"), "[::1]:5", `Forwarded: for=a;host=evil.example, for="[::2]";Proto=https;host="school.example"`, "https://school.example"},
		{"Forwarded rules", proxied("::1/128"), "[::1]:5", "Forwarded: proto=https\nX-Forwarded-Host: evil.example", "https://graph.example"},
		{"no host", proxied("::1/128"), "[::1]:5", "X-Forwarded-Host: evil.example/path?\nX-Forwarded-Proto: javascript", "http://graph.example"},
		{"configured", Options{BaseURL: "https://school.example/"}, "10.0.0.1:5", "X-Forwarded-Host: evil.example", "https://school.example"},
	} {
		e := newEcho(t, func(o *Options) { o.BaseURL, o.Proxies = test.options.BaseURL, test.options.Proxies })
		r := httptest.NewRequest(http.MethodGet, setsPath, nil)
		r.Host, r.RemoteAddr = "graph.example", test.remote
		r.Header.Set("Authorization", "Bearer delegated "+everyPermission)
		for line := range strings.Lines(test.headers) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			r.Header.Add(name, value)
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if !strings.HasPrefix(w.Body.String(), `{"@odata.context":"`+test.base+`/beta/$metadata#`) {
			t.Errorf("%s: want %s: %s", test.name, test.base, w.Body)
		}
	}
}

// TestAddress looks past the proxies that are trusted, and believes nobody else.
func TestAddress(t *testing.T) {
	e := newEcho(t, func(o *Options) {
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	})
	for _, test := range []struct{ remote, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "203.0.113.7", "192.0.2.1"},
		{"10.0.0.1:5", "203.0.113.7", "203.0.113.7"},
		{"[::1]:5", "203.0.113.7", "203.0.113.7"},
		{"10.0.0.1:5", "198.51.100.9, 203.0.113.7", "203.0.113.7"},
		{"10.0.0.1:5", "198.51.100.9, 203.0.113.7, 10.0.0.2", "203.0.113.7"},
		{"10.0.0.1:5", "made up, 10.0.0.2", "10.0.0.2"},
		{"10.0.0.1:5", "made up", "10.0.0.1"},
		{"10.0.0.1:5", "", "10.0.0.1"},
		{"@", "203.0.113.7", "@"},
	} {
		r := httptest.NewRequest(http.MethodGet, setsPath, nil)
		r.RemoteAddr = test.remote
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := e.Address(r); got != test.want {
			t.Errorf("%s, forwarded for %q: %s, want %s", test.remote, test.forwarded, got, test.want)
		}
	}
}

// TestObserve tells of every answer: its route, its status, and how long it took.
func TestObserve(t *testing.T) {
	var got []string
	e := newEcho(t, func(o *Options) {
		o.Observe = func(route, method string, status int, took time.Duration) {
			got = append(got, fmt.Sprintf("%s %s %d %s", method, route, status, took))
		}
	})
	e.give = func(r *request) (*response, error) {
		e.now = e.now.Add(time.Second)
		return &response{entity: entityOf(e.Server, r, "x")}, nil
	}
	e.call("GET", setsPath+"/x", "")
	e.call("GET", setsPath+"/x", "", "Authorization:")
	e.call("OPTIONS", setsPath+"/x", "")
	e.batch(`{"requests":[{"id":"1","method":"get","url":"/external/industryData/runs/x"},{"id":"2","method":"GET","url":"/users"}]}`)
	want := []string{
		"GET " + flowSets + "/{set} 200 1s", "GET  401 0s", "OPTIONS  204 0s",
		"GET " + runs + "/{run} 200 1s", "GET  400 0s", "POST  200 1s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func proxied(prefix string) Options {
	return Options{Proxies: []netip.Prefix{netip.MustParsePrefix(prefix)}}
}

// TestInlineContext leads to an entity in one of many.
func TestInlineContext(t *testing.T) {
	e := newEcho(t)
	e.give = func(r *request) (*response, error) {
		group := &odata.Entity{Type: e.model.Type(roleGroupType), Values: map[string]any{"id": "staff"}}
		one := &odata.Entity{Type: e.model.Type("userConfiguration"), Values: map[string]any{"roleGroup": group}}
		options := &odata.Entity{Type: e.model.Type("userCreationOptions"), Values: map[string]any{"configurations": []any{one}}}
		flow := entityOf(e.Server, r, "f1")
		flow.Values["creationOptions"] = options
		return &response{entity: flow, list: []*odata.Entity{flow}}, nil
	}
	want := `"roleGroup@odata.context":"` + onContext + `('x')/provisioningFlows('f1')/microsoft.graph.industryData.userProvisioningFlow/creationOptions/configurations/roleGroup/$entity"`
	const one = setsPath + "/x/provisioningFlows/f1"
	for _, path := range []string{one, setsPath + "/x/provisioningFlows", one + "/microsoft.graph.industryData.userProvisioningFlow"} {
		if got := e.call("GET", path, "").is(200); !strings.Contains(got.body, want) {
			t.Errorf("%s: want %s: %s", path, want, got.body)
		}
	}
	e.call("GET", one+"/microsoft.graph.industryData.classGroupProvisioningFlow", "").fails(404, "ResourceNotFound", "f1")
}
