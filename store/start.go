package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// PutStart notes that somebody started a run through the API, or with automatic that it
// started by itself.
func (s *Store) PutStart(ctx context.Context, lease ledger.Lease, run int64, automatic bool, audit outbound.Entry) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, _ int64) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO run_starts (tenant, run, at, automatic) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, run) DO UPDATE SET at = excluded.at, automatic = excluded.automatic`,
			lease.Scope.Tenant, run, micros(audit.At), automatic)
		if err != nil {
			return err
		}
		return writeAudit(ctx, tx, lease.Scope.Tenant, audit)
	})
}

// Asked returns the records of those who asked for something that has a name among those
// who audit, with one of the actions.
func (s *Store) Asked(ctx context.Context, tenant, object string, actions ...string) ([]outbound.Entry, error) {
	var all []outbound.Entry
	for _, action := range actions {
		some, err := query(ctx, s.read, scanAudit, `
			SELECT a.at, a.app, a.kind, COALESCE(p.person, ''), a.request, a.action, a.object, a.changes
			FROM audit a LEFT JOIN audit_people p ON p.tenant = a.tenant AND p.alias = a.alias
			WHERE a.tenant = $1 AND a.action = $2 AND a.object = $3 ORDER BY a.id`, tenant, action, object)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Starts returns when runs of a tenant were started through the API after a time, the
// oldest first, without those that failed.
func (s *Store) Starts(ctx context.Context, tenant string, since time.Time) ([]time.Time, error) {
	return query(ctx, s.read, func(row rowScanner) (time.Time, error) {
		var at int64
		err := row.Scan(&at)
		return fromMicros(at), err
	}, `SELECT b.at FROM run_starts b JOIN runs r ON r.tenant = b.tenant AND r.id = b.run
		WHERE b.tenant = $1 AND b.at > $2 AND r.status <> $3 AND NOT b.automatic ORDER BY b.at`,
		tenant, micros(since), string(ledger.Failed))
}
