package local

import (
	"context"
	"database/sql"
	"slices"
)

// page holds the places of users whose numbers are not below its start, up to
// the start of the next page.
type page struct {
	start  int64
	places []place
}

// pages returns the object's pages on which numbers from first to last belong, and
// maybe others.
func (w *writer) pages(ctx context.Context, object, first, last int64) ([]page, error) {
	if pages, found := w.desk.pages[object]; found {
		return slices.Clone(pages), nil
	}
	rows, err := w.QueryContext(ctx, `SELECT start, places FROM dir_members
		WHERE tenant = $1 AND object = $2 AND start <= $4 AND start >= (
			SELECT COALESCE(MAX(start), 0) FROM dir_members WHERE tenant = $1 AND object = $2 AND start <= $3)
		ORDER BY start`, w.d.tenant, object, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var pages []page
	for rows.Next() {
		var p page
		var packed sql.RawBytes
		if err := rows.Scan(&p.start, &packed); err != nil {
			return nil, err
		}
		if p.places, err = unpackPlaces(packed); err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	return pages, rows.Err()
}

// owners returns the numbers of the object's owners that are not deleted.
func (w *writer) owners(ctx context.Context, object int64) (map[int64]bool, error) {
	pages, err := w.pages(ctx, object, 0, maxNumber)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, page := range pages {
		for _, place := range page.places {
			if place.roles&isOwner != 0 {
				numbers = append(numbers, place.number)
			}
		}
	}
	if err := w.users.lookUpNumbers(ctx, w, numbers); err != nil {
		return nil, err
	}
	owners := map[int64]bool{}
	for _, number := range numbers {
		if p, met := w.users.numbered(number); met && !p.deleted {
			owners[number] = true
		}
	}
	return owners, nil
}

// savePage writes a page, in parts if it became too long, or deletes it if it
// became empty.
func (w *writer) savePage(ctx context.Context, object int64, p page) error {
	delete(w.desk.pages, object)
	if len(p.places) == 0 {
		_, err := w.exec(ctx, `DELETE FROM dir_members WHERE tenant = $1 AND object = $2 AND start = $3`,
			w.d.tenant, object, p.start)
		return err
	}
	parts := (len(p.places) + pageLimit - 1) / pageLimit
	for i := range parts {
		places := p.places[i*len(p.places)/parts : (i+1)*len(p.places)/parts]
		if i > 0 {
			p.start = places[0].number
		}
		_, err := w.exec(ctx, `INSERT INTO dir_members (tenant, object, start, places) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, object, start) DO UPDATE SET places = excluded.places`,
			w.d.tenant, object, p.start, packPlaces(places))
		if err != nil {
			return err
		}
	}
	return nil
}
