package api_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

var (
	badRequests    = flag.Int("badrequests", 4000, "how many bad requests TestBadRequests sends")
	badRequestSeed = flag.Uint64("badrequests-seed", 1, "what they are made from")
)

// TestBadRequests sends requests that are made from what $metadata says and then
// spoilt: none may be answered with 500, and every error has its shape. Each is made from
// the seed and its number alone, so one that fails can be made again. For all hundred
// thousand: go test ./api -run TestBadRequests -badrequests 100000
func TestBadRequests(t *testing.T) {
	const perWorld = 1000
	var w *world
	var s *spoiler
	statuses := make(map[int]int)
	for i := range *badRequests {
		if i%perWorld == 0 {
			w = newWorld(t)
			s = newSpoiler(w)
		}
		s.rand = rand.New(rand.NewPCG(*badRequestSeed, uint64(i)))
		r, body := s.request()
		got := w.do(r)
		statuses[got.status]++
		if is := wrong(r.Method, got); is != "" {
			t.Fatalf("request %d: %s\n%s %s\n%v\n%.2000q\n%d %s", i, is, r.Method, r.URL, r.Header, body, got.status, got.body)
		}
	}
	good := statuses[200] + statuses[201] + statuses[202] + statuses[204]
	if refused := statuses[http.StatusBadRequest]; refused < *badRequests/3 || good == 0 {
		t.Errorf("these requests try too little: %v", statuses)
	}
	t.Log(statuses)
}

// wrong says what no answer may be, "" for nothing.
func wrong(method string, got answer) string {
	switch {
	case method == http.MethodHead && len(got.body) > 0:
		return "a body"
	case got.status >= 500:
		return "a failure of the server"
	case got.status >= 400 && method != http.MethodHead:
		return shape(got)
	case strings.Contains(string(got.body), hush):
		return "a password is shown"
	default:
		return ""
	}
}

// spoiler makes bad requests.
type spoiler struct {
	rand   *rand.Rand
	schema *schema
	token  string
	set    string // id of a flow set
	flow   string // id of a flow of it
}

// hush is the password that requests carry, where they are well-formed so far.
const hush = "Hush-hush-4711"

func newSpoiler(w *world) *spoiler {
	w.Helper()
	admin := w.admin()
	p := newPremises(w, admin)
	return &spoiler{schema: readSchema(w), token: admin, set: p.set, flow: p.flow}
}

// request makes a request, and returns its body beside it.
func (s *spoiler) request() (*http.Request, []byte) {
	method, url, body := http.MethodGet, s.place(), []byte(nil)
	switch s.rand.IntN(10) {
	case 0, 1, 2:
		url += "?" + s.options()
	case 3:
		url = s.spoilPath(url)
	default:
		method, url, body = s.write()
	}
	if s.oneIn(20) {
		method = pick(s, "PUT", "HEAD", "OPTIONS", "TRACE", "PATCH", "DELETE", "POST", "GET", "SEARCH")
	}
	r := httptest.NewRequest(method, "https://graph.microsoft.com/", strings.NewReader(string(body)))
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = splitURL(url)
	r.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if s.oneIn(10) {
		s.spoilHeader(r.Header)
	}
	return r, body
}

// splitURL takes a URL apart without judging it, as a server gets it.
func splitURL(url string) (path, raw, query string) {
	path, query, _ = strings.Cut(strings.TrimPrefix(url, "https://graph.microsoft.com"), "?")
	decodedPath, err := unescape(path)
	if err != nil {
		return path, "", query
	}
	return decodedPath, path, query
}

// place returns the URL of something that may be there.
func (s *spoiler) place() string {
	set := flowSets + "/" + pick(s, s.set, s.set, s.set, "00000000-0000-0000-0000-000000000000", "x")
	flow := set + "/provisioningFlows/" + pick(s, s.flow, s.flow, "nothing")
	return pick(s, industryData, flowSets, flowSets+"/$count", set, set+"/provisioningFlows", set+"/provisioningFlows/$count", flow,
		industryData+"/roleGroups", industryData+"/roleGroups/staff", industryData+"/referenceDefinitions",
		industryData+"/referenceDefinitions/RefRole-teacher", industryData+"/runs", industryData+"/runs/r1/activities",
		base+"/servicePrincipals", base+"/$metadata", base)
}

// write makes a request that creates or changes.
func (s *spoiler) write() (method, url string, body []byte) {
	set := flowSets + "/" + s.set
	kind := pick(s, "administrativeUnitProvisioningFlow", "securityGroupProvisioningFlow", "classGroupProvisioningFlow", "userProvisioningFlow")
	switch s.rand.IntN(8) {
	case 0, 1:
		return "POST", flowSets, s.spoil(s.schema.value(s, "outboundProvisioningFlowSet", 0))
	case 2:
		return "PATCH", set, s.spoil(s.schema.value(s, "outboundProvisioningFlowSet", 0))
	case 3, 4:
		return "POST", set + "/provisioningFlows", s.spoil(s.schema.value(s, kind, 0))
	case 5:
		return "PATCH", set + "/provisioningFlows/" + s.flow, s.spoil(s.schema.value(s, kind, 0))
	case 6:
		id := pick(s, "", "/RefRole-teacher", "/RefGradeLevel-01")
		return pick(s, "POST", "PATCH"), industryData + "/referenceDefinitions" + id, s.spoil(s.schema.value(s, "referenceDefinition", 0))
	default:
		return "POST", base + "/$batch", s.spoil(s.batch())
	}
}

// batch makes a batch of requests as they are made alone.
func (s *spoiler) batch() any {
	var requests []any
	for i := range s.rand.IntN(4) {
		method, url, body := s.write()
		item := map[string]any{"id": fmt.Sprint(i), "method": method, "url": strings.TrimPrefix(url, base), "body": string(body)}
		if s.oneIn(2) {
			item["headers"] = map[string]any{"Content-Type": "application/json"}
		}
		if i > 0 && s.oneIn(2) {
			item["dependsOn"] = []any{fmt.Sprint(s.rand.IntN(i + 1))}
		}
		requests = append(requests, item)
	}
	return map[string]any{"requests": requests}
}

func (s *spoiler) oneIn(n int) bool { return s.rand.IntN(n) == 0 }

func pick[T any](s *spoiler, from ...T) T { return from[s.rand.IntN(len(from))] }
