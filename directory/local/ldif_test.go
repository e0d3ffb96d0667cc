package local_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/go-ldap/ldif"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/local"
)

// TestLDIF has any directory read again by the reader of an LDAP library, and
// compares who is there, what they are called, and who is where.
func TestLDIF(t *testing.T) { onBoth(t, testLDIF) }

func testLDIF(t *testing.T, address string) {
	db := openDB(t, address)
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		d := openTenant(t, db, fmt.Sprint("tenant ", round))
		load(rt, d, drawDocument(rt))
		var text strings.Builder
		if err := d.WriteLDIF(t.Context(), &text, "ou=Lake\\, East,dc=school,dc=example"); err != nil {
			rt.Fatal(err)
		}
		refuseBadLines(rt, text.String())
		parsed, err := ldif.Parse(text.String())
		if err != nil {
			rt.Fatalf("%v\n%s", err, text.String())
		}
		doc, err := d.Export(t.Context(), false)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := gocmp.Diff(expected(doc), found(rt, parsed)); diff != "" {
			rt.Fatalf("read again (-want +got):\n%s\n%s", diff, text.String())
		}
	})
}

// refuseBadLines fails on lines that are too long or not plain ASCII.
func refuseBadLines(t *rapid.T, text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > 76 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("line %q", line)
		}
	}
}

// person and circle are what is compared of users and of groups.
type person struct{ UPN, Name, Surname string }

type circle struct {
	Kind, Name      string
	Owners, Members []string // userPrincipalNames
}

// expected is what the LDIF of a directory ought to say.
func expected(doc local.Document) (all struct {
	People  []person
	Circles []circle
}) {
	upns := make(map[string]string)
	for _, u := range doc.Users {
		if !*u.Deleted {
			name, upn := u.Attributes["displayName"].(string), u.Attributes["userPrincipalName"].(string)
			upns[u.ID] = upn
			all.People = append(all.People, person{upn, name, name})
		}
	}
	people := func(ids []string) []string {
		names := []string{}
		for _, id := range ids {
			if upns[id] != "" {
				names = append(names, upns[id])
			}
		}
		slices.Sort(names)
		return names
	}
	for kind, groups := range map[string][]local.Entry{"securityGroups": doc.SecurityGroups, "classGroups": doc.ClassGroups} {
		for _, g := range groups {
			all.Circles = append(all.Circles, circle{kind, g.Attributes["displayName"].(string), people(g.Owners), people(g.Members)})
		}
	}
	sortAll(all.People, all.Circles)
	return all
}

// found is what the LDIF says.
func found(t *rapid.T, parsed *ldif.LDIF) (all struct {
	People  []person
	Circles []circle
}) {
	for _, e := range parsed.AllEntries() {
		dn, err := ldap.ParseDN(e.DN)
		if err != nil {
			t.Fatalf("%s: %v", e.DN, err)
		}
		own := dn.RDNs[0].Attributes[0]
		if !slices.Contains(e.GetAttributeValues(own.Type), own.Value) {
			t.Fatalf("%s lacks the value that it is named by", e.DN)
		}
		switch classes := e.GetAttributeValues("objectClass"); {
		case slices.Contains(classes, "inetOrgPerson"):
			all.People = append(all.People, person{e.GetAttributeValue("uid"), e.GetAttributeValue("cn"), e.GetAttributeValue("sn")})
		case slices.Contains(classes, "groupOfNames"):
			names := e.GetAttributeValues("cn")
			all.Circles = append(all.Circles, circle{
				dn.RDNs[1].Attributes[0].Value, names[len(names)-1],
				uids(t, e, "owner"), uids(t, e, "member"),
			})
		}
	}
	sortAll(all.People, all.Circles)
	return all
}

// uids returns the names of the users that an attribute of an entry names.
func uids(t *rapid.T, e *ldap.Entry, attribute string) []string {
	names := []string{}
	for _, text := range e.GetAttributeValues(attribute) {
		if text == e.DN {
			continue // a group without members
		}
		dn, err := ldap.ParseDN(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		names = append(names, dn.RDNs[0].Attributes[0].Value)
	}
	slices.Sort(names)
	return names
}

func sortAll(people []person, circles []circle) {
	slices.SortFunc(people, func(a, b person) int { return cmp.Compare(a.UPN, b.UPN) })
	slices.SortFunc(circles, func(a, b circle) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// What is odd in LDIF and in distinguished names comes through.
func TestLDIFOddValues(t *testing.T) {
	d := open(t)
	odd := []string{" leading", "trailing ", ":colon", "<less", "#hash", "a,b+c=d;e\\f\"g", strings.Repeat("long ", 40) + ".", "two\nlines", "שרה"}
	for i, name := range odd {
		apply(t, d, directory.Change{Kind: directory.ClassGroup, Set: directory.Attributes{
			directory.AnchorID: name, directory.DisplayName: "class", directory.MailNickname: fmt.Sprint("class", i), directory.Grade: name,
		}})
	}
	var text strings.Builder
	if err := d.WriteLDIF(t.Context(), &text, "dc=school"); err != nil {
		t.Fatal(err)
	}
	parsed, err := ldif.Parse(text.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	var names []string
	for _, e := range parsed.AllEntries() {
		dn, err := ldap.ParseDN(e.DN)
		if err != nil {
			t.Fatalf("%s: %v", e.DN, err)
		}
		if values := e.GetAttributeValues("cn"); len(values) > 0 {
			if got := dn.RDNs[0].Attributes[0].Value; got != values[0] {
				t.Errorf("called %q, and %q in its name", values[0], got)
			}
			names = append(names, values[0])
		}
	}
	slices.Sort(odd)
	if diff := gocmp.Diff(odd, names); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, text.String())
	}
}
