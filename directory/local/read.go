package local

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// querier is what reading needs of a database handle or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Observe yields the objects in the order in which they were made, whole whatever
// the view. Between two pages of them the directory may change, and no connection
// is held while the caller works.
func (d *Directory) Observe(ctx context.Context, kind directory.Kind, _ directory.View) iter.Seq2[directory.Object, error] {
	return func(yield func(directory.Object, error) bool) {
		for last := int64(0); ; {
			page, err := d.page(ctx, kind, last)
			if err != nil {
				yield(directory.Object{}, fmt.Errorf("read the embedded directory: %w", err))
				return
			}
			for _, r := range page {
				if !yield(r.object, nil) {
					return
				}
			}
			if len(page) < batch {
				return
			}
			last = page[len(page)-1].number
		}
	}
}

// page returns the next objects of the kind after the one with the number.
func (d *Directory) page(ctx context.Context, kind directory.Kind, after int64) ([]record, error) {
	records, err := query(ctx, d.db, `SELECT `+columns+` FROM dir_objects
		WHERE tenant = $1 AND number > $2 AND kind = $3 ORDER BY number LIMIT $4`,
		d.tenant, after, string(kind), batch)
	if err != nil {
		return nil, err
	}
	return records, d.fill(ctx, d.db, records)
}

// Find returns the objects of the kind that bear one of the anchors. It does not
// ask for an order, for which the database would walk the whole table.
func (d *Directory) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	var found []directory.Object
	for _, some := range pad(distinct(anchors)) {
		records, err := query(ctx, d.db, `SELECT `+columns+` FROM dir_objects
			WHERE tenant = $1 AND kind = $2 AND anchor IN (`+places(3, len(some))+`)`,
			append([]any{d.tenant, string(kind)}, some...)...)
		if err == nil {
			err = d.fill(ctx, d.db, records)
		}
		if err != nil {
			return nil, fmt.Errorf("look up anchors in the embedded directory: %w", err)
		}
		for _, r := range records {
			found = append(found, r.object)
		}
	}
	return found, nil
}

func query(ctx context.Context, q querier, text string, args ...any) ([]record, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []record
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

// fill adds owners and members to the records; soft-deleted ones are not shown.
func (d *Directory) fill(ctx context.Context, q querier, records []record) error {
	objects := make(map[int64]*directory.Object, len(records))
	var numbers []int64
	for i, r := range records {
		if r.object.Kind != directory.User {
			objects[r.number] = &records[i].object
			numbers = append(numbers, r.number)
		}
	}
	for _, some := range pad(numbers) {
		if err := d.fillSome(ctx, q, objects, some); err != nil {
			return err
		}
	}
	for _, o := range objects {
		slices.Sort(o.Owners)
		slices.Sort(o.Members)
	}
	return nil
}

func (d *Directory) fillSome(ctx context.Context, q querier, objects map[int64]*directory.Object, numbers []any) error {
	rows, err := q.QueryContext(ctx, `SELECT m.object, m.owner, p.id
		FROM dir_members m JOIN dir_objects p ON p.tenant = m.tenant AND p.number = m.person
		WHERE m.tenant = $1 AND m.object IN (`+places(2, len(numbers))+`) AND NOT p.deleted`,
		append([]any{d.tenant}, numbers...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var object int64
		var owner bool
		var id string
		if err := rows.Scan(&object, &owner, &id); err != nil {
			return err
		}
		o := objects[object]
		if owner {
			o.Owners = append(o.Owners, id)
		} else {
			o.Members = append(o.Members, id)
		}
	}
	return rows.Err()
}

// distinct returns the texts sorted, each once.
func distinct(texts []string) []string {
	sorted := slices.Clone(texts)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
