package flow

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// Matcher pairs people with directory users in three passes (rules 2, "Match"):
// the link, the anchor, the rule. It is told the links and then shown every user
// of the directory once, in any order; so it needs no more memory than the
// roster does, however many strangers the directory holds.
type Matcher struct {
	census   *Census
	approved func(rule, person, id string) bool

	links  []ledger.Link         // by person; the zero Link for none
	linked []linkState           // by person
	byID   map[string]roster.Ref // person by the id of the linked user
	byRule map[ruleValue][]roster.Ref
	byUPN  map[string][]roster.Ref // people by the name that they would be created with
	byNick map[string][]roster.Ref

	seen map[roster.Ref]*sighting

	// The ids of the users of people whose broken link was given up.
	givenUp map[roster.Ref]string
	// The keys of linked people whom the roster does not have, by the id of
	// their user, and those of them whose user holds a directory role.
	strays     map[string]string
	privileged map[string]bool
}

type ruleValue struct{ target, value string }

// linkState is what the directory shows of the user behind a link.
type linkState uint8

const (
	linkGone       linkState = iota // not seen, or deleted
	linkAlive                       // seen
	linkPrivileged                  // seen, with a directory role
)

// sighting is what the directory shows that may be one person without a link.
type sighting struct {
	anchors []candidate
	byRule  []candidate
	taken   string // which of the names to be created with is in use, and by whom
}

// candidate is what of a directory user decides about a match.
type candidate struct {
	id, anchor, upn, given, surname string
	deleted, guest, disabled, role  bool
}

// Matcher prepares the matching of the roster's people. approved reports whether
// someone approved what was in doubt: by the rule, the person's key and the
// directory user's id.
func (c *Census) Matcher(links iter.Seq2[ledger.Link, error], approved func(rule, person, id string) bool) (*Matcher, error) {
	m := &Matcher{
		census:   c,
		approved: approved,
		links:    make([]ledger.Link, len(c.roster.People)),
		linked:   make([]linkState, len(c.roster.People)),
		byID:     make(map[string]roster.Ref),
		byRule:   make(map[ruleValue][]roster.Ref),
		byUPN:    make(map[string][]roster.Ref),
		byNick:   make(map[string][]roster.Ref),
		seen:     make(map[roster.Ref]*sighting),

		givenUp:    make(map[roster.Ref]string),
		strays:     make(map[string]string),
		privileged: make(map[string]bool),
	}
	for link, err := range links {
		if err != nil {
			return nil, err
		}
		id, _ := strings.CutPrefix(link.Person, UserKey(""))
		switch p := c.roster.Person(id); {
		case p == roster.None:
			m.strays[link.ID] = link.Person
		case approved(string(roster.LinkBroken), link.Person, link.ID):
			m.givenUp[p] = link.ID
		default:
			m.links[p] = link
			m.byID[link.ID] = p
		}
	}
	for i := range c.roster.People {
		if p := roster.Ref(i); c.lead[p] >= 0 && m.links[p].ID == "" {
			m.expect(p)
		}
	}
	return m, nil
}

// expect notes by which values a person without a link may be recognised, and
// which names the person would be created with.
func (m *Matcher) expect(p roster.Ref) {
	rule := m.census.settings.matching(m.census.speaks(p))
	if value := m.census.ruleValue(p, rule); value != "" {
		at := ruleValue{rule.Target, fold(value)}
		m.byRule[at] = append(m.byRule[at], p)
	}
	if upn := m.census.newUPN(p, rule); upn != "" {
		m.byUPN[fold(upn)] = append(m.byUPN[fold(upn)], p)
		nick := fold(Nickname(localPart(upn)))
		m.byNick[nick] = append(m.byNick[nick], p)
	}
}

// ruleValue returns what a person is looked for by, or "".
func (c *Census) ruleValue(p roster.Ref, rule *Matching) string {
	if rule == nil {
		return ""
	}
	person := &c.roster.People[p]
	var value string
	switch rule.Source {
	case "username":
		value = c.roster.Str(person.Username)
	case "email":
		value = c.roster.Str(person.Email)
	case "activeDirectoryMatchId":
		value = c.roster.Str(person.MatchID)
	}
	return withDomain(value, rule.Domain)
}

// newUPN returns the userPrincipalName that a person would be created with, or
// "" where what it is made of is missing.
func (c *Census) newUPN(p roster.Ref, rule *Matching) string {
	if rule == nil {
		return ""
	}
	if rule.Target == directory.UserPrincipalName {
		return c.ruleValue(p, rule)
	}
	return withDomain(c.roster.Str(c.roster.People[p].Username), rule.Domain)
}

func withDomain(value, domain string) string {
	if value == "" || domain == "" || strings.Contains(value, "@") {
		return value
	}
	return value + "@" + domain
}

func localPart(upn string) string {
	local, _, _ := strings.Cut(upn, "@")
	return local
}

