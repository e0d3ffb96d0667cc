package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// Acquire takes the run lease of a scope for as long as ttl. It fails with
// fault.Busy when someone holds it; a lease that expired is free.
func (s *Store) Acquire(ctx context.Context, scope ledger.Scope, holder string, ttl time.Duration) (ledger.Lease, error) {
	return s.Succeed(ctx, scope, "", holder, ttl)
}

// Succeed is Acquire by someone who knows that a certain holder is dead, whose lease is
// free, too; "" for nobody.
func (s *Store) Succeed(ctx context.Context, scope ledger.Scope, dead, holder string, ttl time.Duration) (ledger.Lease, error) {
	return s.take(ctx, scope, holder, ttl, `AND (expires <= `+clock+` OR holder = $4 AND holder <> '')`, dead)
}

// Takeover takes the run lease of a scope whoever holds it. The caller has made
// sure that the holder is dead; if it is not, its writes fail from now on.
func (s *Store) Takeover(ctx context.Context, scope ledger.Scope, holder string, ttl time.Duration) (ledger.Lease, error) {
	return s.take(ctx, scope, holder, ttl, "")
}

func (s *Store) take(
	ctx context.Context, scope ledger.Scope, holder string, ttl time.Duration, condition string, args ...any,
) (ledger.Lease, error) {
	lease := ledger.Lease{Scope: scope, Holder: holder}
	err := s.scoped(ctx, scope, func(tx *sql.Tx, id int64) error {
		var expires int64
		err := tx.QueryRowContext(ctx, `
			UPDATE scopes SET holder = $2, epoch = epoch + 1, expires = `+clock+` + $3
			WHERE id = $1 `+condition+` RETURNING epoch, expires`,
			append([]any{id, holder, ttl.Microseconds()}, args...)...).Scan(&lease.Epoch, &expires)
		if errors.Is(err, sql.ErrNoRows) {
			return busy(ctx, tx, id, scope)
		}
		lease.Expires = fromMicros(expires)
		return err
	})
	if err != nil {
		return ledger.Lease{}, err
	}
	return lease, nil
}

// Holder returns who holds the run lease of a scope or held it last, "" for
// nobody yet.
func (s *Store) Holder(ctx context.Context, scope ledger.Scope) (string, error) {
	var holder string
	err := s.read.QueryRowContext(ctx,
		`SELECT holder FROM scopes WHERE tenant = $1 AND target = $2`, scope.Tenant, scope.Target).Scan(&holder)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return holder, err
}

// busy says who holds the lease.
func busy(ctx context.Context, tx *sql.Tx, id int64, scope ledger.Scope) error {
	var holder string
	var expires int64
	err := tx.QueryRowContext(ctx, `SELECT holder, expires FROM scopes WHERE id = $1`, id).Scan(&holder, &expires)
	if err != nil {
		return err
	}
	return fault.New(fault.Busy, "a run for target %s is under way: %s holds it until %s or longer; wait for it to end",
		scope.Target, holder, fromMicros(expires).Local().Format("2006-01-02 15:04:05 MST"))
}

// Renew makes a held lease last for ttl from now.
func (s *Store) Renew(ctx context.Context, lease ledger.Lease, ttl time.Duration) (ledger.Lease, error) {
	err := s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		var expires int64
		err := tx.QueryRowContext(ctx,
			`UPDATE scopes SET expires = `+clock+` + $2 WHERE id = $1 RETURNING expires`,
			scope, ttl.Microseconds()).Scan(&expires)
		lease.Expires = fromMicros(expires)
		return err
	})
	return lease, err
}

// outlast does work within an update that may take longer than the lease lasts: nobody can
// renew it meanwhile. Afterwards it lasts for as long as it did before, so that nobody who
// waited takes it for one that was left behind.
func outlast(ctx context.Context, tx *sql.Tx, scope int64, work func() error) error {
	var left int64
	if err := tx.QueryRowContext(ctx, `SELECT expires - `+clock+` FROM scopes WHERE id = $1`, scope).Scan(&left); err != nil {
		return err
	}
	if err := work(); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE scopes SET expires = `+clock+` + $2 WHERE id = $1 AND expires < `+clock+` + $2`, scope, left)
	return err
}

// Release gives a lease back. The epoch grows, so that nothing can be written
// under the old one.
func (s *Store) Release(ctx context.Context, lease ledger.Lease) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		_, err := tx.ExecContext(ctx,
			`UPDATE scopes SET holder = '', expires = 0, epoch = epoch + 1 WHERE id = $1`, scope)
		return err
	})
}

func lost(lease ledger.Lease) error {
	return fault.New(fault.Conflict,
		"the lease was lost: another process has taken over the run for target %s; this one stops",
		lease.Scope.Target)
}
