package local

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// edit is a change with what only people at the keyboard change. A nil pointer
// leaves what is there.
type edit struct {
	directory.Change
	newID                         string // of an object to be created; "" for one of its own
	deleted, guest, directoryRole *bool
	byHand                        bool // of any size, and soft-deleted users can be edited
}

func (e edit) flagged() bool { return e.deleted != nil || e.guest != nil || e.directoryRole != nil }

// Apply carries out the changes in one transaction: when it returns an error,
// either all of them were carried out or none. Each change is done wholly or
// not at all, and one that is refused does not stop the others.
func (d *Directory) Apply(ctx context.Context, changes []directory.Change) ([]directory.Outcome, error) {
	if len(changes) > perCall {
		return nil, fault.New(fault.Invalid, "The embedded directory takes %d changes a call, not %d.", perCall, len(changes))
	}
	edits := make([]edit, len(changes))
	for i, c := range changes {
		edits[i] = edit{Change: c}
	}
	var outcomes []directory.Outcome
	err := d.update(ctx, func(w *writer) (err error) {
		outcomes, err = w.applyAll(ctx, edits)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("write to the embedded directory: %w", err)
	}
	return outcomes, nil
}

func (w *writer) applyAll(ctx context.Context, edits []edit) ([]directory.Outcome, error) {
	if err := w.meet(ctx, edits); err != nil {
		return nil, err
	}
	if err := w.layOut(ctx, edits); err != nil {
		return nil, err
	}
	outcomes := make([]directory.Outcome, len(edits))
	for i, e := range edits {
		outcome, err := w.apply(ctx, e)
		if r, refused := errors.AsType[*refusal](err); refused {
			outcome = directory.Outcome{ID: e.ID, Verdict: directory.Never, Rule: r.rule, Message: r.message}
		} else if err != nil {
			return nil, err
		}
		outcomes[i] = outcome
	}
	return outcomes, nil
}

// apply carries out one edit. Everything that can refuse it comes before the
// first write.
func (w *writer) apply(ctx context.Context, e edit) (directory.Outcome, error) {
	if e.Delete {
		return w.delete(ctx, e)
	}
	r, err := w.record(ctx, e)
	if err != nil {
		return directory.Outcome{}, err
	}
	wasTeam := r.object.Attributes[directory.Team] == "true"
	if err := w.merge(&r, e); err != nil {
		return directory.Outcome{}, err
	}
	moves, missing := w.moves(e)
	if err := w.checkTeam(ctx, r, e, moves, wasTeam); err != nil {
		return directory.Outcome{}, err
	}
	isNew := r.number == 0
	if err := w.checkAnchor(ctx, r, e); err != nil {
		return directory.Outcome{}, err
	}
	if err := w.save(ctx, &r, e); err != nil {
		return directory.Outcome{}, err
	}
	if err := w.place(ctx, r.number, isNew, moves); err != nil {
		return directory.Outcome{}, err
	}
	outcome := directory.Outcome{ID: r.object.ID, Verdict: directory.Done, Missing: missing}
	note(moves, &outcome)
	return outcome, nil
}

// delete takes the object away. One that is not there is not missed.
func (w *writer) delete(ctx context.Context, e edit) (directory.Outcome, error) {
	done := directory.Outcome{ID: e.ID, Verdict: directory.Done}
	if e.Kind == directory.User || e.ID == "" {
		return done, refuse(directory.InvalidValue, "Only groups and administrative units can be deleted, by their ids.")
	}
	r, err := w.existing(ctx, e.ID)
	if err != nil || r.number == 0 || r.object.Kind != e.Kind {
		return done, err
	}
	return done, w.erase(ctx, r)
}

// record returns the object that the edit is about, a new one where it is to be
// created.
func (w *writer) record(ctx context.Context, e edit) (record, error) {
	if w.d.known[e.Kind] == nil {
		return record{}, refuse(directory.InvalidValue, "The directory has no kind %q.", e.Kind)
	}
	if err := checkPairs(e); err != nil {
		return record{}, err
	}
	if e.ID == "" {
		return record{object: directory.Object{Kind: e.Kind, ID: e.newID, Attributes: directory.Attributes{}}}, nil
	}
	r, err := w.existing(ctx, e.ID)
	if err != nil {
		return record{}, err
	}
	if r.number == 0 || r.object.Kind != e.Kind {
		return record{}, refuse(directory.ObjectMissing, "There is no %s with the id %s.", e.Kind, e.ID)
	}
	if r.object.Deleted && !e.byHand {
		return record{}, refuse(directory.ObjectMissing, "The %s with the id %s is deleted.", e.Kind, e.ID)
	}
	return r, nil
}

// existing returns the object with the id, or the zero record.
func (w *writer) existing(ctx context.Context, id string) (record, error) {
	if r, found := w.desk.take(w.d.shape, id); found {
		return r, nil
	}
	way := w.d.byID(id)
	records, err := w.query(ctx, `SELECT `+columns+` FROM dir_objects WHERE tenant = $1 AND `+way.condition, append([]any{w.d.tenant}, way.values...)...)
	if err != nil || len(records) == 0 {
		return record{}, err
	}
	return records[0], nil
}

// merge brings the edit's values into the record and checks the result.
func (w *writer) merge(r *record, e edit) error {
	if err := w.d.checkSet(e.Kind, e.Set); err != nil {
		return err
	}
	if text, given := e.Set[directory.RelatedContacts]; given {
		if text != directory.ContactsValue(e.Contacts) {
			return refuse(directory.InvalidValue, "The contacts are not those that relatedContacts stands for.")
		}
		r.contacts = e.Contacts
	}
	maps.Copy(r.object.Attributes, e.Set)
	maps.DeleteFunc(r.object.Attributes, func(_, text string) bool { return text == "" })
	if err := mergeFlags(&r.object, e); err != nil {
		return err
	}
	return checkWhole(r.object)
}

// mergeFlags brings in what only people change.
func mergeFlags(o *directory.Object, e edit) error {
	if !e.flagged() {
		return nil
	}
	if o.Kind != directory.User {
		return refuse(directory.InvalidValue, "Only users can be deleted and restored, be guests, or have a directory role.")
	}
	for _, f := range []struct{ is, wanted *bool }{
		{&o.Deleted, e.deleted}, {&o.Guest, e.guest}, {&o.DirectoryRole, e.directoryRole},
	} {
		if f.wanted != nil {
			*f.is = *f.wanted
		}
	}
	return nil
}

// checkTeam sees to it that a team has an owner when the edit is done.
func (w *writer) checkTeam(ctx context.Context, r record, e edit, moves []move, wasTeam bool) error {
	_, asked := e.Set[directory.Team]
	if r.object.Attributes[directory.Team] != "true" || !asked && len(e.RemoveOwners) == 0 {
		return nil
	}
	owners, err := w.owners(ctx, r.number)
	if err != nil {
		return err
	}
	before := len(owners)
	for _, m := range moves {
		if m.remove&isOwner != 0 {
			delete(owners, m.number)
		} else if m.add&isOwner != 0 {
			owners[m.number] = true
		}
	}
	switch {
	case len(owners) > 0:
		return nil
	case !wasTeam || asked:
		return refuse(directory.InvalidValue, "A team needs an owner.")
	case before > 0:
		return refuse(directory.LastOwner, "The last owner of a team cannot be removed.")
	}
	return nil
}
