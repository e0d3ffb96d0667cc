package ldap_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/directory/ldap"
	"github.com/homeroomhq/homeroom/directory/ldap/ldaptest"
	"github.com/homeroomhq/homeroom/fault"
)

// through returns options for a server behind a proxy.
func through(p *ldaptest.Proxy, o ldap.Options) ldap.Options {
	o.URL, o.Plain = p.URL, true
	return o
}

// onBoth runs a test on both servers, each behind a proxy. people is the place of users.
func onBoth(t *testing.T, test func(t *testing.T, s *ldaptest.Server, p *ldaptest.Proxy, o ldap.Options)) {
	t.Run("OpenLDAP", func(t *testing.T) {
		s := ldaptest.Slapd(t, schema)
		p := ldaptest.NewProxy(t, s)
		test(t, s, p, through(p, openLDAP(s)))
	})
	t.Run("Active Directory", func(t *testing.T) {
		s := ldaptest.Domain(t)
		p := ldaptest.NewProxy(t, s)
		test(t, s, p, through(p, activeDirectory(s)))
	})
}

// dnOf returns where the entry of an object is.
func dnOf(t *testing.T, c *goldap.Conn, s *ldaptest.Server, o ldap.Options, anchor string) string {
	t.Helper()
	attribute := o.Profile.Classes[directory.User].Attributes[directory.AnchorID]
	found, err := c.Search(&goldap.SearchRequest{
		BaseDN: s.Base, Scope: goldap.ScopeWholeSubtree, Filter: "(" + attribute + "=" + anchor + ")", Attributes: []string{"1.1"},
	})
	if err != nil || len(found.Entries) != 1 {
		t.Fatalf("%s: %v, %v", anchor, found, err)
	}
	return found.Entries[0].DN
}

// TestOthers lets an administrator move, rename and delete entries, and make others in
// their place, while a directory that is open remembers them as they were.
func TestOthers(t *testing.T) { onBoth(t, testOthers) }

func testOthers(t *testing.T, s *ldaptest.Server, _ *ldaptest.Proxy, o ldap.Options) {
	c, d := s.As(t), open(t, o)
	var users []string
	for i := range 4 {
		users = append(users, apply(t, d, newUser(fmt.Sprint("u", i)))[0].ID)
	}
	id := apply(t, d, newGroup(directory.ClassGroup, "Section_1", users[:1]...))[0].ID
	lone := apply(t, d, newGroup(directory.SecurityGroup, "RoleGroup_1", users[:2]...))[0].ID
	move := func(anchor, rdn, parent string) {
		t.Helper()
		if err := c.ModifyDN(goldap.NewModifyDNRequest(dnOf(t, c, s, o, anchor), rdn, true, parent)); err != nil {
			t.Fatal(err)
		}
	}
	parent := func(anchor string) string {
		_, parent, _ := strings.Cut(dnOf(t, c, s, o, anchor), ",")
		return parent
	}

	// A group goes to another place under another name, and is written to all the same.
	move("Section_1", "cn=Mathematics", parent("RoleGroup_1"))
	apply(t, d, directory.Change{Kind: directory.ClassGroup, ID: id, Set: directory.Attributes{directory.Status: "Active"}, AddMembers: users[1:2]})
	if shown := observe(t, d, directory.ClassGroup)[id]; shown.Attributes[directory.Status] != "Active" || len(shown.Members) != 2 {
		t.Errorf("the group that was moved: %+v", shown)
	}

	// Another entry takes the place of one that is gone: it is not ours.
	before := dnOf(t, c, s, o, "RoleGroup_1")
	move("RoleGroup_1", "cn=Elsewhere", "")
	s.Add(t, c, before, stranger(o)...)
	apply(t, d, directory.Change{Kind: directory.SecurityGroup, ID: lone, Set: directory.Attributes{directory.DisplayName: "Ours"}})
	if name := entry(t, c, before).GetAttributeValue("displayName"); name == "Ours" {
		t.Error("a stranger in the place of our group was written to")
	}

	// Users are renamed or deleted underneath.
	rdn := "uid=renamed"
	if o.Profile.ActiveDirectory {
		rdn = "cn=renamed"
	}
	move("User_u2", rdn, "")
	if err := c.Del(goldap.NewDelRequest(dnOf(t, c, s, o, "User_u3"), nil)); err != nil {
		t.Fatal(err)
	}
	fresh := open(t, o) // as after a minute
	outcome := apply(t, fresh, directory.Change{Kind: directory.ClassGroup, ID: id, AddMembers: users[2:]})[0]
	if !slices.Equal(outcome.Missing, users[3:]) {
		t.Errorf("missing: %v", outcome.Missing)
	}
	outcome = apply(t, fresh, directory.Change{Kind: directory.ClassGroup, ID: id, AddMembers: users[:3]})[0]
	if len(outcome.OldMembers) != 3 || len(outcome.Missing) != 0 {
		t.Errorf("all of them once more: %+v", outcome)
	}

	// A group is deleted underneath.
	if err := c.Del(goldap.NewDelRequest(dnOf(t, c, s, o, "Section_1"), nil)); err != nil {
		t.Fatal(err)
	}
	for _, set := range []directory.Attributes{{directory.Status: "Expired"}, {directory.MailNickname: "Another"}} {
		outcomes, err := d.Apply(t.Context(), []directory.Change{{Kind: directory.ClassGroup, ID: id, Set: set, AddMembers: users[:1]}})
		if err != nil || outcomes[0].Verdict != directory.Never || outcomes[0].Rule != directory.ObjectMissing {
			t.Errorf("a group that is gone: %+v, %v", outcomes, err)
		}
	}
	apply(t, d, directory.Change{Kind: directory.ClassGroup, ID: id, Delete: true})
}

