package local

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// Import adds the objects of a document, or changes those that are there: an
// entry means the object with its id, else its key, else its userPrincipalName,
// else its mailNickname. Attributes that an entry does not give are left alone,
// null clears; a list of owners or members that is given becomes the object's
// whole list, by any names of the users. Either the whole document is taken or
// nothing: the error names the first entry that is wrong.
func (d *Directory) Import(ctx context.Context, document io.Reader) (entries int, err error) {
	sections, err := readSections(document)
	if err != nil {
		return 0, err
	}
	err = d.update(ctx, func(w *writer) error {
		in := importer{writer: w, ids: map[string]string{}, met: map[string]bool{}}
		for _, kind := range directory.Kinds() {
			for i, raw := range sections[sectionName(kind)] {
				if err := in.entry(ctx, kind, raw); err != nil {
					return placed(err, kind, i, raw)
				}
				entries++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return entries, nil
}

// readSections splits the document into its entries, so that each can be named
// by its position.
func readSections(document io.Reader) (map[string][]json.RawMessage, error) {
	content, err := io.ReadAll(document)
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "The document cannot be read")
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff")) // Windows editors write it
	var sections map[string][]json.RawMessage
	if err := json.Unmarshal(content, &sections); err != nil {
		return nil, misread(err, content)
	}
	known := []string{}
	for _, kind := range directory.Kinds() {
		known = append(known, sectionName(kind))
	}
	for name := range sections {
		if !slices.Contains(known, name) {
			return nil, fault.New(fault.Invalid, "The document has a member %q; it can have users, administrativeUnits, securityGroups and classGroups.", name)
		}
	}
	return sections, nil
}

// misread says where the document is not JSON of the right shape.
func misread(err error, content []byte) error {
	offset, what := int64(len(content)), err.Error()
	if syntax, is := errors.AsType[*json.SyntaxError](err); is {
		offset = syntax.Offset
	} else if shape, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		offset, what = shape.Offset, fmt.Sprintf("the type %s is not the one that belongs here", shape.Value)
	}
	before := content[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n') - 1
	return fault.New(fault.Invalid, "Line %d, column %d: this is not a document that export -o json wrote: %s.", line, column, what)
}

// placed adds the entry's position, counted from 1, and its key to an error.
func placed(err error, kind directory.Kind, index int, raw json.RawMessage) error {
	var named struct{ Key, ID string }
	_ = json.Unmarshal(raw, &named) // an entry that cannot be read has no name to show
	where := fmt.Sprintf("Entry %d of %s", index+1, sectionName(kind))
	if name := cmp.Or(named.Key, named.ID); name != "" {
		where += fmt.Sprintf(" (%s)", name)
	}
	return fault.Wrap(err, fault.KindOf(err), "%s", where)
}

// importer takes entries in; users come before those that they are members of.
type importer struct {
	*writer
	ids map[string]string // ids of users by the names that the document uses
	met map[string]bool   // ids of objects that entries meant; no other entry means them
}

func (in *importer) entry(ctx context.Context, kind directory.Kind, raw json.RawMessage) error {
	var entry Entry
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&entry); err != nil {
		return fault.Wrap(err, fault.Invalid, "The entry is not an object of a directory")
	}
	set, err := entry.set()
	if err != nil {
		return err
	}
	have, err := in.match(ctx, kind, entry.ID, set)
	if err != nil {
		return err
	}
	e := edit{Change: directory.Change{Kind: kind, ID: have.object.ID, Set: set}, newID: entry.ID, byHand: true}
	e.deleted, e.guest, e.directoryRole = entry.Deleted, entry.Guest, entry.DirectoryRole
	if err := e.takeContacts(entry, have.object); err != nil {
		return err
	}
	if e.AddOwners, e.RemoveOwners, err = in.pairs(ctx, entry.Owners, have.object.Owners); err != nil {
		return err
	}
	if e.AddMembers, e.RemoveMembers, err = in.pairs(ctx, entry.Members, have.object.Members); err != nil {
		return err
	}
	id, err := in.must(ctx, e)
	in.met[id] = true
	return err
}

// set returns the entry's attributes in canonical text; those of contacts, which
// a document does not hold, are left out.
func (e Entry) set() (directory.Attributes, error) {
	set := directory.Attributes{}
	for name, value := range e.Attributes {
		if name == directory.RelatedContacts {
			continue
		}
		text, err := canonical(value)
		if err != nil {
			return nil, fault.New(fault.Invalid, "The attribute %s is %v; it can be text, true, false, a list of texts, or null.", name, value)
		}
		set[name] = text
	}
	if e.Key == "" {
		return set, nil
	}
	if anchor, given := set[directory.AnchorID]; given && anchor != e.Key {
		return nil, fault.New(fault.Invalid, "The key %q and %s %q differ.", e.Key, directory.AnchorID, anchor)
	}
	set[directory.AnchorID] = e.Key
	return set, nil
}

func canonical(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool:
		return directory.Bool(v), nil
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			text, is := item.(string)
			if !is {
				return "", errors.New("not a list of texts")
			}
			items[i] = text
		}
		return directory.List(items), nil
	}
	return "", errors.New("not the value of an attribute")
}

