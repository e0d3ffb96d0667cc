package ldap

import (
	"slices"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// mustLook reports whether a strict modify would not do: somebody is both added and
// removed, or one owner has another place than the others.
func (d *Directory) mustLook(j *job) bool {
	both := func(add, remove []string) bool { return len(without(add, remove)) < len(add) }
	return both(j.AddMembers, j.RemoveMembers) || both(j.AddOwners, j.RemoveOwners) ||
		d.profile.Owners.Single && len(j.AddOwners)+len(j.RemoveOwners) > 0
}

// movePeople adds to a request what is to be done about owners and members.
func (d *Directory) movePeople(c *conn, j *job, request *goldap.ModifyRequest, look bool) error {
	if look {
		return d.moveSome(c, j, request)
	}
	member := d.profile.Member
	add, remove := d.namesOf(j, j.AddMembers), d.namesOf(j, j.RemoveMembers)
	addValues(request, member, add)
	addValues(request, d.profile.Owners.Attribute, d.namesOf(j, j.AddOwners))
	deleteValues(request, member, remove)
	deleteValues(request, d.profile.Owners.Attribute, d.namesOf(j, j.RemoveOwners))
	if len(add) == 0 || d.profile.Placeholder == "" {
		return nil
	}
	if err := d.learnPadding(c, j); err != nil {
		return err
	}
	if j.node.padded == padded {
		deleteValues(request, member, []string{d.profile.Placeholder})
		j.node.padded = unpadded
	}
	return nil
}

// learnPadding asks whether a group that gets members has the placeholder, once.
func (d *Directory) learnPadding(c *conn, j *job) error {
	if j.node.padded != unknown {
		return nil
	}
	is, err := c.Compare(j.node.dn, d.profile.Member, d.profile.Placeholder)
	if isLost(err) {
		return err
	}
	j.node.padded = unpadded
	if err == nil && is {
		j.node.padded = padded
	}
	return nil
}

func addValues(request *goldap.ModifyRequest, attribute string, dns []string) {
	if len(dns) > 0 {
		request.Add(attribute, dns)
	}
}

func deleteValues(request *goldap.ModifyRequest, attribute string, dns []string) {
	if len(dns) > 0 {
		request.Delete(attribute, dns)
	}
}

// moveSome looks at the group, notes who was there, and asks for what remains.
func (d *Directory) moveSome(c *conn, j *job, request *goldap.ModifyRequest) error {
	p := &d.profile
	attributes := distinct([]string{p.Member, p.Owners.Attribute, p.Owners.More})
	e, err := d.own(c, j, attributes...)
	if err != nil {
		return err
	}
	if e == nil {
		return goldap.NewError(goldap.LDAPResultNoSuchObject, errGone)
	}
	has := make(map[string][]string)
	for _, attribute := range attributes {
		if has[attribute], err = c.all(e, attribute); err != nil {
			return err
		}
	}
	d.moveMembers(j, request, has[p.Member])
	if j.Kind == directory.ClassGroup && p.Owners.Attribute != "" {
		d.moveOwners(j, request, has[p.Owners.Attribute], has[p.Owners.More])
	}
	return nil
}

// moveMembers asks for what remains to be done about members, and sees to it that a group
// that must have one has one.
func (d *Directory) moveMembers(j *job, request *goldap.ModifyRequest, has []string) {
	there := newSet(has)
	j.outcome.OldMembers = d.among(j, j.AddMembers, there)
	add := there.absent(d.namesOf(j, without(j.AddMembers, j.RemoveMembers)))
	remove := there.present(d.namesOf(j, j.RemoveMembers))
	if dummy := d.profile.Placeholder; dummy != "" && len(add)+len(remove) > 0 {
		_, is := there[fold(dummy)]
		left := len(has) + len(add) - len(remove)
		switch {
		case is && left > 1:
			remove = append(remove, there.present([]string{dummy})...)
		case !is && left == 0:
			add = append(add, dummy)
		}
		j.node.padded = unpadded
		if left == 0 || is && left == 1 {
			j.node.padded = padded
		}
	}
	addValues(request, d.profile.Member, add)
	deleteValues(request, d.profile.Member, remove)
}

// moveOwners asks for what remains to be done about owners.
func (d *Directory) moveOwners(j *job, request *goldap.ModifyRequest, has, more []string) {
	p := &d.profile.Owners
	there := newSet(slices.Concat(has, more))
	j.outcome.OldOwners = d.among(j, j.AddOwners, there)
	add := there.absent(d.namesOf(j, without(j.AddOwners, j.RemoveOwners)))
	remove := there.present(d.namesOf(j, j.RemoveOwners))
	if !p.Single {
		addValues(request, p.Attribute, add)
		deleteValues(request, p.Attribute, remove)
		return
	}
	change := shareOut(has, more, add, remove)
	deleteValues(request, p.Attribute, change.leave)
	addValues(request, p.Attribute, change.enter)
	deleteValues(request, p.More, change.leaveMore)
	addValues(request, p.More, change.enterMore)
}

// shares are the owners who come and go where one of them is in an attribute that holds
// one value, and the others in another one.
type shares struct{ leave, enter, leaveMore, enterMore []string }

// shareOut lets the first owner stay as long as that is an owner, and puts the next one
// there when it is not (decision 0045). has holds one name at most.
func shareOut(has, more, add, remove []string) (s shares) {
	gone := newSet(remove)
	s.leave, s.leaveMore = gone.present(has), gone.present(more)
	stay := gone.absent(more)
	if len(s.leave) == len(has) { // the first place is free
		switch {
		case len(stay) > 0:
			s.enter = stay[:1]
			s.leaveMore = append(s.leaveMore, stay[0])
		case len(add) > 0:
			s.enter, add = add[:1], add[1:]
		}
	}
	s.enterMore = add
	return s
}

// among returns those of the ids whose names are there.
func (d *Directory) among(j *job, ids []string, there set) []string {
	var among []string
	for _, id := range ids {
		if n, known := j.people[id]; known {
			if _, is := there[fold(n.dn)]; is {
				among = append(among, id)
			}
		}
	}
	return among
}

// set is distinguished names, as they are written by what they are folded to.
type set map[string]string

func newSet(dns []string) set {
	s := make(set, len(dns))
	for _, dn := range dns {
		s[fold(dn)] = dn
	}
	return s
}

// present returns those of the names that are in the set, each once and as they are written
// there; absent, those that are not.
func (s set) present(dns []string) (found []string) {
	seen := make(map[string]bool)
	for _, dn := range dns {
		key := fold(dn)
		if written, is := s[key]; is && !seen[key] {
			seen[key] = true
			found = append(found, written)
		}
	}
	return found
}

func (s set) absent(dns []string) (rest []string) {
	for _, dn := range dns {
		if _, is := s[fold(dn)]; !is {
			rest = append(rest, dn)
		}
	}
	return rest
}
