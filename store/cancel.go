package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// Cancel notes that a run is to end. Whoever is at work on it sees that when the lease is
// renewed. A run without a plan has ended at once: none can be committed for it any more.
// It fails with fault.NotFound or, when the run has ended already, with fault.Conflict.
func (s *Store) Cancel(ctx context.Context, scope ledger.Scope, c ledger.Cancellation, at time.Time, audit outbound.Entry) error {
	tenant := scope.Tenant
	return s.scoped(ctx, scope, func(tx *sql.Tx, scope int64) error {
		run, err := scanRun(tx.QueryRowContext(ctx, selectRuns+`WHERE r.scope = $1 AND r.id = $2`, scope, c.Run))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return unknownRun(c.Run)
		case err != nil:
			return err
		case run.Status != ledger.Running:
			return fault.New(fault.Conflict, "Run %d has ended already.", c.Run)
		}
		if !run.Planned {
			run.Status, run.Ended, run.Code = ledger.Failed, at, ledger.OperationCanceled
			run.Message = "Canceled by " + c.By + " before there was a plan. Nothing was changed."
			if err := endRun(ctx, tx, scope, run); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE scopes SET canceled = $2, canceled_by = $3 WHERE id = $1`, scope, c.Run, c.By)
		if err != nil {
			return err
		}
		return writeAudit(ctx, tx, tenant, audit)
	})
}

// Canceled returns the run of a scope that is to end, the zero Cancellation for none.
func (s *Store) Canceled(ctx context.Context, scope ledger.Scope) (ledger.Cancellation, error) {
	var c ledger.Cancellation
	err := s.read.QueryRowContext(ctx, `SELECT canceled, canceled_by FROM scopes WHERE tenant = $1 AND target = $2`,
		scope.Tenant, scope.Target).Scan(&c.Run, &c.By)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	return c, err
}

// mayCommit fails with fault.Conflict when a run is to end.
func mayCommit(ctx context.Context, tx *sql.Tx, scope, run int64) error {
	var canceled int64
	err := tx.QueryRowContext(ctx, `SELECT canceled FROM scopes WHERE id = $1`, scope).Scan(&canceled)
	if err == nil && canceled == run {
		return fault.New(fault.Conflict, "run %d was canceled", run)
	}
	return err
}

// Heed notes that whoever was at work on the run that is to end has seen that.
func (s *Store) Heed(ctx context.Context, lease ledger.Lease) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error { return heed(ctx, tx, scope, 0) })
}

// heed notes that the run that is to end has ended, or, with 0, whichever it was.
func heed(ctx context.Context, tx *sql.Tx, scope, run int64) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE scopes SET canceled = 0, canceled_by = '' WHERE id = $1 AND canceled <> 0 AND (canceled = $2 OR $2 = 0)`, scope, run)
	return err
}
