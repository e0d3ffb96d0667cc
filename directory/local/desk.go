package local

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// desk is what a writer has read ahead for its edits, with few queries. Whatever an
// edit may change is taken off it, and read anew by the next one.
type desk struct {
	records map[int64]record
	pages   map[int64][]page // all pages of a class group, in their order
}

// take takes the object with the id off the desk.
func (d *desk) take(shape shape, id string) (record, bool) {
	number, ours := shape.number(id)
	r, found := d.records[number]
	if !ours || !found {
		return record{}, false
	}
	delete(d.records, number)
	return r, true
}

// layOut reads the objects that edits change, and the members of those class groups
// in which they move somebody. Other groups may have members without number, of which
// an edit concerns few; objects with ids of another shape are few themselves.
func (w *writer) layOut(ctx context.Context, edits []edit) error {
	var objects, classes []int64
	for _, e := range edits {
		number, ours := w.d.shape.number(e.ID)
		if !ours {
			continue
		}
		objects = append(objects, number)
		if e.Kind == directory.ClassGroup && len(e.AddOwners)+len(e.AddMembers)+len(e.RemoveMembers)+len(e.RemoveOwners) > 0 {
			classes = append(classes, number)
		}
	}
	w.desk = desk{records: make(map[int64]record, len(objects)), pages: make(map[int64][]page, len(classes))}
	for _, some := range pad(distinct(objects)) {
		if err := w.layRecords(ctx, some); err != nil {
			return err
		}
	}
	for _, some := range pad(distinct(classes)) {
		if err := w.layPages(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) layRecords(ctx context.Context, numbers []any) error {
	records, err := w.query(ctx, `SELECT `+columns+` FROM dir_objects
		WHERE tenant = $1 AND id IS NULL AND number IN (`+parameters(2, len(numbers))+`)`, append([]any{w.d.tenant}, numbers...)...)
	for _, r := range records {
		w.desk.records[r.number] = r
	}
	return err
}

func (w *writer) layPages(ctx context.Context, numbers []any) error {
	rows, err := w.QueryContext(ctx, `SELECT object, start, places FROM dir_members
		WHERE tenant = $1 AND object IN (`+parameters(2, len(numbers))+`)`, append([]any{w.d.tenant}, numbers...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for _, number := range numbers {
		w.desk.pages[number.(int64)] = nil // also those that have none
	}
	for rows.Next() {
		var object int64
		var p page
		var packed sql.RawBytes
		if err := rows.Scan(&object, &p.start, &packed); err != nil {
			return err
		}
		if p.places, err = unpackPlaces(packed); err != nil {
			return err
		}
		w.desk.pages[object] = append(w.desk.pages[object], p)
	}
	for _, pages := range w.desk.pages {
		slices.SortFunc(pages, func(a, b page) int { return cmp.Compare(a.start, b.start) })
	}
	return rows.Err()
}
