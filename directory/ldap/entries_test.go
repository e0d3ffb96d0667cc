package ldap_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
)

// strangers adds users to OpenLDAP that Homeroom has nothing to do with.
func strangers(t *testing.T, s *ldaptest.Server, c *goldap.Conn, n int) {
	t.Helper()
	for i := range n {
		name := fmt.Sprint("stranger", i)
		s.Add(t, c, "uid="+name+",ou=people,"+s.Base, "objectClass", "inetOrgPerson", "uid", name, "cn", "Ada Lovelace", "sn", "Lovelace", "mail", name+"@school.example")
	}
}

func observe(t *testing.T, d *ldap.Directory, kind directory.Kind) map[string]directory.Object {
	t.Helper()
	all := make(map[string]directory.Object)
	for o, err := range d.Observe(t.Context(), kind, directory.Whole) {
		if err != nil {
			t.Fatal(err)
		}
		all[o.ID] = o
	}
	return all
}

// apply carries out changes, which have to succeed, and returns their outcomes.
func apply(t *testing.T, d *ldap.Directory, changes ...directory.Change) []directory.Outcome {
	t.Helper()
	var all []directory.Outcome
	for some := range slices.Chunk(changes, d.Abilities().PerCall) {
		outcomes, err := d.Apply(t.Context(), some)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range outcomes {
			if o.Verdict != directory.Done {
				t.Fatalf("%s %v: %+v", some[i].Kind, some[i].Set, o)
			}
		}
		all = append(all, outcomes...)
	}
	return all
}

func newUser(name string) directory.Change {
	return directory.Change{Kind: directory.User, Set: directory.Attributes{
		directory.AnchorID: "User_" + name, directory.MailNickname: name, directory.UserPrincipalName: name + "@school.example",
		directory.GivenName: "Ada", directory.Surname: "Lovelace", directory.DisplayName: "Ada Lovelace", directory.AccountEnabled: "true",
	}}
}

func newGroup(kind directory.Kind, key string, members ...string) directory.Change {
	set := directory.Attributes{directory.AnchorID: key, directory.DisplayName: "Algebra"}
	if kind == directory.ClassGroup {
		set[directory.MailNickname] = key
	}
	return directory.Change{Kind: kind, Set: set, AddMembers: members}
}

// entry reads an entry as the administrator.
func entry(t *testing.T, c *goldap.Conn, dn string) *goldap.Entry {
	t.Helper()
	found, err := c.Search(&goldap.SearchRequest{BaseDN: dn, Scope: goldap.ScopeBaseObject, Filter: "(objectClass=*)", Attributes: []string{"*", "+"}})
	if err != nil || len(found.Entries) != 1 {
		t.Fatalf("%s: %v", dn, err)
	}
	return found.Entries[0]
}

// TestStrangers works in a directory with ten thousand others, who are the same afterwards.
func TestStrangers(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	c := s.As(t)
	strangers(t, s, c, 10_000)
	s.Add(t, c, "cn=staff,ou=groups,"+s.Base, "objectClass", "groupOfNames", "cn", "staff", "member", "uid=stranger1,ou=people,"+s.Base)
	everything := func() map[string]string {
		found, err := c.SearchWithPaging(&goldap.SearchRequest{
			BaseDN: s.Base, Scope: goldap.ScopeWholeSubtree, Filter: "(!(homeroomAnchorId=*))", Attributes: []string{"*", "entryCSN"},
		}, 1000)
		if err != nil {
			t.Fatal(err)
		}
		all := make(map[string]string)
		for _, e := range found.Entries {
			all[e.DN] = e.GetAttributeValue("entryCSN")
		}
		return all
	}
	before := everything()
	d := open(t, openLDAP(s))
	if n := len(observe(t, d, directory.User)); n != 10_000 {
		t.Fatalf("%d users are shown", n)
	}
	var users []string
	for _, o := range apply(t, d, newUser("ada"), newUser("bob")) {
		users = append(users, o.ID)
	}
	for _, kind := range directory.Kinds()[1:] {
		group := apply(t, d, newGroup(kind, "Key_1", users...))[0].ID
		apply(t, d, directory.Change{Kind: kind, ID: group, RemoveMembers: users})
		if shown := observe(t, d, kind); len(shown) != 1 || len(shown[group].Members) != 0 {
			t.Errorf("%s: %v", kind, shown)
		}
	}
	for _, taken := range []directory.Change{newUser("stranger7"), newUser("STRANGER7")} {
		outcomes, err := d.Apply(t.Context(), []directory.Change{taken})
		if err != nil || outcomes[0].Rule != directory.NameConflict {
			t.Errorf("a stranger's name: %+v, %v", outcomes, err)
		}
	}
	d.Try(t.Context())
	if diff := cmp.Diff(before, everything()); diff != "" {
		t.Errorf("strangers changed (-before +after):\n%s", diff)
	}
}

// TestOddNames makes entries whose names need every escape that there is, puts them into a
// group, renames them, and takes them out again.
func TestOddNames(t *testing.T) {
	t.Run("OpenLDAP", func(t *testing.T) { testOddNames(t, open(t, openLDAP(ldaptest.Slapd(t, schema)))) })
	t.Run("Active Directory", func(t *testing.T) { testOddNames(t, open(t, activeDirectory(ldaptest.Domain(t)))) })
}

