package flow

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

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

// See takes in one directory user.
func (m *Matcher) See(u directory.Object) {
	a := u.Attributes
	c := candidate{
		id: u.ID, anchor: u.Anchor(), upn: a[directory.UserPrincipalName],
		given: a[directory.GivenName], surname: a[directory.Surname],
		deleted: u.Deleted, guest: u.Guest, role: u.DirectoryRole,
		disabled: a[directory.AccountEnabled] == directory.Bool(false),
	}
	if p := m.linkedTo(c.id); p != roster.None && !c.deleted {
		m.links[p].state = linkAlive
		if c.role {
			m.links[p].state = linkPrivileged
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
		if p := m.census.roster.Person(id); p != roster.None && m.links[p].id == "" {
			m.sight(p).anchors = append(m.sight(p).anchors, c)
		}
	}
	for _, target := range []string{directory.UserPrincipalName, directory.Mail} {
		for p := range m.byTarget[target].with(fold(a[target])) {
			m.sight(p).byRule = append(m.sight(p).byRule, c)
		}
	}
}

// Unseen returns the directory ids of the users of linked people who were not seen, by the
// people's keys.
func (m *Matcher) Unseen() map[string]string {
	unseen := make(map[string]string)
	for i, l := range m.links {
		if l.id != "" && l.state == linkGone {
			unseen[m.census.userKey(roster.Ref(i))] = l.id
		}
	}
	return unseen
}

// SeeLinked takes in that the users of all links are there, and that none of them
// holds a directory role.
func (m *Matcher) SeeLinked() {
	for i := range m.links {
		m.links[i].state = linkAlive
	}
}

// linkedTo returns the person who is linked to a directory user, or None. Users tend
// to come in the order in which they were made, which is that of the people.
func (m *Matcher) linkedTo(id string) roster.Ref {
	p := m.last + 1
	if int(p) >= len(m.links) || m.links[p].id != id {
		p = m.linkedBy(id)
	}
	if p != roster.None {
		m.last = p
	}
	return p
}

// seeNames notes which names of people to be created are taken.
func (m *Matcher) seeNames(c candidate, nick string) {
	for p := range m.byUPN.with(fold(c.upn)) {
		m.sight(p).taken = "userPrincipalName " + c.upn + takenBy(c)
	}
	for p := range m.byNick.with(nick) {
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
