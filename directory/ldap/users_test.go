package ldap_test

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
)

// signIn tries to sign in as somebody.
func signIn(t *testing.T, s *ldaptest.Server, who, password string) error {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.Authority.PEM)
	c, err := goldap.DialURL(s.URL, goldap.DialWithTLSConfig(&tls.Config{RootCAs: pool}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.Bind(who, password)
}

const password = `Correct-"horse"-ü-7`

func TestPasswordOpenLDAP(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	d := open(t, openLDAP(s))
	ada := newUser("ada")
	ada.Password = password
	apply(t, d, ada, newUser("bob"))
	dn := "uid=ada,ou=people," + s.Base
	if err := signIn(t, s, dn, password); err != nil {
		t.Error(err)
	}
	if err := signIn(t, s, dn, "another"); err == nil {
		t.Error("another password will do")
	}
	e := entry(t, s.As(t), dn)
	if kept := e.GetAttributeValue("userPassword"); !strings.HasPrefix(kept, "{SSHA}") {
		t.Errorf("the server keeps %s", kept)
	}
	if kept := entry(t, s.As(t), "uid=bob,ou=people,"+s.Base).GetAttributeValues("userPassword"); len(kept) > 0 {
		t.Errorf("a user without a password has %v", kept)
	}
	clear := openLDAP(s)
	clear.Profile.PasswordHash = "clear"
	cy := newUser("cy")
	cy.Password = password
	apply(t, open(t, clear), cy)
	if err := signIn(t, s, "uid=cy,ou=people,"+s.Base, password); err != nil {
		t.Error(err)
	}
}

func TestPasswordActiveDirectory(t *testing.T) {
	s := ldaptest.Domain(t)
	d := open(t, activeDirectory(s))
	ada := newUser("pw-ada-with-a-name-of-more-than-twenty")
	ada.Set[directory.UserPrincipalName] = "pw-ada@school.test"
	ada.Password = password
	bob := newUser("pw-bob")
	bob.Set[directory.UserPrincipalName] = "pw-bob@school.test"
	weak := newUser("pw-weak")
	weak.Password = "1"
	apply(t, d, ada, bob)
	if err := signIn(t, s, "pw-ada@school.test", password); err == nil || !strings.Contains(err.Error(), "773") {
		t.Errorf("the password need not be changed: %v", err)
	}
	c := s.As(t)
	dn := dnOf(t, c, s, activeDirectory(s), "User_"+ada.Set[directory.MailNickname])
	later := goldap.NewModifyRequest(dn, nil)
	later.Replace("pwdLastSet", []string{"-1"})
	if err := c.Modify(later); err != nil {
		t.Fatal(err)
	}
	if err := signIn(t, s, "pw-ada@school.test", password); err != nil {
		t.Error(err)
	}
	e := entry(t, c, dn)
	if name := e.GetAttributeValue("sAMAccountName"); len(name) != 20 || e.GetAttributeValue("userAccountControl") != "512" {
		t.Errorf("%s, %s", name, e.GetAttributeValue("userAccountControl"))
	}
	outcomes, err := d.Apply(t.Context(), []directory.Change{weak})
	if err != nil || outcomes[0].Verdict != directory.Later || !strings.Contains(outcomes[0].Message, "password") {
		t.Errorf("a weak password: %+v, %v", outcomes, err)
	}

	// The account is disabled and enabled again; its other bits stay.
	id := ""
	for _, o := range observe(t, d, directory.User) {
		if o.Anchor() == ada.Set[directory.AnchorID] {
			id = o.ID
		}
	}
	never := goldap.NewModifyRequest(dn, nil)
	never.Replace("userAccountControl", []string{"66048"}) // the password never expires
	if err := c.Modify(never); err != nil {
		t.Fatal(err)
	}
	for _, step := range [][2]string{{"false", "66050"}, {"false", "66050"}, {"true", "66048"}} {
		apply(t, d, directory.Change{Kind: directory.User, ID: id, Set: directory.Attributes{directory.AccountEnabled: step[0]}})
		if bits := entry(t, c, dn).GetAttributeValue("userAccountControl"); bits != step[1] {
			t.Errorf("accountEnabled %s: %s", step[0], bits)
		}
	}
}

// TestPlaces puts users where their organization is, and leaves them there.
func TestPlaces(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	c := s.As(t)
	for _, dn := range []string{"ou=110001,ou=people,", "ou=North,ou=people,"} {
		s.Add(t, c, dn+s.Base, "objectClass", "organizationalUnit")
	}
	o := openLDAP(s)
	users := o.Profile.Classes[directory.User]
	users.Container, users.Places = "ou={org},ou=people,{base}", map[string]string{"110002": "ou=North,ou=people,{base}"}
	o.Profile.Classes[directory.User] = users
	d := open(t, o)
	for org, want := range map[string]string{"110001": "ou=110001", "110002": "ou=North"} {
		u := newUser("user" + org)
		u.Org = org
		id := apply(t, d, u)[0].ID
		apply(t, d, directory.Change{Kind: directory.User, ID: id, Org: "110001", Set: directory.Attributes{directory.SourceSchoolID: "110001"}})
		if dn := dnOf(t, c, s, o, "User_user"+org); dn != "uid=user"+org+","+want+",ou=people,"+s.Base {
			t.Errorf("%s: %s", org, dn)
		}
	}
}

// TestPrivileged sees who has administrative rights, or is somebody else's.
func TestPrivileged(t *testing.T) {
	onBoth(t, func(t *testing.T, s *ldaptest.Server, _ *ldaptest.Proxy, o ldap.Options) {
		c := s.As(t)
		names := []string{"plain", "admin", "guest"}
		for _, name := range names {
			if o.Profile.ActiveDirectory {
				pairs := []string{"objectClass", "user", "sAMAccountName", "pr-" + name, "mail", name}
				if name == "admin" {
					pairs = append(pairs, "adminCount", "1")
				}
				s.Add(t, c, "CN="+name+",OU=People,OU=Homeroom,"+s.Base, append(pairs, "employeeType", name)...)
			} else {
				s.Add(t, c, "uid="+name+",ou=people,"+s.Base, "objectClass", "inetOrgPerson", "cn", name, "sn", name, "mail", name, "employeeType", name)
			}
		}
		if !o.Profile.ActiveDirectory {
			o.Profile.Privileged = []string{"employeeType=admin"}
		}
		o.Profile.Guests = []string{"employeeType=guest"}
		for _, view := range []directory.View{directory.Whole, directory.Brief} {
			n := 0
			for u, err := range open(t, o).Observe(t.Context(), directory.User, view) {
				if err != nil {
					t.Fatal(err)
				}
				if u.DirectoryRole {
					n++
				}
				if u.Guest {
					n += 10
				}
				if mail := u.Attributes[directory.Mail]; view == directory.Whole && (u.DirectoryRole != (mail == "admin") || u.Guest != (mail == "guest")) {
					t.Errorf("%+v", u)
				}
			}
			if n != 11 {
				t.Errorf("%s: %d", view, n)
			}
		}
	})
}

// TestGroupClasses has groups of other classes than groupOfNames. One that may be empty has
// no placeholder.
func TestGroupClasses(t *testing.T) {
	s := ldaptest.Slapd(t, schema, "testdata/groupofmembers.ldif")
	for class, empty := range map[string][]string{
		"groupOfMembers": nil, "groupOfUniqueNames": {"cn=nobody," + s.Base}, "groupOfNames": {"cn=nobody," + s.Base},
	} {
		o := openLDAP(s)
		o.Profile = o.Profile.WithGroups(class)
		d := open(t, o)
		user := apply(t, d, newUser("member-of-a-"+class))[0].ID
		id := apply(t, d, newGroup(directory.ClassGroup, "Section_"+class))[0].ID
		read := func() []string {
			return entry(t, s.As(t), "cn=Section_"+class+",ou=classes,"+s.Base).GetAttributeValues(o.Profile.Member)
		}
		if diff := cmp.Diff(empty, read(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s without members (-want +have):\n%s", class, diff)
		}
		people := []string{user}
		apply(t, d, directory.Change{Kind: directory.ClassGroup, ID: id, AddMembers: people, AddOwners: people})
		if shown := observe(t, d, directory.ClassGroup)[id]; !slices.Equal(shown.Members, people) || !slices.Equal(shown.Owners, people) || len(read()) != 1 {
			t.Errorf("%s: %+v", class, shown)
		}
		apply(t, d, directory.Change{Kind: directory.ClassGroup, ID: id, RemoveMembers: people})
		if diff := cmp.Diff(empty, read(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s without members again (-want +have):\n%s", class, diff)
		}
	}
}
