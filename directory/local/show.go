package local

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Row is one object in a list.
type Row struct {
	Kind              directory.Kind `json:"kind"`
	Key               string         `json:"key"` // the anchor; "" for objects that bear none
	ID                string         `json:"id"`
	DisplayName       string         `json:"displayName"`
	UserPrincipalName string         `json:"userPrincipalName,omitempty"`
	Owners            *int           `json:"owners,omitempty"`  // of class groups
	Members           *int           `json:"members,omitempty"` // of all but users
	Notes             []string       `json:"notes,omitempty"`   // team, deleted, guest, directoryRole
}

// List returns the objects of the kinds, sorted by kind, key and id.
func (d *Directory) List(ctx context.Context, kinds ...directory.Kind) ([]Row, error) {
	rows := []Row{}
	for _, kind := range kinds {
		first := len(rows)
		for o, err := range d.Observe(ctx, kind, directory.Whole) {
			if err != nil {
				return nil, err
			}
			rows = append(rows, newRow(o))
		}
		slices.SortFunc(rows[first:], func(a, b Row) int {
			return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
		})
	}
	return rows, nil
}

func newRow(o directory.Object) Row {
	row := Row{
		Kind: o.Kind, Key: o.Anchor(), ID: o.ID,
		DisplayName:       o.Attributes[directory.DisplayName],
		UserPrincipalName: o.Attributes[directory.UserPrincipalName],
	}
	if o.Kind != directory.User {
		row.Members = new(len(o.Members))
	}
	if o.Kind == directory.ClassGroup {
		row.Owners = new(len(o.Owners))
	}
	for _, note := range []struct {
		name string
		is   bool
	}{
		{"team", o.Attributes[directory.Team] == "true"},
		{"deleted", o.Deleted}, {"guest", o.Guest}, {"directoryRole", o.DirectoryRole},
	} {
		if note.is {
			row.Notes = append(row.Notes, note.name)
		}
	}
	return row
}

// Shown is one object with everything that is known of it.
type Shown struct {
	Kind          directory.Kind      `json:"kind"`
	Key           string              `json:"key"`
	ID            string              `json:"id"`
	Attributes    map[string]any      `json:"attributes"`
	Deleted       *bool               `json:"deleted,omitempty"` // this and the next four: of users
	Guest         *bool               `json:"guest,omitempty"`
	DirectoryRole *bool               `json:"directoryRole,omitempty"`
	Contacts      []directory.Contact `json:"contacts,omitempty"`
	OwnerOf       []Reference         `json:"ownerOf,omitempty"`
	MemberOf      []Reference         `json:"memberOf,omitempty"`
	Owners        []Reference         `json:"owners,omitempty"`
	Members       []Reference         `json:"members,omitempty"`
}

// Reference is an object as others show it.
type Reference struct {
	Kind        directory.Kind `json:"kind"`
	Key         string         `json:"key"`
	ID          string         `json:"id"`
	DisplayName string         `json:"displayName"`
}

// Show returns the object that the name means.
func (d *Directory) Show(ctx context.Context, name Name) (Shown, error) {
	r, err := d.one(ctx, d.db, name)
	if err != nil {
		return Shown{}, err
	}
	entry := newEntry(r.object)
	shown := Shown{
		Kind: r.object.Kind, Key: entry.Key, ID: entry.ID, Attributes: entry.Attributes,
		Deleted: entry.Deleted, Guest: entry.Guest, DirectoryRole: entry.DirectoryRole, Contacts: r.contacts,
	}
	if r.object.Kind == directory.User {
		shown.OwnerOf, shown.MemberOf, err = d.references(ctx, r.number, `m.object`, `m.person`)
	} else {
		shown.Owners, shown.Members, err = d.references(ctx, r.number, `m.person`, `m.object`)
	}
	if err != nil {
		return Shown{}, fmt.Errorf("read the embedded directory: %w", err)
	}
	return shown, nil
}

// references returns the objects on the one side of owners' and members' rows
// that have the number on the other, soft-deleted users left out.
func (d *Directory) references(ctx context.Context, number int64, side, other string) (owned, member []Reference, err error) {
	for _, owner := range []bool{true, false} {
		records, err := query(ctx, d.db, `SELECT `+columns+` FROM dir_objects WHERE tenant = $1 AND NOT deleted AND number IN (
			SELECT `+side+` FROM dir_members m WHERE m.tenant = $1 AND `+other+` = $2 AND m.owner = $3)`,
			d.tenant, number, owner)
		if err != nil {
			return nil, nil, err
		}
		references := make([]Reference, len(records))
		for i, r := range records {
			o := r.object
			references[i] = Reference{Kind: o.Kind, Key: o.Anchor(), ID: o.ID, DisplayName: o.Attributes[directory.DisplayName]}
		}
		slices.SortFunc(references, func(a, b Reference) int {
			return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
		})
		if owner {
			owned = references
		} else {
			member = references
		}
	}
	return owned, member, nil
}
