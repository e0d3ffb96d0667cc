package ldap

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"
	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/directory"
)

// Attributes of sign-in states, which hold accountEnabled in a form of their own.
const (
	accountControl = "userAccountControl"   // of Active Directory: bits (MS-ADTS 2.2.16)
	lockedTime     = "pwdAccountLockedTime" // of OpenLDAP's password policy: a time
)

const (
	controlDisabled = 2
	controlNormal   = 512
	lockedForGood   = "000001010000Z" // slapo-ppolicy(5): only an administrator unlocks it
)

// values returns what an entry has of an attribute. Servers write its name as they like.
func values(e *goldap.Entry, attribute string) []string {
	return e.GetEqualFoldAttributeValues(attribute)
}

func first(e *goldap.Entry, attribute string) string { return e.GetEqualFoldAttributeValue(attribute) }

// idOf returns an entry's id, as text; "" when the server does not show it.
func (p *Profile) idOf(e *goldap.Entry) string {
	text := first(e, p.ID)
	if !p.ActiveDirectory {
		return strings.ToLower(text)
	}
	id, err := uuid.FromBytes([]byte(text))
	if err != nil {
		return ""
	}
	return swapped(id).String()
}

// swapped turns the first three numbers of a UUID around, which objectGUID has the other
// way round.
func swapped(id uuid.UUID) uuid.UUID {
	slices.Reverse(id[0:4])
	slices.Reverse(id[4:6])
	slices.Reverse(id[6:8])
	return id
}

// byID returns the filter for the entry with an id; "" when it is none.
func (p *Profile) byID(id string) string {
	parsed, err := uuid.Parse(id)
	switch {
	case err != nil:
		return ""
	case !p.ActiveDirectory:
		return equal(p.ID, id)
	}
	parsed = swapped(parsed)
	var b strings.Builder
	for _, c := range parsed {
		b.WriteString(`\` + hex.EncodeToString([]byte{c}))
	}
	return "(" + p.ID + "=" + b.String() + ")"
}

// asked are the attributes that an object is read by.
func (p *Profile) asked(kind directory.Kind, view directory.View) []string {
	c := p.Classes[kind]
	asked := append([]string{p.ID}, c.signs()...)
	if kind == directory.User {
		for _, condition := range slices.Concat(p.Privileged, p.Guests) {
			name, _, _ := strings.Cut(condition, "=")
			asked = append(asked, name)
		}
	}
	if view == directory.Brief {
		return distinct(asked)
	}
	for _, names := range []map[string]string{c.Attributes, c.Observed} {
		for _, name := range names {
			asked = append(asked, name)
		}
	}
	if kind != directory.User {
		asked = append(asked, p.Member)
	}
	if kind == directory.ClassGroup {
		asked = append(asked, p.Owners.Attribute, p.Owners.More)
	}
	return distinct(asked)
}

// signs are the attributes by which an entry shows whether it has the marker.
func (c *Class) signs() []string {
	return []string{"objectClass", c.Marker.Attribute}
}

// marked reports whether the entry has all that tells its kind, and may have our
// attributes.
func (c *Class) marked(e *goldap.Entry) bool {
	has := func(attribute, value string) bool {
		return attribute == "" || value == "" || slices.ContainsFunc(values(e, attribute), func(v string) bool { return strings.EqualFold(v, value) })
	}
	return has(c.Marker.Attribute, c.Marker.Value) && has("objectClass", c.Auxiliary)
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// object returns what an entry shows, without owners and members.
func (p *Profile) object(kind directory.Kind, e *goldap.Entry) directory.Object {
	c := p.Classes[kind]
	o := directory.Object{Kind: kind, ID: p.idOf(e), Attributes: make(directory.Attributes, len(c.Attributes))}
	for ours, theirs := range c.Attributes {
		if text := c.text(ours, theirs, e); text != "" {
			o.Attributes[ours] = text
		}
	}
	for ours, theirs := range c.Observed {
		if text := first(e, theirs); text != "" && o.Attributes[ours] == "" {
			o.Attributes[ours] = text
		}
	}
	if kind == directory.User {
		o.DirectoryRole = meets(e, p.Privileged)
		o.Guest = meets(e, p.Guests)
	}
	return o
}

// meets reports whether an entry meets one of the conditions.
func meets(e *goldap.Entry, conditions []string) bool {
	return slices.ContainsFunc(conditions, func(condition string) bool {
		name, value, exact := strings.Cut(condition, "=")
		return slices.ContainsFunc(values(e, name), func(v string) bool {
			return strings.EqualFold(v, value) || !exact && v != ""
		})
	})
}

// text returns an attribute's value in its canonical form.
func (c *Class) text(ours, theirs string, e *goldap.Entry) string {
	if theirs == "" {
		return ""
	}
	found := values(e, theirs)
	switch {
	case ours == directory.AccountEnabled && strings.EqualFold(theirs, lockedTime):
		return directory.Bool(len(found) == 0)
	case len(found) == 0:
		return ""
	case ours == directory.AccountEnabled && strings.EqualFold(theirs, accountControl):
		bits, err := strconv.ParseInt(found[0], 10, 64)
		if err != nil {
			return ""
		}
		return directory.Bool(bits&controlDisabled == 0)
	case ours == directory.AccountEnabled:
		return directory.Bool(!strings.EqualFold(found[0], "FALSE"))
	case ours == directory.LicenseSKUs:
		return directory.List(found)
	case len(found) > 1 && strings.EqualFold(theirs, c.RDN):
		return nameOf(e.DN, found[0])
	}
	return found[0]
}

// nameOf returns the value by which an entry is named in its place.
func nameOf(dn, otherwise string) string {
	if parsed, err := goldap.ParseDN(dn); err == nil && len(parsed.RDNs) > 0 {
		return parsed.RDNs[0].Attributes[0].Value
	}
	return otherwise
}

// written returns the values that stand for a text; none clear it. accountEnabled in bits
// is not one of them: it needs the other bits.
func written(ours, theirs, text string) []string {
	switch {
	case ours == directory.AccountEnabled && strings.EqualFold(theirs, lockedTime):
		if text == "false" {
			return []string{lockedForGood}
		}
		return nil
	case text == "":
		return nil
	case ours == directory.AccountEnabled:
		return []string{strings.ToUpper(text)}
	case ours == directory.LicenseSKUs:
		return directory.Items(text)
	}
	return []string{text}
}

// fold makes distinguished names equal that differ only in case and in how they are
// escaped.
func fold(dn string) string {
	if parsed, err := goldap.ParseDN(dn); err == nil {
		dn = parsed.String()
	}
	return strings.ToLower(dn)
}
