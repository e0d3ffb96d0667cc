package explain

import (
	"cmp"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/plan"
	"github.com/homeroomhq/homeroom/roster"
)

// account says how the person's account was found, or is made, or why not.
func (x *Explainer) account(p flow.Person, s Subject) []Reason {
	m, c := p.Match, p.Created
	var reasons []Reason
	switch {
	case m.Pass != flow.NotFound:
		reasons = append(reasons, say("The account was found: %s.", x.foundBy(p, s)).by(m.Pass.String()))
		reasons = append(reasons, x.decided(s.Key, m.ID)...)
	case m.Finding != "":
		reasons = append(reasons, say("No account is taken: %s.", m.Detail).by(string(m.Finding)).todo(adviceOn(m)))
		reasons = append(reasons, x.rivals(s, m)...)
	case m.Value != "":
		reasons = append(reasons, say("No account is found: there is no link, none bears the anchor %s, and none has the %s %s, which the matching rule for %s looks for.",
			s.Key, m.Rule.Target, m.Value, m.Rule.RoleGroup).by(string(roster.UserNotMatched)))
	case m.Rule.Source != "":
		reasons = append(reasons, say("No account is found: there is no link, none bears the anchor %s, and the roster gives no %s, by which the matching rule for %s looks.",
			s.Key, m.Rule.Source, m.Rule.RoleGroup).by(string(roster.MatchKeyMissing)))
	case p.Speaks == "":
		reasons = append(reasons, say("No account is looked for: the person has no active role of a role group.").by(string(roster.NoRole)))
	default:
		reasons = append(reasons, say("No account is found: there is no link, none bears the anchor %s, and userMatchingSettings has no rule for %s.", s.Key, p.Speaks).by(string(roster.UserNotMatched)))
	}
	switch {
	case c.Refused != "" && c.Refused != m.Finding:
		reasons = append(reasons, say("None is made: %s.", c.Detail).by(string(c.Refused)).todo(plan.Meaning(string(c.Refused))))
	case c.FlowSet != "" && c.Refused == "":
		reasons = append(reasons, say("Flow set %s makes one, since createUnmatchedUsers is on and creationOptions has a configuration for %s: %s, password: %s.",
			quoted(c.FlowSet), p.Speaks, c.UserPrincipalName, c.PasswordFrom).by("created"))
	}
	if m.Pass == flow.NotFound && m.Finding == "" && c.FlowSet == "" {
		reasons = append(reasons, creators(p)...)
	}
	return reasons
}

// rivals names the accounts that fit one person, or the people whom one account
// fits.
func (x *Explainer) rivals(s Subject, m flow.Match) []Reason {
	if len(s.Rivals) > 0 {
		return []Reason{say("These accounts fit: %s.", strings.Join(s.Rivals, ", ")).by(string(m.Finding))}
	}
	if m.Finding != roster.DirectoryUserMatched {
		return nil
	}
	var others []string
	for _, key := range x.Wanted.Holders(m.ID) {
		if p, _ := x.Wanted.Person(key); key != s.Key {
			others = append(others, key+" ("+x.name(p.Ref)+")")
		}
	}
	return []Reason{say("The account fits, or belongs to, %s, too.", strings.Join(others, ", ")).by(string(m.Finding))}
}

// creators says why no set creates a person.
func creators(p flow.Person) []Reason {
	var reasons []Reason
	for _, part := range p.Sets {
		if part.Creates != "" && part.Creates != flow.TakesNoPart {
			reasons = append(reasons, say("Flow set %s makes no account, because %s.", quoted(part.FlowSet), why(part.Creates)).by(string(part.Creates)))
		}
	}
	return reasons
}

func adviceOn(m flow.Match) string {
	if m.Doubtful {
		return plan.Decision(string(m.Finding))
	}
	return plan.Meaning(string(m.Finding))
}

// foundBy says how an account was found.
func (x *Explainer) foundBy(p flow.Person, s Subject) string {
	account := "the directory user " + p.Match.ID
	if s.Found != nil {
		account = cmp.Or(s.Found.Attributes[directory.UserPrincipalName], account)
	}
	switch p.Match.Pass {
	case flow.ByLink:
		return account + ", linked since an earlier run" + originOf(s.Via) + x.inDoubt(s.Key, p.Match.ID)
	case flow.ByAnchor:
		return account + " bears the anchor " + s.Key + x.inDoubt(s.Key, p.Match.ID)
	}
	return "the directory user with the " + p.Match.Rule.Target + " " + p.Match.Value + ", which the matching rule for " + p.Match.Rule.RoleGroup +
		" makes of the roster's " + p.Match.Rule.Source + x.inDoubt(s.Key, p.Match.ID)
}

// inDoubt is a clause for a match that a person had to decide, "" for others.
func (x *Explainer) inDoubt(user, id string) string {
	if len(x.decided(user, id)) == 0 {
		return ""
	}
	return ", which was in doubt and was approved"
}

// decided tells who decided that a person is the directory user with the id.
func (x *Explainer) decided(user, id string) []Reason {
	var reasons []Reason
	for _, rule := range []roster.Rule{roster.MatchDoubtful, roster.PersonReplaced} {
		if x.Approval == nil {
			continue
		}
		if a, found := x.Approval(plan.DoubtContent(string(rule), user, id)); found {
			reasons = append(reasons, say("It was in doubt whether this account is the person's (%s, held in run %d): %s approved it on %s.",
				rule, a.Run, a.By, a.At.Format(time.DateOnly)).by(string(rule)))
		}
	}
	return reasons
}

func originOf(via string) string {
	switch via {
	case "created":
		return ", which created it"
	case "anchor":
		return ", which found it by its anchor"
	case "rule":
		return ", which found it by the matching rule"
	}
	return ""
}
