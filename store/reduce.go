package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// Past returns the runs of a scope, by id, that ended before a time and of which more than
// counts is kept. What the last run over everything holds, and what runs about a part hold
// since, waits for somebody: such runs are not past.
func (s *Store) Past(ctx context.Context, scope ledger.Scope, before time.Time) ([]int64, error) {
	return query(ctx, s.read, func(row rowScanner) (run int64, err error) { return run, row.Scan(&run) }, `
		SELECT id FROM runs WHERE `+ofScope+` AND status <> 'running' AND ended < $3 AND NOT reduced
			AND NOT (held > 0 AND planned AND id >= (
				SELECT COALESCE(MAX(id), 0) FROM runs AS whole WHERE `+ofScope+` AND planned AND only_keys = '[]' AND kind = ''))
		ORDER BY id`,
		scope.Tenant, scope.Target, micros(before))
}

// Reduce takes of a run that ended all but what it counted, and the settings that others
// may have to be compared with: plan, journal, the keys that it was limited to, and the
// sentence about what stopped it go (rules 5).
func (s *Store) Reduce(ctx context.Context, lease ledger.Lease, run int64) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		for _, table := range []string{"plan_chunks", "batches"} {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1 AND run = $2`, lease.Scope.Tenant, run) //nolint:gosec // one of two fixed names
			if err != nil {
				return err
			}
		}
		result, err := tx.ExecContext(ctx, `
			UPDATE runs SET reduced = TRUE,
				only_keys = CASE WHEN only_keys = '[]' THEN '[]' ELSE '["…"]' END,
				message = CASE WHEN message = '' THEN '' ELSE 'It ended long ago: only its counts are kept.' END
			WHERE scope = $1 AND id = $2 AND status <> 'running'`, scope, run)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || changed == 1 {
			return err
		}
		return unknownRun(run)
	})
}
