package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// Pace is how often a target may be called by everybody together who works with the
// database. It goes by the database's clock.
type Pace struct {
	Store *Store
	Scope ledger.Scope
}

// burst is how long a target that nobody called is made up to: after a pause, as many calls
// as that time has may come at once.
const burst = time.Second

// Reserve reserves so many of the next calls, each of which takes up the target for a
// time, and returns how long to wait for the first of them. When that is longer than the
// patience, nothing is reserved.
func (p Pace) Reserve(ctx context.Context, calls int, each, patience time.Duration) (time.Duration, error) {
	var micros int64
	err := p.turn(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `
			INSERT INTO paces (tenant, target, next_call) VALUES ($1, $2, `+clock+` + $3)
			ON CONFLICT (tenant, target) DO UPDATE SET next_call = $3 +
				CASE WHEN paces.next_call < `+clock+` - $4 THEN `+clock+` - $4 ELSE paces.next_call END
			WHERE paces.next_call <= `+clock+` + $5
			RETURNING next_call - $3 - `+clock,
			p.Scope.Tenant, p.Scope.Target, int64(calls)*each.Microseconds(), burst.Microseconds(), patience.Microseconds()).Scan(&micros)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT next_call - `+clock+` FROM paces WHERE tenant = $1 AND target = $2`,
			p.Scope.Tenant, p.Scope.Target).Scan(&micros)
	})
	return time.Duration(micros) * time.Microsecond, err
}

// Defer reserves for nobody any of the calls before a time has passed: the target asked
// for that.
func (p Pace) Defer(ctx context.Context, wait time.Duration) error {
	return p.turn(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO paces (tenant, target, next_call) VALUES ($1, $2, `+clock+` + $3)
			ON CONFLICT (tenant, target) DO UPDATE SET next_call = excluded.next_call
			WHERE paces.next_call < excluded.next_call`,
			p.Scope.Tenant, p.Scope.Target, wait.Microseconds())
		return err
	})
}

// turn is an update that need not wait for what else is written for the tenant.
func (p Pace) turn(ctx context.Context, f func(tx *sql.Tx) error) error {
	return p.Store.updateOf(ctx, "pace of "+p.Scope.Tenant, f)
}
