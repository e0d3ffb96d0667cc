package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/access"
)

// object is the JSON of a header or of claims.
type object map[string]any

// with returns the object with other members; nil takes one away.
func (o object) with(members object) object {
	changed := maps.Clone(o)
	maps.Copy(changed, members)
	maps.DeleteFunc(changed, func(_ string, v any) bool { return v == nil })
	return changed
}

func (o object) json() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// forger knows a school's own signing key, so that each forgery is wrong in one way
// only.
type forger struct {
	*school
	t      testing.TB
	key    *rsa.PrivateKey
	other  *rsa.PrivateKey // the attacker's
	curve  *ecdsa.PrivateKey
	header object
	claims object
}

func newForger(t testing.TB, c *school) *forger {
	t.Helper()
	c.mint(t, access.Application, access.RunRead) // so that there is a key
	keys, err := c.store.SigningKeys(t.Context(), c.tenant)
	check(t, err)
	plain, err := sealing().Open(c.tenant, keys[0].ID, "privateKey", keys[0].Sealed)
	check(t, err)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	check(t, err)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	now := c.clock.now().Unix()
	return &forger{
		school: c, t: t, key: key.(*rsa.PrivateKey), other: other, curve: curve,
		header: object{"alg": "RS256", "typ": "JWT", "kid": keys[0].ID},
		claims: object{
			"aud": "https://graph.microsoft.com", "iss": "https://sts.homeroom.invalid/" + c.tenant + "/",
			"iat": now, "nbf": now, "exp": now + 3600, "appid": c.app.ID, "idtyp": "app", "oid": c.app.ID, "sub": c.app.ID,
			"tid": c.tenant, "roles": []string{access.OutboundFlowReadWrite}, "ver": "1.0", "uti": uuid.NewString(),
		},
	}
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// signed signs header and claims, as texts, with the school's own key.
func (f *forger) signed(header, claims string) string {
	return f.signedBy(f.key, header, claims)
}

func (f *forger) signedBy(key *rsa.PrivateKey, header, claims string) string {
	signing := encode(header) + "." + encode(claims)
	hash := sha256.Sum256([]byte(signing))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
	if err != nil {
		panic(err)
	}
	return signing + "." + encode(string(signature))
}

// good is a token that nothing is wrong with.
func (f *forger) good() string { return f.signed(f.header.json(), f.claims.json()) }

func (f *forger) withHeader(members object) string {
	return f.signed(f.header.with(members).json(), f.claims.json())
}

func (f *forger) withClaims(members object) string {
	return f.signed(f.header.json(), f.claims.with(members).json())
}

// delegated changes the claims into those of a person's token, and then more.
func (f *forger) delegated(members object) string {
	person := object{"idtyp": "user", "scp": access.OutboundFlowReadWrite, "oid": f.clerk.ID, "sub": f.clerk.ID}
	claims := f.claims.with(object{"roles": nil}).with(person).with(members)
	return f.signed(f.header.json(), claims.json())
}

// hmacked signs with a shared secret.
func (f *forger) hmacked(alg string, secret []byte) string {
	signing := encode(f.header.with(object{"alg": alg}).json()) + "." + encode(f.claims.json())
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signing))
	return signing + "." + encode(string(mac.Sum(nil)))
}

// publicPEM is the school's public key as text, which everybody knows.
func (f *forger) publicPEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(f.key.Public())
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// unsigned is a token with a signature of one's choice.
func (f *forger) unsigned(header object, signature string) string {
	return encode(f.header.with(header).json()) + "." + encode(f.claims.json()) + "." + signature
}

// part changes one part of a good token.
func (f *forger) part(n int, change func(string) string) string {
	parts := strings.Split(f.good(), ".")
	parts[n] = change(parts[n])
	return strings.Join(parts, ".")
}
