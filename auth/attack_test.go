package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/homeroomhq/homeroom/access"
)

// attack is a token that must not count.
type attack struct {
	name  string
	token func(f *forger) string
}

func header(name string, members object) attack {
	return attack{name, func(f *forger) string { return f.withHeader(members) }}
}

func claims(name string, members object) attack {
	return attack{name, func(f *forger) string { return f.withClaims(members) }}
}

func headerAttacks() []attack {
	attacks := []attack{
		{"alg absent", func(f *forger) string { return f.withHeader(object{"alg": nil}) }},
		{"alg none with a signature", func(f *forger) string { return f.withHeader(object{"alg": "none"}) }},
		header("alg is no text", object{"alg": 256}),
		header("alg is a list", object{"alg": []string{"RS256"}}),
		header("alg unknown", object{"alg": "RS999"}),
		header("alg in lower case", object{"alg": "rs256"}),
		header("alg RS512", object{"alg": "RS512"}),
		header("alg PS256 with another signature", object{"alg": "PS256"}),
		header("alg ES256 with a key of RSA", object{"alg": "ES256"}),
		header("alg EdDSA", object{"alg": "EdDSA"}),
		{"alg twice", func(f *forger) string {
			return f.signed(`{"alg":"RS256","alg":"RS256","typ":"JWT","kid":"`+f.header["kid"].(string)+`"}`, f.claims.json())
		}},
		{"alg twice, none last", func(f *forger) string {
			return f.signed(`{"alg":"RS256","typ":"JWT","kid":"`+f.header["kid"].(string)+`","alg":"none"}`, f.claims.json())
		}},
		{"alg under another case", func(f *forger) string {
			return f.signed(`{"ALG":"RS256","typ":"JWT","kid":"`+f.header["kid"].(string)+`"}`, f.claims.json())
		}},
		{"HS256 with the public key as PEM", func(f *forger) string { return f.hmacked("HS256", f.publicPEM()) }},
		{"HS256 with the public key, called RS256", func(f *forger) string { return f.hmacked("RS256", f.publicPEM()) }},
		{"HS256 with the modulus", func(f *forger) string { return f.hmacked("HS256", f.key.N.Bytes()) }},
		{"HS256 with the empty key", func(f *forger) string { return f.hmacked("HS256", nil) }},
		{"PS256 with our key", func(f *forger) string {
			key := jose.JSONWebKey{Key: f.key, KeyID: f.header["kid"].(string)}
			return signWith(f.t, key, jose.PS256, f.claims)
		}},
		{"kid absent", func(f *forger) string { return f.withHeader(object{"kid": nil}) }},
		header("kid empty", object{"kid": ""}),
		header("kid is a number", object{"kid": 1}),
		header("kid is a path", object{"kid": "../../../../dev/null"}),
		header("kid injects SQL", object{"kid": "x' UNION SELECT 'key' --"}),
		header("kid injects a command", object{"kid": "key|/usr/bin/id"}),
		header("kid with a zero byte", object{"kid": "key\x00"}),
		header("kid is an address", object{"kid": "https://evil.example/key"}),
		header("kid overlong", object{"kid": strings.Repeat("k", 129)}),
		header("kid unknown", object{"kid": "unknown"}),
		header("jku", object{"jku": "https://evil.example/keys"}),
		header("x5u", object{"x5u": "https://evil.example/cert"}),
		header("jwk beside a good signature", object{"jwk": object{"kty": "RSA", "n": "AQAB", "e": "AQAB"}}),
		header("x5c", object{"x5c": []string{"MIIB"}}),
		{"jwk, and signed with it", func(f *forger) string {
			jwk := object{"kty": "RSA", "n": encode(string(f.other.N.Bytes())), "e": "AQAB", "kid": "mine"}
			return f.signedBy(f.other, f.header.with(object{"jwk": jwk, "kid": "mine"}).json(), f.claims.json())
		}},
		{"another's key under our kid", func(f *forger) string { return f.signedBy(f.other, f.header.json(), f.claims.json()) }},
		header("crit unknown", object{"crit": []string{"future"}, "future": true}),
		header("crit empty", object{"crit": []string{}}),
		header("crit known, b64", object{"crit": []string{"b64"}, "b64": true}),
		header("b64 false", object{"b64": false}),
		header("zip", object{"zip": "DEF"}),
		header("nested", object{"cty": "JWT"}),
		header("typ of a logout token", object{"typ": "logout+jwt"}),
		header("typ of a key proof", object{"typ": "dpop+jwt"}),
		header("typ is no text", object{"typ": true}),
		{"header is a list", func(f *forger) string { return f.signed(`["RS256"]`, f.claims.json()) }},
		{"header is null", func(f *forger) string { return f.signed(`null`, f.claims.json()) }},
		{"header deep", func(f *forger) string {
			return f.signed(`{"alg":"RS256","kid":"`+f.header["kid"].(string)+`","x":`+strings.Repeat("[", 5000)+strings.Repeat("]", 5000)+`}`, f.claims.json())
		}},
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		attacks = append(attacks, attack{"alg " + none + " without signature", func(f *forger) string { return f.unsigned(object{"alg": none}, "") }})
	}
	return attacks
}

