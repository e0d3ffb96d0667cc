package local

import (
	"cmp"
	"context"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// move is what an edit does to one user's place: it adds roles, then takes some
// away.
type move struct {
	person
	add, remove roles
	had         roles // before the edit
}

// after are the roles that the user has when the edit is done.
func (m move) after() roles { return (m.had | m.add) &^ m.remove }

// meet looks up all users that the edits name, in few queries.
func (w *writer) meet(ctx context.Context, edits []edit) error {
	var ids []string
	for _, e := range edits {
		ids = append(ids, e.AddOwners...)
		ids = append(ids, e.AddMembers...)
		ids = append(ids, e.RemoveOwners...)
		ids = append(ids, e.RemoveMembers...)
	}
	return w.users.lookUp(ctx, w, ids)
}

// moves returns what the edit does, in the order of the users' numbers, and
// whom it would add that the directory does not know. A soft-deleted user can be
// removed, but to additions it is missing.
func (w *writer) moves(e edit) (moves []move, missing []string) {
	moves = make([]move, 0, len(e.AddMembers)+len(e.AddOwners)+len(e.RemoveMembers)+len(e.RemoveOwners))
	add := func(ids []string, role roles) {
		for _, id := range ids {
			if p, met := w.users.find(id); met && !p.deleted {
				moves = append(moves, move{person: p, add: role})
			} else {
				missing = append(missing, id)
			}
		}
	}
	remove := func(ids []string, role roles) {
		for _, id := range ids {
			if p, met := w.users.find(id); met {
				moves = append(moves, move{person: p, remove: role})
			}
		}
	}
	add(e.AddOwners, isOwner)
	add(e.AddMembers, isMember)
	remove(e.RemoveMembers, isMember)
	remove(e.RemoveOwners, isOwner)
	return together(moves), distinct(missing)
}

// together makes one move of all those of one user.
func together(moves []move) []move {
	slices.SortFunc(moves, func(a, b move) int { return cmp.Compare(a.number, b.number) })
	merged := moves[:0]
	for _, m := range moves {
		if n := len(merged); n > 0 && merged[n-1].number == m.number {
			merged[n-1].add |= m.add
			merged[n-1].remove |= m.remove
		} else {
			merged = append(merged, m)
		}
	}
	return merged
}

// note tells the outcome who was there already.
func note(moves []move, outcome *directory.Outcome) {
	for _, m := range moves {
		if m.add&m.had&isOwner != 0 {
			outcome.OldOwners = append(outcome.OldOwners, m.id)
		}
		if m.add&m.had&isMember != 0 {
			outcome.OldMembers = append(outcome.OldMembers, m.id)
		}
	}
}

// place carries out the moves on the object's pages.
func (w *writer) place(ctx context.Context, object int64, isNew bool, moves []move) error {
	if len(moves) == 0 {
		return nil
	}
	var pages []page
	if !isNew {
		var err error
		if pages, err = w.pages(ctx, object, moves[0].number, moves[len(moves)-1].number); err != nil {
			return err
		}
	}
	if len(pages) == 0 || pages[0].start > moves[0].number {
		pages = slices.Insert(pages, 0, page{})
	}
	for i, p := range pages {
		n := len(moves)
		if i+1 < len(pages) {
			n, _ = slices.BinarySearchFunc(moves, pages[i+1].start, func(m move, start int64) int {
				return cmp.Compare(m.number, start)
			})
		}
		if n == 0 {
			continue
		}
		after := settle(p.places, moves[:n])
		if !slices.Equal(after, p.places) {
			if err := w.savePage(ctx, object, page{p.start, after}); err != nil {
				return err
			}
		}
		moves = moves[n:]
	}
	return nil
}

// settle returns the places after the moves, and tells the moves what was there
// before. Both are in the order of numbers.
func settle(places []place, moves []move) []place {
	after := make([]place, 0, len(places)+len(moves))
	for i := range moves {
		m := &moves[i]
		for len(places) > 0 && places[0].number < m.number {
			after, places = append(after, places[0]), places[1:]
		}
		if len(places) > 0 && places[0].number == m.number {
			m.had, places = places[0].roles, places[1:]
		}
		if m.after() != 0 {
			after = append(after, place{m.number, m.after()})
		}
	}
	return append(after, places...)
}
