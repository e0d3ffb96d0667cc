package store

import (
	"context"
	"database/sql"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
)

// rekey puts the record of an object, with its owners and members, under the key that
// the object has from now on. A record that stands there, or of which nothing is known
// any more, is left to the entry. The row is packed anew: what equals its key is not
// written out in it.
func rekey(ctx context.Context, tx *sql.Tx, scope int64, entry *ledger.Entry) error {
	was := ledger.Entry{Kind: entry.Kind, Key: entry.Was}
	w := newWave(tx, scope, map[object]ledger.Entry{{entry.Kind, entry.Was}: was, {entry.Kind, entry.Key}: *entry})
	records, err := w.records(ctx)
	if err != nil {
		return err
	}
	r, known := records[object{entry.Kind, entry.Was}]
	if _, taken := records[object{entry.Kind, entry.Key}]; !known || taken {
		return nil
	}
	r.Key = entry.Key
	_, err = tx.ExecContext(ctx, `INSERT INTO objects (scope, kind, key, body) VALUES ($1, $2, $3, $4)`,
		scope, string(entry.Kind), entry.Key, newRecordPacker().pack(&r))
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE member_pages SET key = $1 WHERE scope = $2 AND kind = $3 AND key = $4`,
		entry.Key, scope, string(entry.Kind), entry.Was)
	if err != nil {
		return err
	}
	w.entries = []ledger.Entry{{Kind: entry.Kind, Key: entry.Was, State: directory.Managed, Forget: true}}
	return w.write(ctx)
}
