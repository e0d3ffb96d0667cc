package ldap

import (
	"context"
	"slices"

	goldap "github.com/go-ldap/ldap/v3"
)

// assertion is the control by which a request is carried out only where the entry meets a
// filter (RFC 4528), and its result code where it does not.
const (
	assertion       = "1.3.6.1.1.12"
	assertionFailed = 122
)

// canAssert asks whether the server knows assertions. Without them, whoever takes the name
// of an entry within a minute of its end is written to in its place.
func (d *Directory) canAssert(ctx context.Context) (bool, error) {
	root, err := d.entry(ctx, "", "supportedControl")
	if err != nil || root == nil {
		return false, err
	}
	return slices.Contains(values(root, "supportedControl"), assertion), nil
}

// aim returns how a request names the entry of a job, and what keeps it from hitting
// another entry that took its name: Active Directory finds entries by their ids.
func (d *Directory) aim(j *job) (dn string, controls []goldap.Control, err error) {
	if d.profile.ActiveDirectory {
		return "<GUID=" + j.ID + ">", nil, nil
	}
	if !d.asserts {
		return j.node.dn, nil, nil
	}
	filter, err := goldap.CompileFilter(d.profile.byID(j.ID))
	if err != nil {
		return "", nil, err
	}
	return j.node.dn, []goldap.Control{goldap.NewControlString(assertion, true, string(filter.Bytes()))}, nil
}

// gone reports whether the entry is not where it was.
func gone(err error) bool { return isAny(err, goldap.LDAPResultNoSuchObject, assertionFailed) }

// own reads the entry of a job; nil when it is not there, or is another one.
func (d *Directory) own(c *conn, j *job, attributes ...string) (*goldap.Entry, error) {
	dn, _, err := d.aim(j)
	if err != nil {
		return nil, err
	}
	e, err := c.entry(dn, append(attributes, d.profile.ID)...)
	if err != nil || e == nil || d.profile.idOf(e) != j.ID {
		return nil, err
	}
	return e, nil
}