func testOddNames(t *testing.T, d *ldap.Directory) {
	names := []string{
		`Doe, Jane`, `"Bo" O'Brien`, ` leading`, `trailing `, `#sharp`, `a+b=c`, `back\slash`, `semi;colon <x>`, `Žofie Łukasz`, `王小明`, `שיעור`, `x`,
		`(paren)*`, `a  b`,
	}
	var users []string
	for i, name := range names {
		u := newUser(fmt.Sprint("odd", i))
		u.Set[directory.MailNickname], u.Set[directory.DisplayName] = name, strings.Repeat("é", 256)
		u.Set[directory.AnchorID] = "User_" + name
		users = append(users, apply(t, d, u)[0].ID)
	}
	slices.Sort(users)
	group := newGroup(directory.ClassGroup, "Section_"+strings.Repeat("ü,", 150), users...)
	group.AddOwners = users
	group.Set[directory.MailNickname] = directory.Nickname(group.Set[directory.AnchorID])
	id := apply(t, d, group)[0].ID
	same := func(want directory.Object) {
		t.Helper()
		found, err := d.Find(t.Context(), directory.ClassGroup, []string{group.Set[directory.AnchorID]})
		if err != nil || len(found) != 1 {
			t.Fatalf("%d found, %v", len(found), err)
		}
		if diff := cmp.Diff(want.Members, found[0].Members) + cmp.Diff(want.Owners, found[0].Owners); diff != "" || found[0].ID != id {
			t.Errorf("the group (-want +have):\n%s", diff)
		}
	}
	same(directory.Object{Members: users, Owners: users})
	for _, user := range users { // equal names for all
		apply(t, d, directory.Change{Kind: directory.User, ID: user, Set: directory.Attributes{directory.DisplayName: "Ada Lovelace"}})
	}
	apply(t, d, directory.Change{Kind: directory.ClassGroup, ID: id, RemoveMembers: users[1:], RemoveOwners: users[:1]})
	same(directory.Object{Members: users[:1], Owners: users[1:]})
	for _, name := range names {
		found, err := d.Find(t.Context(), directory.User, []string{"User_" + name})
		if err != nil || len(found) != 1 || found[0].Attributes[directory.MailNickname] != name {
			t.Errorf("%q: %v, %v", name, found, err)
		}
	}
}

// TestLongValues has names of 300 characters: OpenLDAP takes them, Active Directory
// refuses them with a rule, and nothing is left of them.
func TestLongValues(t *testing.T) {
	long := newUser("long")
	long.Set[directory.DisplayName] = strings.Repeat("é", 300)
	apply(t, open(t, openLDAP(ldaptest.Slapd(t, schema))), long)

	d := open(t, activeDirectory(ldaptest.Domain(t)))
	outcomes, err := d.Apply(t.Context(), []directory.Change{long})
	if err != nil || outcomes[0].Verdict != directory.Never || outcomes[0].Rule != directory.InvalidValue {
		t.Errorf("%+v, %v", outcomes, err)
	}
	if found, err := d.Find(t.Context(), directory.User, []string{"User_long"}); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// TestPlaceholder follows the member of a group without any: it is there as long as nobody
// else is, and is never shown.
func TestPlaceholder(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	c := s.As(t)
	nobody := "cn=nobody," + s.Base
	d := open(t, openLDAP(s))
	var users []string
	for i := range 3 {
		users = append(users, apply(t, d, newUser(fmt.Sprint("u", i)))[0].ID)
	}
	slices.Sort(users)
	id := apply(t, d, newGroup(directory.ClassGroup, "Section_1"))[0].ID
	step := func(name string, d *ldap.Directory, change directory.Change, want []string) {
		t.Helper()
		change.Kind, change.ID = directory.ClassGroup, id
		apply(t, d, change)
		members := entry(t, c, "cn=Section_1,ou=classes,"+s.Base).GetAttributeValues("member")
		if padded := slices.Contains(members, nobody); padded != (len(want) == 0) || len(members) != max(1, len(want)) {
			t.Errorf("%s: the entry has %v", name, members)
		}
		if diff := cmp.Diff(want, observe(t, d, directory.ClassGroup)[id].Members); diff != "" {
			t.Errorf("%s (-want +have):\n%s", name, diff)
		}
	}
	step("the first", d, directory.Change{AddMembers: users[:1]}, users[:1])
	step("another", d, directory.Change{AddMembers: users[1:]}, users)
	step("all go", d, directory.Change{RemoveMembers: users}, nil)
	step("the same again", d, directory.Change{RemoveMembers: users}, nil)
	other := open(t, openLDAP(s)) // which knows nothing of the group
	step("somebody comes", other, directory.Change{AddMembers: users[:2]}, users[:2])
	step("one stays", d, directory.Change{RemoveMembers: users[1:]}, users[:1])
	step("the last one goes, and another one comes", other, directory.Change{RemoveMembers: users[:1], AddMembers: users[1:]}, users[1:])
	step("both ways", d, directory.Change{RemoveMembers: users, AddMembers: users}, nil)
}

// TestManyGroups has a person in three hundred groups, and a group of 2,500 people.
func TestManyGroups(t *testing.T) {
	t.Run("OpenLDAP", func(t *testing.T) { testManyGroups(t, open(t, openLDAP(ldaptest.Slapd(t, schema)))) })
	t.Run("Active Directory", func(t *testing.T) { testManyGroups(t, open(t, activeDirectory(ldaptest.Domain(t)))) })
}

func testManyGroups(t *testing.T, d *ldap.Directory) {
	user := apply(t, d, newUser("ada"))[0].ID
	var changes []directory.Change
	for i := range 300 {
		changes = append(changes, newGroup(directory.SecurityGroup, fmt.Sprint("RoleGroup_", i), user))
	}
	apply(t, d, changes...)
	for id, o := range observe(t, d, directory.SecurityGroup) {
		if !slices.Equal(o.Members, []string{user}) {
			t.Errorf("%s has %v", id, o.Members)
		}
	}
}
