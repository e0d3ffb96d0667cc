package flow_test

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
)

// naiveLink is a person and the directory user that the person is, with the
// names that the roster last gave.
type naiveLink struct{ person, id, given, family string }

// naiveMatch is what became of one person.
type naiveMatch struct {
	id      string // of the directory user; "" for none
	linked  bool   // from an earlier run
	doubt   string // why a person must decide first
	created bool   // in this run
	refused string // why not created although a flow would
}

// match pairs all people, in three passes, each over all people (rules 2,
// "Match"). Who was decided about in one pass is not looked at in the next.
func (n *naive) match(links []naiveLink, users []directory.Object) {
	n.matches = make(map[string]naiveMatch)
	taken := make(map[string]string) // people by directory id
	for _, l := range links {
		taken[l.id] = l.person
		if _, present := n.people[l.person]; present {
			n.matches[l.person] = n.followLink(l, users)
		}
	}
	n.pass(taken, users, n.bearsAnchor)
	n.pass(taken, users, n.isFound)
	for person := range n.people {
		if m := n.matches[person]; m.id == "" && m.doubt == "" && n.speaks(person) != "" {
			n.matches[person] = n.create(person, users)
		}
	}
}

// pass pairs those people who claim a directory user.
func (n *naive) pass(taken map[string]string, users []directory.Object, claims func(string, directory.Object) bool) {
	claimed := make(map[string][]directory.Object) // by person
	claimants := make(map[string]int)              // by directory id: people who claim nobody else
	for person := range n.people {
		if _, decided := n.matches[person]; decided || n.speaks(person) == "" {
			continue
		}
		for _, u := range users {
			if !u.Deleted && claims(person, u) {
				claimed[person] = append(claimed[person], u)
			}
		}
		if len(claimed[person]) == 1 {
			claimants[claimed[person][0].ID]++
		}
	}
	for person, found := range claimed {
		other, isTaken := taken[found[0].ID]
		_, otherPresent := n.people[other]
		switch {
		case len(found) > 1:
			n.matches[person] = naiveMatch{refused: "AmbiguousMatch"}
		case isTaken && otherPresent || claimants[found[0].ID] > 1:
			n.matches[person] = naiveMatch{refused: "DirectoryUserAlreadyMatched"}
		case isTaken || n.doubtful(person, found[0]): // the other may only have lost a row
			n.matches[person] = naiveMatch{id: found[0].ID, doubt: "MatchDoubtful"}
		default:
			n.matches[person] = naiveMatch{id: found[0].ID}
		}
	}
	for person, m := range n.matches {
		if m.id != "" && m.doubt == "" {
			taken[m.id] = person
		}
	}
}

func (n *naive) bearsAnchor(person string, u directory.Object) bool {
	return u.Anchor() == flow.UserKey(person)
}

func (n *naive) isFound(person string, u directory.Object) bool {
	target, value := n.ruleValue(person)
	return value != "" && strings.EqualFold(u.Attributes[target], value)
}

// followLink is the first pass.
func (n *naive) followLink(l naiveLink, users []directory.Object) naiveMatch {
	p := n.people[l.person]
	for _, u := range users {
		if u.ID != l.id || u.Deleted {
			continue
		}
		if differ(l.given, p.given) && differ(l.family, p.family) {
			return naiveMatch{id: l.id, linked: true, doubt: "PersonReplaced"}
		}
		return naiveMatch{id: l.id, linked: true}
	}
	return naiveMatch{id: l.id, linked: true, doubt: "LinkBroken"}
}

