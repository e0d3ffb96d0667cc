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
		if _, again := wave[name]; again || len(wave) == waveEntries || entry.Was != "" {
			if err := flush(); err != nil {
				return err
			}
		}
		if entry.Was != "" {
			if err := rekey(ctx, tx, scope, &entry); err != nil {
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
	members *pages
	entries []ledger.Entry
}

func newWave(tx *sql.Tx, scope int64, entries map[object]ledger.Entry) *wave {
	w := &wave{tx: tx, scope: scope, members: memberPages(tx), entries: make([]ledger.Entry, 0, len(entries))}
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
	return w.put(ctx)
}

// forget deletes objects with their owners and members.
func (w *wave) forget(ctx context.Context) error {
	for _, entry := range w.entries {
		if !entry.Forget {
			continue
		}
		for _, table := range [2]string{"member_pages", "objects"} {
			_, err := w.tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE scope = $1 AND kind = $2 AND key = $3`, //nolint:gosec // one of two fixed names
				w.scope, string(entry.Kind), entry.Key)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes the records, with owners and members, as the entries leave them.
func (w *wave) put(ctx context.Context) error {
	records, err := w.records(ctx)
	if err != nil {
		return err
	}
	objects := newBulk(w.tx, `INSERT INTO objects (scope, kind, key, body)`, 4,
		` ON CONFLICT (scope, kind, key) DO UPDATE SET body = excluded.body`)
	packer := newRecordPacker()
	for i := range w.entries {
		entry := &w.entries[i]
		r := records[object{entry.Kind, entry.Key}]
		r.Have = merge(r.Have, entry)
		if err := w.putPairs(ctx, &r, editsOf(entry)); err != nil {
			return err
		}
		if err := objects.add(ctx, w.scope, string(r.Kind), r.Key, packer.pack(&r)); err != nil {
			return err
		}
	}
	return objects.flush(ctx)
}

// records returns the records that the ledger has of the wave's objects.
func (w *wave) records(ctx context.Context) (map[object]record, error) {
	keys := make(map[directory.Kind][]string)
	for _, entry := range w.entries {
		keys[entry.Kind] = append(keys[entry.Kind], entry.Key)
	}
	records := make(map[object]record)
	for kind, keys := range keys {
		shelf := shelf{tx: w.tx, scope: w.scope, kind: kind, reader: newRecordReader()}
		err := shelf.recordsOf(ctx, func(r record) {
			r.pairs = slices.Clone(r.pairs)
			records[object{kind, r.Key}] = r
		}, keys)
		if err != nil {
			return nil, err
		}
	}
	return records, nil
}

// merge returns a record as an entry leaves it, but for owners and members. A
// record that is not there yet is the zero Have. The values of the entry may become
// those of the record.
func merge(have directory.Have, entry *ledger.Entry) directory.Have {
	have.Kind, have.Key = entry.Kind, entry.Key
	have.ID = cmp.Or(entry.ID, have.ID)
	if entry.State != "" && entry.State != have.State {
		have.State, have.Since = entry.State, entry.Since
	}
	have.Created = have.Created || entry.Created
	have.Org = cmp.Or(entry.Org, have.Org)
	have.Rewrite = (have.Rewrite || entry.Rewrite) && !entry.Rewritten
	have.Lost.Values = lostValues(have.Lost.Values, entry)
	if have.Attributes == nil && !clears(entry.Set) {
		have.Attributes = entry.Set
		return have
	}
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

// lostValues returns the names of the values of which nobody knows whether they were
// written, after an entry: it knows of what it sets, but for what was lost.
func lostValues(before []string, entry *ledger.Entry) []string {
	if len(before)+len(entry.Lost.Values) == 0 {
		return nil
	}
	names := slices.Clone(entry.Lost.Values)
	for _, name := range before {
		if _, known := entry.Set[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// clears reports whether a set clears values.
func clears(set directory.Attributes) bool {
	for _, value := range set {
		if value == "" {
			return true
		}
	}
	return false
}

// How many pairs stand in an object's own row, and how many in a page. The row is
// written whole whenever anything about the object changes.
const (
	rowPairs  = 256
	pagePairs = 4096
)

// putPairs changes the owners and members of a record: in the record itself as
// long as there are few, else in pages.
func (w *wave) putPairs(ctx context.Context, r *record, edits []edit) error {
	if r.paged {
		return w.turnPages(ctx, r, edits)
	}
	if r.pairs = apply(edits, r.pairs); len(r.pairs) <= rowPairs {
		return nil
	}
	r.paged = true
	return w.putPage(ctx, r, page{}, r.pairs)
}

// turnPages changes the pages that edits are about.
func (w *wave) turnPages(ctx context.Context, r *record, edits []edit) error {
	book := w.members.book(w.scope, string(r.Kind), r.Key)
	var reader pairReader
	for len(edits) > 0 {
		p, err := book.turn(ctx, edits[0].user)
		if err != nil {
			return err
		}
		var pairs []pair
		if p.body != nil {
			if pairs, err = reader.readPage(p.body); err != nil {
				return err
			}
		}
		here := 1
		for here < len(edits) && p.holds(edits[here].user) {
			here++
		}
		if err := w.putPage(ctx, r, p, apply(edits[:here], pairs)); err != nil {
			return err
		}
		edits = edits[here:]
	}
	return nil
}

func (w *wave) putPage(ctx context.Context, r *record, p page, pairs []pair) error {
	return w.members.book(w.scope, string(r.Kind), r.Key).rewrite(ctx, p, len(pairs), pagePairs,
		func(i int) string { return pairs[i].user },
		func(from, to int) []byte { return packPage(pairs[from:to]) })
}