// stranger is a group that is none of ours.
func stranger(o ldap.Options) []string {
	if o.Profile.ActiveDirectory {
		return []string{"objectClass", "group", "sAMAccountName", "a-stranger", "displayName", "Theirs"}
	}
	return []string{"objectClass", "groupOfNames", "member", "cn=somebody"}
}

// TestAdopted writes to entries that were there before: a user and a group without a
// marker, which were given an anchor by hand, and keep what else they have.
func TestAdopted(t *testing.T) { onBoth(t, testAdopted) }

func testAdopted(t *testing.T, s *ldaptest.Server, _ *ldaptest.Proxy, o ldap.Options) {
	c, d := s.As(t), open(t, o)
	anchor := o.Profile.Classes[directory.User].Attributes[directory.AnchorID]
	users, groups := "ou=people,"+s.Base, "ou=groups,"+s.Base
	user := []string{"objectClass", "inetOrgPerson", "uid", "old", "cn", "Old", "sn", "Old", "title", "Prof.", "mail", "old@school.example"}
	group := []string{"objectClass", "groupOfNames", "objectClass", "homeroomObject", "description", "by hand", anchor, "RoleGroup_old"}
	if o.Profile.ActiveDirectory {
		users, groups = "OU=People,OU=Homeroom,"+s.Base, "OU=Groups,OU=Homeroom,"+s.Base
		user = []string{"objectClass", "user", "sAMAccountName", "old", "userPrincipalName", "old@school.test", "sn", "Old", "title", "Prof.", "mail", "old@school.example", "employeeID", "17", "userAccountControl", "514"}
		group = []string{"objectClass", "group", "objectClass", "msDS-CloudExtensions", "sAMAccountName", "oldgroup", "description", "by hand", anchor, "RoleGroup_old"}
	}
	s.Add(t, c, "cn=Old,"+users, user...)
	s.Add(t, c, "cn=Old group,"+groups, append(group, "member", "cn=Old,"+users)...)

	var id string
	for _, shown := range observe(t, d, directory.User) {
		if shown.Attributes[directory.Mail] != "old@school.example" {
			continue
		}
		id = shown.ID
		want := directory.Attributes{directory.UID: "old"}
		if o.Profile.ActiveDirectory {
			want = directory.Attributes{directory.SAMAccountName: "old", directory.EmployeeID: "17", directory.UserPrincipalName: "old@school.test", directory.AccountEnabled: "false"}
		}
		for name, text := range want {
			if shown.Attributes[name] != text {
				t.Errorf("%s of the stranger is %q, want %q", name, shown.Attributes[name], text)
			}
		}
	}
	apply(t, d, directory.Change{Kind: directory.User, ID: id, Set: directory.Attributes{directory.AnchorID: "User_old", directory.Grade: "07"}})
	apply(t, d, directory.Change{Kind: directory.User, ID: id, Set: directory.Attributes{directory.Grade: "08"}})
	if e := entry(t, c, "cn=Old,"+users); e.GetAttributeValue("title") != "Prof." || e.GetAttributeValue("mail") != "old@school.example" {
		t.Errorf("the user lost something: %v", e.Attributes)
	}

	if shown := observe(t, d, directory.SecurityGroup); len(shown) > 0 {
		t.Errorf("a group without a marker is shown: %v", shown)
	}
	found, err := d.Find(t.Context(), directory.SecurityGroup, []string{"RoleGroup_old"})
	if err != nil || len(found) != 1 || !slices.Equal(found[0].Members, []string{id}) {
		t.Fatalf("%+v, %v", found, err)
	}
	outcome := apply(t, d, directory.Change{
		Kind: directory.SecurityGroup, ID: found[0].ID, Set: directory.Attributes{directory.DisplayName: "All Students"}, AddMembers: []string{id},
	})[0]
	if !slices.Equal(outcome.OldMembers, []string{id}) {
		t.Errorf("%+v", outcome)
	}
	shown := observe(t, d, directory.SecurityGroup)[found[0].ID]
	if shown.Attributes[directory.DisplayName] != "All Students" || entry(t, c, "cn=Old group,"+groups).GetAttributeValue("description") != "by hand" {
		t.Errorf("%+v", shown)
	}
	if other, err := d.Find(t.Context(), directory.ClassGroup, []string{"RoleGroup_old"}); err != nil || len(other) > 0 {
		t.Errorf("it is of one kind now, and found as another: %v, %v", other, err)
	}
}