// fold brings names and addresses to the form in which they are compared.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// See takes in one directory user.
func (m *Matcher) See(u directory.Object) {
	a := u.Attributes
	c := candidate{
		id: u.ID, anchor: u.Anchor(), upn: a[directory.UserPrincipalName],
		given: a[directory.GivenName], surname: a[directory.Surname],
		deleted: u.Deleted, guest: u.Guest, role: u.DirectoryRole,
		disabled: a[directory.AccountEnabled] == directory.Bool(false),
	}
	if p, ok := m.byID[c.id]; ok && !c.deleted {
		m.linked[p] = linkAlive
		if c.role {
			m.linked[p] = linkPrivileged
		}
	}
	if key, ok := m.strays[c.id]; ok && c.role {
		m.privileged[key] = true
	}
	m.seeNames(c, fold(a[directory.MailNickname]))
	if c.deleted {
		return
	}
	if id, ok := strings.CutPrefix(c.anchor, UserKey("")); ok {
		if p := m.census.roster.Person(id); p != roster.None && m.links[p].ID == "" {
			m.sight(p).anchors = append(m.sight(p).anchors, c)
		}
	}
	for _, target := range []string{directory.UserPrincipalName, directory.Mail} {
		for _, p := range m.byRule[ruleValue{target, fold(a[target])}] {
			m.sight(p).byRule = append(m.sight(p).byRule, c)
		}
	}
}

// seeNames notes which names of people to be created are taken.
func (m *Matcher) seeNames(c candidate, nick string) {
	for _, p := range m.byUPN[fold(c.upn)] {
		m.sight(p).taken = "userPrincipalName " + c.upn + takenBy(c)
	}
	for _, p := range m.byNick[nick] {
		if s := m.sight(p); s.taken == "" {
			s.taken = "mailNickname " + nick + takenBy(c)
		}
	}
}

func takenBy(c candidate) string {
	if c.deleted {
		return " belongs to a deleted user; restore that user, or remove it for good"
	}
	return " belongs to " + c.upn
}

func (m *Matcher) sight(p roster.Ref) *sighting {
	s := m.seen[p]
	if s == nil {
		s = &sighting{}
		m.seen[p] = s
	}
	return s
}

// Matches is who of the roster's people is which directory user.
type Matches struct {
	ids        []string               // by person: the directory user's id; "" for none
	passes     []Pass                 // by person: how the user was found
	findings   map[roster.Ref]finding // why a person has no user, or must wait
	taken      map[roster.Ref]string  // why a person cannot be created
	links      []ledger.Link          // those that are new or changed, by person
	privileged map[string]bool        // keys of people whose user holds a directory role
	moved      map[string]bool        // keys of people who have, or get, another user than before
}

// Pass is the way in which a directory user was found.
type Pass uint8

// The passes, in the order in which they are made.
const (
	NotFound Pass = iota
	ByLink
	ByAnchor
	ByRule
)

func (p Pass) String() string { return [...]string{"", "link", "anchor", "rule"}[p] }

// finding is why a person is not simply matched.
type finding struct {
	rule   roster.Rule
	detail string
	id     string // of the directory user in question
	doubt  bool   // a person must decide; otherwise nobody was found
}

// Links returns the links that this matching made or changed, by key.
func (m *Matches) Links() []ledger.Link { return m.links }

// Privileged reports whether the user with the key holds a directory role.
func (m *Matches) Privileged(user string) bool { return m.privileged[user] }

// Moved reports whether the person with the key has, or gets, another directory
// user than before.
func (m *Matches) Moved(user string) bool { return m.moved[user] }

// Resolve decides, after the directory's users were seen.
func (m *Matcher) Resolve() *Matches {
	out := &Matches{
		ids:        make([]string, len(m.links)),
		passes:     make([]Pass, len(m.links)),
		findings:   make(map[roster.Ref]finding),
		taken:      make(map[roster.Ref]string),
		privileged: m.privileged,
		moved:      make(map[string]bool),
	}
	owner := make(map[string]roster.Ref) // who a directory user was given to
	m.followLinks(out, owner)
	m.followAnchors(out, owner)
	m.followRules(out, owner)
	m.findConflicts(out)
	for p, before := range m.givenUp {
		if out.ids[p] != before {
			out.moved[UserKey(m.census.roster.Str(m.census.roster.People[p].ID))] = true
		}
	}
	return out
}

// give pairs a person with a directory user.
func (m *Matcher) give(out *Matches, owner map[string]roster.Ref, p roster.Ref, c candidate, pass Pass) {
	r := m.census.roster
	person := &r.People[p]
	out.ids[p], out.passes[p] = c.id, pass
	owner[c.id] = p
	key := UserKey(r.Str(person.ID))
	if c.role {
		out.privileged[key] = true
	}
	link := ledger.Link{
		Person: key, ID: c.id, Via: cmp.Or(m.links[p].Via, pass.String()), // the link is not how it came about
		// A name that the roster no longer gives is not forgotten.
		GivenName:  cmp.Or(nameDigest(r.Str(person.GivenName)), m.links[p].GivenName),
		FamilyName: cmp.Or(nameDigest(r.Str(person.FamilyName)), m.links[p].FamilyName),
	}
	if link != m.links[p] {
		out.links = append(out.links, link)
	}
}

