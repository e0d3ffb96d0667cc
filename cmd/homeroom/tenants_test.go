package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
)

// The ids of three tenants of the tests.
const (
	lakesideID = "0b1f6c0e-6a51-4d0c-9d0b-0e6a6f4d0001"
	northID    = "0b1f6c0e-6a51-4d0c-9d0b-0e6a6f4d0002"
	unnamedID  = "0b1f6c0e-6a51-4d0c-9d0b-0e6a6f4d0003"
	clientID   = "0b1f6c0e-6a51-4d0c-9d0b-0e6a6f4dc11e"
)

// A value is the tenant's that stands before it, or the only one's; of several nobody is
// guessed.
func TestPathsOf(t *testing.T) {
	lakeside, north, unnamed := access.Tenant{ID: lakesideID, Name: "lakeside"}, access.Tenant{ID: northID, Name: "north"}, access.Tenant{ID: unnamedID}
	for _, test := range []struct {
		tenants []access.Tenant
		values  string // with a space between
		want    string // or what the error says
	}{
		{[]access.Tenant{lakeside}, "", "map[]"},
		{[]access.Tenant{lakeside}, "/srv/sds", "map[" + lakesideID + ":/srv/sds]"},
		{[]access.Tenant{lakeside}, "lakeside=/srv/sds", "map[" + lakesideID + ":/srv/sds]"},
		{[]access.Tenant{unnamed}, "year=2027/sds", "map[" + unnamedID + ":year=2027/sds]"},
		{[]access.Tenant{unnamed}, "=/srv/sds", "map[" + unnamedID + ":=/srv/sds]"},
		{[]access.Tenant{lakeside, north}, "north=a Lakeside=b=c", "map[" + lakesideID + ":b=c " + northID + ":a]"},
		{[]access.Tenant{lakeside, unnamed}, strings.ToUpper(unnamedID) + "=a", "map[" + unnamedID + ":a]"},
		{[]access.Tenant{lakeside, north}, "/srv/sds", "say whose --roster /srv/sds is, as in --roster north=/srv/sds. They are lakeside, north."},
		{[]access.Tenant{lakeside, unnamed}, "=/srv/sds", "say whose"},
		{[]access.Tenant{lakeside, north}, "south=/srv/sds", "say whose"},
		{[]access.Tenant{lakeside}, "a b", "given twice for one tenant: a and b"},
		{[]access.Tenant{lakeside, north}, "north=a " + northID + "=b", "given twice for one tenant: a and b"},
	} {
		paths, err := pathsOf(test.tenants, "roster", strings.Fields(test.values))
		got := fmt.Sprint(paths)
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, test.want) || err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%d tenants, %q: %s, want %s", len(test.tenants), test.values, got, test.want)
		}
	}
}

// Tokens of others count for the tenant that is named, for the one with the id that they
// carry, or for the only one.
func TestTrusts(t *testing.T) {
	lakeside, north := access.Tenant{ID: lakesideID, Name: "lakeside"}, access.Tenant{ID: northID, Name: "north"}
	const elsewhere = "0b1f6c0e-6a51-4d0c-9d0b-0e6a6f4de1e1"
	for _, test := range []struct {
		tenants       []access.Tenant
		issuer, entra string
		want          string // the tenants of the trusts, by issuer; or what the error says
	}{
		{[]access.Tenant{lakeside}, "https://idp.example,homeroom", "", "https://idp.example is for " + lakesideID},
		{[]access.Tenant{lakeside, north}, "north=https://idp.example?a=b,homeroom", "", "https://idp.example?a=b is for " + northID},
		{[]access.Tenant{lakeside, north}, "https://idp.example,homeroom", "", "say whose --trust-issuer"},
		{[]access.Tenant{lakeside}, "https://idp.example", "", "an issuer and an audience"},
		{[]access.Tenant{lakeside}, "", elsewhere + "," + clientID, elsewhere + "/ is for " + lakesideID},
		{[]access.Tenant{lakeside, north}, "", northID + "," + clientID, northID + "/ is for " + northID},
		{[]access.Tenant{lakeside, north}, "", "lakeside=" + northID + "," + clientID, northID + "/ is for " + lakesideID},
		{[]access.Tenant{lakeside, north}, "", elsewhere + "," + clientID, "say whose --trust-entra"},
		{[]access.Tenant{lakeside, north}, "", "south=" + elsewhere + "," + clientID, "no tenant south"},
		{[]access.Tenant{lakeside}, "", "south=" + elsewhere + "," + clientID, "no tenant south"},
		{[]access.Tenant{lakeside}, "", elsewhere, "id of an Entra tenant"},
	} {
		o := serveOptions{issuers: strings.Fields(test.issuer), entra: strings.Fields(test.entra)}
		trusts, err := o.trusts(test.tenants)
		var got []string
		for _, trust := range trusts {
			got = append(got, trust.Issuer+" is for "+trust.Tenant)
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if !strings.Contains(strings.Join(got, "\n"), test.want) {
			t.Errorf("%d tenants, %q, %q: %q, want %s", len(test.tenants), test.issuer, test.entra, got, test.want)
		}
	}
}
