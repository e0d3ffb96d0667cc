package ldap

import (
	"testing"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// FuzzServer gives the readers of what servers say whatever comes to mind.
func FuzzServer(f *testing.F) {
	f.Add("member;range=0-1499", "uid=ada,dc=x", "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )")
	f.Add("member;range=0-*", `<GUID=aa>;<SID=b>;cn=a\,b`, "( 1 NAME 'a' )")
	f.Add("member;Range=-", "<GUID=", "NAME (")
	f.Fuzz(func(t *testing.T, name, value, description string) {
		e := goldap.NewEntry(value, map[string][]string{name: {value}, "objectGUID": {value}, "uid": {value, name}})
		if _, next, err := ranged(e, "member"); err == nil && next == "0" {
			t.Errorf("%s goes on from the beginning", name)
		}
		for _, profile := range []Profile{OpenLDAP(), ActiveDirectory()} {
			o := profile.object(directory.User, e)
			if o.Kind != directory.User {
				t.Error(o)
			}
			profile.byID(value)
		}
		if fold(fold(value)) != fold(value) {
			t.Errorf("%q is folded to %q, and then to %q", value, fold(value), fold(fold(value)))
		}
		bareName(value)
		idIn(value)
		namesIn([]string{description})
	})
}
