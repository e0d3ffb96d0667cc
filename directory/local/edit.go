package local

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// Set changes an object by hand. An assignment is name=value, where the name is
// an attribute's, or deleted, guest or directoryRole for users; items of a list
// are separated by commas; an empty value clears.
func (d *Directory) Set(ctx context.Context, name Name, assignments []string) error {
	return d.edit(ctx, name, func(_ *writer, e *edit) error {
		e.Set = directory.Attributes{}
		for _, assignment := range assignments {
			if err := e.assign(assignment); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddMember makes the user a member of the group by hand, and an owner as well
// if owner is set.
func (d *Directory) AddMember(ctx context.Context, group, user Name, owner bool) error {
	return d.edit(ctx, group, func(w *writer, e *edit) error {
		person, err := w.user(ctx, user)
		if err != nil {
			return err
		}
		if person.Deleted {
			return fault.New(fault.Invalid, "The user %q is deleted; restore it first (set %[1]s deleted=false).", user.Text)
		}
		e.AddMembers = []string{person.ID}
		if owner {
			e.AddOwners = []string{person.ID}
		}
		return nil
	})
}

// RemoveMember takes the user out of the group by hand, out of its owners too.
// If owner is set, the user only ceases to be an owner.
func (d *Directory) RemoveMember(ctx context.Context, group, user Name, owner bool) error {
	return d.edit(ctx, group, func(w *writer, e *edit) error {
		person, err := w.user(ctx, user)
		if err != nil {
			return err
		}
		if !owner {
			e.RemoveMembers = []string{person.ID}
		}
		if owner || e.Kind == directory.ClassGroup {
			e.RemoveOwners = []string{person.ID}
		}
		return nil
	})
}

// Delete takes an object out of the directory by hand: a user softly, which Set
// can undo (deleted=false), any other for good.
func (d *Directory) Delete(ctx context.Context, name Name) error {
	return d.update(ctx, func(w *writer) error {
		r, err := d.one(ctx, w, name)
		if err != nil {
			return err
		}
		if r.object.Kind == directory.User {
			_, err = w.must(ctx, edit{
				Change:  directory.Change{Kind: directory.User, ID: r.object.ID},
				deleted: new(true), byHand: true,
			})
			return err
		}
		return w.erase(ctx, r)
	})
}

// erase takes an object out of the directory for good.
func (w *writer) erase(ctx context.Context, r record) error {
	for _, table := range []string{`dir_members WHERE tenant = $1 AND object = $2`, `dir_objects WHERE tenant = $1 AND number = $2`} {
		if _, err := w.exec(ctx, `DELETE FROM `+table, w.d.tenant, r.number); err != nil {
			return fmt.Errorf("delete %s: %w", r.label(), err)
		}
	}
	return nil
}

// Clear takes everything out of the directory for good, users included.
func (d *Directory) Clear(ctx context.Context) error {
	return d.update(ctx, func(w *writer) error {
		for _, table := range []string{`dir_members`, `dir_objects`} {
			if _, err := w.exec(ctx, `DELETE FROM `+table+` WHERE tenant = $1`, d.tenant); err != nil {
				return err
			}
		}
		w.users = d.newCrowd()
		return nil
	})
}

// edit carries out an edit of the named object, which fill completes.
func (d *Directory) edit(ctx context.Context, name Name, fill func(*writer, *edit) error) error {
	return d.update(ctx, func(w *writer) error {
		r, err := d.one(ctx, w, name)
		if err != nil {
			return err
		}
		e := edit{Change: directory.Change{Kind: r.object.Kind, ID: r.object.ID}, byHand: true}
		if err := fill(w, &e); err != nil {
			return err
		}
		_, err = w.must(ctx, e)
		return err
	})
}

// user returns the user with the name.
func (w *writer) user(ctx context.Context, name Name) (directory.Object, error) {
	name.Kind = directory.User
	r, err := w.d.one(ctx, w, name)
	return r.object, err
}

// must carries out an edit by hand, which fails as a whole where Apply would
// report a problem. It returns the object's id.
func (w *writer) must(ctx context.Context, e edit) (id string, err error) {
	if err := w.meet(ctx, []edit{e}); err != nil {
		return "", err
	}
	outcome, err := w.apply(ctx, e)
	if r, refused := errors.AsType[*refusal](err); refused {
		return "", r.fault()
	}
	if err != nil {
		return "", err
	}
	if len(outcome.Missing) > 0 {
		return "", fault.New(fault.NotFound, "There is no user %s in the directory, or the user is deleted.", strings.Join(outcome.Missing, ", "))
	}
	return outcome.ID, nil
}

// fault is the refusal as people at the keyboard get it.
func (r *refusal) fault() error {
	switch r.rule {
	case directory.NameConflict:
		return fault.New(fault.Conflict, "%s", r.message)
	case directory.ObjectMissing:
		return fault.New(fault.NotFound, "%s", r.message)
	default:
		return fault.New(fault.Invalid, "%s", r.message)
	}
}

// assign brings one name=value into the edit.
func (e *edit) assign(assignment string) error {
	name, text, found := strings.Cut(assignment, "=")
	if !found {
		return fault.New(fault.Invalid, "%q is not of the form name=value.", assignment)
	}
	switch name {
	case "deleted", "guest", "directoryRole":
		if text != "true" && text != "false" {
			return fault.New(fault.Invalid, "%s is %q; it can be true or false.", name, text)
		}
		*e.flag(name) = new(text == "true")
	case directory.RelatedContacts:
		if text != "" {
			return fault.New(fault.Invalid, "relatedContacts can only be cleared by hand.")
		}
		e.Set[name] = ""
	case directory.LicenseSKUs:
		items := strings.Split(text, ",")
		e.Set[name] = directory.List(slices.DeleteFunc(items, func(item string) bool { return item == "" }))
	default:
		e.Set[name] = text
	}
	return nil
}

func (e *edit) flag(name string) **bool {
	switch name {
	case "deleted":
		return &e.deleted
	case "guest":
		return &e.guest
	default:
		return &e.directoryRole
	}
}
