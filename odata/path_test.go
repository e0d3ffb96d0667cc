package odata

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePath(t *testing.T) {
	tests := map[string][]Segment{
		"":                              nil,
		"/":                             nil,
		"external/industryData/":        {{Name: "external"}, {Name: "industryData"}},
		"/sets/0f/flows('x')":           {{Name: "sets"}, {Name: "0f"}, {Name: "flows", Key: "x", HasKey: true}},
		"sets(%270f%27)":                {{Name: "sets", Key: "0f", HasKey: true}},
		"sets('it''s')":                 {{Name: "sets", Key: "it's", HasKey: true}},
		"sets('a%2Fb')/x":               {{Name: "sets", Key: "a/b", HasKey: true}, {Name: "x"}},
		"sets('a(b)')":                  {{Name: "sets", Key: "a(b)", HasKey: true}},
		"sets('a=b')":                   {{Name: "sets", Key: "a=b", HasKey: true}},
		"sets('a,b')":                   {{Name: "sets", Key: "a,b", HasKey: true}},
		"sets('')":                      {{Name: "sets", Key: "", HasKey: true}},
		"sets(7)":                       {{Name: "sets", Key: "7", HasKey: true}},
		"sets(id='x')":                  {{Name: "sets", Key: "x", HasKey: true, Args: map[string]string{"id": "x"}}},
		"principals(appId='x')":         {{Name: "principals", Call: true, Args: map[string]string{"appId": "x"}}},
		"f(a='1',b=2)":                  {{Name: "f", Call: true, Args: map[string]string{"a": "1", "b": "2"}}},
		"runs/a.b.getStatistics()":      {{Name: "runs"}, {Name: "a.b.getStatistics", Call: true}},
		"definitions/RefRole-it%27s%20": {{Name: "definitions"}, {Name: "RefRole-it's "}},
		"sets/a+b/$count":               {{Name: "sets"}, {Name: "a+b"}, {Name: "$count"}},
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			got, err := ParsePath(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("segments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParsePathErrors(t *testing.T) {
	tests := map[string]string{
		"a//b":                     "empty segment",
		"a/%zz":                    "not well escaped",
		"a/%00":                    "not well escaped",
		"a/%ff":                    "not well escaped",
		"('x')":                    "no name",
		"sets('x'":                 "closing parenthesis",
		"sets('x')y":               "closing parenthesis",
		"sets('x)":                 "not closed",
		"sets('x'y')":              "not closed",
		"sets('x''y'z)":            "is no key",
		"sets('x','y')":            "is no key",
		"sets(a='x',a='y')":        "is no key",
		"sets(a=)":                 "is no key",
		"sets(())":                 "is no key",
		strings.Repeat("a/", 40):   "more than 32 segments",
		strings.Repeat("a", 10000): "longer than",
	}
	for path, want := range tests {
		t.Run(path[:min(len(path), 40)], func(t *testing.T) {
			_, err := ParsePath(path)
			checkBadRequest(t, err, "", want)
		})
	}
}
