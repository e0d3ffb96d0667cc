package ldap

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// Finding is what a look at one side of the directory found.
type Finding struct {
	Subject  string // connection, encryption, base, schema, container, limit, or a right
	OK       bool
	Sentence string // what is so
	Remedy   string // what to do when that is not OK
}

// findings collects them.
type findings []Finding

func (f *findings) good(subject, format string, args ...any) {
	*f = append(*f, Finding{Subject: subject, OK: true, Sentence: fmt.Sprintf(format, args...)})
}

func (f *findings) bad(subject, sentence, remedy string) {
	*f = append(*f, Finding{Subject: subject, Sentence: sentence, Remedy: remedy})
}

// failed takes in an error whose sentence says what is so, and after a colon what to do.
func (f *findings) failed(subject string, err error) {
	sentence := err.Error()
	if e, ok := errors.AsType[*fault.Error](err); ok {
		sentence = e.Message
	}
	sentence, remedy := parted(sentence)
	f.bad(subject, sentence, cmp.Or(remedy, "See what the server's log says of it."))
}

// parted returns the two sentences that stand before and after the colon of one.
func parted(text string) (sentence, remedy string) {
	sentence, remedy, _ = strings.Cut(text, ": ")
	if remedy != "" {
		remedy = strings.ToUpper(remedy[:1]) + strings.TrimSuffix(remedy[1:], ".") + "."
	}
	return strings.TrimSuffix(sentence, ".") + ".", remedy
}

// Check looks whether Homeroom could work with a directory, from the connection on, and
// writes nothing. What stops it from looking on comes last.
func Check(ctx context.Context, options Options) []Finding {
	var f findings
	d, err := Open(ctx, options)
	if err != nil {
		f.failed("connection", err)
		return f
	}
	defer d.Close()
	f.good("connection", "%s answers, and lets %s in.", options.URL, options.who())
	for _, look := range []func(context.Context, *findings) error{d.checkEncryption, d.checkSchema, d.checkContainers, d.checkLimit} {
		if err := look(ctx, &f); err != nil {
			f.failed("connection", err)
			return f
		}
	}
	return f
}

// soon is how long before its end a certificate is told of.
const soon = 30 * 24 * time.Hour

func (d *Directory) checkEncryption(ctx context.Context, f *findings) error {
	const subject = "encryption"
	if !d.options.encrypted() {
		f.bad(subject, "The connection is not encrypted; everybody on the way can read along, and no user gets a password.", "Use ldaps://, or startTLS: true.")
		return nil
	}
	return d.read(ctx, func(c *conn) error {
		state, is := c.TLSConnectionState()
		if !is || len(state.PeerCertificates) == 0 {
			f.good(subject, "The connection does not leave this machine.")
			return nil
		}
		until := state.PeerCertificates[0].NotAfter
		if time.Until(until) < soon {
			f.bad(subject, "The server's certificate is good until "+until.Format(time.DateOnly)+" only.", "Renew it before then.")
			return nil
		}
		f.good(subject, "%s, with a certificate that is good until %s.", tls.VersionName(state.Version), until.Format(time.DateOnly))
		return nil
	})
}

// checkSchema looks for everything that the profile writes.
func (d *Directory) checkSchema(ctx context.Context, f *findings) error {
	known, err := d.schema(ctx)
	if err != nil {
		return err
	}
	missing := make(map[string]bool)
	for _, kind := range d.profile.entries() {
		c := d.profile.Classes[kind]
		for _, class := range c.ObjectClasses {
			missing[class] = !known.hasClass(class)
		}
		attributes := slices.Concat(slices.Collect(maps.Values(c.Attributes)), slices.Collect(maps.Keys(c.Fixed)), slices.Collect(maps.Keys(c.Filled)))
		for _, attribute := range append(attributes, c.RDN, c.Login, c.Marker.Attribute) {
			missing[attribute] = attribute != "" && !known.has(attribute)
		}
	}
	for _, attribute := range []string{d.profile.Member, d.profile.Owners.Attribute, d.profile.Owners.More, d.profile.UnitsIn} {
		missing[attribute] = attribute != "" && !known.has(attribute)
	}
	maps.DeleteFunc(missing, func(_ string, is bool) bool { return !is })
	if len(missing) > 0 {
		f.bad("schema", "The server does not know "+strings.Join(slices.Sorted(maps.Keys(missing)), ", ")+".",
			"Load docs/targets/homeroom.ldif into OpenLDAP, or map to attributes that the server has.")
		return nil
	}
	f.good("schema", "The server knows all classes and attributes that are written.")
	return nil
}

// checkContainers looks for the places of new entries. Those whose name depends on who is
// created cannot be known before.
func (d *Directory) checkContainers(ctx context.Context, f *findings) error {
	for _, kind := range d.profile.entries() {
		c := d.profile.Classes[kind]
		for _, dn := range append(slices.Sorted(maps.Values(c.Places)), c.Container) {
			if strings.Contains(dn, "{") {
				continue
			}
			entry, err := d.entry(ctx, dn, "1.1")
			if err != nil {
				return err
			}
			if entry == nil {
				f.bad("container", fmt.Sprintf("There is no %s, where every new %s would be placed.", dn, kind), "Create it, or name another one.")
				continue
			}
			f.good("container", "%s is there for every new %s.", dn, kind)
		}
	}
	return nil
}

// manyEntries is more than servers show to those who have no right to more.
const manyEntries = 2500

// checkLimit reads until it is clear that nobody stops it.
func (d *Directory) checkLimit(ctx context.Context, f *findings) error {
	n := 0
	for _, err := range d.Observe(ctx, directory.User, directory.Brief) {
		if isAny(err, goldap.LDAPResultSizeLimitExceeded, goldap.LDAPResultAdminLimitExceeded) {
			f.failed("limit", errors.Unwrap(err))
			return nil
		}
		if err != nil {
			return err
		}
		if n++; n == manyEntries {
			break
		}
	}
	f.good("limit", "The account is shown as many entries as it asks for; %d users were looked at.", n)
	return nil
}
