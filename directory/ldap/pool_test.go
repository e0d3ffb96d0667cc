package ldap

import (
	"slices"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
)

// TestIdle has connections that were idle for long, one of which ended without a word, as
// firewalls do it. The next write gets a sound one.
func TestIdle(t *testing.T) {
	s := ldaptest.Slapd(t, "../../docs/targets/homeroom.ldif")
	p := ldaptest.NewProxy(t, s)
	d, err := Open(t.Context(), Options{
		URL: p.URL, Plain: true, BindDN: s.Admin, Password: directory.Secret(s.Password), Base: s.Base, Profile: OpenLDAP(),
		Timeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	get := func() (*conn, bool) {
		t.Helper()
		c, used, err := d.pool.get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c, used
	}
	sound, _ := get()
	dead, _ := get()
	for _, c := range []*conn{sound, dead} {
		d.pool.put(c)
		c.used = time.Now().Add(-time.Hour)
	}
	p.Counts()
	p.Fate = func(name string, before int) ldaptest.Fate {
		if name == "searchRequest" && before == 0 {
			return ldaptest.Silent
		}
		return ldaptest.Passes
	}
	c, used := get()
	if c != sound || !used {
		t.Errorf("used before: %t, the sound one: %t", used, c == sound)
	}
	d.pool.put(c)
	d.Close()
	c, used = get()
	if used {
		t.Error("after the end, one from before is there")
	}
	if d.pool.put(c); len(d.pool.idle) > 0 {
		t.Error("a connection is kept after the end")
	}
}

// TestOldNames adds users to a group who were seen long ago: one was renamed since then, one
// deleted, and one has made room for another one of the same name.
func TestOldNames(t *testing.T) {
	s := ldaptest.Slapd(t, "../../docs/targets/homeroom.ldif")
	c := s.As(t)
	d, err := Open(t.Context(), Options{
		URL: s.URL, TLS: TLS{CA: s.Authority.PEM}, BindDN: s.Admin, Password: directory.Secret(s.Password), Base: s.Base, Profile: OpenLDAP(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	change := func(c directory.Change) directory.Outcome {
		t.Helper()
		outcomes, err := d.Apply(t.Context(), []directory.Change{c})
		if err != nil || outcomes[0].Verdict != directory.Done {
			t.Fatalf("%+v, %v", outcomes, err)
		}
		return outcomes[0]
	}
	var ids []string
	dn := func(name string) string { return "uid=" + name + ",ou=people," + s.Base }
	for _, name := range []string{"stays", "renamed", "deleted", "replaced"} {
		ids = append(ids, change(directory.Change{Kind: directory.User, Set: directory.Attributes{directory.MailNickname: name}}).ID)
	}
	for _, err := range []error{
		c.ModifyDN(goldap.NewModifyDNRequest(dn("renamed"), "uid=other", true, "")),
		c.Del(goldap.NewDelRequest(dn("deleted"), nil)), c.Del(goldap.NewDelRequest(dn("replaced"), nil)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Add(t, c, dn("replaced"), "objectClass", "inetOrgPerson", "cn", "Somebody", "sn", "Else")
	for _, id := range ids {
		n := d.names.nodes[directory.User][id]
		n.seen = n.seen.Add(-time.Hour)
		d.names.nodes[directory.User][id] = n
	}
	outcome := change(directory.Change{Kind: directory.SecurityGroup, Set: directory.Attributes{directory.AnchorID: "RoleGroup_1"}, AddMembers: ids})
	if !slices.Equal(outcome.Missing, ids[2:]) {
		t.Errorf("missing: %v of %v", outcome.Missing, ids)
	}
	e, err := (&conn{Conn: c}).entry("cn=RoleGroup_1,ou=groups,"+s.Base, "member")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{dn("stays"), dn("other")}, values(e, "member")); diff != "" {
		t.Errorf("members (-want +have):\n%s", diff)
	}
}
