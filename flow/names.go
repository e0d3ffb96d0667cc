package flow

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// rule returns the matching rule for a person, or nil.
func (c *Census) rule(p roster.Ref) *Matching { return c.settings.matching(c.speaks(p)) }

// newNickname returns the mailNickname that a person would be created with,
// folded; "" where the userPrincipalName is missing.
func (c *Census) newNickname(p roster.Ref) string {
	upn := c.newUPN(p, c.rule(p))
	if upn == "" {
		return ""
	}
	return fold(directory.Nickname(localPart(upn)))
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
