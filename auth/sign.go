package auth

import (
	"context"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
)

// Access tokens of the embedded issuer name it by an address that does not depend
// on how the server is reached, as Entra's tokens for Graph do; and as nobody can
// own a host of the domain invalid (RFC 6761), nobody else can have this name.
const issuerHost = "https://sts.homeroom.invalid/"

// issuerName returns what the claim iss of a tenant's access tokens says.
func issuerName(tenant string) string { return issuerHost + tenant + "/" }

// Audiences of access tokens: Graph's, in the forms that Entra writes, and our own.
const (
	graphAudience = "https://graph.microsoft.com"
	ownAudience   = "api://homeroom"
)

func embeddedAudiences() []string {
	return []string{graphAudience, graphAudience + "/", access.Graph, ownAudience}
}

// tokenClaims are the claims of an access token in the order of Entra's, version 1.
type tokenClaims struct {
	Audience string   `json:"aud"`
	Issuer   string   `json:"iss"`
	Issued   int64    `json:"iat"`
	From     int64    `json:"nbf"`
	Expires  int64    `json:"exp"`
	AppName  string   `json:"app_displayname,omitempty"`
	App      string   `json:"appid"`
	Kind     string   `json:"idtyp"` // app or user
	Object   string   `json:"oid"`
	Roles    []string `json:"roles,omitempty"`
	Scopes   string   `json:"scp,omitempty"`
	Subject  string   `json:"sub"`
	Tenant   string   `json:"tid"`
	UserName string   `json:"unique_name,omitempty"`
	ID       string   `json:"uti"`
	Version  string   `json:"ver"`
}

// Mint signs an access token for a caller, in Microsoft Graph's name or in our own
// (audience; "" is Graph's). It may count up to 31 days. The id is its claim uti.
func (k *Keyring) Mint(ctx context.Context, caller access.Caller, appName, audience string, ttl time.Duration) (token, id string, err error) {
	if audience == "" {
		audience = graphAudience
	}
	now := k.now()
	claims := tokenClaims{
		Audience: audience, Issuer: issuerName(caller.Tenant), Issued: now.Unix(), From: now.Unix(),
		Expires: now.Add(min(ttl, longest)).Unix(), AppName: appName, App: caller.App,
		Kind: "app", Object: caller.App, Subject: caller.App, Tenant: caller.Tenant,
		ID: uuid.NewString(), Version: "1.0",
	}
	if caller.Kind == access.Delegated {
		claims.Kind, claims.Object, claims.Subject = "user", caller.User, caller.User
		claims.UserName, claims.Scopes = caller.UserName, strings.Join(caller.Permissions, " ")
	} else {
		claims.Roles = caller.Permissions
	}
	token, err = k.sign(ctx, caller.Tenant, claims)
	return token, claims.ID, err
}

// sign returns a JWT with the claims, signed with a tenant's current key.
func (k *Keyring) sign(ctx context.Context, tenant string, claims any) (string, error) {
	key, err := k.signer(ctx, tenant)
	if err != nil {
		return "", err
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key.key, KeyID: key.id}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", err
	}
	return jwt.Signed(s).Claims(claims).Serialize()
}