func formAttacks() []attack {
	return []attack{
		{"two parts", func(f *forger) string { return strings.Join(strings.Split(f.good(), ".")[:2], ".") }},
		{"four parts", func(f *forger) string { return f.good() + ".e30" }},
		{"JWE", func(f *forger) string { return encode(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a2V5.aXY.dGV4dA.dGFn" }},
		{"a token in a token", func(f *forger) string { return f.signed(f.header.json(), `"`+f.good()+`"`) }},
		{"JSON form", func(f *forger) string {
			p := strings.Split(f.good(), ".")
			return `{"payload":"` + p[1] + `","signatures":[{"protected":"` + p[0] + `","signature":"` + p[2] + `"}]}`
		}},
		{"no signature", func(f *forger) string { return f.part(2, func(string) string { return "" }) }},
		{"signature cut", func(f *forger) string { return f.part(2, func(s string) string { return s[:len(s)-4] }) }},
		{"signature with a byte in front", func(f *forger) string {
			return f.part(2, func(s string) string { return encode("\x00" + decode(s)) })
		}},
		{"signature with a byte behind", func(f *forger) string {
			return f.part(2, func(s string) string { return encode(decode(s) + "\x00") })
		}},
		{"signature of zeros", func(f *forger) string {
			return f.part(2, func(s string) string { return encode(strings.Repeat("\x00", 256)) })
		}},
		{"a bit of the signature", func(f *forger) string {
			return f.part(2, func(s string) string { d := decode(s); return encode(d[:10] + string(d[10]^1) + d[11:]) })
		}},
		{"a bit of the claims", func(f *forger) string {
			return f.part(1, func(s string) string { return encode(strings.Replace(decode(s), "ReadWrite", "ReadWritf", 1)) })
		}},
		{"another token's signature", func(f *forger) string {
			return f.part(2, func(string) string { return strings.Split(f.withClaims(object{"uti": "other"}), ".")[2] })
		}},
		{"padded base64", func(f *forger) string { return f.part(2, func(s string) string { return s + "==" }) }},
		{"base64 that is not canonical", func(f *forger) string { // 256 bytes leave four bits of the last letter unused
			return f.part(2, func(s string) string { return s[:len(s)-1] + nextLetter(s[len(s)-1]) })
		}},
		{"base64 of the other alphabet", func(f *forger) string {
			return f.part(1, func(s string) string {
				return base64.RawStdEncoding.EncodeToString([]byte(decode(s) + "\u00ff\u00ff?>"))
			})
		}},
		{"a line break in base64", func(f *forger) string { return f.part(2, func(s string) string { return s[:40] + "\n" + s[40:] }) }},
		{"a blank in it", func(f *forger) string { return f.part(1, func(s string) string { return s[:8] + " " + s[8:] }) }},
		{"claims are a list", func(f *forger) string { return f.signed(f.header.json(), `[]`) }},
		{"claims are no JSON", func(f *forger) string { return f.signed(f.header.json(), `iss=us`) }},
		{"claims are empty", func(f *forger) string { return f.signed(f.header.json(), ``) }},
		{"something after the claims", func(f *forger) string { return f.signed(f.header.json(), f.claims.json()+`{}`) }},
		{"aud twice", func(f *forger) string {
			return f.signed(f.header.json(), `{"aud":"https://evil.example",`+f.claims.json()[1:])
		}},
		{"roles twice, by escapes", func(f *forger) string {
			return f.signed(f.header.json(), `{"r\u006fles":["IndustryData-Run.Start"],`+f.claims.json()[1:])
		}},
		{"a claim twice inside another", func(f *forger) string {
			return f.signed(f.header.json(), `{"x":{"a":1,"a":2},`+f.claims.json()[1:])
		}},
		{"claims deep", func(f *forger) string {
			return f.signed(f.header.json(), `{"x":`+strings.Repeat(`{"x":`, 2000)+"1"+strings.Repeat("}", 2000)+","+f.claims.json()[1:])
		}},
		{"a megabyte", func(f *forger) string { return f.withClaims(object{"x": strings.Repeat("x", 1<<20)}) }},
		{"a megabyte of dots", func(*forger) string { return strings.Repeat(".", 1<<20) }},
	}
}

func decode(text string) string {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// nextLetter returns the letter of base64url after one.
func nextLetter(c byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(letters[strings.IndexByte(letters, c)+1])
}

func timeAttacks(now time.Time) []attack {
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	return []attack{
		claims("expired", object{"iat": at(-2 * time.Hour), "nbf": at(-2 * time.Hour), "exp": at(-time.Hour)}),
		claims("expired by the skew", object{"iat": at(-time.Hour), "nbf": at(-time.Hour), "exp": at(-61 * time.Second)}),
		claims("not valid yet", object{"nbf": at(time.Hour)}),
		claims("not valid yet by the skew", object{"nbf": at(2 * time.Minute)}),
		claims("issued in the future", object{"iat": at(30 * time.Minute)}),
		claims("exp absent", object{"exp": nil}),
		claims("iat absent", object{"iat": nil}),
		claims("exp in the year 9999", object{"exp": 253402300799}),
		claims("exp beyond all years", object{"exp": int64(1) << 62}),
		claims("exp counts milliseconds", object{"exp": now.UnixMilli()}),
		claims("exp negative", object{"exp": -1}),
		claims("exp is a text", object{"exp": "4102444800"}),
		claims("exp is a fraction", object{"exp": float64(at(time.Hour)) + 0.5}),
		{"exp overflows", func(f *forger) string {
			return f.signed(f.header.json(), strings.Replace(f.claims.with(object{"exp": "E"}).json(), `"E"`, "1e400", 1))
		}},
		claims("counts for 32 days", object{"exp": at(32 * 24 * time.Hour)}),
		claims("expires before it was issued", object{"iat": at(50 * time.Second), "exp": at(40 * time.Second)}),
		claims("nbf is a text", object{"nbf": "now"}),
	}
}

func claimAttacks() []attack {
	return []attack{
		claims("iss absent", object{"iss": nil}),
		claims("iss of somebody else", object{"iss": "https://evil.example/"}),
		claims("iss is a list", object{"iss": []string{"https://sts.homeroom.invalid/"}}),
		{"iss without its slash", func(f *forger) string {
			return f.withClaims(object{"iss": "https://sts.homeroom.invalid/" + f.tenant})
		}},
		{"iss in capitals", func(f *forger) string {
			return f.withClaims(object{"iss": "HTTPS://STS.HOMEROOM.INVALID/" + f.tenant + "/"})
		}},
		{"iss of Entra", func(f *forger) string {
			return f.withClaims(object{"iss": "https://sts.windows.net/" + f.tenant + "/"})
		}},
		claims("aud absent", object{"aud": nil}),
		claims("aud of somebody else", object{"aud": "https://evil.example"}),
		claims("aud that begins with ours", object{"aud": "https://graph.microsoft.com.evil.example"}),
		claims("aud list of others", object{"aud": []string{"https://evil.example", "api://other"}}),
		claims("aud list empty", object{"aud": []string{}}),
		claims("aud list with a number", object{"aud": []any{"https://graph.microsoft.com", 1}}),
		claims("aud is a number", object{"aud": 3}),
		{"aud is the app: an ID token", func(f *forger) string { return f.withClaims(object{"aud": f.app.ID}) }},
		claims("tid absent", object{"tid": nil}),
		claims("tid of nobody", object{"tid": "11111111-2222-3333-4444-555555555555"}),
		{"tid and iss of another tenant", func(f *forger) string {
			const other = "11111111-2222-3333-4444-555555555555"
			return f.withClaims(object{"tid": other, "iss": "https://sts.homeroom.invalid/" + other + "/"})
		}},
		claims("tid is a list", object{"tid": []string{"x"}}),
		claims("an ID token's nonce", object{"nonce": "n"}),
		claims("an ID token's at_hash", object{"at_hash": "h"}),
		claims("a logout token", object{"events": object{"http://schemas.openid.net/event/backchannel-logout": object{}}}),
		claims("a claim that says ID", object{"typ": "ID"}),
		claims("a refresh token", object{"typ": "Refresh"}),
		claims("roles absent", object{"roles": nil}),
		claims("roles empty", object{"roles": []string{}}),
		claims("roles of somebody else", object{"roles": []string{"Directory.ReadWrite.All"}}),
		claims("roles that are alike", object{"roles": []string{"industrydata-outboundflow.readwrite.all", access.OutboundFlowReadWrite + " "}}),
		claims("roles as a text", object{"roles": access.OutboundFlowReadWrite}),
		claims("roles with a number", object{"roles": []any{access.OutboundFlowReadWrite, 1}}),
		claims("roles that were not granted", object{"roles": []string{access.RunStart}}),
		claims("an app's with scopes", object{"scp": access.OutboundFlowReadWrite}),
		claims("roles of a person", object{"idtyp": nil, "sub": "somebody"}),
		claims("app absent", object{"appid": nil}),
		claims("app unknown", object{"appid": "11111111-2222-3333-4444-555555555555"}),
		{"scopes of somebody else", func(f *forger) string { return f.delegated(object{"scp": "User.Read openid"}) }},
		{"scopes empty", func(f *forger) string { return f.delegated(object{"scp": ""}) }},
		{"scopes are a number", func(f *forger) string { return f.delegated(object{"scp": 1}) }},
		{"scopes absent", func(f *forger) string { return f.delegated(object{"scp": nil}) }},
		{"scopes without consent", func(f *forger) string { return f.delegated(object{"scp": access.RunStart}) }},
		{"person absent", func(f *forger) string { return f.delegated(object{"oid": nil, "sub": nil}) }},
		{"person unknown", func(f *forger) string { return f.delegated(object{"oid": "11111111-2222-3333-4444-555555555555"}) }},
	}
}

// Every token that is wrong in one way is refused with 401, and nothing is written
// because of it.
func TestAttacks(t *testing.T) {
	c := newSchool(t)
	f := newForger(t, c)
	for name, token := range map[string]string{"application": f.good(), "delegated": f.delegated(nil),
		"aud in a list": f.withClaims(object{"aud": []string{"https://evil.example", "https://graph.microsoft.com"}}),
		"typ at+jwt":    f.withHeader(object{"typ": "at+jwt"}),
		"within skew":   f.withClaims(object{"nbf": c.clock.now().Unix() + 50})} {
		if _, err := c.verify(t.Context(), token); err != nil {
			t.Fatalf("a token with nothing wrong is refused (%s): %v", name, err)
		}
	}
	before, err := c.store.Revision(t.Context())
	check(t, err)
	all := [][]attack{headerAttacks(), formAttacks(), timeAttacks(c.clock.now()), claimAttacks()}
	for _, attacks := range all {
		for _, a := range attacks {
			t.Run(a.name, func(t *testing.T) {
				caller, err := c.verify(t.Context(), a.token(f))
				wantRefused(t, err)
				if caller.App != "" || caller.Tenant != "" || caller.Permissions != nil {
					t.Errorf("a refused token still has a caller: %+v", caller)
				}
			})
		}
	}
	if after, err := c.store.Revision(t.Context()); err != nil || after != before {
		t.Errorf("refused tokens changed the store (%v)", err)
	}
}

// What is not a bearer token at all is refused, too.
func TestAuthorizationHeaders(t *testing.T) {
	c := newSchool(t)
	good := c.mint(t, access.Application, access.RunRead)
	for _, test := range []struct{ header, message string }{
		{"", "Access token is empty."},
		{"Bearer", "Access token is empty."},
		{"Bearer    ", "Access token is empty."},
		{"Basic " + good, "Access token must come as Authorization: Bearer."},
		{"Bearer Bearer " + good, "Access token is no JWT: part 1 is not written in base64url."},
		{"Bearer x", "Access token is no JWT: it has no three parts."},
		{"Bearer " + strings.Repeat("x", 20_000), "Access token is too long: it has 20000 bytes, and 16384 are allowed."},
	} {
		_, err := c.verifier.Verify(t.Context(), test.header)
		message, header := wantRefused(t, err)
		if message != test.message {
			t.Errorf("%.30q: %q, want %q", test.header, message, test.message)
		}
		want := `Bearer realm="", authorization_uri="https://homeroom.example/common/oauth2/v2.0/authorize", client_id="00000003-0000-0000-c000-000000000000"`
		if header != want {
			t.Errorf("header %s, want %s", header, want)
		}
	}
	if _, err := c.verifier.Verify(t.Context(), "bearer "+good); err != nil {
		t.Errorf("the scheme's case matters: %v", err)
	}
}
