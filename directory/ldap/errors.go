package ldap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// explain makes a sentence of what a server said to a question.
func (d *Directory) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, explained := errors.AsType[*fault.Error](err); explained {
		return err
	}
	server, who := d.options.URL, d.options.who()
	if isLost(err) {
		return fault.Wrap(err, fault.Unavailable, "The LDAP server %s does not answer any more", server)
	}
	switch codeOf(err) {
	case goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded:
		return fault.Wrap(err, fault.Denied, "%s shows %s only a part of its entries: lift the limit for this account (olcLimits, or MaxPageSize and MaxResultSetSize)", server, who)
	case goldap.LDAPResultTimeLimitExceeded, goldap.LDAPResultBusy, goldap.LDAPResultUnavailable:
		return fault.Wrap(err, fault.Unavailable, "%s has no time at the moment", server)
	case goldap.LDAPResultInsufficientAccessRights:
		return fault.Wrap(err, fault.Denied, "%s does not let %s read: give the account the right to", server, who)
	case goldap.LDAPResultReferral:
		return fault.Wrap(err, fault.Invalid, "%s says that another server has %s, and Homeroom follows nobody there: name that server as the URL, or another base", server, d.options.Base)
	case goldap.LDAPResultNoSuchObject:
		return fault.Wrap(err, fault.NotFound, "%s has no %s: correct the base", server, d.options.Base)
	}
	return fault.Wrap(err, fault.Unavailable, "%s refused to answer", server)
}

// busyWait is how long a server is left alone that has no time.
const busyWait = time.Second

// refused returns the outcome of a change that was not carried out.
func (d *Directory) refused(c *directory.Change, err error) directory.Outcome {
	r, ours := errors.AsType[*refusal](err)
	if !ours {
		r = d.refusal(c, err)
	}
	o := directory.Outcome{ID: c.ID, Verdict: r.verdict, Rule: r.rule, Message: r.message}
	if o.Verdict == directory.Retry {
		o.Wait = busyWait
	}
	return o
}

// refusal makes of a server's answer what it means for the change.
func (d *Directory) refusal(c *directory.Change, err error) *refusal {
	say := func(verdict directory.Verdict, rule, format string, args ...any) *refusal {
		return &refusal{verdict, rule, fmt.Sprintf(format, args...) + diagnosis(err) + "."}
	}
	switch codeOf(err) {
	case goldap.LDAPResultBusy, goldap.LDAPResultUnavailable, goldap.LDAPResultTimeLimitExceeded, goldap.LDAPResultAdminLimitExceeded:
		return say(directory.Retry, directory.TargetBusy, "The directory has no time at the moment")
	case goldap.LDAPResultAttributeOrValueExists:
		return say(directory.Retry, directory.TargetBusy, "Somebody else changes the %s at the same time", c.Kind)
	case goldap.LDAPResultNoSuchAttribute:
		if c.ID == "" || len(c.AddMembers)+len(c.RemoveMembers)+len(c.AddOwners)+len(c.RemoveOwners) == 0 {
			return say(directory.Later, directory.NoSchema, unknownSchema, c.Kind) // as Active Directory says it
		}
		return say(directory.Retry, directory.TargetBusy, "Somebody else changes the %s at the same time", c.Kind)
	case goldap.LDAPResultInsufficientAccessRights, goldap.LDAPResultConfidentialityRequired, goldap.LDAPResultStrongAuthRequired:
		return say(directory.Later, directory.Refused, "%s may not do this to a %s: give the account the right to", d.options.who(), c.Kind)
	case goldap.LDAPResultReferral:
		return say(directory.Later, directory.Refused, "The server takes no changes and names another one: name that as the URL")
	case goldap.LDAPResultEntryAlreadyExists:
		return say(directory.Never, directory.NameConflict, "The name that this %s would have is taken by another entry", c.Kind)
	case goldap.LDAPResultNoSuchObject:
		return say(directory.Later, directory.NoContainer, "The place for a new %s is not there: create it, or name another", c.Kind)
	case goldap.LDAPResultUndefinedAttributeType, goldap.LDAPResultObjectClassViolation:
		return say(directory.Later, directory.NoSchema, unknownSchema, c.Kind)
	case goldap.LDAPResultConstraintViolation, goldap.LDAPResultUnwillingToPerform:
		return unwilling(c, err, say)
	}
	return say(directory.Never, directory.InvalidValue, "The directory refuses this %s", c.Kind)
}

const unknownSchema = "The directory's schema does not take this %s: load Homeroom's schema, or map to attributes that it has"

// unwilling tells apart what servers say in the same two words.
func unwilling(c *directory.Change, err error, say func(verdict directory.Verdict, rule, format string, args ...any) *refusal) *refusal {
	switch {
	case strings.Contains(err.Error(), "0000052D"): // ERROR_PASSWORD_RESTRICTION
		return say(directory.Later, directory.InvalidValue, "The directory does not take the password: give one that is longer or less simple")
	case taken(err):
		return say(directory.Never, directory.NameConflict, "A name that this %s would have is taken by another entry", c.Kind)
	case isAny(err, goldap.LDAPResultUnwillingToPerform): // a database that is read-only, a policy
		return say(directory.Later, directory.Refused, "The directory is not willing to do this: see to it that it takes changes")
	}
	return say(directory.Never, directory.InvalidValue, "A value is too long, or not allowed")
}

// taken reports whether a constraint is about names that must be one entry's alone: that
// of Active Directory, or of OpenLDAP's overlay.
func taken(err error) bool {
	text := err.Error()
	for _, part := range []string{"000021C8", "000021C7", "is already in use", "already exists", "attributes not unique"} {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// diagnosis returns what the server said of an error, as the end of a sentence. It may
// hold names of attributes, and no values but names of entries.
func diagnosis(err error) string {
	e, ok := errors.AsType[*goldap.Error](err)
	if !ok || e.Err == nil {
		return ""
	}
	text := strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, e.Err.Error()))
	const longest = 200
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + " ..."
	}
	name := goldap.LDAPResultCodeMap[e.ResultCode]
	if text == "" {
		return " (" + name + ")"
	}
	return " (" + name + ": " + text + ")"
}

var errGone = errors.New("the entry is not there any more")

// refusal is why a change is not carried out, found before the server was asked.
type refusal struct {
	verdict directory.Verdict
	rule    string
	message string
}

func (r *refusal) Error() string { return r.message }

func refuse(rule, format string, args ...any) error {
	return &refusal{verdict: directory.Never, rule: rule, message: fmt.Sprintf(format, args...)}
}
