package ldap

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// create makes an entry, members included. Its id is learned later.
func (d *Directory) create(c *conn, j *job) error {
	name := j.class.name(j.Set)
	dn, err := j.class.place(j.Change, name)
	if err != nil {
		return err
	}
	entry, err := d.newEntry(j, name)
	if err != nil {
		return err
	}
	request := goldap.NewAddRequest(dn, nil)
	for _, attribute := range slices.Sorted(maps.Keys(entry)) {
		request.Attribute(attribute, entry[attribute])
	}
	if err := c.Add(request); err != nil {
		return err
	}
	j.dn = dn
	if j.Kind != directory.User && d.profile.Placeholder != "" {
		j.node.padded = unpadded
		if slices.Equal(entry[d.profile.Member], []string{d.profile.Placeholder}) {
			j.node.padded = padded
		}
	}
	return nil
}

// newEntry returns the values of a new entry by attribute.
func (d *Directory) newEntry(j *job, name string) (map[string][]string, error) {
	class := &j.class
	entry := map[string][]string{"objectClass": class.ObjectClasses, class.RDN: {name}}
	maps.Copy(entry, class.Fixed)
	if class.Login != "" {
		entry[class.Login] = []string{name}
	}
	for ours, text := range j.Set {
		if theirs := class.Attributes[ours]; theirs != "" && theirs != class.RDN && theirs != accountControl {
			if list := written(ours, theirs, text); len(list) > 0 {
				entry[theirs] = list
			}
		}
	}
	for theirs, template := range class.Filled {
		if entry[theirs] != nil {
			continue
		}
		text, err := class.fill(template, j.Change, strings.Clone)
		if err != nil {
			return nil, err
		}
		entry[theirs] = []string{text}
	}
	if j.Kind == directory.User {
		d.giveAccess(j, entry)
	} else {
		d.giveMembers(j, entry)
	}
	return entry, nil
}

// giveAccess lets a new user sign in, or not. In Active Directory the password is to be
// changed at the first sign-in; OpenLDAP is told so by an attribute of the profile.
func (d *Directory) giveAccess(j *job, entry map[string][]string) {
	password := j.Password
	if !d.profile.ActiveDirectory {
		if password != "" {
			entry["userPassword"] = []string{d.profile.hashed(password)}
		}
		return
	}
	control := controlNormal
	if j.Set[directory.AccountEnabled] != "true" {
		control |= controlDisabled
	} else if password == "" {
		password = nobodyKnows() // or else none would do
	}
	entry[accountControl] = []string{strconv.Itoa(control)}
	if password != "" && d.options.encrypted() {
		entry["unicodePwd"] = []string{quoted(password)}
		entry["pwdLastSet"] = []string{"0"}
	}
}

// giveMembers puts people into a new group.
func (d *Directory) giveMembers(j *job, entry map[string][]string) {
	p := &d.profile
	owners := d.namesOf(j, without(j.AddOwners, j.RemoveOwners))
	switch {
	case len(owners) == 0:
	case p.Owners.Single:
		entry[p.Owners.Attribute] = owners[:1]
		if len(owners) > 1 {
			entry[p.Owners.More] = owners[1:]
		}
	default:
		entry[p.Owners.Attribute] = owners
	}
	members := d.namesOf(j, without(j.AddMembers, j.RemoveMembers))
	if len(members) == 0 && p.Placeholder != "" {
		members = []string{p.Placeholder}
	}
	if len(members) > 0 {
		entry[p.Member] = members
	}
}

// namesOf returns the distinguished names of those who are there.
func (d *Directory) namesOf(j *job, ids []string) []string {
	var dns []string
	for _, id := range ids {
		if n, there := j.people[id]; there {
			dns = append(dns, n.dn)
		}
	}
	return dns
}

// without returns the ids that are not among the others.
func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) })
}

// absent returns who was to be added and is not there.
func (j *job) absent() []string {
	var ids []string
	for _, id := range slices.Concat(j.AddOwners, j.AddMembers) {
		if _, there := j.people[id]; !there && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// learnIDs looks up the ids of entries that were made: on the connection that made them,
// since another server may not know of them yet.
func (d *Directory) learnIDs(c *conn, made []*job) error {
	for some := range slices.Chunk(made, perSearch) {
		var either strings.Builder
		for _, j := range some {
			if j.class.Login != "" { // the one name that is indexed
				either.WriteString(equal(j.class.Login, j.class.name(j.Set)))
			} else {
				either.WriteString(equal(d.profile.SelfDN, j.dn))
			}
		}
		entries, err := c.below(d.options.Base, "(|"+either.String()+")", d.profile.ID)
		if err != nil {
			return err
		}
		ids := make(map[string]string, len(entries))
		for _, e := range entries {
			ids[fold(e.DN)] = d.profile.idOf(e)
		}
		for _, j := range some {
			id := ids[fold(j.dn)]
			if id == "" {
				j.end(directory.Outcome{
					Verdict: directory.Later, Rule: directory.Refused,
					Message: "The directory made the entry and does not show it: give the account the right to read what it creates, and " + d.profile.ID + ".",
				})
				continue
			}
			d.names.note(j.Kind, id, node{dn: j.dn, marked: true, padded: j.node.padded})
			j.end(directory.Outcome{ID: id, Verdict: directory.Done, Missing: j.absent()})
		}
	}
	return nil
}

// remove takes an entry away. One that is not there is not missed.
func (d *Directory) remove(c *conn, j *job) error {
	err := d.removeOnce(c, j)
	if gone(err) {
		var there bool
		if there, err = d.moved(c, j, err); there {
			err = d.removeOnce(c, j)
		}
	}
	if err != nil && !gone(err) {
		return err
	}
	d.names.forget(j.Kind, j.ID)
	j.done()
	return nil
}

func (d *Directory) removeOnce(c *conn, j *job) error {
	dn, controls, err := d.aim(j)
	if err != nil {
		return err
	}
	return c.Del(goldap.NewDelRequest(dn, controls))
}
