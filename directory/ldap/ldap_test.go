package ldap_test

import (
	"flag"
	"testing"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
)

const schema = "../../docs/targets/homeroom.ldif"

// openLDAP returns the options for a server of OpenLDAP's.
func openLDAP(s *ldaptest.Server) ldap.Options {
	return ldap.Options{
		URL: s.URL, TLS: ldap.TLS{CA: s.Authority.PEM}, BindDN: ldaptest.Homeroom + "," + s.Base,
		Password: directory.Secret(s.Password), Base: s.Base, Profile: ldap.OpenLDAP(),
	}
}

func open(t testing.TB, o ldap.Options) *ldap.Directory {
	t.Helper()
	d, err := ldap.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func TestOpenLDAP(t *testing.T) {
	directorytest.Run(t, func(t *testing.T) directory.Target {
		return open(t, openLDAP(ldaptest.Slapd(t, schema)))
	}, directorytest.Knobs{Large: 2500})
}

// activeDirectory returns the options for a domain controller.
func activeDirectory(s *ldaptest.Server) ldap.Options {
	profile := ldap.ActiveDirectory()
	for kind, class := range profile.Classes { // the suite gives objects of all kinds the same names
		if kind != directory.User {
			class.Prefix = string(kind)[:1] + "_"
			profile.Classes[kind] = class
		}
	}
	return ldap.Options{
		URL: s.URL, TLS: ldap.TLS{CA: s.Authority.PEM}, BindDN: s.Admin,
		Password: directory.Secret(s.Password), Base: s.Base, Profile: profile,
	}
}

func TestActiveDirectory(t *testing.T) {
	// Samba writes one change after the other, some dozens a second.
	checks := flag.Lookup("rapid.checks").Value
	before := checks.String()
	if err := checks.Set("10"); err != nil {
		t.Fatal(err)
	}
	defer checks.Set(before) //nolint:errcheck // it was a number before
	directorytest.Run(t, func(t *testing.T) directory.Target {
		return open(t, activeDirectory(ldaptest.Domain(t)))
	}, directorytest.Knobs{Domain: "school.test", Large: 300})
}
