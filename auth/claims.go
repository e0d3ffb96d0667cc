package auth

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

const (
	skew       = time.Minute         // by how much clocks may differ
	longest    = 31 * 24 * time.Hour // how long a token may count
	maxGranted = 100                 // permissions in a token
)

// checkTimes refuses a token whose time has not come or is over, or that counts
// longer than any issuer should let it. It returns when the token was issued and
// when it ends.
func checkTimes(claims map[string]json.RawMessage, now time.Time) (issued, expires time.Time, err error) {
	expires, ok := numericDate(claims["exp"])
	issued, also := numericDate(claims["iat"])
	if !ok || !also {
		return issued, expires, refuse("Access token does not say, in whole seconds, when it was issued and when it expires.")
	}
	from := issued
	if claims["nbf"] != nil {
		if from, ok = numericDate(claims["nbf"]); !ok {
			return issued, expires, refuse("Access token does not say, in whole seconds, from when on it counts.")
		}
	}
	switch {
	case !now.Before(expires.Add(skew)):
		return issued, expires, refuse("Access token has expired or is not yet valid. It expired at %s.", expires.Format(time.RFC3339))
	case now.Add(skew).Before(from), now.Add(skew).Before(issued):
		return issued, expires, refuse("Access token has expired or is not yet valid. It is valid from %s on.", from.Format(time.RFC3339))
	case expires.Sub(issued) > longest:
		return issued, expires, refuse("Access token counts longer than %d days.", longest/(24*time.Hour))
	case !issued.Before(expires):
		return issued, expires, refuse("Access token expires before it was issued.")
	}
	return issued, expires, nil
}

// numericDate reads whole seconds since 1970, up to the year 9999.
func numericDate(raw json.RawMessage) (time.Time, bool) {
	const year10000 = 253402300800
	seconds, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || seconds < 0 || seconds >= year10000 {
		return time.Time{}, false
	}
	return time.Unix(seconds, 0).UTC(), true
}

// checkAudience refuses a token that was issued for somebody else.
func checkAudience(claims map[string]json.RawMessage, audiences []string) error {
	for _, a := range audience(claims) {
		if slices.Contains(audiences, a) {
			return nil
		}
	}
	return refuse("Access token validation failure. Invalid audience.")
}

// audience returns whom a token was issued for: one, or a list.
func audience(claims map[string]json.RawMessage) []string {
	if one, ok := text(claims["aud"]); ok {
		return []string{one}
	}
	list, _ := texts(claims["aud"])
	return list
}

// readCaller returns who calls, as the claims of an access token say. Permissions
// come from scp (delegated) or roles (application), never from an ID token.
func readCaller(t *token) (access.Caller, error) {
	if err := checkIsAccessToken(t); err != nil {
		return access.Caller{}, err
	}
	caller := access.Caller{App: first(t.claims, "appid", "azp", "client_id"), UserName: first(t.claims, "preferred_username", "upn", "unique_name", "name")}
	if caller.App == "" {
		return caller, refuse("Access token does not say which app it was issued to (appid, azp or client_id).")
	}
	object, subject := first(t.claims, "oid"), first(t.claims, "sub")
	kind := first(t.claims, "idtyp")
	scopes, hasScopes := scopesOf(t.claims)
	switch {
	case hasScopes && kind == "app", t.claims["scp"] != nil && !hasScopes:
		return caller, refuse("Access token has scopes (scp) that cannot be used.")
	case hasScopes:
		caller.Kind, caller.User, caller.Permissions = access.Delegated, first(t.claims, "oid", "sub"), scopes
		switch caller.User {
		case "":
			return caller, refuse("Access token does not say who signed in (oid or sub).")
		case caller.App: // nobody did (RFC 9068, 2.2)
			caller.Kind, caller.User, caller.UserName = access.Application, "", ""
		}
	default:
		roles, ok := texts(t.claims["roles"])
		if !ok {
			return caller, refuse("Access token has neither scopes (scp) nor roles.")
		}
		if kind != "app" && (subject == "" || subject != object && subject != caller.App) {
			return caller, refuse("Access token has roles, and does not show that it was issued to an app for itself.")
		}
		caller.Kind, caller.Permissions, caller.UserName = access.Application, roles, ""
	}
	return caller, checkPermissions(caller)
}

// checkIsAccessToken refuses ID tokens and others that are signed with the same
// keys.
func checkIsAccessToken(t *token) error {
	for _, name := range []string{"nonce", "at_hash", "c_hash", "events"} {
		if t.claims[name] != nil {
			return refuse("This is no access token: it has the claim %q of an ID token.", name)
		}
	}
	if t.claims["typ"] == nil {
		return nil
	}
	if typ, _ := text(t.claims["typ"]); !strings.EqualFold(typ, "Bearer") {
		return refuse("This is no access token: its claim typ says %q.", typ)
	}
	return nil
}

// scopesOf reads what a person let the app do. Entra writes scp as a text with
// blanks, others as a list, or name it scope (RFC 9068).
func scopesOf(claims map[string]json.RawMessage) ([]string, bool) {
	raw := claims["scp"]
	if raw == nil && claims["roles"] == nil {
		raw = claims["scope"]
	}
	if list, ok := texts(raw); ok {
		return list, true
	}
	line, ok := text(raw)
	return strings.Fields(line), ok
}

// checkPermissions refuses a token that says nothing about industry data, since it
// can only have been meant for something else.
func checkPermissions(caller access.Caller) error {
	if len(caller.Permissions) > maxGranted {
		return refuse("Access token has %d permissions, and %d are allowed.", len(caller.Permissions), maxGranted)
	}
	for _, name := range caller.Permissions {
		if _, ok := access.FindPermission(name); ok {
			return nil
		}
	}
	return refuse("Access token has none of the permissions that Microsoft Graph publishes for industry data, neither as scopes (scp) nor as roles.")
}

// first returns the first claim of the names that is a text and not empty.
func first(claims map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		if s, ok := text(claims[name]); ok && s != "" {
			return s
		}
	}
	return ""
}
