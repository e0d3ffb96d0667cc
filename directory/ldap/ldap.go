// Package ldap is the target for directories that speak LDAP (RFC 4511): OpenLDAP and
// Active Directory, and what is like one of them.
//
//   - profile: how a directory's objects are written as entries: classes, attributes,
//     places, names. It is a table, and settings replace parts of it.
//   - marker: the value by which an entry shows of which kind of group it is. Groups
//     without one are strangers, and nobody sees them until they bear an anchor.
//   - node: what is known of an entry by its id: its distinguished name, and whether it
//     has the marker.
//   - placeholder: the member of a group that has none, where its class asks for one. It
//     need not exist, and is never shown.
//   - strict modify: additions and removals that fail when there is nothing to do. It
//     tells in one call that nobody was there before; when it fails, the group is read,
//     and what remains is done (look).
//   - pace: how many connections work at once.
//
// An id is the entry's entryUUID or objectGUID, so that an entry may be moved and renamed.
// A server's referrals to other servers are never followed.
package ldap

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// What one change takes (directory.Abilities; domain page G.3).
const perChange = 500

// Directory is a directory behind LDAP. It is safe for use by several goroutines.
type Directory struct {
	options Options
	profile Profile
	pool    *pool
	names   *names
	asserts bool // the server knows assertions
	turns   turns

	lock sync.Mutex // guards what follows
	pace pace
}

// turns lets one writer at a time change an entry.
type turns [64]sync.Mutex

func (t *turns) of(id string) *sync.Mutex {
	h := fnv.New32a()
	h.Write([]byte(id))
	return &t[h.Sum32()%uint32(len(t))]
}

// Open connects to the server and returns the directory below the base. It reads the
// server's schema once, and writes nothing.
func Open(ctx context.Context, options Options) (*Directory, error) {
	if err := options.Valid(); err != nil {
		return nil, err
	}
	dialer, err := newDialer(options)
	if err != nil {
		return nil, err
	}
	d := &Directory{options: options, profile: options.Profile.below(options.Base), pool: newPool(dialer), names: newNames()}
	d.pace = newPace(options.connections())
	if err := d.settle(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close ends the connections.
func (d *Directory) Close() { d.pool.close() }

// settle looks at the base, and fits the profile to what the server has.
func (d *Directory) settle(ctx context.Context) error {
	if _, err := d.base(ctx); err != nil {
		return err
	}
	var err error
	if d.asserts, err = d.canAssert(ctx); err != nil || d.profile.Owners.Other == "" {
		return err
	}
	schema, err := d.schema(ctx)
	if err != nil {
		return err
	}
	d.profile.Owners.More = d.profile.Owners.pick(schema)
	return nil
}

// base reads the entry below which everything is.
func (d *Directory) base(ctx context.Context) (*goldap.Entry, error) {
	entry, err := d.entry(ctx, d.options.Base, "1.1")
	if entry == nil && err == nil {
		err = fault.New(fault.NotFound, "The directory has no entry %s, or does not show it to %s. Correct the base, or let the account read it.",
			d.options.Base, d.options.who())
	}
	return entry, err
}

// Abilities says what the directory can do.
func (d *Directory) Abilities() directory.Abilities {
	return directory.Abilities{
		Name:    d.profile.Name,
		Kinds:   d.profile.kinds(),
		Owners:  d.profile.Owners.Attribute != "",
		Deletes: true,
		PerCall: d.profile.PerCall,
		Members: perChange,
		Visible: d.options.Visible,
		Domains: slices.Clone(d.options.Domains),
	}
}

// Stamp names the last change that the server knows of, whoever made it: the contextCSN of
// OpenLDAP's syncprov, without which there is none, and the number of the last update of a
// domain controller. Another server has another stamp.
func (d *Directory) Stamp(ctx context.Context) (string, error) {
	dn := d.options.Base
	attributes := []string{"contextCSN"}
	if d.profile.ActiveDirectory {
		dn, attributes = "", []string{"highestCommittedUSN", "dsServiceName"}
	}
	entry, err := d.entry(ctx, dn, attributes...)
	if err != nil || entry == nil {
		return "", err
	}
	var values []string
	for _, a := range entry.Attributes {
		values = append(values, a.Values...)
	}
	if len(values) < len(attributes) {
		return "", nil
	}
	slices.Sort(values)
	return strings.Join(values, " "), nil
}

// entry reads one entry; nil when it is not there.
func (d *Directory) entry(ctx context.Context, dn string, attributes ...string) (entry *goldap.Entry, err error) {
	err = d.read(ctx, func(c *conn) error {
		entry, err = c.entry(dn, attributes...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", orRoot(dn), err)
	}
	return entry, nil
}

func orRoot(dn string) string {
	if dn == "" {
		return "the server's root entry"
	}
	return dn
}
