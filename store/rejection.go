package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// What a revert leaves behind (rules 4, "Revert"): the roster of the run that it took
// back is not taken again by itself, and no run starts by itself until somebody says so.

// reject notes that a roster is not to be taken again: neither is it what the next one
// is compared with, nor does an earlier word for it count. No other run starts by
// itself.
func reject(ctx context.Context, tx *sql.Tx, scope int64, r ledger.Rejection) error {
	if _, err := tx.ExecContext(ctx, `UPDATE scopes SET paused_by = $2 WHERE id = $1`, scope, r.Run); err != nil {
		return err
	}
	if r.SHA256 == "" {
		return nil
	}
	for _, table := range [3]string{"acceptances", "accepted", "accepted_ids"} {
		_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE scope = $1 AND sha256 = $2`, scope, r.SHA256) //nolint:gosec // one of three fixed names
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		INSERT INTO rejections (scope, sha256, run) VALUES ($1, $2, $3)
		ON CONFLICT (scope, sha256) DO UPDATE SET run = excluded.run`, scope, r.SHA256, r.Run)
	return err
}

// admit lets a roster pass that was rejected.
func admit(ctx context.Context, tx *sql.Tx, scope int64, sha256 string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM rejections WHERE scope = $1 AND sha256 = $2`, scope, sha256)
	return err
}

// RosterRejected returns the run whose revert rejected the roster with the hash, 0 when
// it is not rejected.
func (s *Store) RosterRejected(ctx context.Context, scope ledger.Scope, sha256 string) (int64, error) {
	return s.runOf(ctx, `SELECT run FROM rejections WHERE `+ofScope+` AND sha256 = $3`, scope.Tenant, scope.Target, sha256)
}

// Paused returns the run whose revert keeps other runs from starting by themselves, 0
// when they do.
func (s *Store) Paused(ctx context.Context, scope ledger.Scope) (int64, error) {
	return s.runOf(ctx, `SELECT paused_by FROM scopes WHERE tenant = $1 AND target = $2`, scope.Tenant, scope.Target)
}

func (s *Store) runOf(ctx context.Context, query string, args ...any) (int64, error) {
	var run int64
	err := s.read.QueryRowContext(ctx, query, args...).Scan(&run)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return run, err
}

// Resume lets runs start by themselves again. What was rejected stays rejected.
func (s *Store) Resume(ctx context.Context, scope ledger.Scope, audit ...outbound.Entry) error {
	tenant := scope.Tenant
	return s.scoped(ctx, scope, func(tx *sql.Tx, scope int64) error {
		if err := resume(ctx, tx, scope); err != nil {
			return err
		}
		return writeAudits(ctx, tx, tenant, audit)
	})
}

func resume(ctx context.Context, tx *sql.Tx, scope int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE scopes SET paused_by = 0 WHERE id = $1 AND paused_by <> 0`, scope)
	return err
}
