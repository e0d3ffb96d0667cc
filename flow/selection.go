package flow

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Selection is a part of everything: what a run is about that somebody limits to a
// school, a class or a person.
type Selection struct {
	orgs    map[string]string // names by id of the organization
	objects map[string]bool   // keys
	users   map[string]bool   // keys
	missing map[string]bool   // names of which nothing was found yet
}

// Select returns what belongs to the names: the key of an object, or, with or without
// School_ before it, the id of an organization. An organization stands for its
// objects and for the people in it, a group for itself and for the people whom the
// flows want in it, so that nobody is put into a group without an account.
func (w *Wanted) Select(names []string) *Selection {
	part := &Selection{
		orgs: make(map[string]string), objects: make(map[string]bool), users: make(map[string]bool), missing: make(map[string]bool),
	}
	for _, name := range names {
		id, prefixed := strings.CutPrefix(name, OrgKey(""))
		known := w.roster.Org(id) != roster.None
		part.missing[name] = !known
		switch {
		case known || prefixed:
			part.orgs[id] = name
		case strings.HasPrefix(name, UserKey("")):
			part.users[name] = true
		default:
			part.objects[name] = true
		}
	}
	w.addPeople(part)
	return part
}

// addPeople adds the people of a part's organizations and groups.
func (w *Wanted) addPeople(part *Selection) {
	for i := range w.roster.People {
		p := roster.Ref(i)
		if slices.ContainsFunc(w.roster.RolesOf(p), func(role roster.Role) bool { return part.orgs[w.orgID(role.Org)] != "" }) {
			part.users[w.userKey(p)] = true
		}
	}
	for _, kind := range directory.Kinds() {
		for want := range w.Objects(kind, directory.Span{}) {
			if kind == directory.User || !part.Has(kind, want.Key, want.Org) {
				continue
			}
			for _, user := range slices.Concat(want.Members, want.FallbackOwners) {
				part.users[user] = true
			}
		}
	}
}

// Has reports whether an object, which belongs to an organization or to none, is in
// the part.
func (p *Selection) Has(kind directory.Kind, key, org string) bool {
	name := p.orgs[org]
	delete(p.missing, name)
	if kind == directory.User {
		delete(p.missing, key)
		return name != "" || p.users[key]
	}
	if p.objects[key] {
		delete(p.missing, key)
	}
	return name != "" || p.objects[key]
}

// HasUser reports whether the person with the key is in the part.
func (p *Selection) HasUser(key string) bool { return p.users[key] }

// Missing returns the names that no object was found for, sorted.
func (p *Selection) Missing() []string {
	var names []string
	for name, missing := range p.missing {
		if missing {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
