package local

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Document is a directory as JSON. Import reads what Export returns.
type Document struct {
	Users               []Entry `json:"users"`
	AdministrativeUnits []Entry `json:"administrativeUnits"`
	SecurityGroups      []Entry `json:"securityGroups"`
	ClassGroups         []Entry `json:"classGroups"`
}

// Entry is one object of a document. Attributes are in the form of
// directory.Value: of contacts, count and relations only.
type Entry struct {
	Key           string         `json:"key"` // the anchor; "" for objects that bear none
	ID            string         `json:"id,omitempty"`
	Attributes    map[string]any `json:"attributes"`
	Deleted       *bool          `json:"deleted,omitempty"` // this and the next two: of users
	Guest         *bool          `json:"guest,omitempty"`
	DirectoryRole *bool          `json:"directoryRole,omitempty"`
	Owners        []string       `json:"owners,omitzero"`  // of class groups
	Members       []string       `json:"members,omitzero"` // of all but users
}

// section is the document's list of one kind of objects.
func (d *Document) section(kind directory.Kind) *[]Entry {
	switch kind {
	case directory.User:
		return &d.Users
	case directory.AdministrativeUnit:
		return &d.AdministrativeUnits
	case directory.SecurityGroup:
		return &d.SecurityGroups
	default:
		return &d.ClassGroups
	}
}

// sectionName is the section's name in JSON.
func sectionName(kind directory.Kind) string { return string(kind) + "s" }

// Export returns everything in the directory. Owners and members are given by
// id. A stable document is sorted and free of ids, and gives owners and members
// by key, or by userPrincipalName where the key is nobody's or several users':
// two directories with the same content give the same stable document.
func (d *Directory) Export(ctx context.Context, stable bool) (Document, error) {
	var doc Document
	names := map[string]string{}
	for _, kind := range directory.Kinds() {
		objects, err := d.all(ctx, kind)
		if err != nil {
			return Document{}, err
		}
		if stable && kind == directory.User {
			names = stableNames(objects)
		}
		entries := make([]Entry, len(objects))
		for i, o := range objects {
			entries[i] = newEntry(o)
			if stable {
				entries[i].settle(names)
			}
		}
		if stable {
			sortEntries(entries)
		}
		*doc.section(kind) = entries
	}
	return doc, nil
}

func (d *Directory) all(ctx context.Context, kind directory.Kind) ([]directory.Object, error) {
	var objects []directory.Object
	for o, err := range d.Observe(ctx, kind, directory.Whole) {
		if err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	return objects, nil
}

func newEntry(o directory.Object) Entry {
	e := Entry{Key: o.Anchor(), ID: o.ID, Attributes: o.Attributes.Shown()}
	if o.Kind == directory.User {
		e.Deleted, e.Guest, e.DirectoryRole = &o.Deleted, &o.Guest, &o.DirectoryRole
		return e
	}
	e.Members = append([]string{}, o.Members...)
	if o.Kind == directory.ClassGroup {
		e.Owners = append([]string{}, o.Owners...)
	}
	return e
}

// stableNames returns, by id, what stable documents call the users.
func stableNames(users []directory.Object) map[string]string {
	bearers := map[string]int{}
	for _, u := range users {
		bearers[u.Anchor()]++
	}
	names := make(map[string]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Attributes[directory.UserPrincipalName]
		if anchor := u.Anchor(); anchor != "" && bearers[anchor] == 1 {
			names[u.ID] = anchor
		}
	}
	return names
}

// settle takes out of the entry what differs between equal directories.
func (e *Entry) settle(names map[string]string) {
	e.ID = ""
	for _, list := range [][]string{e.Owners, e.Members} {
		for i, id := range list {
			list[i] = names[id]
		}
		slices.Sort(list)
	}
}

// sortEntries sorts by key, and what has no key of its own by content.
func sortEntries(entries []Entry) {
	slices.SortFunc(entries, func(a, b Entry) int {
		if byKey := cmp.Compare(a.Key, b.Key); byKey != 0 {
			return byKey
		}
		return cmp.Compare(a.text(), b.text())
	})
}

// text is the entry as JSON.
func (e Entry) text() string {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // strings, truth values and lists always marshal
	}
	return string(text)
}
