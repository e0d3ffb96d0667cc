package flow

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// The places that the password of a new user comes from, as plans name them.
const (
	passwordFromRoster        = "roster"
	passwordFromConfiguration = "configuration"
	passwordGenerated         = "generated"
)

// creation is how a person would become a new user, or why not.
type creation struct {
	set      *activeSet
	upn      string
	password string // where it comes from
	refused  roster.Rule
	detail   string
}

// creation decides whether a person without a directory user is created (rules
// 2, "Created").
func (w *Wanted) creation(p roster.Ref) creation {
	if f, found := w.matches.findings[p]; found {
		return creation{refused: f.rule, detail: f.detail}
	}
	set := w.creatingSet(p)
	rule := w.settings.matching(w.speaks(p))
	if set == nil {
		return w.unmatched(p, rule)
	}
	c := creation{set: set, upn: w.newUPN(p, rule), password: w.passwordFrom(p, set)}
	person := &w.roster.People[p]
	_, domain, hasDomain := strings.Cut(c.upn, "@")
	switch {
	case w.roster.Str(person.GivenName) == "" || w.roster.Str(person.FamilyName) == "":
		c.refused, c.detail = roster.RequiredValueMissing, "a new user needs a given name and a family name"
	case c.upn == "":
		c.refused, c.detail = roster.RequiredValueMissing, "a new user needs a username, and a matching rule for the role group"
	case !hasDomain || !w.knowsDomain(domain):
		c.refused, c.detail = roster.DomainUnknown, "the directory has no domain for the username "+c.upn
	case w.matches.taken[p] != "":
		c.refused, c.detail = roster.NameConflict, w.matches.taken[p]
	case c.password == "":
		c.refused, c.detail = roster.PasswordMissing, "neither the roster nor the flow gives a password"
	}
	return c
}

// creatingSet returns the first set that creates the person.
func (w *Wanted) creatingSet(p roster.Ref) *activeSet {
	for i := range w.sets {
		if set := &w.sets[i]; w.creates(set, p) == "" {
			return set
		}
	}
	return nil
}

// creates says why a set does not create a person.
func (w *Wanted) creates(set *activeSet, p roster.Ref) Reason {
	switch {
	case set.User == nil:
		return NoSuchFlow
	case w.takesPart(p, set.orgs) != yes:
		return TakesNoPart
	case !set.User.CreateUnmatched:
		return CreatesNobody
	case set.User.configuration(w.speaks(p)) == nil:
		return NoConfiguration
	}
	return ""
}

// unmatched says why a person whom nobody creates has no user.
func (w *Wanted) unmatched(p roster.Ref, rule *Matching) creation {
	if rule != nil && w.ruleValue(p, rule) == "" {
		return creation{refused: roster.MatchKeyMissing, detail: "the roster gives no " + rule.Source + " to match by"}
	}
	return creation{refused: roster.UserNotMatched, detail: "no directory user matches, and no flow creates one"}
}

func (w *Wanted) knowsDomain(domain string) bool {
	known := w.settings.Domains
	if len(known) == 0 {
		known = w.abilities.Domains
	}
	for _, d := range known {
		if strings.EqualFold(d, domain) {
			return true
		}
	}
	return len(known) == 0 && domain != ""
}

func (w *Wanted) passwordFrom(p roster.Ref, set *activeSet) string {
	switch {
	case w.settings.UseRosterPasswords && w.roster.People[p].Password != 0:
		return passwordFromRoster
	case w.settings.Passwords == PasswordsGenerated:
		return passwordGenerated
	case set.User.configuration(w.speaks(p)).Password != "":
		return passwordFromConfiguration
	}
	return ""
}

// newUser returns what only a new user is given (domain page C.2).
func (w *Wanted) newUser(p roster.Ref, c creation) directory.Attributes {
	person := &w.roster.People[p]
	given, family := w.roster.Str(person.GivenName), w.roster.Str(person.FamilyName)
	return directory.Attributes{
		directory.UserPrincipalName: c.upn,
		directory.MailNickname:      directory.Nickname(localPart(c.upn)),
		directory.DisplayName:       fill(w.settings.Names.User, "givenName", given, "familyName", family),
		directory.GivenName:         given,
		directory.Surname:           family,
		directory.AccountEnabled:    directory.Bool(true),
		directory.PasswordFrom:      c.password,
	}
}

// Password returns the password that the roster or the configuration gives to
// the new user with the key; "" where it is to be generated.
func (w *Wanted) Password(user string) directory.Secret {
	p := w.personOf(user)
	if p == roster.None {
		return ""
	}
	c := w.creation(p)
	switch c.password {
	case passwordFromRoster:
		return directory.Secret(w.roster.Str(w.roster.People[p].Password))
	case passwordFromConfiguration:
		return c.set.User.configuration(w.speaks(p)).Password
	}
	return ""
}
