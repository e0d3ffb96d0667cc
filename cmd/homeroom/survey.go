package main

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// findings are what "homeroom init" finds in a roster and writes into the
// configuration.
type findings struct {
	Path    string
	Format  string
	Schools []school  // organizations with people, by name; the most people first
	More    int       // further organizations
	Roles   []counted // roles in organizations, the most frequent first
	Groups  []groupFindings
	Unasked []counted // enrollment roles that the default mapping does not take
	// Settings that fit.
	Contacts bool // there are complete contacts of students
	Grades   bool
	Numbers  bool
}

// counted is something with how often it is there.
type counted struct {
	Name string
	N    int
}

// school is an organization with how many people it has.
type school struct {
	ID, Name string
	N        int
}

// groupFindings are what was found about the people of a role group, and the
// matching rule that fits them.
type groupFindings struct {
	RoleGroup string
	People    int
	Source    string    // username, email or activeDirectoryMatchId
	Domains   []counted // of the values of Source
	Domain    string    // to append to user names that have none; "" when they have one
	Guessed   bool      // Domain is made up: the roster has none
}

// shownSchools is how many organizations the configuration names.
const shownSchools = 12

// noDomain stands where the roster tells none.
const noDomain = "school.example"

// survey looks at a roster.
func survey(r *roster.Roster, codes *roster.Codes, path string) findings {
	f := findings{Path: path, Format: r.Format}
	f.countRoles(r)
	for _, group := range []string{flow.Staff, flow.Students} {
		f.Groups = append(f.Groups, lookAtGroup(r, codes, group))
	}
	for _, p := range flow.UnmappedRoles(r, nil) {
		f.Unasked = append(f.Unasked, counted{p.Value, p.Count})
	}
	for i := range r.Contacts {
		person := &r.People[r.Contacts[i].Person]
		f.Contacts = f.Contacts || person.Email != 0 && person.GivenName != 0 && person.FamilyName != 0
	}
	for i := range r.Roles {
		f.Grades = f.Grades || r.Roles[i].Grade != 0
	}
	for i := range r.People {
		f.Numbers = f.Numbers || r.People[i].Number != 0
	}
	return f
}

// countRoles counts people by organization and by role.
func (f *findings) countRoles(r *roster.Roster) {
	schools, roles := make(map[string]int), make(map[string]int)
	for i := range r.Roles {
		role := &r.Roles[i]
		schools[r.Str(r.Orgs[role.Org].ID)]++
		roles[r.RoleName(role.Code)]++
	}
	f.Roles = mostFirst(roles)
	for _, c := range mostFirst(schools) {
		f.Schools = append(f.Schools, school{c.Name, oneLine(r.Str(r.Orgs[r.Org(c.Name)].Name)), c.N})
	}
	if n := len(f.Schools); n > shownSchools {
		f.Schools, f.More = f.Schools[:shownSchools], n-shownSchools
	}
}

// oneLine takes out of a name what would end a comment.
func oneLine(name string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, name)
}

// mostFirst sorts counts, the highest first, and equal ones by name.
func mostFirst(counts map[string]int) []counted {
	var list []counted
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, counted{name, counts[name]})
	}
	slices.SortStableFunc(list, func(a, b counted) int { return cmp.Compare(b.N, a.N) })
	return list
}

// lookAtGroup proposes a matching rule for a role group: by what most of its
// people have with a domain, and else by user name with a domain to append.
func lookAtGroup(r *roster.Roster, codes *roster.Codes, group string) groupFindings {
	f := groupFindings{RoleGroup: group, Source: "username"}
	var usernames, matchIDs, emails []string
	for i := range r.People {
		if !inGroup(r, codes, roster.Ref(i), group) {
			continue
		}
		f.People++
		person := &r.People[i]
		usernames = append(usernames, r.Str(person.Username))
		matchIDs = append(matchIDs, r.Str(person.MatchID))
		emails = append(emails, r.Str(person.Email))
	}
	for _, candidate := range []struct {
		source string
		values []string
	}{{"username", usernames}, {"activeDirectoryMatchId", matchIDs}, {"email", emails}} {
		if found, n := domains(candidate.values); 2*n > f.People {
			f.Source, f.Domains = candidate.source, found
			return f
		}
	}
	f.Domain, f.Guessed = noDomain, true
	if found, _ := domains(emails); len(found) > 0 {
		f.Domain, f.Guessed = found[0].Name, false
	}
	return f
}

// inGroup reports whether a person has a role of the group.
func inGroup(r *roster.Roster, codes *roster.Codes, p roster.Ref, group string) bool {
	for _, role := range r.RolesOf(p) {
		if code, ok := codes.Find(roster.RefRole, r.RoleName(role.Code)); ok && code.RoleGroup == group {
			return true
		}
	}
	return false
}

// domains counts the domains of addresses, and how many have one.
func domains(addresses []string) (found []counted, n int) {
	counts := make(map[string]int)
	for _, address := range addresses {
		if _, domain, ok := strings.Cut(address, "@"); ok && domain != "" {
			counts[strings.ToLower(domain)]++
			n++
		}
	}
	return mostFirst(counts), n
}
