package plan

import (
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// pairs plans owners and members of an object that stays. Who may or may not be there is
// added again, or removed. It returns those that are released: no longer asked for, though
// not by the roster, or there before Homeroom asked.
func (p *Plan) pairs(o object, up, down *Step) *Released {
	w, h := o.want, o.have
	owners, members := p.pairsWanted(o)
	up.Owners.Add = minus(owners, minus(h.Owners, h.Lost.Owners))
	up.Members.Add = minus(members, minus(h.Members, h.Lost.Members))
	goneOwners, freeOwners := p.gone(o, minus(h.Owners, owners), h.StrangeOwners, ownersOf)
	dropped := minus(h.Members, members)
	goneMembers, freeMembers := p.gone(o, dropped, h.StrangeMembers, membersOf)
	pinned := len(filter(dropped, w.Keep.Pins))
	p.Kept.Memberships += len(dropped) - len(goneMembers) - len(freeMembers) - pinned
	if last := lastOwner(h.Owners, h.Lost.Owners, owners, goneOwners); last != "" {
		goneOwners = without(goneOwners, last)
		goneMembers = without(goneMembers, last)
		p.skip(Skip{
			Kind: w.Kind, Key: w.Key, Reason: directoryLastOwner, Record: w.Record, Org: w.Org,
			Detail: last + " is the last owner and stays until another one comes",
		})
	}
	down.Owners.Remove = goneOwners
	down.Members.Remove = goneMembers
	if len(freeOwners)+len(freeMembers) == 0 {
		return nil
	}
	return &Released{Owners: freeOwners, Members: freeMembers}
}

// pairsWanted returns who is to own an object that stays and who is to be in it.
func (p *Plan) pairsWanted(o object) (owners, members []string) {
	if p.fallsBack(o) {
		return ownersOf(o.want), membersOf(o.want)
	}
	return o.want.Owners, o.want.Members
}

const directoryLastOwner = "LastOwner"

// fallsBack reports whether the fallback owners own an object (rules 3, "Last
// owner"): flows ask for no owner, and nobody who is one stays, or a fallback
// owner is one already.
func (p *Plan) fallsBack(o object) bool {
	w, h := o.want, o.have
	if len(w.Owners) > 0 || len(h.Owners) == 0 || len(w.FallbackOwners) == 0 {
		return false
	}
	for _, owner := range h.Owners {
		if !w.Keep.Holds(owner) && (contains(w.FallbackOwners, owner) || standsIn(o.before, owner)) {
			return true
		}
	}
	gone, _ := p.gone(o, h.Owners, h.StrangeOwners, ownersOf)
	return len(gone) == len(h.Owners)
}

// standsIn reports whether a user is a fallback owner of an object that has no
// owner, by one of several wants of it.
func standsIn(wants []*directory.Want, user string) bool {
	return slices.ContainsFunc(wants, func(w *directory.Want) bool {
		return len(w.Owners) == 0 && contains(w.FallbackOwners, user)
	})
}

// ownersOf returns who owns an object that is there: the fallback owners where
// flows ask for nobody.
func ownersOf(w *directory.Want) []string {
	if len(w.Owners) == 0 {
		return w.FallbackOwners
	}
	return w.Owners
}

func membersOf(w *directory.Want) []string {
	if len(w.Owners) == 0 {
		return union(w.Members, w.FallbackOwners)
	}
	return w.Members
}

// gone splits users that are no longer wanted into those that are removed and
// those that are released. Users whose record is unknown are in neither.
func (p *Plan) gone(o object, users, strange []string, list func(*directory.Want) []string) (removed, released []string) {
	for _, user := range users {
		switch {
		case o.want.Keep.Pins(user):
		case p.excluded(directory.User, user):
			released = append(released, user)
		case o.want.Keep.Holds(user):
		case contains(strange, user), stillAsked(o.before, user, list):
			released = append(released, user)
		default:
			removed = append(removed, user)
		}
	}
	return removed, released
}

// stillAsked reports whether earlier settings ask for the user, or would keep the
// user.
func stillAsked(before []*directory.Want, user string, list func(*directory.Want) []string) bool {
	return slices.ContainsFunc(before, func(w *directory.Want) bool {
		return w.Keep.Holds(user) || contains(list(w), user)
	})
}

// lastOwner returns the owner who must stay because all others go and none
// comes, or "". Of those who are lost, nobody knows whether they are owners.
func lastOwner(had, lost, wanted, gone []string) string {
	if len(gone) == 0 || len(wanted) > 0 || len(minus(minus(had, lost), gone)) > 0 {
		return ""
	}
	return surest(gone, lost)
}

// surest returns the first of some owners who is not lost, or else the first.
func surest(owners, lost []string) string {
	return slices.Concat(minus(owners, lost), owners)[0]
}

func contains(sorted []string, s string) bool {
	_, found := slices.BinarySearch(sorted, s)
	return found
}

// minus returns the items of a that are not in b, both sorted.
func minus(a, b []string) []string {
	var out []string
	for _, s := range a {
		for len(b) > 0 && b[0] < s {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != s {
			out = append(out, s)
		}
	}
	return out
}

// union returns the items of a and b, both sorted.
func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// without returns the items of a but for s.
func without(a []string, s string) []string {
	return minus(a, []string{s})
}
