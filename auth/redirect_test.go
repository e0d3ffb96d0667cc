package auth_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/auth"
)

// hosts notes where requests go. Only what is on this machine is really asked.
type hosts struct{ asked []string }

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked = append(h.asked, r.URL.Scheme+"://"+r.URL.Hostname())
	if r.URL.Hostname() != "127.0.0.1" {
		return nil, context.Canceled
	}
	return http.DefaultTransport.RoundTrip(r)
}

// Keys are not fetched in the clear, though the issuer sends us there.
func TestProviderRedirects(t *testing.T) {
	c := newSchool(t)
	for _, target := range []string{"http://keys.example/", ""} { // "": to itself, without end
		var issuer *httptest.Server
		issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			to := target
			if to == "" {
				to = issuer.URL + r.URL.Path
			}
			http.Redirect(w, r, to, http.StatusFound)
		}))
		t.Cleanup(issuer.Close)
		seen := &hosts{}
		verifier, err := auth.NewVerifier(auth.Options{
			Store: c.store, Client: &http.Client{Transport: seen}, Now: c.clock.now,
			Trusts: []auth.Trust{{Issuer: issuer.URL, Audiences: []string{entraApp}, Tenant: c.tenant}},
		})
		if err != nil {
			t.Fatal(err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		token := encode([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + encode([]byte(`{"iss":"`+issuer.URL+`"}`)) + "." + strings.Repeat("A", 342)
		if _, err := verifier.Verify(t.Context(), "Bearer "+token); err == nil {
			t.Error("a token counts that nobody signed")
		}
		if slices.Contains(seen.asked, "http://keys.example") || len(seen.asked) > 4 {
			t.Errorf("asked: %v", seen.asked)
		}
	}
}
