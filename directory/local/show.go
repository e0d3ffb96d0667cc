package local

import (
	"cmp"
	"context"
	"database/sql"
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
		shown.OwnerOf, shown.MemberOf, err = d.groupsOf(ctx, r.number)
	} else {
		shown.Owners, shown.Members, err = d.peopleOf(ctx, r.number)
	}
	if err != nil {
		return Shown{}, fmt.Errorf("read the embedded directory: %w", err)
	}
	return shown, nil
}

// peopleOf returns the owners and members of the group or unit with the number.
func (d *Directory) peopleOf(ctx context.Context, number int64) (owners, members []Reference, err error) {
	places, err := d.places(ctx, d.db, []any{number})
	if err != nil {
		return nil, nil, err
	}
	return d.references(ctx, places[number])
}

// groupsOf returns the groups and units in which the user with the number has a
// place. There is no index of them: all pages are looked through.
func (d *Directory) groupsOf(ctx context.Context, number int64) (owned, joined []Reference, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT object, places FROM dir_members WHERE tenant = $1 AND start <= $2`,
		d.tenant, number)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	var groups []place // of the user, by the group's number
	for rows.Next() {
		var object int64
		var packed sql.RawBytes
		if err := rows.Scan(&object, &packed); err != nil {
			return nil, nil, err
		}
		roles, err := rolesOf(packed, number)
		if err != nil {
			return nil, nil, err
		}
		if roles != 0 {
			groups = append(groups, place{object, roles})
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, err
	}
	return d.references(ctx, groups)
}

// references returns the objects with the numbers by the role that goes with
// each, soft-deleted users left out.
func (d *Directory) references(ctx context.Context, objects []place) (owned, joined []Reference, err error) {
	roles := make(map[int64]roles, len(objects))
	numbers := make([]int64, len(objects))
	for i, o := range objects {
		roles[o.number], numbers[i] = o.roles, o.number
	}
	for _, some := range pad(numbers) {
		records, err := d.query(ctx, d.db, `SELECT `+columns+` FROM dir_objects
			WHERE tenant = $1 AND NOT deleted AND number IN (`+parameters(2, len(some))+`)`, append([]any{d.tenant}, some...)...)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range records {
			o := r.object
			reference := Reference{Kind: o.Kind, Key: o.Anchor(), ID: o.ID, DisplayName: o.Attributes[directory.DisplayName]}
			if roles[r.number]&isOwner != 0 {
				owned = append(owned, reference)
			}
			if roles[r.number]&isMember != 0 {
				joined = append(joined, reference)
			}
		}
	}
	slices.SortFunc(owned, compareReferences)
	slices.SortFunc(joined, compareReferences)
	return owned, joined, nil
}

func compareReferences(a, b Reference) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID))
}
