package ldap

import (
	"strings"
	"testing"

	goldap "github.com/go-ldap/ldap/v3"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
)

func TestLoginName(t *testing.T) {
	for name, want := range map[string]string{
		"ada.lovelace":          "ada.lovelace",
		"exactly-twenty-chars":  "exactly-twenty-chars",
		"one-more-than-twenty1": "one-more-th_e006d6af",
		"ONE-MORE-THAN-TWENTY1": "ONE-MORE-TH_e006d6af", // one name for servers that fold case
		"2024/5A+B":             "2024_5A_B_9c506570",
		"dot.":                  "dot_d65b1836",
		"Žofie Łukasz":          "Žofie_Łukas_74feb6b4",
	} {
		if got := loginName(name, 20); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(1, 80, -1).Draw(t, "name")
		got := loginName(name, 20)
		if n := len([]rune(got)); n > 20 || n == 0 || strings.ContainsAny(got, `"/\[]:;|=,+*?<>@ `) || strings.HasSuffix(got, ".") {
			t.Fatalf("%q became %q", name, got)
		}
	})
}

// TestPlace reads back where entries are placed, whatever they are called.
func TestPlace(t *testing.T) {
	class := Class{
		RDN: "uid", Container: "ou={org},ou=people,dc=school,dc=example",
		Places: map[string]string{"7": "ou=North,dc=school,dc=example"},
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune(` #,+"\<>;=aé王0`)), 1, 12, -1)
		name, org := text.Draw(t, "name"), text.Draw(t, "org")
		dn, err := class.place(&directory.Change{Org: org}, name)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := goldap.ParseDN(dn)
		if err != nil || len(parsed.RDNs) != 5 || parsed.RDNs[0].Attributes[0].Value != name || parsed.RDNs[1].Attributes[0].Value != org {
			t.Fatalf("%q in %q: %s, %v", name, org, dn, err)
		}
	})
	if dn, err := class.place(&directory.Change{Org: "7"}, "ada"); err != nil || dn != "uid=ada,ou=North,dc=school,dc=example" {
		t.Errorf("a place of its own: %s, %v", dn, err)
	}
	if _, err := class.place(&directory.Change{}, "ada"); err == nil {
		t.Error("nobody knows the organization, and still there is a place")
	}
}

// TestShareOut leads owners through random changes. One of them is always in the first
// place, who stays there as long as possible.
func TestShareOut(t *testing.T) {
	people := []string{"cn=a", "cn=b", "cn=c", "cn=d"}
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(people), 0, len(people), rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		var has, more []string
		for range rapid.IntRange(1, 5).Draw(t, "changes") {
			there := newSet(append(append([]string{}, has...), more...))
			add := there.absent(some.Draw(t, "add"))
			remove := newSet(add).absent(there.present(some.Draw(t, "remove")))
			want := newSet(append(newSet(remove).absent(append(append([]string{}, has...), more...)), add...))
			former := append([]string{}, has...)
			s := shareOut(has, more, add, remove)
			has = append(newSet(s.leave).absent(has), s.enter...)
			more = append(newSet(s.leaveMore).absent(more), s.enterMore...)
			now := newSet(append(append([]string{}, has...), more...))
			if len(now) != len(has)+len(more) || len(now) != len(want) || len(want.absent(append(has, more...))) > 0 {
				t.Fatalf("first %v, others %v, want %v", has, more, want)
			}
			if len(want) > 0 != (len(has) == 1) {
				t.Fatalf("first %v of %v", has, want)
			}
			if len(former) == 1 && len(want.present(former)) == 1 && has[0] != former[0] {
				t.Fatalf("%v had to leave the first place and was to stay", former)
			}
		}
	})
}

// TestPace finds the number of connections that a server can use.
func TestPace(t *testing.T) {
	for useful, fair := range map[int][2]int{1: {1, 2}, 3: {2, 5}, 16: {9, 16}} {
		p := newPace(16)
		sum, rounds := 0, 200
		for range rounds {
			workers := p.workers(200)
			p.learn(workers, 200, 200/float64(100*min(workers, useful)))
			sum += workers
		}
		if mean := sum / rounds; mean < fair[0] || mean > fair[1] {
			t.Errorf("a server with use for %d had %d on average", useful, mean)
		}
	}
	p := newPace(16)
	for range 5 {
		p.ease()
	}
	if p.workers(200) != 1 {
		t.Errorf("%d work although the server has no time", p.workers(200))
	}
	for range 20 {
		w := p.workers(200)
		p.learn(w, 200, 2/float64(w))
	}
	if p.workers(200) < 8 {
		t.Errorf("only %d work although the server has time again", p.workers(200))
	}
}

// TestProfiles checks that both tables, and what settings may make of them, can work.
func TestProfiles(t *testing.T) {
	for name, id := range map[string]string{"openldap": "entryUUID", "activedirectory": "objectGUID"} {
		p, err := NamedProfile(name)
		if err != nil || p.ID != id || p.check() != nil {
			t.Errorf("%s: %s, %v, %v", name, p.ID, err, p.check())
		}
		based := p.below("dc=school,dc=example")
		if place := based.Classes[directory.User].Container; !strings.HasSuffix(place, ",dc=school,dc=example") || strings.Contains(place, "{") {
			t.Errorf("%s: %s", name, place)
		}
		if place := p.Classes[directory.User].Container; !strings.HasSuffix(place, "{base}") {
			t.Errorf("%s: the profile itself became %s", name, place)
		}
	}
	if _, err := NamedProfile("389ds"); err == nil {
		t.Error("a profile that there is not")
	}
	for name, spoil := range map[string]func(p *Profile){
		"no anchor":            func(p *Profile) { p.Classes[directory.ClassGroup].Attributes[directory.AnchorID] = "" },
		"two to one attribute": func(p *Profile) { p.Classes[directory.User].Attributes[directory.Grade] = "DisplayName" },
		"one owner":            func(p *Profile) { p.Owners = Owners{Attribute: "managedBy", Single: true} },
		"no users":             func(p *Profile) { delete(p.Classes, directory.User) },
		"groups without a mark": func(p *Profile) {
			c := p.Classes[directory.ClassGroup]
			c.Marker = Marker{}
			p.Classes[directory.ClassGroup] = c
		},
	} {
		p := OpenLDAP()
		if spoil(&p); p.check() == nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
}
