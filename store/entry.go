package store

import (
	"cmp"
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
)

// waveEntries is how many entries are written to the ledger together.
const waveEntries = 1000

// object names an object within a scope.
type object struct {
	kind directory.Kind
	key  string
}

func (o object) compare(other object) int {
	return cmp.Or(cmp.Compare(o.kind, other.kind), strings.Compare(o.key, other.key))
}

// applyEntries writes entries to the ledger, each on top of those before it. It
// does so in waves in which no object occurs twice, so that a wave can be
// written in the order of the keys.
func applyEntries(ctx context.Context, tx *sql.Tx, scope int64, entries iter.Seq2[ledger.Entry, error]) error {
	wave := make(map[object]ledger.Entry)
	flush := func() error {
		err := newWave(tx, scope, wave).write(ctx)
		clear(wave)
		return err
	}
	for entry, err := range entries {
		if err != nil {
			return err
		}
		name := object{entry.Kind, entry.Key}
		if _, again := wave[name]; again || len(wave) == waveEntries {
			if err := flush(); err != nil {
				return err
			}
		}
		wave[name] = entry
	}
	return flush()
}

// wave is entries that are written together, in the order of kind and key.
type wave struct {
	tx      *sql.Tx
	scope   int64
	entries []ledger.Entry
}

func newWave(tx *sql.Tx, scope int64, entries map[object]ledger.Entry) *wave {
	w := &wave{tx: tx, scope: scope, entries: make([]ledger.Entry, 0, len(entries))}
	for _, entry := range entries {
		w.entries = append(w.entries, entry)
	}
	slices.SortFunc(w.entries, func(a, b ledger.Entry) int {
		return object{a.Kind, a.Key}.compare(object{b.Kind, b.Key})
	})
	return w
}

func (w *wave) write(ctx context.Context) error {
	if err := w.endStretches(ctx); err != nil {
		return err
	}
	if err := w.forget(ctx); err != nil {
		return err
	}
	w.entries = slices.DeleteFunc(w.entries, func(e ledger.Entry) bool { return e.Forget })
	if err := w.dropPairs(ctx); err != nil {
		return err
	}
	if err := w.releasePairs(ctx); err != nil {
		return err
	}
	if err := w.putObjects(ctx); err != nil {
		return err
	}
	return w.putPairs(ctx)
}

