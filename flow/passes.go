package flow

import (
	"cmp"
	"fmt"

	"github.com/homeroomhq/homeroom/roster"
)

// give pairs a person with a directory user.
func (m *Matcher) give(out *Matches, p roster.Ref, c candidate, pass Pass) {
	given, family := m.census.nameDigests(p)
	m.giveNamed(out, p, c, pass, given, family)
}

// giveNamed is give for a person whose digests are known.
func (m *Matcher) giveNamed(out *Matches, p roster.Ref, c candidate, pass Pass, given, family nameDigest) {
	out.ids[p], out.passes[p] = c.id, pass
	if pass != ByLink {
		out.given[c.id] = true
	}
	before := m.links[p]
	now := link{
		c.id, cmp.Or(before.via, pass.String()), // the link is not how it came about
		cmp.Or(given, before.givenName), cmp.Or(family, before.family), // a name that the roster no longer gives is not forgotten
		before.state,
	}
	if now == before && !c.role {
		return
	}
	key := m.census.userKey(p)
	if c.role {
		out.privileged[key] = true
	}
	if now != before {
		out.links = append(out.links, now.of(key))
	}
}

// taken reports whether a directory user belongs to somebody already.
func (m *Matcher) taken(out *Matches, id string) bool {
	return out.given[id] || m.linkedBy(id) != roster.None
}

func (m *Matcher) followLinks(out *Matches) {
	for i, l := range m.links {
		if l.id == "" {
			continue
		}
		p := roster.Ref(i)
		if l.state == linkGone {
			out.findings[p] = finding{roster.LinkBroken, "the directory user that this person was linked to is gone", l.id, true}
			continue
		}
		given, family := m.census.nameDigests(p)
		if differ(given, l.givenName) && differ(family, l.family) && !m.approved(string(roster.PersonReplaced), m.census.userKey(p), l.id) {
			out.findings[p] = finding{roster.PersonReplaced, "given name and family name both changed since the last roster: the id may have been given to another person", l.id, true}
			continue
		}
		m.giveNamed(out, p, candidate{id: l.id, role: l.state == linkPrivileged}, ByLink, given, family)
	}
}

// differ reports whether both are there and not the same.
func differ[T comparable](a, b T) bool {
	var none T
	return a != none && b != none && a != b
}

func (m *Matcher) followAnchors(out *Matches) {
	for i := range m.links {
		p := roster.Ref(i)
		seen := m.seen[p]
		if seen == nil || len(seen.anchors) == 0 || !m.free(out, p) {
			continue
		}
		c := seen.anchors[0]
		switch given := m.taken(out, c.id); {
		case len(seen.anchors) > 1:
			out.findings[p] = finding{roster.AmbiguousMatch, fmt.Sprintf("%d directory users bear this person's anchor", len(seen.anchors)), "", false}
		case given:
			out.findings[p] = finding{roster.DirectoryUserMatched, "the directory user " + c.upn + " is linked to another person", c.id, false}
		default:
			m.accept(out, p, c, ByAnchor)
		}
	}
}

// free reports whether nothing was decided about a person yet.
func (m *Matcher) free(out *Matches, p roster.Ref) bool {
	_, found := out.findings[p]
	return out.ids[p] == "" && !found && m.census.lead[p] >= 0
}

func (m *Matcher) followRules(out *Matches) {
	claims := make(map[string]int) // people who claim a directory user by rule
	for p, seen := range m.seen {
		if m.free(out, p) && len(seen.byRule) == 1 {
			claims[seen.byRule[0].id]++
		}
	}
	for i := range m.links {
		p := roster.Ref(i)
		if !m.free(out, p) {
			continue
		}
		seen := m.seen[p]
		if seen == nil || len(seen.byRule) == 0 {
			continue
		}
		c := seen.byRule[0]
		switch given := m.taken(out, c.id); {
		case len(seen.byRule) > 1:
			out.findings[p] = finding{roster.AmbiguousMatch, fmt.Sprintf("the matching rule finds %d directory users", len(seen.byRule)), "", false}
		case given || claims[c.id] > 1:
			out.findings[p] = finding{roster.DirectoryUserMatched, "the directory user " + c.upn + " is claimed by more than one person", c.id, false}
		default:
			m.accept(out, p, c, ByRule)
		}
	}
}

// accept pairs a person with the one directory user that was found, unless a
// person must decide first.
func (m *Matcher) accept(out *Matches, p roster.Ref, c candidate, pass Pass) {
	person := &m.census.roster.People[p]
	key := UserKey(m.census.roster.Str(person.ID))
	if why := m.doubts(person, key, c); why != "" && !m.approved(string(roster.MatchDoubtful), key, c.id) {
		out.findings[p] = finding{roster.MatchDoubtful, "the directory user " + c.upn + " " + why, c.id, true}
		return
	}
	m.give(out, p, c, pass)
}

// doubts returns why a directory user that was found may not be the person.
func (m *Matcher) doubts(person *roster.Person, key string, c candidate) string {
	r := m.census.roster
	given, family := r.Str(person.GivenName), r.Str(person.FamilyName)
	stray, linked := m.strays[c.id]
	switch {
	case c.anchor != "" && c.anchor != key:
		return "bears another anchor, " + c.anchor
	case linked && stray != key:
		return "is linked to " + stray + ", whom the roster does not have"
	case c.guest:
		return "is a guest"
	case c.disabled:
		return "is disabled"
	case c.role:
		return "has a directory role"
	case differ(fold(given), fold(c.given)) && differ(fold(family), fold(c.surname)):
		return "has another given name and another family name"
	}
	return ""
}

// findConflicts notes which people cannot be created because a name is taken, by
// a directory user or by another person of the roster.
func (m *Matcher) findConflicts(out *Matches) {
	for p, seen := range m.seen {
		if seen.taken != "" && out.ids[p] == "" {
			out.taken[p] = seen.taken
		}
	}
	m.findTwins(out, m.byUPN, "userPrincipalName")
	m.findTwins(out, m.byNick, "mailNickname")
}

// findTwins finds people who would be created with the same name.
func (m *Matcher) findTwins(out *Matches, people *index, attribute string) {
	for _, p := range people.slots {
		if p == roster.None || out.ids[p] != "" || out.taken[p] != "" {
			continue
		}
		name, n := people.value(p), 0
		for twin := range people.with(name) {
			if out.ids[twin] == "" {
				n++
			}
		}
		if n > 1 {
			out.taken[p] = fmt.Sprintf("%s %s would be that of %d people of the roster", attribute, name, n)
		}
	}
}
