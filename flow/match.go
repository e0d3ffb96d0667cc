package flow

import (
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

	links    []link     // by person; the zero link for none
	linked   int        // people with a link
	byLink   *index     // people by the id of the linked user, once somebody asked; see linkedBy
	last     roster.Ref // whose user was seen last
	byUPN    *index     // people without a link, by the name that they would be created with
	byNick   *index
	byTarget map[string]*index // people without a link, by the value of the matching rule for each target

	seen map[roster.Ref]*sighting

	// The ids of the users of people whose broken link was given up.
	givenUp map[roster.Ref]string
	// The keys of linked people whom the roster does not have, by the id of
	// their user, and those of them whose user holds a directory role.
	strays     map[string]string
	privileged map[string]bool
}

// link is what is remembered of a match; see ledger.Link.
type link struct {
	id                string // of the directory user; "" for no link
	via               string
	givenName, family nameDigest
	state             linkState
}

// Matcher prepares the matching of the roster's people. approved reports whether
// someone approved what was in doubt: by the rule, the person's key and the
// directory user's id.
func (c *Census) Matcher(links iter.Seq2[ledger.Link, error], approved func(rule, person, id string) bool) (*Matcher, error) {
	m := &Matcher{
		census:     c,
		approved:   approved,
		links:      make([]link, len(c.roster.People)),
		seen:       make(map[roster.Ref]*sighting),
		givenUp:    make(map[roster.Ref]string),
		strays:     make(map[string]string),
		privileged: make(map[string]bool),
	}
	next := roster.Ref(0) // links come in the order of the people, most of whom have one
	for l, err := range links {
		if err != nil {
			return nil, err
		}
		id, _ := strings.CutPrefix(l.Person, UserKey(""))
		p := c.personFrom(next, id)
		switch next = max(next, p+1); {
		case p == roster.None:
			m.strays[l.ID] = l.Person
		case approved(string(roster.LinkBroken), l.Person, l.ID):
			m.givenUp[p] = l.ID
		default:
			m.links[p] = link{l.ID, l.Via, readDigest(l.GivenName), readDigest(l.FamilyName), linkGone}
			m.linked++
		}
	}
	m.expect()
	return m, nil
}

// personFrom returns the person with the id, or None. It looks first at the one that
// is expected.
func (c *Census) personFrom(expected roster.Ref, id string) roster.Ref {
	if int(expected) < len(c.roster.People) && c.roster.Str(c.roster.People[expected].ID) == id {
		return expected
	}
	return c.roster.Person(id)
}

// View returns how much of the directory's users See must be shown: when everybody
// who may be matched is linked, it is enough to see whether their users are there.
func (m *Matcher) View() directory.View {
	for i, l := range m.links {
		if l.id == "" && m.census.lead[i] >= 0 {
			return directory.Whole
		}
	}
	return directory.Brief
}

// expect makes the indexes by which people are found when the directory's users
// are shown: by the values by which they may be recognised and the names that they
// would be created with, unless they have a link.
func (m *Matcher) expect() {
	c := m.census
	open := len(m.links) - m.linked
	m.byUPN = newIndex(open, func(p roster.Ref) string { return fold(c.newUPN(p, c.rule(p))) })
	m.byNick = newIndex(open, func(p roster.Ref) string { return c.newNickname(p) })
	m.byTarget = make(map[string]*index)
	for _, target := range []string{directory.UserPrincipalName, directory.Mail} {
		m.byTarget[target] = newIndex(open, func(p roster.Ref) string { return fold(c.ruleValue(p, c.rule(p))) })
	}
	for i := range m.links {
		p := roster.Ref(i)
		if m.links[p].id != "" {
			continue
		}
		rule := c.rule(p)
		if rule == nil {
			continue
		}
		m.byTarget[rule.Target].add(p)
		m.byUPN.add(p)
		m.byNick.add(p)
	}
}

// linkedBy returns the person who is linked to a directory user, or None. The index for
// that is made when it is first needed: where the directory is unchanged, it is not.
func (m *Matcher) linkedBy(id string) roster.Ref {
	if m.byLink == nil {
		m.byLink = newIndex(m.linked, func(p roster.Ref) string { return m.links[p].id })
		for i := range m.links {
			if m.links[i].id != "" {
				m.byLink.add(roster.Ref(i))
			}
		}
	}
	return m.byLink.first(id)
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
	given      map[string]bool        // ids of the users that were found by anchor or rule
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

// Links returns the links that this matching made or changed, and, without an id,
// those that were given up and have no other in their place.
func (m *Matches) Links() []ledger.Link { return m.links }

// Privileged reports whether the user with the key holds a directory role.
func (m *Matches) Privileged(user string) bool { return m.privileged[user] }

// Moved reports whether the person with the key has, or gets, another directory
// user than before.
func (m *Matches) Moved(user string) bool { return m.moved[user] }

// HasMoved reports whether anybody moved.
func (m *Matches) HasMoved() bool { return len(m.moved) > 0 }

// Resolve decides, after the directory's users were seen.
func (m *Matcher) Resolve() *Matches {
	out := &Matches{
		ids:        make([]string, len(m.links)),
		passes:     make([]Pass, len(m.links)),
		findings:   make(map[roster.Ref]finding),
		taken:      make(map[roster.Ref]string),
		privileged: m.privileged,
		moved:      make(map[string]bool),
		given:      make(map[string]bool),
	}
	m.followLinks(out)
	m.followAnchors(out)
	m.followRules(out)
	m.findConflicts(out)
	for p, before := range m.givenUp {
		key := m.census.userKey(p)
		if out.ids[p] != before {
			out.moved[key] = true
		}
		if out.ids[p] == "" {
			out.links = append(out.links, link{}.of(key))
		}
	}
	return out
}

// of returns the link of the person with the key.
func (l link) of(key string) ledger.Link {
	return ledger.Link{Person: key, ID: l.id, Via: l.via, GivenName: l.givenName.String(), FamilyName: l.family.String()}
}

// Link returns the link of a person to the user that was created for the person.
func (w *Wanted) Link(user, id string) ledger.Link {
	l := link{id: id, via: "created"}
	if p := w.personOf(user); p != roster.None {
		l.givenName, l.family = w.nameDigests(p)
	}
	return l.of(user)
}
