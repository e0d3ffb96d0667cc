package ldap

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

const (
	// Who was seen within this time is taken to be there, under the same name. OpenLDAP
	// takes any name for a member's.
	freshTime = time.Minute
	// perSearch is how many entries one search names.
	perSearch = 200
)

// node is what is known of an entry by its id.
type node struct {
	dn     string
	marked bool
	padded padding
	seen   time.Time
}

// padding says whether a group has the placeholder.
type padding uint8

const (
	unknown padding = iota
	padded
	unpadded
)

// names knows nodes, by kind and id.
type names struct {
	lock  sync.Mutex
	nodes map[directory.Kind]map[string]node
}

func newNames() *names {
	n := &names{nodes: make(map[directory.Kind]map[string]node)}
	for _, kind := range directory.Kinds() {
		n.nodes[kind] = make(map[string]node)
	}
	return n
}

func (n *names) get(kind directory.Kind, id string) (node, bool) {
	n.lock.Lock()
	defer n.lock.Unlock()
	found, ok := n.nodes[kind][id]
	return found, ok
}

// note notes what was seen of an entry; what is known of its placeholder stays.
func (n *names) note(kind directory.Kind, id string, seen node) node {
	n.lock.Lock()
	defer n.lock.Unlock()
	seen.seen = time.Now()
	if seen.padded == unknown {
		seen.padded = n.nodes[kind][id].padded
	}
	n.nodes[kind][id] = seen
	return seen
}

func (n *names) forget(kind directory.Kind, id string) {
	n.lock.Lock()
	defer n.lock.Unlock()
	delete(n.nodes[kind], id)
}

// meet notes an entry, and returns its id.
func (d *Directory) meet(kind directory.Kind, e *goldap.Entry) string {
	id := d.profile.idOf(e)
	if id != "" {
		class := d.profile.Classes[kind]
		d.names.note(kind, id, node{dn: e.DN, marked: class.marked(e)})
	}
	return id
}

// find returns the nodes with the ids, as far as the directory has them. Those that were
// seen lately are taken from memory, or all that were ever seen, as verify says.
func (d *Directory) find(ctx context.Context, kind directory.Kind, ids []string, verify bool) (map[string]node, error) {
	found := make(map[string]node, len(ids))
	var old, rest []string
	for _, id := range ids {
		n, known := d.names.get(kind, id)
		switch {
		case known && (!verify || time.Since(n.seen) < freshTime):
			found[id] = n
		case known && !d.profile.ActiveDirectory:
			old = append(old, id) // by name: OpenLDAP need not have an index of ids
		default:
			rest = append(rest, id)
		}
	}
	bySelf := func(id string) string {
		n, _ := d.names.get(kind, id)
		return equal(d.profile.SelfDN, n.dn)
	}
	if err := d.search(ctx, kind, old, bySelf, found); err != nil {
		return nil, err
	}
	for _, id := range old {
		if _, there := found[id]; !there {
			rest = append(rest, id)
		}
	}
	return found, d.search(ctx, kind, rest, d.profile.byID, found)
}

// search adds the nodes of those ids that are there. The ones that are not are forgotten.
func (d *Directory) search(ctx context.Context, kind directory.Kind, ids []string, by func(id string) string, found map[string]node) error {
	for some := range slices.Chunk(ids, perSearch) {
		var either strings.Builder
		for _, id := range some {
			either.WriteString(by(id))
		}
		if either.Len() == 0 {
			continue // none of them is one
		}
		entries, err := d.either(ctx, d.profile.taken(kind), either.String(), append(d.signs(kind), d.profile.ID))
		if err != nil {
			return err
		}
		for _, e := range entries {
			id := d.meet(kind, e)
			if n, known := d.names.get(kind, id); known && slices.Contains(some, id) {
				found[id] = n
			}
		}
		for _, id := range some {
			if _, there := found[id]; !there {
				d.names.forget(kind, id)
			}
		}
	}
	return nil
}

func (d *Directory) signs(kind directory.Kind) []string {
	class := d.profile.Classes[kind]
	return distinct(class.signs())
}

// either searches for entries that meet a filter, and one of others.
func (d *Directory) either(ctx context.Context, filter, others string, attributes []string) (found []*goldap.Entry, err error) {
	err = d.read(ctx, func(c *conn) error {
		found, err = c.below(d.options.Base, "(&"+filter+"(|"+others+"))", attributes...)
		return err
	})
	return found, err
}