// nameDigest returns what is remembered of a name: enough to notice that it
// changed.
func nameDigest(name string) string {
	if fold(name) == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(fold(name)))
	return hex.EncodeToString(sum[:8])
}

func (m *Matcher) followLinks(out *Matches, owner map[string]roster.Ref) {
	r := m.census.roster
	for i, link := range m.links {
		if link.ID == "" {
			continue
		}
		p := roster.Ref(i)
		person := &r.People[p]
		owner[link.ID] = p
		switch {
		case m.linked[p] == linkGone:
			out.findings[p] = finding{roster.LinkBroken, "the directory user that this person was linked to is gone", link.ID, true}
		case differ(nameDigest(r.Str(person.GivenName)), link.GivenName) &&
			differ(nameDigest(r.Str(person.FamilyName)), link.FamilyName) &&
			!m.approved(string(roster.PersonReplaced), link.Person, link.ID):
			out.findings[p] = finding{roster.PersonReplaced, "given name and family name both changed since the last roster: the id may have been given to another person", link.ID, true}
		default:
			m.give(out, owner, p, candidate{id: link.ID, role: m.linked[p] == linkPrivileged}, ByLink)
		}
	}
}

// differ reports whether both are there and not the same.
func differ(a, b string) bool { return a != "" && b != "" && a != b }

func (m *Matcher) followAnchors(out *Matches, owner map[string]roster.Ref) {
	for i := range m.links {
		p := roster.Ref(i)
		seen := m.seen[p]
		if seen == nil || len(seen.anchors) == 0 || !m.free(out, p) {
			continue
		}
		c := seen.anchors[0]
		switch _, given := owner[c.id]; {
		case len(seen.anchors) > 1:
			out.findings[p] = finding{roster.AmbiguousMatch, fmt.Sprintf("%d directory users bear this person's anchor", len(seen.anchors)), "", false}
		case given:
			out.findings[p] = finding{roster.DirectoryUserMatched, "the directory user " + c.upn + " is linked to another person", c.id, false}
		default:
			m.accept(out, owner, p, c, ByAnchor)
		}
	}
}

// free reports whether nothing was decided about a person yet.
func (m *Matcher) free(out *Matches, p roster.Ref) bool {
	_, found := out.findings[p]
	return out.ids[p] == "" && !found && m.census.lead[p] >= 0
}

func (m *Matcher) followRules(out *Matches, owner map[string]roster.Ref) {
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
		switch _, given := owner[c.id]; {
		case len(seen.byRule) > 1:
			out.findings[p] = finding{roster.AmbiguousMatch, fmt.Sprintf("the matching rule finds %d directory users", len(seen.byRule)), "", false}
		case given || claims[c.id] > 1:
			out.findings[p] = finding{roster.DirectoryUserMatched, "the directory user " + c.upn + " is claimed by more than one person", c.id, false}
		default:
			m.accept(out, owner, p, c, ByRule)
		}
	}
}

// accept pairs a person with the one directory user that was found, unless a
// person must decide first.
func (m *Matcher) accept(out *Matches, owner map[string]roster.Ref, p roster.Ref, c candidate, pass Pass) {
	person := &m.census.roster.People[p]
	key := UserKey(m.census.roster.Str(person.ID))
	if why := m.doubts(person, key, c); why != "" && !m.approved(string(roster.MatchDoubtful), key, c.id) {
		out.findings[p] = finding{roster.MatchDoubtful, "the directory user " + c.upn + " " + why, c.id, true}
		return
	}
	m.give(out, owner, p, c, pass)
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

func (m *Matcher) findTwins(out *Matches, people map[string][]roster.Ref, attribute string) {
	for name, sharing := range people {
		open := sharing[:0:0]
		for _, p := range sharing {
			if out.ids[p] == "" {
				open = append(open, p)
			}
		}
		for _, p := range open {
			if len(open) > 1 && out.taken[p] == "" {
				out.taken[p] = fmt.Sprintf("%s %s would be that of %d people of the roster", attribute, name, len(open))
			}
		}
	}
}

// Link returns the link of a person to the user that was created for the person.
func (w *Wanted) Link(user, id string) ledger.Link {
	link := ledger.Link{Person: user, ID: id, Via: "created"}
	if p := w.personOf(user); p != roster.None {
		person := &w.roster.People[p]
		link.GivenName = nameDigest(w.roster.Str(person.GivenName))
		link.FamilyName = nameDigest(w.roster.Str(person.FamilyName))
	}
	return link
}
