package flow

import (
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// group is a security group or an administrative unit: the people of a role
// group, of an organization, or of both.
type group struct {
	kind      directory.Kind
	key       string
	roleGroup int        // position in settings.RoleGroups, or -1 for any
	org       roster.Ref // or None for any
	unknown   bool       // its organization was dropped: keep it as it is
	sets      []*activeSet
	flow      string       // name of the flow type
	members   []roster.Ref // sorted
	kept      []roster.Ref // sorted
	beyond    []roster.Ref // sorted: left out because of the target's limit
	keptKeys  []string     // of people who are not in the roster
	keepAll   bool
}

// collectGroups makes the security groups and administrative units and puts
// people into them.
func (w *Wanted) collectGroups() {
	byKey := map[directory.Kind]map[string]*group{
		directory.SecurityGroup:      {},
		directory.AdministrativeUnit: {},
	}
	for i := range w.sets {
		w.addGroups(byKey, &w.sets[i])
	}
	w.groups = make(map[directory.Kind][]group)
	for kind, groups := range byKey {
		index := newGroupIndex(len(w.settings.RoleGroups), len(w.roster.Orgs))
		for _, g := range groups {
			index.add(g)
		}
		w.populate(index)
		w.keepDropped(groups)
		for _, key := range slices.Sorted(maps.Keys(groups)) {
			w.groups[kind] = append(w.groups[kind], *groups[key])
		}
	}
	w.limitUnits()
}

// addGroups adds the groups that one set asks for.
func (w *Wanted) addGroups(byKey map[directory.Kind]map[string]*group, set *activeSet) {
	add := func(kind directory.Kind, flow, key string, g group) {
		found := byKey[kind][key]
		if found == nil {
			g.kind, g.key, g.flow = kind, key, flow
			found = &g
			byKey[kind][key] = found
		}
		found.sets = append(found.sets, set)
	}
	security, units := directory.SecurityGroup, directory.AdministrativeUnit
	for i, rg := range w.settings.RoleGroups {
		if set.makes(security, byRoleGroup) == "" {
			add(security, securityGroupFlowName, RoleGroupKey(rg.ID), group{roleGroup: i, org: roster.None})
		}
		for org, id := range w.orgsOf(set) {
			one := group{roleGroup: i, org: org, unknown: org == roster.None}
			if set.makes(security, byOrgRoleGroup) == "" {
				add(security, securityGroupFlowName, OrgRoleGroupKey(rg.ID, id), one)
			}
			if set.makes(units, byOrgRoleGroup) == "" {
				add(units, administrativeUnitFlowName, OrgRoleGroupKey(rg.ID, id), one)
			}
		}
	}
	if set.makes(units, byOrg) == "" {
		for org, id := range w.orgsOf(set) {
			add(units, administrativeUnitFlowName, OrgKey(id), group{roleGroup: -1, org: org, unknown: org == roster.None})
		}
	}
}

// The options that ask for groups, by what the groups are made of.
const (
	byRoleGroup    = "createBasedOnRoleGroup"
	byOrg          = "createBasedOnOrg"
	byOrgRoleGroup = "createBasedOnOrgPlusRoleGroup"
)

// makes says why a set makes no groups of a kind for an option.
func (s *activeSet) makes(kind directory.Kind, option string) Reason {
	security, units := s.SecurityGroup, s.AdministrativeUnit
	var on bool
	switch {
	case kind == directory.SecurityGroup && security == nil, kind == directory.AdministrativeUnit && units == nil:
		return NoSuchFlow
	case kind == directory.SecurityGroup:
		on = option == byRoleGroup && security.ByRoleGroup || option == byOrgRoleGroup && security.ByOrgRoleGroup
	default:
		on = option == byOrg && units.ByOrg || option == byOrgRoleGroup && units.ByOrgRoleGroup
	}
	if !on {
		return OptionOff
	}
	return ""
}

// orgsOf yields the organizations that a set names, with their ids: those that
// are active, and, as None, those that were dropped.
func (w *Wanted) orgsOf(set *activeSet) func(yield func(roster.Ref, string) bool) {
	return func(yield func(roster.Ref, string) bool) {
		for i := range w.roster.Orgs {
			org := roster.Ref(i)
			if w.orgOut(org, set) == "" && !yield(org, w.orgID(org)) {
				return
			}
		}
		for _, id := range w.roster.Unknown.Orgs {
			if set.Filter.admits(id) && !yield(roster.None, id) {
				return
			}
		}
	}
}

// orgOut says why a set makes nothing of an organization.
func (w *Wanted) orgOut(org roster.Ref, set *activeSet) Reason {
	switch {
	case !w.roster.Orgs[org].Active:
		return OrgInactive
	case !set.orgs.admits(org):
		return OrgNotInFilter
	}
	return ""
}

// groupIndex finds the groups that a role belongs to.
type groupIndex struct {
	orgs int
	at   []*group // by role group (the last row: any) and organization (the last column: any)
}

func newGroupIndex(roleGroups, orgs int) *groupIndex {
	return &groupIndex{orgs: orgs, at: make([]*group, (roleGroups+1)*(orgs+1))}
}

func (x *groupIndex) slot(roleGroup int, org roster.Ref) int {
	rows := len(x.at) / (x.orgs + 1)
	if roleGroup < 0 {
		roleGroup = rows - 1
	}
	if org == roster.None {
		org = roster.Ref(x.orgs)
	}
	return roleGroup*(x.orgs+1) + int(org)
}

func (x *groupIndex) add(g *group) {
	if !g.unknown {
		x.at[x.slot(g.roleGroup, g.org)] = g
	}
}

// of returns the groups that a role of a role group in an organization may
// belong to: by both, by the organization, by the role group.
func (x *groupIndex) of(roleGroup int, org roster.Ref) [3]*group {
	return [3]*group{
		x.at[x.slot(roleGroup, org)],
		x.at[x.slot(-1, org)],
		x.at[x.slot(roleGroup, roster.None)],
	}
}

// populate puts every person into the groups that the person's roles belong to.
func (w *Wanted) populate(index *groupIndex) {
	for i := range w.roster.People {
		p := roster.Ref(i)
		if w.stands[p] == no {
			continue
		}
		for _, role := range w.roster.RolesOf(p) {
			rg := int(w.group[role.Code])
			if rg < 0 {
				continue
			}
			for _, g := range index.of(rg, role.Org) {
				if g != nil && w.joins(&role, g) == "" {
					g.put(p, w.stands[p])
				}
			}
		}
	}
}

// joins says why a role does not make its person a member of a group.
func (w *Wanted) joins(role *roster.Role, g *group) Reason {
	rg := int(w.group[role.Code])
	switch {
	case rg < 0:
		return RoleInNoGroup
	case g.roleGroup >= 0 && g.roleGroup != rg:
		return AnotherRoleGroup
	case g.org != roster.None && g.org != role.Org:
		return AnotherOrg
	case !g.looksAt(role.Org):
		return OrgNotInFilter
	}
	return w.roleOut(role)
}

// looksAt reports whether a set that asks for the group looks at an
// organization.
func (g *group) looksAt(org roster.Ref) bool {
	for _, set := range g.sets {
		if set.orgs.admits(org) {
			return true
		}
	}
	return false
}

// put adds a person, once; people come in order.
func (g *group) put(p roster.Ref, stands answer) {
	list := &g.members
	if stands == maybe {
		list = &g.kept
	}
	if n := len(*list); n == 0 || (*list)[n-1] != p {
		*list = append(*list, p)
	}
}

// keepDropped marks the memberships that dropped roles may support.
func (w *Wanted) keepDropped(groups map[string]*group) {
	for _, u := range w.roster.Unknown.Roles {
		if u.Org == "" {
			continue // marked in all groups: see shareKeeps
		}
		org := w.roster.Org(u.Org)
		for _, g := range groups {
			if !w.mayBelong(u, org, g) {
				continue
			}
			if u.Person == "" {
				g.keepAll = true
			} else {
				g.keptKeys = append(g.keptKeys, UserKey(u.Person))
			}
		}
	}
}

// mayBelong reports whether a dropped role may belong to a group.
func (w *Wanted) mayBelong(u roster.UnknownRole, org roster.Ref, g *group) bool {
	if g.unknown {
		return false // kept whole
	}
	if rg := int(groupOf(w.settings.RoleGroups, u.Role)); u.Role != "" && (rg < 0 || g.roleGroup >= 0 && g.roleGroup != rg) {
		return false
	}
	if g.org != roster.None {
		return g.org == org
	}
	for _, set := range g.sets {
		if set.Filter.admits(u.Org) {
			return true
		}
	}
	return false
}

// want returns what is wanted of a group.
func (g *group) want(w *Wanted) directory.Want {
	want := directory.Want{Kind: g.kind, Key: g.key}
	if g.unknown {
		want.Keep.Object = true
		return want
	}
	want.Org = w.orgID(g.org)
	if g.org != roster.None {
		want.Record = w.roster.Where(w.roster.Orgs[g.org].Record)
	}
	for _, set := range g.sets {
		want.Rewrite = want.Rewrite || w.isReset(set.reset(g.kind))
		want.Why = append(want.Why, directory.Why{FlowSet: set.DisplayName, Flow: g.flow, Rule: string(g.kind), Record: want.Record})
	}
	for _, f := range w.groupFacts(g) {
		f.write(&want)
	}
	want.Members = w.userKeys(g.members)
	want.Keep = directory.Keep{
		AllMembers: g.keepAll || w.shared.anyOrg,
		Members:    sortedOnce(append(w.userKeys(g.kept), g.keptKeys...)),
		Shared:     w.shared.orgUsers,
		Pinned:     w.pinned(g.key),
	}
	return want
}

// reset returns the reset of the flow that makes groups of a kind.
func (s *activeSet) reset(k directory.Kind) string {
	if k == directory.SecurityGroup {
		return s.SecurityGroup.Reset
	}
	return s.AdministrativeUnit.Reset
}

// groupFacts returns the attributes of a group (domain pages D.4 and D.5).
func (w *Wanted) groupFacts(g *group) []Fact {
	facts := []Fact{
		{Name: directory.DisplayName, Value: w.groupName(g)},
		{Name: directory.ObjectType, Value: w.groupType(g)},
		{Name: directory.AnchorID, Value: g.key},
		{Name: directory.SyncSource, Value: "SIS"},
	}
	if g.org != roster.None {
		facts = append(facts, Fact{Name: directory.SourceSchoolID, Value: w.orgID(g.org)})
	}
	if g.kind == directory.SecurityGroup {
		facts = append(facts, Fact{Name: directory.MailNickname, Value: directory.Nickname(g.key), When: Created})
	}
	return facts
}

func (w *Wanted) groupName(g *group) string {
	names := w.settings.Names
	template := names.Org
	switch {
	case g.org == roster.None:
		template = names.RoleGroup
	case g.kind == directory.SecurityGroup:
		template = names.OrgRoleGroup
	case g.roleGroup >= 0:
		template = names.AdministrativeUnitOfRole
	}
	return fill(template, "org", w.orgName(g.org), "roleGroup", w.roleGroupName(g))
}

func (w *Wanted) roleGroupName(g *group) string {
	if g.roleGroup < 0 {
		return ""
	}
	return w.settings.RoleGroups[g.roleGroup].DisplayName
}

// groupType returns the object type by which other programs know a group
// (domain pages D.4 and D.5).
func (w *Wanted) groupType(g *group) string {
	if g.roleGroup < 0 {
		return "School"
	}
	people := w.settings.RoleGroups[g.roleGroup].DisplayName
	if w.settings.RoleGroups[g.roleGroup].ID == Staff {
		people = "Teachers"
	}
	people = strings.ReplaceAll(people, " ", "")
	switch {
	case g.org == roster.None:
		return "All" + people + "SecurityGroup"
	case g.kind == directory.SecurityGroup:
		return people + "SecurityGroup"
	}
	return people + "AdministrativeUnit"
}