// TestRenamedBack gives a group another name, and a value that the server refuses: it keeps
// both.
func TestRenamedBack(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	o := openLDAP(s)
	o.Profile.Classes[directory.ClassGroup].Attributes[directory.Status] = "seeAlso" // which holds names of entries
	d := open(t, o)
	id := apply(t, d, newGroup(directory.ClassGroup, "Section_1"))[0].ID
	change := directory.Change{Kind: directory.ClassGroup, ID: id, Set: directory.Attributes{directory.MailNickname: "Exp0826_Section_1", directory.Status: "Expired"}}
	outcomes, err := d.Apply(t.Context(), []directory.Change{change})
	if err != nil || outcomes[0].Verdict != directory.Never || outcomes[0].Rule != directory.InvalidValue {
		t.Errorf("%+v, %v", outcomes, err)
	}
	entry(t, s.As(t), "cn=Section_1,ou=classes,"+s.Base)
	delete(change.Set, directory.Status)
	apply(t, d, change)
	entry(t, s.As(t), "cn=Exp0826_Section_1,ou=classes,"+s.Base)
}

// TestRange has a group of 2,500 people on a server that shows 1,500 of them at a time, as
// Active Directory does.
func TestRange(t *testing.T) { onBoth(t, testRange) }

func testRange(t *testing.T, s *ldaptest.Server, p *ldaptest.Proxy, o ldap.Options) {
	const people = 2500
	p.Values = 1500
	c, d := s.As(t), open(t, o)
	for i := range people {
		name := fmt.Sprint("p", i)
		if o.Profile.ActiveDirectory {
			s.Add(t, c, "cn="+name+",OU=People,OU=Homeroom,"+s.Base, "objectClass", "user", "sAMAccountName", name)
		} else {
			s.Add(t, c, "uid="+name+",ou=people,"+s.Base, "objectClass", "inetOrgPerson", "cn", name, "sn", name)
		}
	}
	var ids []string
	for id := range observe(t, d, directory.User) {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	group := apply(t, d, newGroup(directory.SecurityGroup, "RoleGroup_all"))[0].ID
	p.Counts()
	for some := range slices.Chunk(ids, d.Abilities().Members) {
		apply(t, d, directory.Change{Kind: directory.SecurityGroup, ID: group, AddMembers: some})
	}
	counts := p.Counts()
	if counts["modifyRequest"] != people/d.Abilities().Members || counts["searchRequest"] > 0 {
		t.Errorf("to add %d members took %v", people, counts)
	}
	if shown := observe(t, d, directory.SecurityGroup)[group]; !slices.Equal(shown.Members, ids) {
		t.Errorf("%d of %d members are shown", len(shown.Members), people)
	}
	outcome := apply(t, d, directory.Change{Kind: directory.SecurityGroup, ID: group, AddMembers: ids[:400], RemoveMembers: ids[2450:]})[0]
	slices.Sort(outcome.OldMembers)
	if !slices.Equal(outcome.OldMembers, ids[:400]) {
		t.Errorf("%d members were there", len(outcome.OldMembers))
	}
	found, err := d.Find(t.Context(), directory.SecurityGroup, []string{"RoleGroup_all"})
	if err != nil || len(found) != 1 || !slices.Equal(found[0].Members, ids[:2450]) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestRequests counts what changes cost: one search for all names and one for all new ids
// of a call, and one request for each change.
func TestRequests(t *testing.T) { onBoth(t, testRequests) }

func testRequests(t *testing.T, _ *ldaptest.Server, p *ldaptest.Proxy, o ldap.Options) {
	o.Connections = 1
	d := open(t, o)
	var users []directory.Change
	for i := range 50 {
		users = append(users, newUser(fmt.Sprint("u", i)))
	}
	p.Counts()
	cost := func(name string, want map[string]int, changes ...directory.Change) []string {
		t.Helper()
		var ids []string
		for _, outcome := range apply(t, d, changes...) {
			ids = append(ids, outcome.ID)
		}
		have := p.Counts()
		delete(have, "bindRequest")
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +have):\n%s", name, diff)
		}
		return ids
	}
	searches := 2
	if o.Profile.ActiveDirectory {
		searches = 1 // all names are the server's affair
	}
	ids := cost("50 users", map[string]int{"addRequest": 50, "searchRequest": searches}, users...)
	group := cost("a group", map[string]int{"addRequest": 1, "searchRequest": 1}, newGroup(directory.ClassGroup, "Section_1", ids[:20]...))[0]
	change := directory.Change{Kind: directory.ClassGroup, ID: group, Set: directory.Attributes{directory.Status: "Active"}, AddMembers: ids[20:40], RemoveMembers: ids[:10]}
	cost("values, additions and removals", map[string]int{"modifyRequest": 1}, change)
	cost("the same again", map[string]int{"modifyRequest": 2, "searchRequest": 1}, change)
	cost("a user", map[string]int{"modifyRequest": 1}, directory.Change{Kind: directory.User, ID: ids[0], Set: directory.Attributes{directory.Grade: "07"}})
	for _, err := range d.Observe(t.Context(), directory.User, directory.Brief) {
		if err != nil {
			t.Error(err)
		}
	}
	if counts := p.Counts(); counts["searchRequest"] != 1 {
		t.Errorf("all users took %v", counts)
	}
}

