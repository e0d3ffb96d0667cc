package local

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// record is one object as its row holds it.
type record struct {
	number   int64 // 0 until it is written
	object   directory.Object
	contacts []directory.Contact
}

// kindNumber is what stands for the kind in the database; 0 for one that it does
// not know. There, users are those with 1, groups and units those with more.
func kindNumber(kind directory.Kind) int {
	return slices.Index(storedKinds(), kind) + 1
}

func storedKinds() []directory.Kind {
	return []directory.Kind{directory.User, directory.AdministrativeUnit, directory.SecurityGroup, directory.ClassGroup}
}

// columns are those that scan reads, in its order.
const columns = `number, kind, id, anchor, login, domain, enabled, deleted, guest, directory_role, attributes, contacts`

func (d *Directory) scan(rows *sql.Rows) (record, error) {
	var (
		r                         record
		kind                      int
		id, anchor, login, domain *string
		enabled                   *bool
		attributes, contacts      sql.RawBytes
		o                         = &r.object
	)
	err := rows.Scan(&r.number, &kind, &id, &anchor, &login, &domain, &enabled,
		&o.Deleted, &o.Guest, &o.DirectoryRole, &attributes, &contacts)
	if err != nil {
		return r, err
	}
	o.Kind, o.ID = storedKinds()[kind-1], d.shape.idOf(r.number, id)
	o.Attributes = make(directory.Attributes, 16)
	give(o.Attributes, directory.AnchorID, anchor)
	if login != nil && domain != nil {
		o.Attributes[directory.UserPrincipalName] = *login + "@" + *domain
	}
	giveBool(o.Attributes, directory.AccountEnabled, enabled)
	if err := d.codec.unpack(attributes, o.Attributes); err != nil {
		return r, fmt.Errorf("attributes of %s: %w", o.ID, err)
	}
	if len(contacts) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(contacts, &r.contacts); err != nil {
		return r, fmt.Errorf("contacts of %s: %w", o.ID, err)
	}
	return r, nil
}

func give(attributes directory.Attributes, name string, text *string) {
	if text != nil {
		attributes[name] = *text
	}
}

func giveBool(attributes directory.Attributes, name string, is *bool) {
	if is != nil {
		attributes[name] = directory.Bool(*is)
	}
}

// label is what messages call the object: its key or the userPrincipalName
// before its id (rules 5: never a person's name).
func (r record) label() string {
	text := r.object.ID
	if upn := r.object.Attributes[directory.UserPrincipalName]; upn != "" {
		text = upn
	}
	if anchor := r.object.Anchor(); anchor != "" {
		text = anchor
	}
	if r.object.Deleted {
		text += " (deleted)"
	}
	return text
}

// fold makes names equal that differ only in case.
func fold(name string) string { return strings.ToLower(name) }

// orNull keeps absent names out of the indexes.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// parameters returns n parameters for an IN list, counted from first: $3, $4, $5.
func parameters(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}

// batch is the most values that one statement lists.
const batch = 128

// pad cuts values into batches whose lengths are powers of two, the last one
// filled up by repeating its last value, so that few statements serve lists of
// every length.
func pad[T any](values []T) [][]any {
	var batches [][]any
	for len(values) > 0 {
		n := min(len(values), batch)
		size := 1
		for size < n {
			size *= 2
		}
		filled := make([]any, size)
		for i := range filled {
			filled[i] = values[min(i, n-1)]
		}
		batches = append(batches, filled)
		values = values[n:]
	}
	return batches
}
