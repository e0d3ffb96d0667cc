package api_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// scenario is some requests that a client sent one after the other.
type scenario struct {
	name     string // file/name
	requests []captured
}

// captured is a request as it arrived, with its body as it was before compression.
type captured struct {
	method, url string
	header      http.Header
	body        string
	chunked     bool
}

func readCapture(t *testing.T, file string) []scenario {
	t.Helper()
	text, err := os.ReadFile("testdata/captures/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var scenarios []scenario
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "### "); ok {
			scenarios = append(scenarios, scenario{name: file + "/" + name})
			continue
		}
		if len(scenarios) == 0 {
			continue
		}
		s := &scenarios[len(scenarios)-1]
		if request, ok := strings.CutPrefix(line, ">> "); ok {
			fields := strings.Fields(request)
			s.requests = append(s.requests, captured{method: fields[0], url: fields[1], chunked: strings.Contains(line, "TE [chunked]")})
		}
		if len(s.requests) == 0 {
			continue
		}
		r := &s.requests[len(s.requests)-1]
		if body, ok := strings.CutPrefix(line, "BODY "); ok {
			r.body = body
		} else if at := strings.IndexByte(line, '{'); at >= 0 && r.header == nil {
			r.header = capturedHeader(t, line[at:])
		}
	}
	return scenarios
}

// capturedHeader reads headers that one recorder wrote as lists and another as strings.
func capturedHeader(t *testing.T, text string) http.Header {
	t.Helper()
	var values map[string]any
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	header := make(http.Header)
	for name, value := range values {
		if list, ok := value.([]any); ok {
			value = list[0]
		}
		header.Set(name, value.(string))
	}
	return header
}
