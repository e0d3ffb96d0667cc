package auth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/access"
)

// edit writes a text over a part of another one. What lies behind its end is cut off.
func edit(s string, at, length uint16, text string) string {
	from := min(int(at), len(s))
	return s[:from] + text + s[min(from+int(length), len(s)):]
}

// FuzzVerify edits good tokens. Without the key nothing passes but the token itself. Even
// with it, whatever passes is of the school, and carries no permission that was not granted.
func FuzzVerify(f *testing.F) {
	c := newSchool(f)
	forger := newForger(f, c)
	goods := []string{forger.good(), forger.delegated(nil)}
	for part := range uint8(3) {
		f.Add(part, uint16(0), uint16(0), "", false, false)
		f.Add(part, uint16(5), uint16(1), "A", false, true)
		f.Add(part, uint16(9), uint16(400), "=", false, false)
		f.Add(part, uint16(8), uint16(5), `none"`, true, false)
	}
	for _, text := range []string{`"alg":"none",`, `"crit":["exp"],`, `"roles":["IndustryData-Run.Start"],`, `"tid":"x",`, `"aud":[],`, `"x":[[[{}]]],`, "\xff"} {
		f.Add(uint8(0), uint16(1), uint16(0), text, true, false)
		f.Add(uint8(1), uint16(1), uint16(0), text, true, true)
	}
	f.Fuzz(func(t *testing.T, part uint8, at, length uint16, text string, signed, delegated bool) {
		good := goods[0]
		if delegated {
			good = goods[1]
		}
		parts := strings.Split(good, ".")
		part %= 3
		if signed = signed && part < 2; signed {
			parts[part] = edit(decode(parts[part]), at, length, text)
			parts[1-part] = decode(parts[1-part])
			parts = strings.Split(forger.signed(parts[0], parts[1]), ".")
		} else {
			parts[part] = edit(parts[part], at, length, text)
		}
		token := strings.Join(parts, ".")
		caller, err := c.verify(t.Context(), token)
		if err != nil {
			wantRefused(t, err)
			return
		}
		if !signed && strings.TrimSpace(token) != good {
			t.Errorf("a token that nobody signed passes: %s", token)
		}
		granted := []string{access.OutboundFlowReadWrite, access.RunRead}
		if caller.Kind == access.Delegated {
			granted = granted[:1]
		}
		for _, permission := range caller.Permissions {
			if caller.Tenant != c.tenant || caller.App != c.app.ID || !slices.Contains(granted, permission) {
				t.Errorf("a token gives more than was granted: %+v", caller)
			}
		}
	})
}
