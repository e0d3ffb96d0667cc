package plan

import "slices"

// side is owners or members of an object that a run changed.
type side struct {
	what                       string
	had, strange, shown        []string // by the ledger; those there before; as the directory shows them, by id
	added, again, taken, freed []string // by the run: added, of whom were let go of before; removed; let go of
}

// side returns what the run did to owners or members.
func (u *undoing) side(what string, had, strange, shown []string, of func(*Step) (Pairs, []string, []string)) side {
	out := side{what: what, had: had, strange: strange, shown: shown}
	for i := range u.steps {
		pairs, again, freed := of(&u.steps[i])
		out.added, out.again = union(out.added, pairs.Add), union(out.again, again)
		out.taken, out.freed = union(out.taken, pairs.Remove), union(out.freed, freed)
	}
	return out
}

// pairs plans to remove who was added and to add who was removed. Who was let go of is
// Homeroom's again, and who was Homeroom's again is let go of.
func (u *undoing) pairs() {
	owners := u.side("owners", u.have.Owners, u.have.StrangeOwners, u.seen.Owners, ownersIn)
	members := u.side("members", u.have.Members, u.have.StrangeMembers, u.seen.Members, membersIn)
	var free Released
	u.up.Owners.Add, u.down.Owners.Remove, free.Owners = u.inverse(owners)
	u.up.Members.Add, u.down.Members.Remove, free.Members = u.inverse(members)
	if last := lastOwner(minus(u.have.Owners, free.Owners), u.have.Lost.Owners, u.up.Owners.Add, u.down.Owners.Remove); last != "" {
		u.down.Owners.Remove = without(u.down.Owners.Remove, last)
		u.down.Members.Remove = without(u.down.Members.Remove, last)
		u.leave(directoryLastOwner, last+" is the last owner and stays until another one comes")
	}
	if len(free.Owners)+len(free.Members) > 0 {
		step := u.step(Release)
		step.Released, step.State = &free, u.up.State
		u.add(&step)
	}
}

func ownersIn(s *Step) (Pairs, []string, []string) {
	var again, freed []string
	if s.Again != nil {
		again = s.Again.Owners
	}
	if s.Released != nil {
		freed = s.Released.Owners
	}
	return s.Owners, again, freed
}

func membersIn(s *Step) (Pairs, []string, []string) {
	var again, freed []string
	if s.Again != nil {
		again = s.Again.Members
	}
	if s.Released != nil {
		freed = s.Released.Members
	}
	return s.Members, again, freed
}

// inverse returns who is to be added, removed and let go of.
func (u *undoing) inverse(s side) (add, remove, free []string) {
	free = both(union(s.again, both(s.added, s.strange)), s.had)
	remove = minus(both(s.added, s.had), free)
	add = minus(s.taken, s.had)
	for _, user := range minus(s.freed, s.had) {
		if slices.Contains(s.shown, u.ids[user]) {
			add = union(add, []string{user})
		} else {
			u.leave(changedSince, s.what)
		}
	}
	return add, remove, free
}
