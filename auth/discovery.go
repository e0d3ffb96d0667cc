package auth

import (
	"net/http"

	"github.com/go-jose/go-jose/v4"
)

// configuration is the document of OIDC discovery. Its issuer is that of ID
// tokens; access tokens have another, as Entra's for Graph do (sign.go).
func (i *Issuer) configuration(w http.ResponseWriter, r *http.Request, tenant string) error {
	base := i.Base(r) + "/" + tenant
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                base + "/v2.0",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize", // MSAL insists on it; there is none
		"token_endpoint":                        base + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         base + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
		"grant_types_supported":                 []string{"client_credentials", grantDevice},
		"response_types_supported":              []string{"id_token"},
		"scopes_supported":                      []string{"openid", "profile"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{string(jose.RS256)},
		"claims_supported":                      []string{"sub", "iss", "aud", "exp", "iat", "oid", "tid", "preferred_username", "ver"},
		"tenant_region_scope":                   nil,
		"cloud_instance_name":                   "homeroom",
	})
	return nil
}

// keys answers the keys that this tenant's tokens are signed with.
func (i *Issuer) keys(w http.ResponseWriter, r *http.Request, tenant string) error {
	public, err := i.Keyring.public(r.Context(), tenant)
	if err != nil {
		return err
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range public {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.key, KeyID: key.id, Algorithm: string(jose.RS256), Use: "sig"})
	}
	answer(w, http.StatusOK, set)
	return nil
}
