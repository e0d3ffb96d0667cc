package auth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// Trust is an issuer other than our own whose tokens count, and for whom.
type Trust struct {
	Issuer    string   // what the claim iss says, exactly
	Discovery string   // where its openid-configuration lies, without /.well-known; "" for Issuer
	TID       string   // what the claim tid must say; "" for an issuer that has none
	Audiences []string // what the claim aud may say
	Tenant    string   // Homeroom's tenant that the tokens are for
}

// EntraTrusts trusts the tokens, of both versions, that Microsoft Entra issues in
// one of its tenants (tid) for Homeroom's own app registration there. The authority
// is "" for https://login.microsoftonline.com.
func EntraTrusts(tenant, tid, clientID, authority string) []Trust {
	if authority == "" {
		authority = "https://login.microsoftonline.com"
	}
	tid, clientID = strings.ToLower(tid), strings.ToLower(clientID) // as tokens have them
	authority = strings.TrimSuffix(authority, "/") + "/" + tid
	audiences := []string{clientID, "api://" + clientID}
	return []Trust{
		{Issuer: authority + "/v2.0", TID: tid, Audiences: audiences, Tenant: tenant},
		{Issuer: "https://sts.windows.net/" + tid + "/", Discovery: authority, TID: tid, Audiences: audiences, Tenant: tenant},
	}
}

// check refuses a trust that would let in tokens of unknown people.
func (t Trust) check() error {
	switch {
	case t.Issuer == "" || t.Tenant == "":
		return fault.New(fault.Invalid, "A trusted issuer needs its name and the tenant that its tokens are for.")
	case strings.HasPrefix(t.Issuer, issuerHost):
		return fault.New(fault.Invalid, "The trusted issuer %s has the name of the embedded one.", t.Issuer)
	case len(t.Audiences) == 0, slices.Contains(t.Audiences, ""):
		return fault.New(fault.Invalid, "The trusted issuer %s needs an audience: the id of Homeroom's registration there.", t.Issuer)
	}
	for _, a := range t.Audiences {
		if isGraph(a) {
			return fault.New(fault.Invalid, "The audience %s is Microsoft Graph's, not Homeroom's. Register an app of its own for Homeroom.", a)
		}
	}
	return checkAddress(cmp.Or(t.Discovery, t.Issuer))
}
