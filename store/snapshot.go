package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// PutSnapshot notes that a copy of a roster is kept, or was used again.
func (s *Store) PutSnapshot(ctx context.Context, tenant string, snapshot ledger.Snapshot) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO snapshots (tenant, sha256, used, whole) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, sha256) DO UPDATE SET used = excluded.used, whole = excluded.whole`,
			tenant, snapshot.SHA256, micros(snapshot.Used), snapshot.Whole)
		return err
	})
}

// DropSnapshot notes that a copy is kept no longer.
func (s *Store) DropSnapshot(ctx context.Context, tenant, sha256 string) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM snapshots WHERE tenant = $1 AND sha256 = $2`, tenant, sha256)
		return err
	})
}

// Snapshots returns the copies that are kept for a tenant, the one that was used last first.
func (s *Store) Snapshots(ctx context.Context, tenant string) ([]ledger.Snapshot, error) {
	return s.snapshots(ctx, `SELECT sha256, used, whole FROM snapshots WHERE tenant = $1 ORDER BY used DESC, sha256`, tenant)
}

// ExpiredSnapshots returns the copies that were last used before a time, and are not of the
// last rosters that runs were planned from, so many of them (rules 5).
func (s *Store) ExpiredSnapshots(ctx context.Context, tenant string, before time.Time, last int) ([]ledger.Snapshot, error) {
	return s.snapshots(ctx, `
		SELECT sha256, used, whole FROM snapshots
		WHERE tenant = $1 AND used < $2 AND sha256 NOT IN (
			SELECT roster_sha256 FROM runs WHERE tenant = $1 AND planned AND kind = '' AND roster_sha256 <> ''
			GROUP BY roster_sha256 ORDER BY MAX(id) DESC LIMIT $3)
		ORDER BY sha256`, tenant, micros(before), last)
}

func (s *Store) snapshots(ctx context.Context, statement string, args ...any) ([]ledger.Snapshot, error) {
	return query(ctx, s.read, func(row rowScanner) (ledger.Snapshot, error) {
		var snapshot ledger.Snapshot
		var used int64
		err := row.Scan(&snapshot.SHA256, &used, &snapshot.Whole)
		snapshot.Used = fromMicros(used)
		return snapshot, err
	}, statement, args...)
}
