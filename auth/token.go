package auth

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// maxToken is how long a token may be, in bytes. Entra's are about 2 KiB.
const maxToken = 16 << 10

// algorithms are those that a token may be signed with: all are with a public key,
// so that nobody who can verify can also sign.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384}
}

// token is a token that was taken apart and whose signature is not checked yet.
type token struct {
	raw       string
	algorithm jose.SignatureAlgorithm
	kid       string
	claims    map[string]json.RawMessage
}

// parseToken takes a token apart. What it lets pass is the strictest form of
// RFC 7515 that issuers really use: three parts, canonical base64url, a known
// algorithm, the key named by kid and by nothing else.
func parseToken(raw string) (*token, error) {
	if len(raw) > maxToken {
		return nil, refuse("Access token is too long: it has %d bytes, and %d are allowed.", len(raw), maxToken)
	}
	parts := strings.Split(raw, ".")
	switch len(parts) {
	case 3:
	case 5:
		return nil, refuse("Access token is encrypted. It must be signed and readable.")
	default:
		return nil, refuse("Access token is no JWT: it has no three parts.")
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, refuse("Access token is no JWT: part %d is not written in base64url.", i+1)
		}
	}
	t := &token{raw: raw}
	header, err := readObject(decoded[0])
	if err != nil {
		return nil, refuse("Access token has a header that cannot be used: %s.", err)
	}
	if err := t.readHeader(header); err != nil {
		return nil, err
	}
	if t.claims, err = readObject(decoded[1]); err != nil {
		return nil, refuse("Access token has claims that cannot be used: %s.", err)
	}
	return t, nil
}

func (t *token) readHeader(header map[string]json.RawMessage) error {
	// None of these may bring a key along, change what is signed, or ask for what we
	// do not know.
	for _, name := range []string{"crit", "b64", "jwk", "jku", "x5u", "x5c", "enc", "zip", "cty"} {
		if header[name] != nil {
			return refuse("Access token has %q in its header, which it may not have.", name)
		}
	}
	algorithm, _ := text(header["alg"])
	t.algorithm = jose.SignatureAlgorithm(algorithm)
	if !slices.Contains(algorithms(), t.algorithm) {
		return refuse("Access token is signed in a way that does not count. It must be RS256, PS256, ES256 or ES384.")
	}
	var ok bool
	if t.kid, ok = text(header["kid"]); !ok || !isKeyID(t.kid) {
		return refuse("Access token does not name its key in a form that can be used.")
	}
	if header["typ"] != nil {
		typ, _ := text(header["typ"])
		typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
		if typ != "jwt" && typ != "at+jwt" {
			return refuse("Access token is of a type that does not count. It must be JWT or at+jwt.")
		}
	}
	return nil
}

// isKeyID reports whether the text can be the id of a key: letters, digits and
// few marks, none of which means anything in a path, an URL or SQL.
func isKeyID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for _, c := range []byte(id) {
		isLetter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !isLetter && !strings.ContainsRune("-_.=+:", rune(c)) {
			return false
		}
	}
	return !strings.Contains(id, "..")
}

// text returns the JSON string.
func text(raw json.RawMessage) (string, bool) {
	var s *string
	if raw == nil || json.Unmarshal(raw, &s) != nil || s == nil {
		return "", false
	}
	return *s, true
}

// texts returns the JSON list of strings.
func texts(raw json.RawMessage) ([]string, bool) {
	var list []*string
	if raw == nil || json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	all := make([]string, 0, len(list))
	for _, s := range list {
		if s == nil {
			return nil, false
		}
		all = append(all, *s)
	}
	return all, true
}

// verify checks the signature against a key.
func (t *token) verify(key any) error {
	signed, err := jose.ParseSignedCompact(t.raw, []jose.SignatureAlgorithm{t.algorithm})
	if err != nil {
		return refuse("Access token is no JWT that can be used.")
	}
	if _, err := signed.Verify(key); err != nil {
		return refuse("Access token has a signature that is not its issuer's.")
	}
	return nil
}
