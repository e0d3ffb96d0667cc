package ldap

import (
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// Profile is how objects are written as entries.
type Profile struct {
	Name string // for people

	// ActiveDirectory says which dialect the server speaks: ids that are bytes, values
	// that come in ranges, passwords and sign-in states in attributes of its own.
	ActiveDirectory bool

	ID     string // the attribute that never changes, by which an entry is found again
	SelfDN string // the attribute that holds an entry's own name, for filters

	Classes map[directory.Kind]Class

	// UnitsIn is the attribute of users that holds the keys of their administrative units;
	// "" for units that are groups.
	UnitsIn string

	Member      string // of groups, distinguished names
	Placeholder string // the member of a group without any; "" where a group may be empty
	Owners      Owners // of class groups

	Privileged []string // who holds a directory role: attribute=value, or an attribute that has any
	Guests     []string // who belongs to another organization, the same way

	// PasswordHash is how OpenLDAP is given passwords: ssha, or clear, where the server
	// hashes what it is given.
	PasswordHash string

	PerCall int // changes that one call takes
}

// Class is how objects of one kind are written.
type Class struct {
	Filter string // which entries may be of the kind
	Marker Marker // what tells the kinds of groups apart; none for users

	// Container is the place of new entries: a distinguished name in which {org} stands
	// for the id of the primary organization, {base} for the base, and {name} for an
	// attribute. Places has those of some organizations by id.
	Container string
	Places    map[string]string

	RDN     string // the attribute that names an entry in its place
	Login   string // the attribute that holds the same name, unique in the domain; "" for none
	Follows bool   // the name follows mailNickname; else an entry keeps its name
	MaxName int    // characters of a name
	Prefix  string // of names, for kinds that share a domain's

	ObjectClasses []string // of new entries
	Auxiliary     string   // of them, the one that entries which were there are given, too
	Fixed         map[string][]string
	Filled        map[string]string // attributes of new entries by template, as {displayName|mailNickname}

	Attributes map[string]string // attribute of LDAP by ours; what stands for nothing is not written
	Observed   map[string]string // the same, only read, where the first has no value
}

// Marker is an attribute and the value of it that entries of a kind have.
type Marker struct{ Attribute, Value string }

// Owners is where class groups keep their owners. Attribute may hold one value or any
// number; where it holds one, the others are in More (decision 0045).
type Owners struct {
	Attribute string // "" for no owners
	Single    bool   // Attribute holds one value
	More      string // for all but the first, when Single
	Other     string // in the place of More where the server's schema knows it
}

// pick returns the attribute for owners beyond the first.
func (o Owners) pick(s *schema) string {
	if s.has(o.Other) {
		return o.Other
	}
	return o.More
}

// kinds are those that the profile knows, in the order of directory.Kinds.
func (p *Profile) kinds() []directory.Kind {
	return slices.DeleteFunc(directory.Kinds(), func(k directory.Kind) bool { return p.Classes[k].RDN == "" && !p.inAttribute(k) })
}

// entries are the kinds of objects that have entries.
func (p *Profile) entries() []directory.Kind { return slices.DeleteFunc(p.kinds(), p.inAttribute) }

// below returns the profile with the base put in wherever it says {base}.
func (p Profile) below(base string) Profile {
	at := func(dn string) string { return strings.ReplaceAll(dn, "{base}", base) }
	p.Placeholder = at(p.Placeholder)
	p.Classes = maps.Clone(p.Classes)
	for kind, c := range p.Classes {
		c.Container = at(c.Container)
		c.Places = maps.Clone(c.Places)
		for org, dn := range c.Places {
			c.Places[org] = at(dn)
		}
		p.Classes[kind] = c
	}
	return p
}

// check refuses tables that cannot work.
func (p *Profile) check() error {
	if p.ID == "" || p.Classes[directory.User].RDN == "" {
		return fault.New(fault.Invalid, "The LDAP profile names no id or no users; begin with openldap or activedirectory.")
	}
	for _, kind := range p.entries() {
		c := p.Classes[kind]
		if c.Attributes[directory.AnchorID] == "" {
			return fault.New(fault.Invalid, "The LDAP profile has no attribute for education.anchorId of kind %s.", kind)
		}
		if kind != directory.User && (c.Marker.Attribute == "" || c.Marker.Value == "") {
			return fault.New(fault.Invalid, "The LDAP profile has no marker for entries of kind %s.", kind)
		}
		taken := make(map[string]string)
		for _, ours := range slices.Sorted(maps.Keys(c.Attributes)) {
			theirs := strings.ToLower(c.Attributes[ours])
			if other := taken[theirs]; other != "" && theirs != "" {
				return fault.New(fault.Invalid, "The LDAP profile writes %s and %s of kind %s to one attribute, %s.", other, ours, kind, theirs)
			}
			taken[theirs] = ours
		}
	}
	if p.Owners.Attribute != "" && p.Owners.Single && p.Owners.More == "" {
		return fault.New(fault.Invalid, "%s holds one owner; the LDAP profile needs an attribute for the others.", p.Owners.Attribute)
	}
	return nil
}

// shown is the filter of what is of the kind.
func (p *Profile) shown(kind directory.Kind) string {
	c := p.Classes[kind]
	if c.Marker.Attribute == "" {
		return c.Filter
	}
	return "(&" + c.Filter + equal(c.Marker.Attribute, c.Marker.Value) + ")"
}

// taken is the filter of what is of the kind, or is a group of none.
func (p *Profile) taken(kind directory.Kind) string {
	c := p.Classes[kind]
	if c.Marker.Attribute == "" {
		return c.Filter
	}
	var others strings.Builder
	for _, other := range p.entries() {
		if m := p.Classes[other].Marker; other != kind && m.Attribute != "" {
			others.WriteString(equal(m.Attribute, m.Value))
		}
	}
	if others.Len() == 0 {
		return c.Filter
	}
	return "(&" + c.Filter + "(!(|" + others.String() + ")))"
}
