package flow

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// Settings are all that a run decides by. A run freezes them when it starts.
type Settings struct {
	RoleGroups []RoleGroup
	Matching   []Matching // by priority, at most one for a role group
	Sets       []Set      // in the order of their creation

	Passwords          string // PasswordsConfigured or PasswordsGenerated
	UseRosterPasswords bool
	Domains            []string // that users may be created in; empty for those that the target knows

	UsageLocation  string            // two letters, for users to be created; "" for none
	UsageLocations map[string]string // the same by organization id

	HonourDates bool // dates of roles and sessions count
	GraceDays   int  // days after its end that a role or session still counts

	// FallbackOwners are ids of people by organization, who own a class whose
	// last owner is gone.
	FallbackOwners map[string][]string

	// ReplaceLeavers says that fallback owners take the place of owners without any
	// active role in groups of classes that are gone.
	ReplaceLeavers bool `json:",omitempty"`

	// Authoritative are the kinds of objects that are made to match whatever others did to
	// them: what is had is what the directory shows (rules 3, "By hand").
	Authoritative []directory.Kind `json:",omitempty"`

	Exclude Exclude `json:",omitzero"`
	Pins    []Pin   `json:",omitempty"`

	Names Names
}

// How the password of a user to be created is found.
const (
	PasswordsConfigured = "configured"
	PasswordsGenerated  = "generate"
)

// Matching is the rule by which people of a role group are paired with
// directory users.
type Matching struct {
	RoleGroup string
	Source    string // username, email or activeDirectoryMatchId
	Target    string // userPrincipalName or mail
	Domain    string // appended to a value without "@"; "" for none
}

// Names are the templates of display names. {givenName} and {familyName} stand
// for a person's, {title} for a class's, {roleGroup} and {org} for the names of
// the role group and the organization.
type Names struct {
	User                     string
	ClassGroup               string
	RoleGroup                string // security group of a role group
	OrgRoleGroup             string // security group of a role group in an organization
	Org                      string // administrative unit of an organization
	AdministrativeUnitOfRole string // administrative unit of a role group in an organization
}

// DefaultNames returns the templates of rules 3, "Objects".
func DefaultNames() Names {
	return Names{
		User:                     "{givenName} {familyName}",
		ClassGroup:               "{title}",
		RoleGroup:                "All {roleGroup}",
		OrgRoleGroup:             "{roleGroup} - {org}",
		Org:                      "{org}",
		AdministrativeUnitOfRole: "{org} - {roleGroup}",
	}
}

// maxDisplayName is the length that Graph allows, in characters (domain page
// G.2).
const maxDisplayName = 256

// fill puts values into a template and cuts the result to what directories
// take. The values are pairs of a name and what stands for it; a name in braces
// that is none of these stays as it is.
func fill(template string, values ...string) string {
	if value, size := placeholder(template, values); size == len(template) {
		return cut(strings.TrimSpace(value), maxDisplayName) // as in most templates
	}
	var name strings.Builder
	for rest := template; rest != ""; {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			name.WriteString(rest)
			break
		}
		name.WriteString(rest[:open])
		value, size := placeholder(rest[open:], values)
		name.WriteString(value)
		rest = rest[open+size:]
	}
	return cut(strings.TrimSpace(name.String()), maxDisplayName)
}

// placeholder returns what stands for the name in braces that a text begins with,
// and its length there; the first byte itself when it begins with none.
func placeholder(text string, values []string) (value string, size int) {
	for i := 0; i < len(values); i += 2 {
		size := len(values[i]) + len("{}")
		if len(text) >= size && text[1:size-1] == values[i] && text[size-1] == '}' {
			return values[i+1], size
		}
	}
	first := text[:min(1, len(text))]
	return first, len(first)
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Resets returns the last reset of each flow that was ever reset.
func (s *Settings) Resets() []string {
	var all []string
	note := func(r string) {
		if r != "" {
			all = append(all, r)
		}
	}
	for i := range s.Sets {
		set := &s.Sets[i]
		if set.User != nil {
			note(set.User.Reset)
		}
		if set.ClassGroup != nil {
			note(set.ClassGroup.Reset)
		}
		if set.SecurityGroup != nil {
			note(set.SecurityGroup.Reset)
		}
		if set.AdministrativeUnit != nil {
			note(set.AdministrativeUnit.Reset)
		}
	}
	return all
}

// matching returns the rule for a role group, or nil.
func (s *Settings) matching(roleGroup string) *Matching {
	for i := range s.Matching {
		if s.Matching[i].RoleGroup == roleGroup {
			return &s.Matching[i]
		}
	}
	return nil
}
