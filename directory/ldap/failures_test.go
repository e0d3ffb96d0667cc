package ldap_test

import (
	"strings"
	"testing"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
	"github.com/homeroomhq/homeroom/fault"
)

// fails checks that a directory cannot be opened, of what kind the error is, and that its
// sentence says what is wrong.
func fails(t *testing.T, name string, o ldap.Options, kind fault.Kind, says string) {
	t.Helper()
	d, err := ldap.Open(t.Context(), o)
	if err == nil {
		d.Close()
		t.Errorf("%s: it opens", name)
		return
	}
	if fault.KindOf(err) != kind || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: %s, %v; want %s, %q", name, fault.KindOf(err), err, kind, says)
	}
	if strings.Contains(err.Error(), string(o.Password)) && o.Password != "" {
		t.Errorf("%s: the password is in %v", name, err)
	}
}

// TestConnection opens a directory in every way that there is, and in those that fail.
func TestConnection(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	client, err := s.Authority.Client("homeroom")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := ldaptest.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	sound := openLDAP(s)
	with := func(change func(*ldap.Options)) ldap.Options {
		o := sound
		change(&o)
		return o
	}
	startTLS := func(o *ldap.Options) { o.URL, o.StartTLS = s.Clear, true }
	external := func(o *ldap.Options) {
		o.BindDN, o.Password, o.External = "", "", true
		o.TLS.Certificate, o.TLS.Key = client.Certificate, client.Key
	}
	for name, o := range map[string]ldap.Options{
		"ldaps": sound, "StartTLS": with(startTLS),
		"EXTERNAL":              with(external),
		"EXTERNAL and StartTLS": with(func(o *ldap.Options) { startTLS(o); external(o) }),
		"plain":                 with(func(o *ldap.Options) { o.URL, o.Plain = s.Clear, true }),
		"socket":                with(func(o *ldap.Options) { o.URL = s.Socket }),
	} {
		d, err := ldap.Open(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		outcomes, err := d.Apply(t.Context(), []directory.Change{{Kind: directory.SecurityGroup, Set: directory.Attributes{directory.AnchorID: strings.ReplaceAll(name, " ", "-")}}})
		if err != nil || outcomes[0].Verdict != directory.Done {
			t.Errorf("%s: %+v, %v", name, outcomes, err)
		}
		d.Close()
	}
	fails(t, "wrong password", with(func(o *ldap.Options) { o.Password = "wrong-password" }), fault.Denied, "password is wrong")
	fails(t, "nobody of this name", with(func(o *ldap.Options) { o.BindDN = "cn=nobody," + s.Base }), fault.Denied, "password is wrong")
	fails(t, "no password", with(func(o *ldap.Options) { o.Password = "" }), fault.Invalid, "password of")
	fails(t, "no encryption", with(func(o *ldap.Options) { o.URL = s.Clear }), fault.Invalid, "not encrypted")
	fails(t, "no URL", with(func(o *ldap.Options) { o.URL = "dc1.school.example" }), fault.Invalid, "is no URL")
	fails(t, "nobody there", with(func(o *ldap.Options) { o.URL = "ldaps://127.0.0.1:1" }), fault.Unavailable, "cannot be reached")
	fails(t, "no such host", with(func(o *ldap.Options) { o.URL = "ldaps://no-such-host.invalid" }), fault.Unavailable, "cannot be reached")
	fails(t, "foreign certificate", with(func(o *ldap.Options) { o.TLS.CA = stranger.PEM }), fault.Unavailable, "signed by nobody")
	fails(t, "foreign certificate, StartTLS", with(func(o *ldap.Options) { startTLS(o); o.TLS.CA = stranger.PEM }), fault.Unavailable, "signed by nobody")
	fails(t, "another host's", with(func(o *ldap.Options) { o.TLS.ServerName = "dc2.school.example" }), fault.Unavailable, "another host")
	fails(t, "another host's, StartTLS", with(func(o *ldap.Options) { startTLS(o); o.TLS.ServerName = "dc2.school.example" }), fault.Unavailable, "another host")
	fails(t, "TLS where there is none", with(func(o *ldap.Options) { o.URL = strings.Replace(s.Clear, "ldap:", "ldaps:", 1) }), fault.Unavailable, s.Clear[7:])
	fails(t, "a CA without certificates", with(func(o *ldap.Options) { o.TLS.CA = []byte("none") }), fault.Invalid, "no certificate")
	fails(t, "EXTERNAL without a certificate", with(func(o *ldap.Options) { external(o); o.TLS.Certificate, o.TLS.Key = nil, nil }), fault.Denied, "external")
	fails(t, "no such base", with(func(o *ldap.Options) { o.Base = "dc=other,dc=example" }), fault.NotFound, "no entry dc=other")
	s.Add(t, s.As(t), "ou=south,"+s.Base, "objectClass", "referral", "objectClass", "extensibleObject", "ou", "south", "ref", "ldap://127.0.0.1:1/ou=south")
	fails(t, "referral", with(func(o *ldap.Options) { o.Base = "ou=south," + s.Base }), fault.Invalid, "another server")
	fails(t, "no such base below", with(func(o *ldap.Options) { o.Base = "ou=north," + s.Base }), fault.NotFound, "no entry ou=north")
	fails(t, "no base", with(func(o *ldap.Options) { o.Base = "school" }), fault.Invalid, "not a distinguished name")

	s.Stop()
	if err := s.Certify(s.Authority, "127.0.0.1", time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.StartBlind(); err != nil {
		t.Fatal(err)
	}
	fails(t, "expired certificate", sound, fault.Unavailable, "expired")
	fails(t, "expired certificate, StartTLS", with(startTLS), fault.Unavailable, "expired")
}

// TestRefusals checks what becomes of changes that a server refuses, and that the ones
// beside them are carried out.
func TestRefusals(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	c := s.As(t)
	s.Add(t, c, "cn=reader,"+s.Base, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "userPassword", s.Password)
	user := directory.Change{Kind: directory.User, Org: "1", Set: directory.Attributes{
		directory.AnchorID: "User_1", directory.MailNickname: "ada", directory.UserPrincipalName: "ada@school.example", directory.Surname: "Lovelace",
	}}
	group := directory.Change{Kind: directory.SecurityGroup, Set: directory.Attributes{directory.AnchorID: "RoleGroup_students"}}
	for _, test := range []struct {
		name    string
		options func(*ldap.Options)
		change  directory.Change
		verdict directory.Verdict
		rule    string
	}{
		{"missing right", func(o *ldap.Options) { o.BindDN = "cn=reader," + s.Base }, group, directory.Later, directory.Refused},
		{"container missing", place("ou=north,{base}"), user, directory.Later, directory.NoContainer},
		{"container of an organization missing", place("ou={org},ou=people,{base}"), user, directory.Later, directory.NoContainer},
		{"no such attribute", attribute("noSuchAttribute"), user, directory.Later, directory.NoSchema},
		{"an attribute that the class does not have", attribute("dc"), user, directory.Later, directory.NoSchema},
		{"a value of another syntax", attribute("seeAlso"), user, directory.Never, directory.InvalidValue},
		{"password on the open way", func(o *ldap.Options) { o.URL, o.Plain = s.Clear, true }, withPassword(user), directory.Never, directory.InvalidValue},
		{"domain", func(o *ldap.Options) { o.Domains = []string{"other.example"} }, user, directory.Never, directory.InvalidValue},
		{"a name that is not text", nil, named(user, "\xff"), directory.Never, directory.InvalidValue},
		{"no name", nil, directory.Change{Kind: directory.SecurityGroup, Set: directory.Attributes{directory.DisplayName: "x"}}, directory.Never, directory.InvalidValue},
	} {
		o := openLDAP(s)
		o.Profile = ldap.OpenLDAP()
		if test.options != nil {
			test.options(&o)
		}
		d := open(t, o)
		outcomes, err := d.Apply(t.Context(), []directory.Change{test.change, {Kind: directory.ClassGroup, Set: directory.Attributes{directory.AnchorID: "Section_" + strings.ReplaceAll(test.name, " ", "-")}}})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		got := outcomes[0]
		if got.Verdict != test.verdict || got.Rule != test.rule || !strings.HasSuffix(got.Message, ".") {
			t.Errorf("%s: %+v", test.name, got)
		}
		if other := outcomes[1]; other.Verdict != directory.Done && test.name != "missing right" {
			t.Errorf("%s: the change beside it: %+v", test.name, other)
		}
	}
}

func place(dn string) func(*ldap.Options) {
	return func(o *ldap.Options) {
		users := o.Profile.Classes[directory.User]
		users.Container = dn
		o.Profile.Classes[directory.User] = users
	}
}

func attribute(name string) func(*ldap.Options) {
	return func(o *ldap.Options) { o.Profile.Classes[directory.User].Attributes[directory.Surname] = name }
}

func withPassword(c directory.Change) directory.Change {
	c.Password = "Correct-horse-7"
	return c
}

func named(c directory.Change, name string) directory.Change {
	c.Set = directory.Attributes{directory.MailNickname: name, directory.UserPrincipalName: "x@school.example"}
	return c
}

// TestSizeLimit reads with an account that is shown five hundred entries.
func TestSizeLimit(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	c := s.As(t)
	s.Add(t, c, "cn=reader,"+s.Base, "objectClass", "organizationalRole", "objectClass", "simpleSecurityObject", "userPassword", s.Password)
	strangers(t, s, c, 600)
	o := openLDAP(s)
	o.BindDN = "cn=reader," + s.Base
	var last error
	n := 0
	for _, err := range open(t, o).Observe(t.Context(), directory.User, directory.Whole) {
		if last = err; err == nil {
			n++
		}
	}
	if fault.KindOf(last) != fault.Denied || !strings.Contains(last.Error(), "lift the limit") {
		t.Errorf("%d of 600 users, and %v", n, last)
	}
	if all := observe(t, open(t, openLDAP(s)), directory.User); len(all) != 600 {
		t.Errorf("the account without a limit sees %d of 600 users", len(all))
	}
}

// TestCheck looks at a sound server, and at one on which everything is wrong.
func TestCheck(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	for _, f := range ldap.Check(t.Context(), openLDAP(s)) {
		if !f.OK && f.Subject != "encryption" { // the certificate of a test is good for a day
			t.Errorf("%+v", f)
		}
	}
	for _, f := range open(t, openLDAP(s)).Try(t.Context()) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	left, err := s.As(t).Search(&goldap.SearchRequest{BaseDN: s.Base, Scope: goldap.ScopeWholeSubtree, Filter: "(homeroomAnchorId=*)"})
	if err != nil || len(left.Entries) > 0 {
		t.Errorf("%d entries are left of the try, %v", len(left.Entries), err)
	}
	o := openLDAP(s)
	o.Profile = ldap.OpenLDAP()
	place("ou=north,{base}")(&o)
	attribute("noSuchAttribute")(&o)
	bad := make(map[string]bool)
	for _, f := range append(ldap.Check(t.Context(), o), open(t, o).Try(t.Context())...) {
		if !f.OK {
			bad[f.Subject] = true
			if f.Remedy == "" || !strings.HasSuffix(f.Sentence, ".") && !strings.Contains(f.Sentence, "could not") {
				t.Errorf("a finding without a sentence or a remedy: %+v", f)
			}
		}
	}
	for _, subject := range []string{"schema", "container", "right"} {
		if !bad[subject] {
			t.Errorf("nothing is said of the %s: %v", subject, bad)
		}
	}
	o.Password = "wrong"
	if f := ldap.Check(t.Context(), o); len(f) != 1 || f[0].OK || f[0].Remedy == "" {
		t.Errorf("a wrong password: %+v", f)
	}
}

// TestActiveDirectoryRefusals is TestRefusals for a domain controller, by an account that has
// no rights, and TestCheck by one that has all.
func TestActiveDirectoryRefusals(t *testing.T) {
	s := ldaptest.Domain(t)
	o := activeDirectory(s)
	d := open(t, o)
	reader := newUser("a-reader")
	reader.Set[directory.UserPrincipalName], reader.Password = "a-reader@school.test", password
	apply(t, d, reader)
	c := s.As(t)
	later := goldap.NewModifyRequest(dnOf(t, c, s, o, "User_a-reader"), nil)
	later.Replace("pwdLastSet", []string{"-1"})
	if err := c.Modify(later); err != nil {
		t.Fatal(err)
	}
	as := func(change func(*ldap.Options)) ldap.Options {
		o := activeDirectory(s)
		change(&o)
		return o
	}
	without := as(func(o *ldap.Options) { o.BindDN, o.Password = "a-reader@school.test", password })
	for name, test := range map[string]struct {
		options ldap.Options
		rule    string
	}{
		"missing right":     {without, directory.Refused},
		"container missing": {as(place("OU=North,{base}")), directory.NoContainer},
		"no such attribute": {as(attribute("noSuchAttribute")), directory.NoSchema},
	} {
		u := newUser("refused")
		u.Set[directory.UserPrincipalName] = "refused@school.test"
		outcomes, err := open(t, test.options).Apply(t.Context(), []directory.Change{u})
		if err != nil || outcomes[0].Verdict != directory.Later || outcomes[0].Rule != test.rule {
			t.Errorf("%s: %+v, %v", name, outcomes, err)
		}
	}
	fails(t, "wrong password", as(func(o *ldap.Options) { o.Password = "Another-of-a-test-7" }), fault.Denied, "the name or the password is wrong")
	fails(t, "no encryption", as(func(o *ldap.Options) { o.URL, o.Plain = s.Clear, true }), fault.Denied, "without encryption")
	startTLS := open(t, as(func(o *ldap.Options) { o.URL, o.StartTLS = s.Clear, true }))
	for _, f := range append(ldap.Check(t.Context(), o), startTLS.Try(t.Context())...) {
		if !f.OK && f.Subject != "encryption" { // the certificate of a test is good for a day
			t.Errorf("%+v", f)
		}
	}
}
