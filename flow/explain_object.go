package flow

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// Class is what is decided about a class of the roster, and why.
type Class struct {
	Ref  roster.Ref
	Out  Reason // why it does not count
	Sets []Asked
}

// Class returns what is decided about the class with the key, and false when the
// roster has no such class.
func (w *Wanted) Class(key string) (Class, bool) {
	ref := w.classOf(key)
	if ref == roster.None {
		return Class{}, false
	}
	out := Class{Ref: ref, Out: w.classOut(ref)}
	for i := range w.sets {
		set := &w.sets[i]
		out.Sets = append(out.Sets, Asked{FlowSet: set.DisplayName, Out: set.refusesClassesOf(w.roster.Classes[ref].Org)})
	}
	return out, true
}

func (w *Wanted) classOf(key string) roster.Ref {
	id, _ := strings.CutPrefix(key, ClassKey(""))
	return w.roster.Class(id)
}

// Seat is what an enrollment makes of its person.
type Seat struct {
	Enrollment roster.Enrollment
	Owner      bool
	Out        Reason // why it makes the person nothing
	FlowSet    string // the first that maps the role, "" for none
	Default    bool   // by the mapping that holds where none is configured
	Student    bool   // a student becomes an owner by it
}

// Seats returns what the enrollments of a class make of a person, or of
// everybody when user is "".
func (w *Wanted) Seats(class, user string) []Seat {
	ref := w.classOf(class)
	if ref == roster.None {
		return nil
	}
	person := w.personOf(user)
	sets := w.classFlows(w.roster.Classes[ref].Org)
	var seats []Seat
	for _, e := range w.roster.EnrollmentsOf(ref) {
		if user != "" && e.Person != person {
			continue
		}
		s := Seat{Enrollment: e}
		s.Owner, s.Out = w.seat(&e, sets)
		s.FlowSet, s.Default = mapper(w.roster.RoleName(e.Code), sets, s.Owner)
		s.Student = w.studentOwns(&e, sets)
		seats = append(seats, s)
	}
	return seats
}

// mapper returns the first set that makes owners, or members, of a role.
func mapper(role string, sets []*activeSet, owner bool) (flowSet string, byDefault bool) {
	for _, set := range sets {
		f := set.ClassGroup
		if owner && f.owns(role) {
			return set.DisplayName, f.OwnerRoles == nil
		}
		if !owner && f.joins(role) {
			return set.DisplayName, f.MemberRoles == nil
		}
	}
	return "", false
}

// Group is what is decided about a security group or an administrative unit, and
// why.
type Group struct {
	RoleGroup string     // id, "" for any
	Org       roster.Ref // or None
	OrgID     string     // "" for any
	Option    string     // that asks for groups of the sort
	Sets      []Asked
	Wanted    bool
	Dropped   bool // the roster's record of the organization could not be read
}

// Group returns what is decided about the group with the key, and false when it
// is the key of no group: there is no such role group or organization.
func (w *Wanted) Group(kind directory.Kind, key string) (Group, bool) {
	g, ok := w.sortOf(kind, key)
	if !ok {
		return g, false
	}
	_, g.Dropped = slices.BinarySearch(w.roster.Unknown.Orgs, g.OrgID)
	for i := range w.sets {
		set := &w.sets[i]
		asked := Asked{FlowSet: set.DisplayName, Out: set.makes(kind, g.Option), Option: g.Option}
		if asked.Out == "" && g.Org != roster.None {
			asked.Out = w.orgOut(g.Org, set)
		}
		if g.Dropped && asked.Out == "" {
			asked.Out = unless(set.Filter.admits(g.OrgID), OrgNotInFilter)
		}
		g.Sets = append(g.Sets, asked)
	}
	g.Wanted = w.groupAt(kind, key) != nil
	return g, g.Org != roster.None || g.Dropped || g.OrgID == "" && g.RoleGroup != ""
}

// sortOf reads a key.
func (w *Wanted) sortOf(kind directory.Kind, key string) (Group, bool) {
	g := Group{Org: roster.None, Option: byOrg}
	rest, ofOrg := strings.CutPrefix(key, OrgKey(""))
	if ofOrg {
		g.OrgID = rest
	} else {
		rest, ofRole := strings.CutPrefix(key, RoleGroupKey(""))
		id, org, both := strings.Cut(rest, "_")
		g.RoleGroup, g.OrgID, g.Option = id, org, byRoleGroup
		if both {
			g.Option = byOrgRoleGroup
		}
		if !ofRole || w.roleGroup(id) == nil {
			return g, false
		}
	}
	if g.OrgID != "" {
		g.Org = w.roster.Org(g.OrgID)
	}
	units := kind == directory.AdministrativeUnit
	return g, g.Option == byOrgRoleGroup || units == (g.Option == byOrg)
}

