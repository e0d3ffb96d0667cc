package auth

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// grantDevice is the grant type of RFC 8628.
const grantDevice = "urn:ietf:params:oauth:grant-type:device_code"

// tokenAnswer is what the token endpoint answers.
type tokenAnswer struct {
	Type        string `json:"token_type"`
	Scope       string `json:"scope,omitempty"`
	Expires     int    `json:"expires_in"`
	Extended    int    `json:"ext_expires_in"`
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token,omitempty"`
	ClientInfo  string `json:"client_info,omitempty"`
}

// token answers the token endpoint.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request, tenant string) error {
	if err := readForm(r); err != nil {
		return err
	}
	var result tokenAnswer
	var err error
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
		result, err = i.clientCredentials(r, tenant)
	case grantDevice, "device_code": // the short name is Microsoft's
		result, err = i.device(r, tenant)
	case "":
		err = &oauthError{http.StatusBadRequest, "invalid_request", 900144, "The parameter grant_type is missing.", 0}
	default:
		err = &oauthError{http.StatusBadRequest, "unsupported_grant_type", 70003,
			"The grant type must be client_credentials or " + grantDevice + ".", 0}
	}
	if err == nil {
		answer(w, http.StatusOK, result)
	}
	return err
}

// readForm reads a form that has no parameter twice (RFC 6749, 3.2).
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return &oauthError{http.StatusBadRequest, "invalid_request", 900144, "The request is no form.", 0}
	}
	for name, values := range r.PostForm {
		if len(values) > 1 && name != "claims" {
			return &oauthError{http.StatusBadRequest, "invalid_request", 900144, "A parameter stands twice in the request.", 0}
		}
	}
	return nil
}

// clientCredentials gives an app the permissions that it has for itself.
func (i *Issuer) clientCredentials(r *http.Request, tenant string) (tokenAnswer, error) {
	app, err := i.app(r, tenant)
	if err != nil {
		return tokenAnswer{}, err
	}
	asked, err := readScope(r.PostForm.Get("scope"), i.Base(r))
	if err != nil {
		return tokenAnswer{}, err
	}
	if !asked.all {
		return tokenAnswer{}, &oauthError{http.StatusBadRequest, "invalid_scope", 1002012,
			"An app that acts for itself asks for everything that was granted to it: https://graph.microsoft.com/.default.", 0}
	}
	roles := app.All(access.Application)
	if len(roles) == 0 {
		return tokenAnswer{}, &oauthError{http.StatusBadRequest, "unauthorized_client", 65001,
			"No permission was granted to this app for itself. An administrator does that with homeroom apps grant.", 0}
	}
	caller := access.Caller{Tenant: tenant, App: app.ID, Kind: access.Application, Permissions: roles}
	signed, err := i.mint(r, caller, app, asked.audience)
	seconds := int(tokenLife / time.Second)
	return tokenAnswer{Type: "Bearer", Expires: seconds, Extended: seconds, AccessToken: signed}, err
}

// mint makes an access token, and logs what it lets whom do: with its id, and without
// the token.
func (i *Issuer) mint(r *http.Request, caller access.Caller, app access.App, audience string) (string, error) {
	token, id, err := i.Keyring.Mint(r.Context(), caller, app.Name, audience, tokenLife)
	if err == nil {
		i.Log.Info("token issued", "tenant", caller.Tenant, "app", caller.App, "subject", cmp.Or(caller.User, caller.App),
			"kind", caller.Kind, "permissions", caller.Permissions, "uti", id)
	}
	return token, err
}

// device answers a poll of a device that waits for a person.
func (i *Issuer) device(r *http.Request, tenant string) (tokenAnswer, error) {
	id, deviceCode := strings.ToLower(r.PostForm.Get("client_id")), r.PostForm.Get("device_code")
	code, err := i.Store.PollDeviceCode(r.Context(), tenant, id, hashText(deviceCode), i.Now())
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return tokenAnswer{}, errDevice("bad_verification_code", 501000, "There is no such device code, or it was used already.")
	case err != nil:
		return tokenAnswer{}, err
	case !i.Now().Before(code.Expires):
		return tokenAnswer{}, errDevice("expired_token", 70020, "The device code has expired. Ask for another one.")
	case code.State == access.DeviceDeclined:
		return tokenAnswer{}, errDevice("authorization_declined", 70000, "The person declined.")
	case code.State == access.DevicePending && i.Now().Sub(code.Polled) < devicePause-time.Second: // networks jitter
		return tokenAnswer{}, errDevice("slow_down", 70016, "Wait longer between two polls.")
	case code.State == access.DevicePending:
		return tokenAnswer{}, errDevice("authorization_pending", 70016, "The person has not signed in and approved yet.")
	}
	return i.delegated(r, code)
}

func errDevice(code string, number int, description string) error {
	return &oauthError{http.StatusBadRequest, code, number, description, 0}
}

// delegated gives an app what a person let it do, as far as it still may.
func (i *Issuer) delegated(r *http.Request, code access.DeviceCode) (tokenAnswer, error) {
	person, err := i.Store.Person(r.Context(), code.Tenant, code.Person)
	if fault.KindOf(err) == fault.NotFound {
		return tokenAnswer{}, errDevice("invalid_grant", 50034, "The person may not sign in any more.")
	}
	if err != nil {
		return tokenAnswer{}, err
	}
	app, err := i.Store.App(r.Context(), code.Tenant, code.App)
	if err != nil {
		return tokenAnswer{}, err
	}
	caller := access.Caller{
		Tenant: code.Tenant, App: app.ID, Kind: access.Delegated, User: person.ID, UserName: person.Name,
		Permissions: allowed(app, access.Delegated, code.Scopes),
	}
	if len(caller.Permissions) < len(code.Scopes) {
		return tokenAnswer{}, errDevice("invalid_grant", 65001, "Permissions were taken from this app in the meantime.")
	}
	signed, err := i.mint(r, caller, app, code.Audience)
	if err != nil {
		return tokenAnswer{}, err
	}
	seconds := int(tokenLife / time.Second)
	result := tokenAnswer{
		Type: "Bearer", Expires: seconds, Extended: seconds, AccessToken: signed,
		Scope: code.Asked, // MSAL takes any other spelling for scopes that were declined
	}
	if code.OpenID {
		result.ClientInfo = clientInfo(person)
		result.IDToken, err = i.idToken(r, app, person)
	}
	return result, err
}

// clientInfo tells MSAL whom it keeps the tokens for.
func clientInfo(person access.Person) string {
	info, err := json.Marshal(map[string]string{"uid": person.ID, "utid": person.Tenant})
	if err != nil {
		panic(err) // texts always marshal
	}
	return base64.RawURLEncoding.EncodeToString(info)
}

// idToken tells an app who signed in. It is no access token: its audience is the
// app.
func (i *Issuer) idToken(r *http.Request, app access.App, person access.Person) (string, error) {
	now := i.Now()
	return i.Keyring.sign(r.Context(), person.Tenant, map[string]any{
		"iss": i.Base(r) + "/" + person.Tenant + "/v2.0", "aud": app.ID, "ver": "2.0",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"sub": person.ID, "oid": person.ID, "tid": person.Tenant, "name": person.Name, "preferred_username": person.Name,
	})
}
