package api

import (
	"net/http"
	"testing"
)

// TestPreferences reads what clients prefer, and passes over what nobody knows.
func TestPreferences(t *testing.T) {
	for text, want := range map[string]prefer{
		"":                                       {},
		"return=minimal":                         {minimal: true},
		"Return=Representation":                  {representation: true},
		`return="representation"`:                {representation: true},
		"odata.maxpagesize=5":                    {pageSize: 5},
		`maxpagesize="5"`:                        {pageSize: 5},
		"odata.maxpagesize=5000":                 {pageSize: 999},
		"odata.maxpagesize=0":                    {},
		"odata.maxpagesize=-1":                   {},
		"odata.maxpagesize=x":                    {},
		"odata.maxpagesize=99999999999999999999": {},
		"respond-async, wait=10, return=minimal , odata.maxpagesize=7": {minimal: true, pageSize: 7},
	} {
		if got := preferences(http.Header{"Prefer": {text}}); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	if got := preferences(http.Header{"Prefer": {"return=minimal", "maxpagesize=3"}}); got != (prefer{minimal: true, pageSize: 3}) {
		t.Errorf("two lines: %+v", got)
	}
}
