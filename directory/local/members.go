package local

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// person is a user as rows of owners and members refer to it.
type person struct {
	number  int64
	id      string
	deleted bool
}

// pairs are the owners and members of an edit, found in the directory.
type pairs struct {
	addOwners, addMembers       []person
	removeOwners, removeMembers []person
	missing                     []string
}

// meet looks up all users that the edits name, in few queries.
func (w *writer) meet(ctx context.Context, edits []edit) error {
	var ids []string
	for _, e := range edits {
		ids = append(ids, e.AddOwners...)
		ids = append(ids, e.AddMembers...)
		ids = append(ids, e.RemoveOwners...)
		ids = append(ids, e.RemoveMembers...)
	}
	for _, some := range pad(distinct(ids)) {
		if err := w.meetSome(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) meetSome(ctx context.Context, ids []any) error {
	rows, err := w.QueryContext(ctx, `SELECT number, id, deleted FROM dir_objects
		WHERE tenant = $1 AND kind = 'user' AND id IN (`+places(2, len(ids))+`)`, append([]any{w.d.tenant}, ids...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var p person
		if err := rows.Scan(&p.number, &p.id, &p.deleted); err != nil {
			return err
		}
		w.people[p.id] = p
	}
	return rows.Err()
}

// pairs finds the edit's owners and members among the people that were met. A
// soft-deleted user can be removed, but to additions it is missing.
func (w *writer) pairs(e edit) pairs {
	var p pairs
	told := map[string]bool{}
	add := func(ids []string) []person {
		found := make([]person, 0, len(ids))
		for _, id := range ids {
			known, met := w.people[id]
			if met && !known.deleted {
				found = append(found, known)
			} else if !told[id] {
				p.missing = append(p.missing, id)
				told[id] = true
			}
		}
		return found
	}
	remove := func(ids []string) []person {
		var found []person
		for _, id := range ids {
			if known, met := w.people[id]; met {
				found = append(found, known)
			}
		}
		return found
	}
	p.addOwners, p.addMembers = add(e.AddOwners), add(e.AddMembers)
	p.removeMembers, p.removeOwners = remove(e.RemoveMembers), remove(e.RemoveOwners)
	return p
}

// place writes the pairs: additions, then removals, members before owners. It
// notes those that were there already.
func (w *writer) place(ctx context.Context, object int64, p pairs, outcome *directory.Outcome) (err error) {
	if outcome.OldOwners, err = w.add(ctx, object, true, p.addOwners); err != nil {
		return err
	}
	if outcome.OldMembers, err = w.add(ctx, object, false, p.addMembers); err != nil {
		return err
	}
	if err := w.remove(ctx, object, false, p.removeMembers); err != nil {
		return err
	}
	return w.remove(ctx, object, true, p.removeOwners)
}

// add returns the ids of the people that were there already.
func (w *writer) add(ctx context.Context, object int64, owner bool, people []person) (old []string, err error) {
	added := make(map[int64]bool, len(people))
	for _, some := range pad(numbers(people)) {
		if err := w.addSome(ctx, object, owner, some, added); err != nil {
			return nil, err
		}
	}
	for _, p := range people {
		if !added[p.number] {
			old = append(old, p.id)
			added[p.number] = true // named twice is told once
		}
	}
	return old, nil
}

func (w *writer) addSome(ctx context.Context, object int64, owner bool, people []any, added map[int64]bool) error {
	rows, err := w.QueryContext(ctx, `INSERT INTO dir_members (tenant, object, owner, person) VALUES `+
		memberRows(len(people))+` ON CONFLICT DO NOTHING RETURNING person`, append([]any{w.d.tenant, object, owner}, people...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var person int64
		if err := rows.Scan(&person); err != nil {
			return err
		}
		added[person] = true
	}
	return rows.Err()
}

// memberRows returns n rows of values that share their first three parameters.
func memberRows(n int) string {
	rows := make([]string, n)
	for i := range rows {
		rows[i] = "($1, $2, $3, $" + strconv.Itoa(4+i) + ")"
	}
	return strings.Join(rows, ", ")
}

func (w *writer) remove(ctx context.Context, object int64, owner bool, people []person) error {
	for _, some := range pad(numbers(people)) {
		_, err := w.exec(ctx, `DELETE FROM dir_members WHERE tenant = $1 AND object = $2 AND owner = $3
			AND person IN (`+places(4, len(some))+`)`, append([]any{w.d.tenant, object, owner}, some...)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// owners returns the numbers of the object's owners that are not deleted.
func (w *writer) owners(ctx context.Context, object int64) (map[int64]bool, error) {
	rows, err := w.QueryContext(ctx, `SELECT m.person
		FROM dir_members m JOIN dir_objects p ON p.tenant = m.tenant AND p.number = m.person
		WHERE m.tenant = $1 AND m.object = $2 AND m.owner AND NOT p.deleted`, w.d.tenant, object)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	owners := map[int64]bool{}
	for rows.Next() {
		var number int64
		if err := rows.Scan(&number); err != nil {
			return nil, err
		}
		owners[number] = true
	}
	return owners, rows.Err()
}

// numbers returns the people's numbers in the order of the table's key, each
// once.
func numbers(people []person) []int64 {
	list := make([]int64, len(people))
	for i, p := range people {
		list[i] = p.number
	}
	slices.Sort(list)
	return slices.Compact(list)
}