func (w *Wanted) roleGroup(id string) *RoleGroup {
	at := slices.IndexFunc(w.settings.RoleGroups, func(g RoleGroup) bool { return g.ID == id })
	if at < 0 {
		return nil
	}
	return &w.settings.RoleGroups[at]
}

// Joining is what the roles of a person make of the person in a group.
type Joining struct {
	Roles       []Reason // by role of the person: why it makes the person no member; nil when the group is not wanted
	Member      bool
	BeyondLimit bool // left out, since the target takes a person into no more units
	Limit       int  // of units of a person; 0 for none
}

// Joining returns why a person is, or is not, a member of a group.
func (w *Wanted) Joining(kind directory.Kind, key, user string) Joining {
	p, g := w.personOf(user), w.groupAt(kind, key)
	if p == roster.None || g == nil {
		return Joining{}
	}
	out := Joining{Limit: w.abilities.Units}
	for _, role := range w.roster.RolesOf(p) {
		out.Roles = append(out.Roles, w.joins(&role, g))
	}
	_, out.Member = slices.BinarySearch(g.members, p)
	out.BeyondLimit = slices.Contains(g.beyond, p)
	return out
}

// GroupsOf returns the keys of the security groups or administrative units that
// are to have a person, and of those that leave the person out because of the
// target's limit, sorted.
func (w *Wanted) GroupsOf(kind directory.Kind, user string) (in, beyond []string) {
	p := w.personOf(user)
	for i := range w.groups[kind] {
		g := &w.groups[kind][i]
		if _, found := slices.BinarySearch(g.members, p); found {
			in = append(in, g.key)
		}
		if slices.Contains(g.beyond, p) {
			beyond = append(beyond, g.key)
		}
	}
	return in, beyond
}

// EachGroup tells the key and the display name of the groups of a kind that are
// wanted, in the order of the keys.
func (w *Wanted) EachGroup(kind directory.Kind, tell func(key, displayName string)) {
	for i := range w.groups[kind] {
		g := &w.groups[kind][i]
		tell(g.key, w.groupName(g))
	}
}

// GroupsFor returns the keys of the groups of a kind that are made of an
// organization, sorted.
func (w *Wanted) GroupsFor(kind directory.Kind, org roster.Ref) []string {
	var keys []string
	for i := range w.groups[kind] {
		if g := &w.groups[kind][i]; g.org == org {
			keys = append(keys, g.key)
		}
	}
	return keys
}

// groupAt returns a group that is wanted, or nil.
func (w *Wanted) groupAt(kind directory.Kind, key string) *group {
	at, found := slices.BinarySearchFunc(w.groups[kind], key, func(g group, key string) int { return strings.Compare(g.key, key) })
	if !found {
		return nil
	}
	return &w.groups[kind][at]
}

// Doubts returns the dropped records for which a person is kept in an object, or
// anybody when user is "".
func (w *Wanted) Doubts(kind directory.Kind, key, user string) []roster.Record {
	var records []roster.Record
	person, _ := strings.CutPrefix(user, UserKey(""))
	if kind == directory.ClassGroup {
		class, _ := strings.CutPrefix(key, ClassKey(""))
		for _, u := range w.roster.Unknown.Enrollments {
			if u.May(class, person) || user == "" && u.May(class, u.Person) {
				records = append(records, u.Record)
			}
		}
		return records
	}
	g := w.groupAt(kind, key)
	if g == nil {
		return nil
	}
	for _, u := range w.roster.Unknown.Roles {
		about := u.Person == "" || u.Person == person || user == ""
		if about && w.mayCount(u.Role) && (u.Org == "" || w.mayBelong(u, w.roster.Org(u.Org), g)) {
			records = append(records, u.Record)
		}
	}
	return records
}

// RoleGroupName returns the display name of a role group, and the id where there
// is none.
func (w *Wanted) RoleGroupName(id string) string {
	if g := w.roleGroup(id); g != nil {
		return g.DisplayName
	}
	return id
}

// FlowSets returns the names of the flow sets.
func (w *Wanted) FlowSets() []string {
	var names []string
	for i := range w.sets {
		names = append(names, w.sets[i].DisplayName)
	}
	return names
}

// RoleGroups returns the role groups of the settings.
func (w *Wanted) RoleGroups() []RoleGroup { return w.settings.RoleGroups }

// Roster returns the roster that all of this is about.
func (w *Wanted) Roster() *roster.Roster { return w.roster }