// forget deletes objects with their owners and members.
func (w *wave) forget(ctx context.Context) error {
	for _, entry := range w.entries {
		if !entry.Forget {
			continue
		}
		for _, table := range [2]string{"pairs", "objects"} {
			_, err := w.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE scope = $1 AND kind = $2 AND key = $3`, //nolint:gosec // one of two fixed names
				w.scope, string(entry.Kind), entry.Key)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *wave) dropPairs(ctx context.Context) error {
	return w.eachList(ctx, `DELETE FROM pairs`,
		func(e *ledger.Entry) [2][]string { return [2][]string{e.DropMembers, e.DropOwners} })
}

func (w *wave) releasePairs(ctx context.Context) error {
	return w.eachList(ctx, `UPDATE pairs SET released = TRUE`,
		func(e *ledger.Entry) [2][]string { return [2][]string{e.ReleaseMembers, e.ReleaseOwners} })
}

// eachList does the same with the members and the owners that each entry lists.
func (w *wave) eachList(ctx context.Context, what string, lists func(*ledger.Entry) [2][]string) error {
	stmt, err := w.tx.PrepareContext(ctx, what+` WHERE scope = $1 AND kind = $2 AND key = $3 AND owner = $4
			AND user_key IN (SELECT value FROM json_each($5))`)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range w.entries {
		entry := &w.entries[i]
		for owner, users := range lists(entry) {
			if len(users) == 0 {
				continue
			}
			_, err := stmt.ExecContext(ctx, w.scope, string(entry.Kind), entry.Key, owner == 1, list(users))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// putObjects writes the records as the entries leave them.
func (w *wave) putObjects(ctx context.Context) error {
	records, err := w.records(ctx)
	if err != nil {
		return err
	}
	objects := newBulk(w.tx, `INSERT INTO objects (scope, kind, key, id, state, created, org, attributes)`, 8, `
		ON CONFLICT (scope, kind, key) DO UPDATE SET
			id = excluded.id, state = excluded.state, created = excluded.created,
			org = excluded.org, attributes = excluded.attributes`)
	for _, entry := range w.entries {
		have := merge(records[object{entry.Kind, entry.Key}], entry)
		err := objects.add(ctx, w.scope, string(entry.Kind), entry.Key,
			have.ID, string(have.State), have.Created, have.Org, encodeAttributes(have.Attributes))
		if err != nil {
			return err
		}
	}
	return objects.flush(ctx)
}

// records returns the records that the ledger has of the wave's objects.
func (w *wave) records(ctx context.Context) (map[object]directory.Have, error) {
	keys := make(map[directory.Kind][]string)
	for _, entry := range w.entries {
		keys[entry.Kind] = append(keys[entry.Kind], entry.Key)
	}
	records := make(map[object]directory.Have)
	for kind, keys := range keys {
		shelf := shelf{tx: w.tx, scope: w.scope, kind: kind}
		found, err := shelf.objects(ctx, `key IN (SELECT value FROM json_each($3))`, list(keys), len(keys))
		if err != nil {
			return nil, err
		}
		for _, have := range found {
			records[object{kind, have.Key}] = have
		}
	}
	return records, nil
}

// merge returns a record as an entry leaves it, but for owners and members. A
// record that is not there yet is the zero Have.
func merge(have directory.Have, entry ledger.Entry) directory.Have {
	have.ID = cmp.Or(entry.ID, have.ID)
	have.State = entry.State
	have.Created = have.Created || entry.Created
	have.Org = cmp.Or(entry.Org, have.Org)
	if have.Attributes == nil {
		have.Attributes = make(directory.Attributes, len(entry.Set))
	}
	for name, value := range entry.Set {
		if value == "" {
			delete(have.Attributes, name)
		} else {
			have.Attributes[name] = value
		}
	}
	return have
}

// putPairs writes owners and members. One that is ours remains so even when it
// was released, is asked for anew, and is found to be there.
func (w *wave) putPairs(ctx context.Context) error {
	pairs := newBulk(w.tx, `INSERT INTO pairs (scope, kind, key, owner, user_key, ours, released)`, 7, `
		ON CONFLICT (scope, kind, key, owner, user_key) DO UPDATE SET
			ours = (pairs.ours OR excluded.ours), released = FALSE
		WHERE pairs.released OR excluded.ours AND NOT pairs.ours`)
	for _, entry := range w.entries {
		for _, p := range pairsOf(entry) {
			err := pairs.add(ctx, w.scope, string(entry.Kind), entry.Key, p.owner, p.user, p.ours, false)
			if err != nil {
				return err
			}
		}
	}
	return pairs.flush(ctx)
}

// pairsOf returns the owners and members that an entry adds, each once, in the
// order of the table's key.
func pairsOf(entry ledger.Entry) []pair {
	var pairs []pair
	add := func(users []string, owner, ours bool) {
		for _, user := range users {
			pairs = append(pairs, pair{owner: owner, user: user, ours: ours})
		}
	}
	// Ours first, so that they are the ones that Compact keeps.
	add(entry.AddMembers, false, true)
	add(entry.StrangeMembers, false, false)
	add(entry.AddOwners, true, true)
	add(entry.StrangeOwners, true, false)
	slices.SortStableFunc(pairs, func(a, b pair) int {
		if a.owner != b.owner {
			return boolInt(a.owner) - boolInt(b.owner)
		}
		return strings.Compare(a.user, b.user)
	})
	return slices.CompactFunc(pairs, func(a, b pair) bool { return a.owner == b.owner && a.user == b.user })
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
