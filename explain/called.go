package explain

import (
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// byFoldedKey returns the objects whose key, or the id that it is made of, differs
// from a text in upper and lower case alone.
func (f finder) byFoldedKey(what string) []Name {
	var names []Name
	try := func(kind directory.Kind, key, id string) {
		if strings.EqualFold(what, key) || id != "" && strings.EqualFold(what, id) {
			names = append(names, Name{kind, key})
		}
	}
	for i := range f.roster.People {
		id := f.roster.Str(f.roster.People[i].ID)
		try(directory.User, flow.UserKey(id), id)
	}
	for i := range f.roster.Classes {
		id := f.roster.Str(f.roster.Classes[i].ID)
		try(directory.ClassGroup, flow.ClassKey(id), id)
	}
	f.eachGroup(func(name Name, id, _ string) { try(name.Kind, name.Key, id) })
	return names
}

// eachGroup tells the security groups and administrative units that the role
// groups and the organizations of the roster may have: the name, the id where one
// alone stands for the group, and what people call it.
func (f finder) eachGroup(tell func(name Name, id, called string)) {
	units, groups := directory.AdministrativeUnit, directory.SecurityGroup
	roleGroups := f.wanted.RoleGroups()
	for _, rg := range roleGroups {
		tell(Name{groups, flow.RoleGroupKey(rg.ID)}, rg.ID, rg.DisplayName)
	}
	for i := range f.roster.Orgs {
		id := f.roster.Str(f.roster.Orgs[i].ID)
		tell(Name{units, flow.OrgKey(id)}, id, f.roster.Str(f.roster.Orgs[i].Name))
		for _, rg := range roleGroups {
			key := flow.OrgRoleGroupKey(rg.ID, id)
			tell(Name{groups, key}, "", "")
			tell(Name{units, key}, "", "")
		}
	}
}

// byName returns who and what has the name: people by both names in either order,
// classes by title, organizations and role groups by name, groups by display name.
func (f finder) byName(what string) []Name {
	var names []Name
	for i := range f.roster.People {
		p := &f.roster.People[i]
		given, family := f.roster.Str(p.GivenName), f.roster.Str(p.FamilyName)
		if isName(what, given+" "+family) || isName(what, family+" "+given) || isName(what, family+", "+given) {
			names = append(names, Name{directory.User, flow.UserKey(f.roster.Str(p.ID))})
		}
	}
	for i := range f.roster.Classes {
		if c := &f.roster.Classes[i]; isName(what, f.roster.Str(c.Title)) {
			names = append(names, Name{directory.ClassGroup, flow.ClassKey(f.roster.Str(c.ID))})
		}
	}
	f.eachGroup(func(name Name, _, called string) {
		if isName(what, called) {
			names = append(names, name)
		}
	})
	if len(names) > 0 {
		return names
	}
	for _, kind := range []directory.Kind{directory.AdministrativeUnit, directory.SecurityGroup} {
		f.wanted.EachGroup(kind, func(key, displayName string) {
			if isName(what, displayName) {
				names = append(names, Name{kind, key})
			}
		})
	}
	return names
}

// byPartOfName returns the people who have the given name or the family name.
func (f finder) byPartOfName(what string) []Name {
	var names []Name
	for i := range f.roster.People {
		p := &f.roster.People[i]
		if isName(what, f.roster.Str(p.GivenName)) || isName(what, f.roster.Str(p.FamilyName)) {
			names = append(names, Name{directory.User, flow.UserKey(f.roster.Str(p.ID))})
		}
	}
	return names
}

// isName reports whether a text is the name, whatever its blanks and its case.
func isName(what, name string) bool {
	return name != "" && strings.EqualFold(what, name) ||
		strings.Contains(name, "  ") && strings.EqualFold(what, strings.Join(strings.Fields(name), " "))
}

// personName returns given and family name.
func personName(r *roster.Roster, p roster.Ref) string {
	person := &r.People[p]
	return strings.TrimSpace(r.Str(person.GivenName) + " " + r.Str(person.FamilyName))
}
