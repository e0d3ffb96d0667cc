package flow_test

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
)

// wantRoleGroups asks for security groups and administrative units.
func (n *naive) wantRoleGroups(wants naiveWants) {
	for i := range n.settings.Sets {
		set := &n.settings.Sets[i]
		for _, g := range n.settings.RoleGroups {
			if set.SecurityGroup != nil && set.SecurityGroup.ByRoleGroup {
				w := ask(wants[directory.SecurityGroup], flow.RoleGroupKey(g.ID), "All "+g.DisplayName, "All"+tag(g)+"SecurityGroup")
				w.createOnly[directory.MailNickname] = flow.RoleGroupKey(g.ID)
				for _, org := range n.everyOrg() {
					n.addRoles(w, set, g.ID, org)
				}
			}
			for org := range n.orgs {
				n.wantOrgRoleGroup(wants, set, g, org)
			}
			for _, org := range n.unknown.Orgs {
				n.wantOrgRoleGroup(wants, set, g, org)
			}
		}
		for org := range n.orgs {
			n.wantOrg(wants[directory.AdministrativeUnit], set, org)
		}
		for _, org := range n.unknown.Orgs {
			n.wantOrg(wants[directory.AdministrativeUnit], set, org)
		}
	}
}

// tag is how other programs call the people of a role group (domain page D.4).
func tag(g flow.RoleGroup) string {
	if g.ID == flow.Staff {
		return "Teachers"
	}
	return g.DisplayName
}

// isGone tells an organization that is there and not active.
func (n *naive) isGone(org string) bool {
	o, present := n.orgs[org]
	return present && !o.active
}

// wantOrgRoleGroup asks for what stands for a role group in an organization. Of an
// organization that was dropped nothing is known, and everything is kept.
func (n *naive) wantOrgRoleGroup(wants naiveWants, set *flow.Set, g flow.RoleGroup, org string) {
	if n.isGone(org) || !passes(set, org) {
		return
	}
	key, o := flow.OrgRoleGroupKey(g.ID, org), n.orgs[org]
	if set.SecurityGroup != nil && set.SecurityGroup.ByOrgRoleGroup {
		w := ask(wants[directory.SecurityGroup], key, g.DisplayName+" - "+o.name, tag(g)+"SecurityGroup")
		w.attributes[directory.SourceSchoolID] = org
		w.createOnly[directory.MailNickname] = directory.Nickname(key)
		w.keep = slices.Contains(n.unknown.Orgs, org)
		n.addRoles(w, set, g.ID, org)
	}
	if set.AdministrativeUnit != nil && set.AdministrativeUnit.ByOrgRoleGroup {
		w := ask(wants[directory.AdministrativeUnit], key, o.name+" - "+g.DisplayName, tag(g)+"AdministrativeUnit")
		w.attributes[directory.SourceSchoolID] = org
		w.keep = slices.Contains(n.unknown.Orgs, org)
		n.addRoles(w, set, g.ID, org)
	}
}

// wantOrg asks for the administrative unit of an organization.
func (n *naive) wantOrg(units map[string]*naiveWant, set *flow.Set, org string) {
	if n.isGone(org) || !passes(set, org) || set.AdministrativeUnit == nil || !set.AdministrativeUnit.ByOrg {
		return
	}
	w := ask(units, flow.OrgKey(org), n.orgs[org].name, "School")
	w.attributes[directory.SourceSchoolID] = org
	w.keep = slices.Contains(n.unknown.Orgs, org)
	n.addRoles(w, set, "", org)
}

// everyOrg returns the ids of all organizations that the roster names in any
// way, and "", which a dropped role may have named.
func (n *naive) everyOrg() []string {
	all := []string{""}
	for org := range n.orgs {
		all = append(all, org)
	}
	for _, u := range n.unknown.Roles {
		all = append(all, u.Org)
	}
	return all
}

// ask returns the object with the key, which is made on the first call: later
// sets add members to it and change nothing else (rules 3, "Overlap").
func ask(objects map[string]*naiveWant, key, displayName, objectType string) *naiveWant {
	w := objects[key]
	if w == nil {
		w = newNaiveWant()
		w.attributes[directory.DisplayName] = displayName
		w.attributes[directory.ObjectType] = objectType
		w.attributes[directory.SyncSource] = "SIS"
		w.attributes[directory.AnchorID] = key
		objects[key] = w
	}
	return w
}

// addRoles adds the provisioned people with a role of the group, "" for any, in
// an organization that the set looks at.
func (n *naive) addRoles(w *naiveWant, set *flow.Set, group, org string) {
	if org != "" && !passes(set, org) {
		return
	}
	for _, person := range n.everyone() {
		has := no
		for _, r := range n.activeRoles(person) {
			if r.org == org && (group == "" || n.groupOf(r.code) == group) {
				has = n.provisioned(person)
			}
		}
		if n.mayHaveRole(person, group, org) {
			has = max(has, maybe)
		}
		key := flow.UserKey(person)
		w.members[key] = max(w.members[key], has)
	}
	for _, u := range n.unknown.Roles {
		if u.Person == "" && names(u.Org, org) && n.mayBe(u.Role, n.heard(u, group)) {
			w.everybody = true
		}
	}
}

// limitUnits keeps people to as many units as the target takes: those of the
// primary organization first, then by organization.
func (n *naive) limitUnits(units map[string]*naiveWant) {
	if n.abilities.Units == 0 {
		return
	}
	for _, person := range n.everyone() {
		lead, _ := n.lead(person)
		left := n.abilities.Units
		for _, primary := range []bool{true, false} {
			for _, org := range n.orgsOf(person) {
				if (org == lead.org) == primary {
					left = n.limitUnitsOf(units, person, org, left)
				}
			}
		}
	}
}

// limitUnitsOf takes a person out of those units of an organization that are too
// many, and returns how many more the person may be in.
func (n *naive) limitUnitsOf(units map[string]*naiveWant, person, org string, left int) int {
	user := flow.UserKey(person)
	for _, group := range []string{flow.Staff, flow.Students, ""} { // in the order of the keys
		key := flow.OrgRoleGroupKey(group, org)
		if group == "" {
			key = flow.OrgKey(org)
		}
		w := units[key]
		switch {
		case w == nil || w.members[user] != yes:
		case left > 0:
			left--
		case n.mayHaveRole(person, group, org):
			w.members[user] = maybe
		default:
			w.members[user] = no
		}
	}
	return left
}
