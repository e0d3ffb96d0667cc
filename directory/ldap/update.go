package ldap

import (
	"cmp"
	"context"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// update changes an entry that is there: its name first, where that is asked for, and
// everything else in one request. Nothing is left of a change that is refused.
func (d *Directory) update(ctx context.Context, c *conn, j *job) error {
	former, err := d.rename(c, j)
	if gone(err) {
		var there bool
		if there, err = d.moved(c, j, err); there {
			former, err = d.rename(c, j)
		}
	}
	if err == nil {
		err = d.modify(ctx, c, j)
	}
	if err == nil {
		if !j.settled {
			j.end(directory.Outcome{
				ID: j.ID, Verdict: directory.Done, Missing: j.absent(),
				OldOwners: j.outcome.OldOwners, OldMembers: j.outcome.OldMembers,
			})
		}
		return nil
	}
	if former != "" && !isLost(err) {
		if back := d.renameTo(c, j, former); isLost(back) {
			return back
		}
	}
	if gone(err) {
		d.names.forget(j.Kind, j.ID)
		j.missing()
		return nil
	}
	return err
}

// moved looks by its id for an entry that is not where it was. When it is nowhere, the
// error is the one that said so.
func (d *Directory) moved(c *conn, j *job, gone error) (bool, error) {
	d.names.forget(j.Kind, j.ID)
	entries, err := c.below(d.options.Base, "(&"+d.profile.taken(j.Kind)+d.profile.byID(j.ID)+")", append(d.signs(j.Kind), d.profile.ID)...)
	if err != nil {
		return false, err
	}
	if len(entries) == 0 {
		return false, gone
	}
	d.meet(j.Kind, entries[0])
	n, there := d.names.get(j.Kind, j.ID)
	if j.node = n; !there {
		return false, gone
	}
	return true, nil
}

// rename gives the entry another name in its place where the change asks for that, and
// returns the one that it had before; "" when it keeps it.
func (d *Directory) rename(c *conn, j *job) (former string, err error) {
	name := ""
	switch _, named := j.class.Attributes[directory.MailNickname]; {
	case named && j.Set[directory.MailNickname] == "":
	case j.class.Follows && (named || j.Set[directory.AnchorID] != ""):
		name = j.class.name(j.Set)
	case named && strings.EqualFold(j.class.Attributes[directory.MailNickname], j.class.RDN):
		name = j.Set[directory.MailNickname]
	}
	if name == "" {
		return "", nil
	}
	parsed, err := goldap.ParseDN(j.node.dn)
	if err != nil || len(parsed.RDNs[0].Attributes) != 1 {
		return "", err
	}
	now := parsed.RDNs[0].Attributes[0]
	if !strings.EqualFold(now.Type, j.class.RDN) || now.Value == name {
		return "", nil
	}
	if err := d.renameTo(c, j, name); err != nil {
		return "", err
	}
	return now.Value, nil
}

func (d *Directory) renameTo(c *conn, j *job, name string) error {
	rdn := j.class.rdn(name)
	if d.profile.ActiveDirectory { // which takes no id here
		e, err := d.own(c, j, "1.1")
		if err != nil {
			return err
		}
		if e == nil {
			return goldap.NewError(goldap.LDAPResultNoSuchObject, errGone)
		}
		j.node.dn = e.DN
	}
	_, controls, err := d.aim(j)
	if err != nil {
		return err
	}
	request := goldap.NewModifyDNRequest(j.node.dn, rdn, true, "")
	request.Controls = controls
	if err := c.ModifyDN(request); err != nil {
		return err
	}
	parsed, err := goldap.ParseDN(j.node.dn)
	if err != nil {
		return err
	}
	parsed.RDNs = parsed.RDNs[1:]
	j.node.dn = rdn + "," + parsed.String()
	j.node = d.names.note(j.Kind, j.ID, j.node)
	return nil
}

// attempts is how often a change is tried while others change the same entry.
const attempts = 4

// modify sets values and moves people, strictly at first. Where that fails since somebody
// was there, or was not, the entry is looked at.
func (d *Directory) modify(ctx context.Context, c *conn, j *job) error {
	look, before := d.mustLook(j), error(nil)
	for attempt := 1; ; attempt++ {
		err := d.tryModify(c, j, look)
		if err == nil {
			j.node = d.names.note(j.Kind, j.ID, node{dn: j.node.dn, marked: true, padded: j.node.padded})
			return nil
		}
		if attempt == attempts || isLost(err) || before != nil && codeOf(err) == codeOf(before) && !busyElsewhere(err) {
			return err
		}
		if may, learnErr := d.mayPass(ctx, c, j, err); !may {
			return cmp.Or(learnErr, err)
		}
		look, before = true, err
	}
}

// tryModify sends one request for all that is to be done to the entry where it is now.
func (d *Directory) tryModify(c *conn, j *job, look bool) error {
	dn, controls, err := d.aim(j)
	if err != nil {
		return err
	}
	request := goldap.NewModifyRequest(dn, controls)
	if err := d.newValues(c, j, request); err != nil {
		return err
	}
	if j.movesPeople() {
		if err := d.movePeople(c, j, request, look); err != nil {
			return err
		}
	}
	if len(request.Changes) == 0 {
		return nil
	}
	return c.Modify(request)
}

func (j *job) movesPeople() bool {
	return len(j.AddOwners)+len(j.AddMembers)+len(j.RemoveMembers)+len(j.RemoveOwners) > 0
}

// busyElsewhere reports whether somebody else changed the entry in between.
func busyElsewhere(err error) bool {
	return isAny(err, goldap.LDAPResultAttributeOrValueExists, goldap.LDAPResultNoSuchAttribute)
}

// mayPass reports whether a change that was refused may be carried out once the entry, and
// the people, were looked at again.
func (d *Directory) mayPass(ctx context.Context, c *conn, j *job, err error) (bool, error) {
	switch codeOf(err) {
	case goldap.LDAPResultNoSuchObject, assertionFailed, goldap.LDAPResultConstraintViolation: // the entry, or one of the people
		if !j.movesPeople() && !gone(err) {
			return false, nil
		}
		if err := d.meetAgain(ctx, j); err != nil {
			return false, err
		}
		return d.moved(c, j, err)
	case goldap.LDAPResultAttributeOrValueExists, goldap.LDAPResultNoSuchAttribute:
		if !j.movesPeople() {
			return d.moved(c, j, err) // it may have got the marker
		}
		return true, nil
	case goldap.LDAPResultEntryAlreadyExists, goldap.LDAPResultUnwillingToPerform: // of members, in Active Directory
		return j.movesPeople(), nil
	case goldap.LDAPResultObjectClassViolation: // a group may have to have a member
		return j.movesPeople() && d.profile.Placeholder != "", nil
	}
	return false, nil
}

// meetAgain looks up all people of a job, whatever is remembered of them.
func (d *Directory) meetAgain(ctx context.Context, j *job) error {
	ids := slices.Concat(j.AddOwners, j.AddMembers, j.RemoveMembers, j.RemoveOwners)
	for _, id := range ids {
		d.names.forget(directory.User, id)
	}
	people, err := d.find(ctx, directory.User, distinct(ids), true)
	if err == nil {
		j.people = people
	}
	return err
}
