package local

import (
	"database/sql"
	"encoding/json"
	"fmt"
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

// columns are those that scan reads, in its order.
const columns = `number, kind, id, attributes, contacts, deleted, guest, directory_role`

func scan(rows *sql.Rows) (record, error) {
	var r record
	var attributes, contacts []byte
	o := &r.object
	err := rows.Scan(&r.number, &o.Kind, &o.ID, &attributes, &contacts, &o.Deleted, &o.Guest, &o.DirectoryRole)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(attributes, &o.Attributes); err != nil {
		return r, fmt.Errorf("attributes of %s: %w", o.ID, err)
	}
	if err := json.Unmarshal(contacts, &r.contacts); err != nil {
		return r, fmt.Errorf("contacts of %s: %w", o.ID, err)
	}
	return r, nil
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

// orNull keeps absent names out of the unique indexes.
func orNull(text string) sql.NullString {
	return sql.NullString{String: text, Valid: text != ""}
}

// places returns n parameters for an IN list, counted from first: $3, $4, $5.
func places(first, n int) string {
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
