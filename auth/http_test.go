package auth_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// reply is an HTTP answer whose body was read.
type reply struct {
	status int
	header http.Header
	body   string
}

// send sends a form.
func (c *school) send(t *testing.T, method, address string, form url.Values, header http.Header) reply {
	t.Helper()
	if strings.HasPrefix(address, "/") {
		address = c.server.URL + address
	}
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	check(t, err)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	maps.Copy(request.Header, header)
	response, err := c.server.Client().Do(request)
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	check(t, err)
	return reply{response.StatusCode, response.Header, string(body)}
}

// answer is what the issuer's endpoints answer, whatever it is.
type answer struct {
	Status      int
	RetryAfter  string
	Error       string `json:"error"`
	Description string `json:"error_description"`
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	DeviceCode  string `json:"device_code"`
	UserCode    string `json:"user_code"`
	Page        string `json:"verification_uri"`
}

// ask sends a form to an endpoint of the school's tenant.
func (c *school) ask(t *testing.T, endpoint string, form url.Values) answer {
	t.Helper()
	response := c.send(t, http.MethodPost, "/"+c.tenant+"/oauth2/v2.0/"+endpoint, form, nil)
	var a answer
	check(t, json.Unmarshal([]byte(response.body), &a))
	a.Status, a.RetryAfter = response.status, response.header.Get("Retry-After")
	return a
}

func (c *school) credentials() url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {c.app.ID}, "client_secret": {c.secret},
		"scope": {"https://graph.microsoft.com/.default"},
	}
}
