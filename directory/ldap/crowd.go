package ldap

import (
	"context"
	"slices"
	"strings"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// crowd knows the ids of users by the names by which groups have them.
type crowd struct {
	d   *Directory
	ids map[string]string // "" for who is no user
}

func (d *Directory) newCrowd() *crowd { return &crowd{d: d, ids: make(map[string]string)} }

// extendedNames is the control that lets Active Directory put ids before names, as in
// <GUID=...>;<SID=...>;CN=ada,... (MS-ADTS 3.1.1.3.4.1.5). Samba is slow to find entries by
// name, and fast by id.
func (d *Directory) extendedNames() []goldap.Control {
	if !d.profile.ActiveDirectory {
		return nil
	}
	const asText = "\x30\x03\x02\x01\x01" // SEQUENCE { INTEGER 1 }
	return []goldap.Control{goldap.NewControlString("1.2.840.113556.1.4.529", true, asText)}
}

// idIn returns the id before a name; "" when there is none.
func idIn(name string) string {
	rest, found := strings.CutPrefix(name, "<GUID=")
	id, _, closed := strings.Cut(rest, ">")
	if !found || !closed {
		return ""
	}
	return strings.ToLower(id)
}

// meet looks up those whom it does not know.
func (w *crowd) meet(ctx context.Context, names []string) error {
	var strange, ids []string
	for _, name := range names {
		if _, known := w.ids[name]; known {
			continue
		}
		w.ids[name] = ""
		if id := idIn(name); id != "" {
			ids = append(ids, id)
		}
		strange = append(strange, name)
	}
	d := w.d
	there, err := d.find(ctx, directory.User, ids, false)
	if err != nil {
		return err
	}
	var rest []string
	for _, name := range strange {
		id := idIn(name)
		if _, is := there[id]; is {
			w.ids[name] = id
		} else if id == "" {
			rest = append(rest, name)
		}
	}
	for some := range slices.Chunk(rest, perSearch) {
		if err := w.meetSome(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

// meetSome looks up users by their names.
func (w *crowd) meetSome(ctx context.Context, dns []string) error {
	d := w.d
	var either strings.Builder
	for _, dn := range dns {
		either.WriteString(equal(d.profile.SelfDN, dn))
	}
	entries, err := d.either(ctx, d.profile.Classes[directory.User].Filter, either.String(), append(d.signs(directory.User), d.profile.ID))
	if err != nil {
		return err
	}
	ids := make(map[string]string, len(entries))
	for _, e := range entries {
		ids[fold(e.DN)] = d.meet(directory.User, e)
	}
	for _, dn := range dns {
		w.ids[dn] = ids[fold(dn)]
	}
	return nil
}

// users returns the ids of those of the names that are users', sorted.
func (w *crowd) users(names []string) []string {
	var ids []string
	for _, name := range names {
		if id := w.ids[name]; id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
