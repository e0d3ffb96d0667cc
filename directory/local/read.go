package local

import (
	"cmp"
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

// perPage is how many objects are read at a time.
const perPage = 1000

// Observe yields the objects in the order in which they were made. Between two
// pages of them the directory may change, and no connection is held while the
// caller works.
func (d *Directory) Observe(ctx context.Context, kind directory.Kind, view directory.View) iter.Seq2[directory.Object, error] {
	return func(yield func(directory.Object, error) bool) {
		users := d.newCrowd()
		for last := int64(0); ; {
			page, err := d.page(ctx, kind, view, users, last)
			if err != nil {
				yield(directory.Object{}, fmt.Errorf("read the embedded directory: %w", err))
				return
			}
			for _, r := range page {
				if !yield(r.object, nil) {
					return
				}
			}
			if len(page) < perPage {
				return
			}
			last = page[len(page)-1].number
		}
	}
}

// page returns the next objects of the kind after the one with the number.
func (d *Directory) page(ctx context.Context, kind directory.Kind, view directory.View, users *crowd, after int64) ([]record, error) {
	const next = ` FROM dir_objects WHERE tenant = $1 AND number > $2 AND kind = $3 ORDER BY number LIMIT $4`
	args := []any{d.tenant, after, kindNumber(kind), perPage}
	if view == directory.Brief {
		return d.queryBrief(ctx, kind, `SELECT `+briefColumns+next, args...)
	}
	records, err := d.query(ctx, d.db, `SELECT `+columns+next, args...)
	if err != nil {
		return nil, err
	}
	return records, d.fill(ctx, d.db, users, records)
}

// Find returns the objects of the kind that bear one of the anchors.
func (d *Directory) Find(ctx context.Context, kind directory.Kind, anchors []string) ([]directory.Object, error) {
	var found []directory.Object
	users := d.newCrowd()
	for _, some := range pad(distinct(anchors)) {
		records, err := d.query(ctx, d.db, withAnchors(len(some)), append([]any{d.tenant, kindNumber(kind)}, some...)...)
		if err == nil {
			err = d.fill(ctx, d.db, users, records)
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

// withAnchors asks for the objects with one of n anchors. It asks for their numbers
// first, and for no order: else the database walks the tenant's whole table.
func withAnchors(n int) string {
	return `SELECT ` + columns + ` FROM dir_objects WHERE tenant = $1 AND kind = $2 AND number IN (
		SELECT number FROM dir_objects WHERE tenant = $1 AND anchor IN (` + parameters(3, n) + `))`
}

func (d *Directory) query(ctx context.Context, q querier, text string, args ...any) ([]record, error) {
	rows, err := q.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []record
	for rows.Next() {
		r, err := d.scan(rows)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, rows.Err()
}

// fill adds owners and members to the records; soft-deleted ones are not shown.
func (d *Directory) fill(ctx context.Context, q querier, users *crowd, records []record) error {
	objects := make(map[int64]*directory.Object, len(records))
	var numbers []int64
	for i, r := range records {
		if r.object.Kind != directory.User {
			objects[r.number] = &records[i].object
			numbers = append(numbers, r.number)
		}
	}
	for _, some := range pad(numbers) {
		places, err := d.places(ctx, q, some)
		if err != nil {
			return err
		}
		if err := users.meetAll(ctx, q, places); err != nil {
			return err
		}
		for number, places := range places {
			users.show(objects[number], places)
		}
	}
	return nil
}

// places returns the places in the groups and units with the numbers.
func (d *Directory) places(ctx context.Context, q querier, numbers []any) (map[int64][]place, error) {
	rows, err := q.QueryContext(ctx, `SELECT object, places FROM dir_members
		WHERE tenant = $1 AND object IN (`+parameters(2, len(numbers))+`)`, append([]any{d.tenant}, numbers...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[int64][]place{}
	for rows.Next() {
		var object int64
		var packed sql.RawBytes
		if err := rows.Scan(&object, &packed); err != nil {
			return nil, err
		}
		places, err := unpackPlaces(packed)
		if err != nil {
			return nil, err
		}
		found[object] = append(found[object], places...)
	}
	return found, rows.Err()
}

// meetAll looks up all users who have a place.
func (c *crowd) meetAll(ctx context.Context, q querier, groups map[int64][]place) error {
	var numbers []int64
	for _, places := range groups {
		for _, p := range places {
			if !c.isPlain(p.number) {
				numbers = append(numbers, p.number)
			}
		}
	}
	return c.lookUpNumbers(ctx, q, numbers)
}

// show adds owners and members to the object.
func (c *crowd) show(o *directory.Object, places []place) {
	for _, place := range places {
		p, met := c.numbered(place.number)
		if !met || p.deleted {
			continue
		}
		if place.roles&isOwner != 0 {
			o.Owners = append(o.Owners, p.id)
		}
		if place.roles&isMember != 0 {
			o.Members = append(o.Members, p.id)
		}
	}
	slices.Sort(o.Owners)
	slices.Sort(o.Members)
}

// distinct returns the values sorted, each once.
func distinct[T cmp.Ordered](values []T) []T {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