// differ compares two names; one that is not known differs from none.
func differ(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

// ruleValue returns what the rule of the group that speaks compares.
func (n *naive) ruleValue(person string) (target, value string) {
	p := n.people[person]
	for _, m := range n.settings.Matching {
		if m.RoleGroup != n.speaks(person) {
			continue
		}
		value = map[string]string{"username": p.username, "email": p.email, "activeDirectoryMatchId": p.matchID}[m.Source]
		return m.Target, withDomain(value, m.Domain)
	}
	return "", ""
}

func withDomain(value, domain string) string {
	if value == "" || domain == "" || strings.Contains(value, "@") {
		return value
	}
	return value + "@" + domain
}

func (n *naive) doubtful(person string, u directory.Object) bool {
	p := n.people[person]
	namesDiffer := differ(p.given, u.Attributes[directory.GivenName]) && differ(p.family, u.Attributes[directory.Surname])
	otherAnchor := u.Anchor() != "" && u.Anchor() != flow.UserKey(person)
	disabled := u.Attributes[directory.AccountEnabled] == "false"
	return otherAnchor || u.Guest || disabled || u.DirectoryRole || namesDiffer
}

// creators returns the sets that would create the person, each with how.
func (n *naive) creators(person string) (sets []*flow.Set, configurations []flow.UserConfiguration) {
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		if set.User == nil || !set.User.CreateUnmatched || n.takesPart(person, set) != yes {
			continue
		}
		for _, c := range set.User.Configurations {
			if c.RoleGroup == n.speaks(person) {
				sets = append(sets, set)
				configurations = append(configurations, c)
			}
		}
	}
	return sets, configurations
}

// create says whether a person without a directory user gets one.
func (n *naive) create(person string, users []directory.Object) naiveMatch {
	m := n.matches[person]
	sets, configurations := n.creators(person)
	switch {
	case m.refused != "":
		return m
	case len(sets) == 0:
		m.refused = "UserNotMatched"
		if n.hasRule(person) && n.ruleless(person) {
			m.refused = "MatchKeyMissing"
		}
		return m
	}
	p, upn := n.people[person], n.newUPN(person)
	_, domain, hasDomain := strings.Cut(upn, "@")
	switch {
	case p.given == "" || p.family == "" || p.username == "" || upn == "":
		m.refused = "RequiredValueMissing"
	case !hasDomain || !n.knowsDomain(domain):
		m.refused = "DomainUnknown"
	case n.nameTaken(person, upn, users):
		m.refused = "DirNameConflict"
	case n.passwordFrom(p, configurations[0]) == "":
		m.refused = "PasswordMissing"
	default:
		m.created = true
	}
	return m
}

func (n *naive) hasRule(person string) bool {
	for _, m := range n.settings.Matching {
		if m.RoleGroup == n.speaks(person) {
			return true
		}
	}
	return false
}

// ruleless reports whether the roster does not say what the rule compares.
func (n *naive) ruleless(person string) bool {
	_, value := n.ruleValue(person)
	return value == ""
}

// newUPN is the rule's value where its target is the userPrincipalName, else
// username and domain.
func (n *naive) newUPN(person string) string {
	target, value := n.ruleValue(person)
	if target == directory.UserPrincipalName {
		return value
	}
	for _, m := range n.settings.Matching {
		if m.RoleGroup == n.speaks(person) {
			return withDomain(n.people[person].username, m.Domain)
		}
	}
	return ""
}

func (n *naive) knowsDomain(domain string) bool {
	known := n.settings.Domains
	if len(known) == 0 {
		known = n.abilities.Domains
	}
	for _, d := range known {
		if strings.EqualFold(d, domain) {
			return true
		}
	}
	return len(known) == 0 && domain != ""
}

// passwordFrom says where the password of a new user comes from.
func (n *naive) passwordFrom(p personFact, c flow.UserConfiguration) string {
	switch {
	case n.settings.UseRosterPasswords && p.password != "":
		return "roster"
	case n.settings.Passwords == flow.PasswordsGenerated:
		return "generated"
	case c.Password != "":
		return "configuration"
	}
	return ""
}

// nameTaken reports whether a user of the directory, deleted ones included, or
// another person who is to be created, has the name or the alias.
func (n *naive) nameTaken(person, upn string, users []directory.Object) bool {
	alias := aliasOf(upn)
	for _, u := range users {
		if strings.EqualFold(u.Attributes[directory.UserPrincipalName], upn) ||
			strings.EqualFold(u.Attributes[directory.MailNickname], alias) {
			return true
		}
	}
	for other := range n.people {
		m := n.matches[other]
		hasUser := m.linked || m.id != "" && m.doubt == ""
		if other == person || hasUser || n.speaks(other) == "" {
			continue
		}
		if otherUPN := n.newUPN(other); otherUPN != "" && (strings.EqualFold(otherUPN, upn) || strings.EqualFold(aliasOf(otherUPN), alias)) {
			return true
		}
	}
	return false
}

func aliasOf(upn string) string {
	local, _, _ := strings.Cut(upn, "@")
	return directory.Nickname(local)
}
