package explain

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/roster"
)

// group explains a security group or an administrative unit.
func (x *Explainer) group(a *Answer, s Subject) {
	g, known := x.Wanted.Group(s.Kind, s.Key)
	a.Answer = x.groupVerdict(g, known, s).Text
	a.add("Roster", x.groupRecord(g, s.Key)...)
	if !known {
		return
	}
	a.add("Flow sets", setsOf(s.Kind, g.Sets)...)
	a.add("People", x.groupPeople(s)...)
}

func (x *Explainer) groupVerdict(g flow.Group, known bool, s Subject) Reason {
	head := "The " + noun(s.Kind) + " " + s.Key
	want, asked := x.Wanted.Object(s.Kind, s.Key)
	switch {
	case !known:
		return say("%s is not wanted: the roster has no such organization. One that is there is retired: left as it is, members included.", head).by("Gone")
	case g.Dropped:
		return say("%s is unknown: the row of its organization was dropped because of an error. %s", head,
			untilRead(s, "It is kept as it is.", "It is not made before the row is right.")).by("Unclear")
	case !asked && g.Org != roster.None && !x.roster.Orgs[g.Org].Active:
		return say("%s is not wanted: its organization is not active. One that is there is left as it is.", head).by(string(flow.OrgInactive))
	case !asked:
		return say("%s is not wanted: no flow set asks for it. One that is there is left as it is.", head).by("NotAsked")
	case len(want.Members) == 0 && s.Have == nil:
		return say("%s is not made yet: it would have no member.", head).by(string(roster.NoProvisionedMember))
	}
	return say("%s is wanted, with %s.", head, count(len(want.Members), "member", "members")).by(string(s.Kind))
}

func (x *Explainer) groupRecord(g flow.Group, key string) []Reason {
	var reasons []Reason
	if g.Org != roster.None {
		org := &x.roster.Orgs[g.Org]
		where := x.where(org.Record)
		reasons = append(reasons, say("The roster has the organization at %s: %s.", where, x.org(g.Org)).at(where))
		if !org.Active {
			reasons = append(reasons, say("The organization is not active.").by(string(flow.OrgInactive)).at(where))
		}
		reasons = append(reasons, x.problemsOf(org.Record, x.droppedOrg(g.OrgID))...)
	} else if g.OrgID != "" {
		reasons = append(reasons, x.droppedOrg(g.OrgID)...)
		if len(reasons) == 0 {
			reasons = append(reasons, say("No row of the roster has an organization %s.", g.OrgID).by("Gone"))
		}
	}
	return append(reasons, x.madeOf(g.Org, key)...)
}

// madeOf names the other groups that are made of an organization.
func (x *Explainer) madeOf(org roster.Ref, but string) []Reason {
	if org == roster.None {
		return nil
	}
	var others []string
	for _, kind := range []directory.Kind{directory.AdministrativeUnit, directory.SecurityGroup} {
		others = append(others, x.Wanted.GroupsFor(kind, org)...)
	}
	others = slices.DeleteFunc(others, func(key string) bool { return key == but })
	slices.Sort(others)
	if others = slices.Compact(others); len(others) == 0 {
		return nil
	}
	return []Reason{say("Also made of this organization: %s.", strings.Join(others, ", ")).by("MadeOf")}
}

func (x *Explainer) groupPeople(s Subject) []Reason {
	want, asked := x.Wanted.Object(s.Kind, s.Key)
	if !asked || want.Keep.Object {
		return nil
	}
	reasons := []Reason{say("The flows want %s%s.", count(len(want.Members), "member", "members"), named(want.Members))}
	if n := len(want.Keep.Members); n > 0 {
		reasons = append(reasons, say("Of %s it is not known whether they belong in it; they stay if they are in it: %s.",
			count(n, "person", "people"), strings.Join(want.Keep.Members[:min(n, listed)], ", ")).by("Unclear"))
	}
	for _, rec := range x.Wanted.Doubts(s.Kind, s.Key, "") {
		reasons = append(reasons, x.problemsAt(rec)...)
	}
	return reasons
}

// joining says what each role of a person makes of the person in a group.
func (x *Explainer) joining(s Subject, user string) []Reason {
	p, known := x.Wanted.Person(user)
	if !known {
		return nil
	}
	j := x.Wanted.Joining(s.Kind, s.Key, user)
	var reasons []Reason
	for i, out := range j.Roles {
		role := &p.Roles[i].Role
		where := x.where(role.Record)
		head := x.roster.RoleName(role.Code) + " in " + x.org(role.Org) + " at " + where
		if out == "" {
			reasons = append(reasons, say("%s belongs in this %s.", head, noun(s.Kind)).by(string(s.Kind)).at(where))
		} else {
			reasons = append(reasons, say("%s does not make a member, because %s.", head, why(out)).by(string(out)).at(where))
		}
		reasons = append(reasons, x.problemsAt(role.Record)...)
	}
	if j.Roles != nil && len(j.Roles) == 0 || j.Roles == nil && len(p.Roles) == 0 {
		reasons = append(reasons, say("The roster gives the person no role.").by(string(roster.NoRole)))
	}
	if j.BeyondLimit {
		reasons = append(reasons, x.beyondLimit(s.Kind, s.Key, user))
	}
	if s.Kind == directory.AdministrativeUnit || s.Kind == directory.SecurityGroup {
		reasons = append(reasons, x.groupDoubts(s, user)...)
	}
	return reasons
}

// beyondLimit says that a unit leaves a person out.
func (x *Explainer) beyondLimit(kind directory.Kind, key, user string) Reason {
	limit := x.Wanted.Joining(kind, key, user).Limit
	return say("%s is left out: the directory takes a person into no more than %s; those of the organization of the leading role go first, then those with the lowest ids.",
		key, count(limit, "administrative unit", "administrative units")).by(string(flow.BeyondLimit)).
		todo("If this one matters more, make the role in it the primary one in the roster, or leave other organizations out by a filter.")
}

func (x *Explainer) groupDoubts(s Subject, user string) []Reason {
	var reasons []Reason
	for _, rec := range x.Wanted.Doubts(s.Kind, s.Key, user) {
		reasons = append(reasons, x.problemsAt(rec)...)
	}
	return reasons
}