// match returns the object that the entry means, with its owners and members,
// or an empty record if it is to be created.
func (in *importer) match(ctx context.Context, kind directory.Kind, id string, set directory.Attributes) (record, error) {
	ambiguous := ""
	for _, way := range in.d.ways(id, set[directory.AnchorID], set[directory.UserPrincipalName], set[directory.MailNickname]) {
		found, err := in.d.namedBy(ctx, in, way, kind)
		if err != nil {
			return record{}, err
		}
		found = slices.DeleteFunc(found, func(r record) bool { return in.met[r.object.ID] })
		if len(found) == 1 {
			return found[0], in.d.fill(ctx, in, in.users, found)
		}
		if len(found) > 1 {
			ambiguous = way.text
		}
	}
	if ambiguous != "" {
		return record{}, fault.New(fault.Invalid, "Several objects of kind %s are called %q; give the id.", kind, ambiguous)
	}
	return record{}, nil
}

// takeContacts brings in contacts of which a document tells count and relations.
// Where the object's have the same, they stay; else contacts without names take
// their place.
func (e *edit) takeContacts(entry Entry, have directory.Object) error {
	value, given := entry.Attributes[directory.RelatedContacts]
	if !given {
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var told directory.Relations
	if err := json.Unmarshal(text, &told); err != nil || told.Count != len(told.Relations) {
		return fault.New(fault.Invalid, "The attribute relatedContacts has to be a count and as many relations.")
	}
	same, err := json.Marshal(directory.Value(directory.RelatedContacts, have.Attributes[directory.RelatedContacts]))
	if err != nil || bytes.Equal(text, same) {
		return err
	}
	for _, relation := range told.Relations {
		e.Contacts = append(e.Contacts, directory.Contact{Relationship: relation})
	}
	e.Set[directory.RelatedContacts] = directory.ContactsValue(e.Contacts)
	return nil
}

// pairs returns which users to add and to remove, by id, so that have becomes
// the list that the entry names; an entry without a list leaves it alone.
func (in *importer) pairs(ctx context.Context, names, have []string) (add, remove []string, err error) {
	if names == nil {
		return nil, nil, nil
	}
	there, wanted := setOf(have), map[string]bool{}
	for _, name := range names {
		id, err := in.userID(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		wanted[id] = true
		if !there[id] {
			add = append(add, id)
		}
	}
	for _, id := range have {
		if !wanted[id] {
			remove = append(remove, id)
		}
	}
	return add, remove, nil
}

func setOf(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

func (in *importer) userID(ctx context.Context, name string) (string, error) {
	if id, met := in.ids[name]; met {
		return id, nil
	}
	user, err := in.user(ctx, Name{Text: name})
	if err != nil {
		return "", err
	}
	in.ids[name] = user.ID
	return user.ID, nil
}
