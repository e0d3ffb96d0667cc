package local

import (
	"context"

	"github.com/homeroomhq/homeroom/directory"
)

// briefColumns are those that queryBrief reads, in its order.
const briefColumns = `number, id, anchor, enabled, deleted, guest, directory_role`

// queryBrief returns what directory.Brief has of objects of the kind. A plan reads
// all users in this way.
func (d *Directory) queryBrief(ctx context.Context, kind directory.Kind, text string, args ...any) ([]record, error) {
	rows, err := d.db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	records := make([]record, 0, perPage)
	for rows.Next() {
		var (
			id, anchor *string
			enabled    *bool
			r          = record{object: directory.Object{Kind: kind, Attributes: make(directory.Attributes, 2)}}
			o          = &r.object
		)
		if err := rows.Scan(&r.number, &id, &anchor, &enabled, &o.Deleted, &o.Guest, &o.DirectoryRole); err != nil {
			return nil, err
		}
		o.ID = d.shape.idOf(r.number, id)
		give(o.Attributes, directory.AnchorID, anchor)
		giveBool(o.Attributes, directory.AccountEnabled, enabled)
		records = append(records, r)
	}
	return records, rows.Err()
}