// TestBroken lets connections break before and after the server did what it was asked. The
// suite's own loops end with every object once, and as desired.
func TestBroken(t *testing.T) { onBoth(t, testBroken) }

func testBroken(t *testing.T, _ *ldaptest.Server, p *ldaptest.Proxy, o ldap.Options) {
	d := open(t, o)
	writes := []string{"addRequest", "modifyRequest", "delRequest", "modDNRequest"}
	for i, fate := range []ldaptest.Fate{ldaptest.Lost, ldaptest.Unheard} {
		name := fmt.Sprint("broken", i)
		p.Fate = func(request string, _ int) ldaptest.Fate {
			if slices.Contains(writes, request) {
				return fate
			}
			return ldaptest.Passes
		}
		if _, err := d.Apply(t.Context(), []directory.Change{newUser(name)}); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("fate %d: %v", fate, err)
		}
		p.Fate = nil
		found, err := d.Find(t.Context(), directory.User, []string{"User_" + name})
		if err != nil || len(found) != int(fate)-1 {
			t.Errorf("fate %d: %d are there, %v", fate, len(found), err)
		}
	}

	// The server has no time: again later, and nothing is done.
	p.Fate = func(request string, _ int) ldaptest.Fate {
		if request == "addRequest" {
			return ldaptest.Busy
		}
		return ldaptest.Passes
	}
	outcomes, err := d.Apply(t.Context(), []directory.Change{newUser("busy")})
	if err != nil || outcomes[0].Verdict != directory.Retry || outcomes[0].Rule != directory.TargetBusy || outcomes[0].Wait == 0 {
		t.Errorf("busy: %+v, %v", outcomes, err)
	}

	// Connections end after each answer: nobody notices.
	p.Fate = func(request string, _ int) ldaptest.Fate {
		if request != "bindRequest" {
			return ldaptest.EndsAfter
		}
		return ldaptest.Passes
	}
	for range 3 {
		if _, err := d.Find(t.Context(), directory.User, []string{"User_busy"}); err != nil {
			t.Error(err)
		}
	}
	p.Fate = nil

	if _, err := d.Find(t.Context(), directory.User, []string{"User_busy"}); err != nil { // on a new connection
		t.Error(err)
	}

	// While a call waits, the context ends.
	ctx, cancel := context.WithCancel(t.Context())
	p.Fate = func(request string, _ int) ldaptest.Fate {
		if request == "addRequest" {
			cancel()
		}
		return ldaptest.Passes
	}
	if _, err := d.Apply(ctx, []directory.Change{newUser("late")}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	p.Fate = nil
	apply(t, d, newUser("fine"))
}

