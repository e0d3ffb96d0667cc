package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/ledger"
)

// Due returns when the next run of a scope starts by itself, the zero Due when nobody
// has worked that out yet.
func (s *Store) Due(ctx context.Context, scope ledger.Scope) (ledger.Due, error) {
	var due ledger.Due
	var at, last int64
	err := s.read.QueryRowContext(ctx, `SELECT schedule, due, last FROM schedules WHERE `+ofScope,
		scope.Tenant, scope.Target).Scan(&due.Schedule, &at, &last)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Due{}, nil
	}
	due.At, due.Last = fromMicros(at), fromMicros(last)
	return due, err
}

// PutDue says when the next run starts by itself, in place of what was said before. It
// reports whether it did: of several servers that saw the same, one does.
func (s *Store) PutDue(ctx context.Context, scope ledger.Scope, was, next ledger.Due) (bool, error) {
	put := false
	err := s.scoped(ctx, scope, func(tx *sql.Tx, id int64) error {
		result, err := tx.ExecContext(ctx, `
			INSERT INTO schedules (scope, schedule, due, last) VALUES ($1, $2, $3, $4)
			ON CONFLICT (scope) DO UPDATE SET schedule = excluded.schedule, due = excluded.due, last = excluded.last
			WHERE schedules.schedule = $5 AND schedules.due = $6`,
			id, next.Schedule, micros(next.At), micros(next.Last), was.Schedule, micros(was.At))
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		put = changed == 1
		return err
	})
	return put, err
}
