package ldap

import (
	"context"
	"crypto/rand"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// Try does to objects of its own what runs do: it makes a user and a group of each kind,
// changes, fills, empties and renames them, and deletes them again. Each thing that was
// done, or could not be, is a finding.
func (d *Directory) Try(ctx context.Context) []Finding {
	t := &trial{d: d, name: "HomeroomCheck" + strings.ToLower(rand.Text())[:7]}
	user := t.create(ctx, directory.User)
	if user != "" {
		t.apply(ctx, "set a value of a user", directory.Change{Kind: directory.User, ID: user, Set: directory.Attributes{directory.Grade: "07"}})
	}
	for _, kind := range d.profile.entries() {
		if kind == directory.User {
			continue
		}
		group := t.create(ctx, kind)
		if group == "" {
			continue
		}
		t.fill(ctx, kind, group, user)
		renamed := directory.Attributes{directory.AnchorID: t.name + "-" + string(kind)}
		if _, named := d.profile.Classes[kind].Attributes[directory.MailNickname]; named {
			renamed[directory.MailNickname] = t.name + "-" + string(kind)
		}
		t.apply(ctx, "rename "+one(kind), directory.Change{Kind: kind, ID: group, Set: renamed})
		t.apply(ctx, "delete "+one(kind), directory.Change{Kind: kind, ID: group, Delete: true})
	}
	t.clear(ctx)
	return t.findings
}

// trial is one such try.
type trial struct {
	d    *Directory
	name string // of everything that it makes
	made []directory.Change
	findings
}

// create makes an object, and returns its id; "" when that failed.
func (t *trial) create(ctx context.Context, kind directory.Kind) string {
	c := directory.Change{Kind: kind, Set: directory.Attributes{
		directory.AnchorID: t.name, directory.MailNickname: t.name, directory.DisplayName: "Homeroom tries its rights",
	}}
	if kind == directory.User {
		c.Set[directory.GivenName], c.Set[directory.Surname] = "Homeroom", "Check"
		c.Set[directory.UserPrincipalName] = t.name + "@" + t.domain()
		c.Set[directory.AccountEnabled] = "false"
		if t.d.options.encrypted() {
			c.Password = nobodyKnows()
		}
	}
	id := t.apply(ctx, "create "+one(kind), c)
	if id != "" {
		t.made = append(t.made, directory.Change{Kind: kind, ID: id})
	}
	return id
}

// one is how sentences name an object of a kind.
func one(kind directory.Kind) string {
	if kind == directory.AdministrativeUnit {
		return "an " + string(kind)
	}
	return "a " + string(kind)
}

// domain is one that the directory takes for names to sign in with.
func (t *trial) domain() string {
	if len(t.d.options.Domains) > 0 {
		return t.d.options.Domains[0]
	}
	parsed, err := goldap.ParseDN(t.d.options.Base)
	if err != nil {
		return "homeroom.invalid"
	}
	var parts []string
	for _, rdn := range parsed.RDNs {
		if a := rdn.Attributes[0]; strings.EqualFold(a.Type, "dc") {
			parts = append(parts, a.Value)
		}
	}
	return strings.Join(parts, ".")
}

// fill puts the user into a group and takes it out again.
func (t *trial) fill(ctx context.Context, kind directory.Kind, group, user string) {
	t.apply(ctx, "set a value of "+one(kind), directory.Change{Kind: kind, ID: group, Set: directory.Attributes{directory.DisplayName: "Homeroom still tries"}})
	if user == "" {
		return
	}
	people := []string{user}
	add, remove := directory.Change{Kind: kind, ID: group, AddMembers: people}, directory.Change{Kind: kind, ID: group, RemoveMembers: people}
	if kind == directory.ClassGroup && t.d.profile.Owners.Attribute != "" {
		add.AddOwners, remove.RemoveOwners = people, people
	}
	t.apply(ctx, "add a member to "+one(kind), add)
	t.apply(ctx, "remove a member from "+one(kind), remove)
}

// apply tries one thing, and returns the id of the object; "" when it failed.
func (t *trial) apply(ctx context.Context, what string, c directory.Change) string {
	outcomes, err := t.d.Apply(ctx, []directory.Change{c})
	switch {
	case err != nil:
		t.failed("right", err)
		return ""
	case outcomes[0].Verdict == directory.Done:
		t.good("right", "It may %s.", what)
		return outcomes[0].ID
	}
	sentence, remedy := parted(outcomes[0].Message)
	t.bad("right", "It could not "+what+": "+sentence, remedy)
	return ""
}

// clear deletes what is left. Users are deleted here and nowhere else.
func (t *trial) clear(ctx context.Context) {
	for _, c := range t.made {
		n, known := t.d.names.get(c.Kind, c.ID)
		if !known {
			continue // deleted
		}
		err := t.d.read(ctx, func(conn *conn) error { return conn.Del(goldap.NewDelRequest(n.dn, nil)) })
		t.d.names.forget(c.Kind, c.ID)
		if err != nil && !isAny(err, goldap.LDAPResultNoSuchObject) {
			t.bad("right", "It could not delete "+n.dn+", which it made to try its rights.", "Delete that entry. Runs delete no users, so that they need no right to.")
		}
	}
}
