package ldap

import (
	"slices"
	"strconv"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// newValues adds to a request what is to be done about the attributes.
func (d *Directory) newValues(c *conn, j *job, request *goldap.ModifyRequest) error {
	class := &j.class
	if !j.node.marked {
		if err := d.mark(c, j, request); err != nil {
			return err
		}
	}
	rdn := rdnType(j.node.dn)
	for ours, text := range j.Set {
		theirs := class.Attributes[ours]
		switch {
		case theirs == "", strings.EqualFold(theirs, rdn): // the name was given already
		case theirs == accountControl:
			if err := d.control(c, j, request, text); err != nil {
				return err
			}
		default:
			request.Replace(theirs, written(ours, theirs, text))
		}
	}
	if nickname := j.Set[directory.MailNickname]; class.Follows && class.Login != "" && nickname != "" {
		request.Replace(class.Login, []string{class.name(j.Set)})
	}
	slices.SortFunc(request.Changes, func(a, b goldap.Change) int {
		return strings.Compare(a.Modification.Type, b.Modification.Type)
	})
	return nil
}

func rdnType(dn string) string {
	before, _, _ := strings.Cut(dn, "=")
	return strings.TrimSpace(before)
}

// mark makes an entry, which was there before Homeroom, one of its kind.
func (d *Directory) mark(c *conn, j *job, request *goldap.ModifyRequest) error {
	class := &j.class
	e, err := d.own(c, j, class.signs()...)
	if err != nil || e == nil {
		return err // it is not there: the request will say so
	}
	lacks := func(attribute, value string) bool {
		return attribute != "" && value != "" && !slices.ContainsFunc(values(e, attribute), func(v string) bool { return strings.EqualFold(v, value) })
	}
	if lacks("objectClass", class.Auxiliary) {
		request.Add("objectClass", []string{class.Auxiliary})
	}
	if m := class.Marker; lacks(m.Attribute, m.Value) && !strings.EqualFold(m.Attribute, "objectClass") {
		request.Add(m.Attribute, []string{m.Value})
	}
	return nil
}

// control lets a user sign in or not, and leaves the other bits.
func (d *Directory) control(c *conn, j *job, request *goldap.ModifyRequest, text string) error {
	e, err := d.own(c, j, accountControl)
	if err != nil || e == nil {
		return err
	}
	before := first(e, accountControl)
	bits, err := strconv.Atoi(before)
	if err != nil {
		return refuse(directory.Refused, "The directory does not show userAccountControl: give the account the right to read it.")
	}
	now := bits | controlDisabled
	if text == "true" {
		now = bits &^ controlDisabled
	}
	if now != bits {
		request.Delete(accountControl, []string{before})
		request.Add(accountControl, []string{strconv.Itoa(now)})
	}
	return nil
}