// TestHarsh makes groups while one request in ten is lost or not heard of, and calls come
// twice: looking by anchor before a creation is repeated ends with each group once.
func TestHarsh(t *testing.T) { onBoth(t, testHarsh) }

func testHarsh(t *testing.T, _ *ldaptest.Server, p *ldaptest.Proxy, o ldap.Options) {
	target := open(t, o)
	p.Fate = func(request string, before int) ldaptest.Fate {
		switch {
		case request == "bindRequest", request == "unbindRequest":
			return ldaptest.Passes
		case before%11 == 7:
			return ldaptest.Lost
		case before%13 == 5 && request != "searchRequest":
			return ldaptest.Unheard
		}
		return ldaptest.Passes
	}
	var last error
	d := directorytest.Disturb(target, directorytest.Faults{Throttled: 0.2, Twice: 0.2}, 1)
	for i := range 40 {
		key := fmt.Sprint("Section_", i)
		for range 20 {
			if found, err := d.Find(t.Context(), directory.ClassGroup, []string{key}); err == nil && len(found) > 0 {
				break
			}
			_, last = d.Apply(t.Context(), []directory.Change{newGroup(directory.ClassGroup, key)})
		}
	}
	p.Fate = nil
	shown := observe(t, target, directory.ClassGroup)
	keys := make(map[string]bool)
	for _, o := range shown {
		keys[o.Anchor()] = true
	}
	if len(shown) != 40 || len(keys) != 40 {
		t.Errorf("%d groups with %d keys; the last error is %v", len(shown), len(keys), last)
	}
}

// TestRestart stops the server and starts it again, with connections open.
func TestRestart(t *testing.T) {
	s := ldaptest.Slapd(t, schema)
	d := open(t, openLDAP(s))
	id := apply(t, d, newUser("ada"))[0].ID
	s.Stop()
	change := directory.Change{Kind: directory.User, ID: id, Set: directory.Attributes{directory.Grade: "07"}}
	if _, err := d.Apply(t.Context(), []directory.Change{change}); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("without a server: %v", err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	apply(t, d, change)
	if shown := observe(t, d, directory.User)[id]; shown.Attributes[directory.Grade] != "07" {
		t.Errorf("%+v", shown)
	}
}
