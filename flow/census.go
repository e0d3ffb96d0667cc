package flow

import (
	"cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// answer is what the roster says to a question about a person.
type answer uint8

const (
	no answer = iota
	maybe
	yes
)

// Input is what the decisions are made from.
type Input struct {
	Roster    *roster.Roster
	Codes     *roster.Codes
	Settings  Settings
	Abilities directory.Abilities
	AsOf      roster.Date // the day of landing in the tenant's zone; counts only where dates are honoured
	// Honoured are the resets of flows by which everything was planned again.
	Honoured map[string]bool
	// Forgotten are the ids of people who were forgotten, and whom nobody welcomed since
	// (rules 5), as far as the roster has them.
	Forgotten []string
}

// Census knows which roles, people and classes of a roster count, and which
// role group speaks for each person.
type Census struct {
	roster    *roster.Roster
	settings  *Settings
	abilities directory.Abilities
	asOf      roster.Date
	honoured  map[string]bool

	group []int8  // by RoleCode: position in settings.RoleGroups, or -1
	rank  []int   // by RoleCode: priority, lowest first
	lead  []int32 // by person: position in roster.Roles of the leading role, or -1

	unknown   unknownRoles
	excluded  excluded
	forgotten []string // ids of people
}

// unknownRoles are the roles that dropped records may have given, by what is
// known of them.
type unknownRoles struct {
	anybody  []roster.UnknownRole            // of which neither person nor organization is known
	ofPerson map[string][]roster.UnknownRole // by person id
	inOrg    []roster.UnknownRole            // with an organization and no person
}

// NewCensus counts a roster.
func NewCensus(in Input) *Census {
	r := in.Roster
	c := &Census{roster: r, settings: &in.Settings, abilities: in.Abilities, asOf: in.AsOf, honoured: in.Honoured, forgotten: in.Forgotten}
	for _, name := range r.RoleCodes() {
		c.group = append(c.group, groupOf(in.Settings.RoleGroups, name))
		c.rank = append(c.rank, in.Codes.RoleRank(name))
	}
	c.unknown.ofPerson = make(map[string][]roster.UnknownRole)
	for _, u := range r.Unknown.Roles {
		switch {
		case !c.mayCount(u.Role):
		case u.Person != "":
			c.unknown.ofPerson[u.Person] = append(c.unknown.ofPerson[u.Person], u)
		case u.Org != "":
			c.unknown.inOrg = append(c.unknown.inOrg, u)
		default:
			c.unknown.anybody = append(c.unknown.anybody, u)
		}
	}
	c.excluded = newExcluded(r, in.Settings.Exclude, in.Forgotten)
	c.lead = make([]int32, len(r.People))
	for p := range r.People {
		c.lead[p] = c.leadingRole(roster.Ref(p))
		if c.excluded.wasForgotten(roster.Ref(p)) {
			c.lead[p] = -1 // so that nobody is found for the person
		}
	}
	return c
}

func groupOf(groups []RoleGroup, role string) int8 {
	for i, g := range groups {
		for _, r := range g.Roles {
			if r == role {
				return int8(i)
			}
		}
	}
	return -1
}

// counts reports whether a role is active (rules 1).
func (c *Census) counts(role *roster.Role) bool { return c.roleOut(role) == "" }

// roleOut says why a role is not active: itself, its person, its organization, or,
// where dates are honoured, out of time.
func (c *Census) roleOut(role *roster.Role) Reason {
	switch {
	case !role.Active:
		return RecordInactive
	case !c.roster.People[role.Person].Active:
		return PersonInactive
	case !c.roster.Orgs[role.Org].Active:
		return OrgInactive
	case !c.settings.HonourDates:
		return ""
	case role.Session != roster.None && !c.sessionNow(role.Session):
		return OutsideSessions
	case !c.now(role.Start, role.End):
		return OutsideDates
	}
	return ""
}

// classCounts reports whether a class is active (rules 1).
func (c *Census) classCounts(ref roster.Ref) bool { return c.classOut(ref) == "" }

// classOut says why a class is not active: itself, its organization, or, where
// dates are honoured, out of all of its sessions.
func (c *Census) classOut(ref roster.Ref) Reason {
	class := &c.roster.Classes[ref]
	switch {
	case c.excluded.class(ref):
		return ByExclude
	case !class.Active:
		return RecordInactive
	case !c.roster.Orgs[class.Org].Active:
		return OrgInactive
	}
	sessions := c.roster.SessionsOf(ref)
	if !c.settings.HonourDates || len(sessions) == 0 || class.SessionsUnknown {
		return "" // a session that could not be found may be now
	}
	for _, s := range sessions {
		if c.sessionNow(s) {
			return ""
		}
	}
	return OutsideSessions
}

// enrollmentOut says why an enrollment by itself is not active: its status, or,
// where dates are honoured, out of time.
func (c *Census) enrollmentOut(e *roster.Enrollment) Reason {
	if !e.Active {
		return RecordInactive
	}
	if period := c.roster.PeriodOf(e); c.settings.HonourDates && !c.now(period.Start, period.End) {
		return OutsideDates
	}
	return ""
}

func (c *Census) sessionNow(ref roster.Ref) bool {
	s := &c.roster.Sessions[ref]
	return c.now(s.Start, s.End)
}

// now reports whether the day of landing lies between two days, both inclusive,
// the end with the days of grace.
func (c *Census) now(start, end roster.Date) bool {
	if start != 0 && c.asOf < start {
		return false
	}
	return end == 0 || c.asOf <= end+roster.Date(c.settings.GraceDays)
}

// leadingRole returns the position of the role that stands for a person: a
// primary one first, then one of staff, then the one of the highest rank, then
// the lowest organization id (domain page C.1). The role group of it speaks for
// the person: any primary staff role goes before every student role, and so does
// any staff role where none is primary (rules 2).
func (c *Census) leadingRole(p roster.Ref) int32 {
	span := c.roster.People[p].Roles
	best := int32(-1)
	for i := span.First; i < span.End; i++ {
		role := &c.roster.Roles[i]
		if c.group[role.Code] < 0 || !c.counts(role) {
			continue
		}
		if best < 0 {
			best = i
		} else if first, _ := c.leads(role, &c.roster.Roles[best]); first {
			best = i
		}
	}
	return best
}

// leads reports whether role a goes before role b of the same person, and by
// what: what the one lacks that comes after.
func (c *Census) leads(a, b *roster.Role) (bool, Reason) {
	if a.Primary != b.Primary {
		return a.Primary, NotPrimary
	}
	if c.isStaff(a) != c.isStaff(b) {
		return c.isStaff(a), NotStaff
	}
	gradeA, gradeB := c.roster.Str(a.Grade), c.roster.Str(b.Grade)
	for _, by := range [...]struct {
		order int
		lacks Reason
	}{
		{cmp.Compare(c.rank[a.Code], c.rank[b.Code]), LowerRank},
		{cmp.Compare(a.Org, b.Org), LaterOrg},
		{cmp.Compare(number(gradeB != ""), number(gradeA != "")), TellsNoGrade},
		{cmp.Compare(number(b.GradeUnknown), number(a.GradeUnknown)), TellsNoGrade},
		{cmp.Compare(gradeA, gradeB), LaterGrade},
	} {
		if by.order != 0 {
			return by.order < 0, by.lacks
		}
	}
	return false, ""
}

func (c *Census) isStaff(role *roster.Role) bool {
	return c.settings.RoleGroups[c.group[role.Code]].ID == Staff
}

// leader returns the leading role of a person, or nil for people without an
// active role of a role group.
func (c *Census) leader(p roster.Ref) *roster.Role {
	if c.lead[p] < 0 {
		return nil
	}
	return &c.roster.Roles[c.lead[p]]
}

// speaks returns the id of the role group that speaks for a person, or "".
func (c *Census) speaks(p roster.Ref) string {
	role := c.leader(p)
	if role == nil {
		return ""
	}
	return c.settings.RoleGroups[c.group[role.Code]].ID
}

// admits reports whether a filter lets an organization pass.
func (f *Filter) admits(org string) bool {
	if f == nil {
		return true
	}
	for _, id := range f.In {
		if id == org {
			return true
		}
	}
	return false
}

// takesPart says whether a person takes part in a flow set.
func (c *Census) takesPart(p roster.Ref, filter *orgFilter) answer {
	for _, role := range c.roster.RolesOf(p) {
		if c.rolePassed(&role, filter) == "" {
			return yes
		}
	}
	if !c.roster.People[p].Active || c.excluded.person(p) {
		return no
	}
	if _, found := c.hint(c.roster.Str(c.roster.People[p].ID), filter); found {
		return maybe
	}
	return no
}

// rolePassed says why a role does not make its person take part in a set.
func (c *Census) rolePassed(role *roster.Role, filter *orgFilter) Reason {
	switch {
	case c.excluded.wasForgotten(role.Person):
		return Forgotten
	case c.excluded.person(role.Person):
		return ByExclude
	case c.group[role.Code] < 0:
		return RoleInNoGroup
	case !filter.admits(role.Org):
		return OrgNotInFilter
	}
	return c.roleOut(role)
}

// hint returns a dropped record that may give the person a role that the filter
// looks at.
func (c *Census) hint(person string, filter *orgFilter) (roster.UnknownRole, bool) {
	if len(c.unknown.anybody) > 0 {
		return c.unknown.anybody[0], true
	}
	for _, u := range c.unknown.ofPerson[person] {
		if u.Org == "" || filter.filter.admits(u.Org) {
			return u, true
		}
	}
	for _, u := range c.unknown.inOrg {
		if filter.filter.admits(u.Org) {
			return u, true
		}
	}
	return roster.UnknownRole{}, false
}

// mayCount reports whether a role's name, "" for any, may be in a role group.
func (c *Census) mayCount(role string) bool {
	return role == "" || groupOf(c.settings.RoleGroups, role) >= 0
}

// rolesUnknown reports whether a dropped record names the person and may give
// a further role, so that what all roles together tell is not certain.
func (c *Census) rolesUnknown(p roster.Ref) bool {
	if len(c.unknown.ofPerson) == 0 {
		return false
	}
	return len(c.unknown.ofPerson[c.roster.Str(c.roster.People[p].ID)]) > 0
}

// orgFilter is a flow set's filter, made quick for the organizations of one
// roster.
type orgFilter struct {
	filter *Filter
	passes []bool // by organization; nil for all
}

func newOrgFilter(r *roster.Roster, f *Filter) *orgFilter {
	if f == nil {
		return &orgFilter{}
	}
	o := &orgFilter{filter: f, passes: make([]bool, len(r.Orgs))}
	for _, id := range f.In {
		if at := r.Org(id); at != roster.None {
			o.passes[at] = true
		}
	}
	return o
}

func (o *orgFilter) admits(org roster.Ref) bool {
	return o.passes == nil || o.passes[org]
}

// outside returns how many roles, classes and enrollments lie outside their dates,
// for the warning that dates are not looked at.
func (c *Census) outside() int {
	honoured := *c
	settings := *c.settings
	settings.HonourDates, settings.GraceDays = true, 0
	honoured.settings = &settings
	n := 0
	for i := range c.roster.Roles {
		if role := &c.roster.Roles[i]; c.counts(role) && !honoured.counts(role) {
			n++
		}
	}
	for i := range c.roster.Classes {
		if ref := roster.Ref(i); c.classCounts(ref) && !honoured.classCounts(ref) {
			n++
		}
	}
	if !c.roster.HasPeriods() {
		return n
	}
	for i := range c.roster.Enrollments {
		if honoured.enrollmentOut(&c.roster.Enrollments[i]) == OutsideDates {
			n++
		}
	}
	return n
}
