package plan

import "github.com/homeroomhq/homeroom/directory"

// ruleLeavers is the rule of steps by which owners who left are replaced.
const ruleLeavers = "LeaverInRetired"

// retires reports whether an object that is no longer wanted is retired, or is to be: the
// roster lacks what it stands for.
func (p *Plan) retires(o object) bool {
	return o.have.State != directory.Released && len(o.before) == 0 && !p.excluded(o.have.Kind, o.have.Key)
}

// tellLeavers counts the people without any active role in an object that is retired, or is
// to be, but for owners who are replaced.
func (p *Plan) tellLeavers(o object) {
	if !p.retires(o) || p.hasRole == nil {
		return
	}
	replaced := p.replaceLeavers(o.have)
	for _, user := range minus(o.have.Members, replaced) {
		if !p.hasRole(user) {
			p.Leavers++
		}
	}
}

// replaceLeavers plans that others own a retired object in place of owners who have no role
// any more, where there are others (rules 3, "Last owner"). It returns who goes. Whoever was
// there before Homeroom asked, and whom the settings name, stays.
func (p *Plan) replaceLeavers(h *directory.Have) []string {
	if p.successors == nil || len(h.Owners) == 0 {
		return nil
	}
	next, pinned := p.successors(h.Org, h.Key)
	gone := filter(minus(h.Owners, union(h.StrangeOwners, pinned)), func(user string) bool {
		return !p.hasRole(user) && !p.excluded(directory.User, user)
	})
	if len(next) == 0 || len(gone) == 0 {
		return nil
	}
	step := Step{
		Action: Update, Kind: h.Kind, Key: h.Key, ID: h.ID, Org: h.Org, State: directory.Retired,
		Why: []directory.Why{{Rule: ruleLeavers}},
	}
	if len(minus(minus(h.Owners, h.Lost.Owners), gone)) == 0 { // of those who are known to own it
		up := step
		up.Owners.Add, up.Members.Add = next, minus(next, h.Members)
		up.Again = again(&up, h)
		p.add(&up)
	}
	step.Action, step.Owners.Remove, step.Members.Remove = Remove, gone, minus(both(gone, h.Members), h.StrangeMembers)
	p.add(&step)
	return gone
}
