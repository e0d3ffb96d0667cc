package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// asLongAsTheLease is until when those batches are taken at which whoever holds the lease
// is at work. They are free when another one holds it.
const asLongAsTheLease = `9007199254740992`

// HandOut notes batches that whoever works under the lease may take. They follow the
// batches before.
func (s *Store) HandOut(ctx context.Context, lease ledger.Lease, run int64, batches []ledger.Handed) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, _ int64) error {
		rows := newBulk(tx, `INSERT INTO batches (tenant, run, number, first_step, last_step, sent, secrets)`, 7, ``)
		for _, b := range batches {
			if err := rows.add(ctx, lease.Scope.Tenant, run, b.Number, b.First, b.Last, 0, b.Secrets); err != nil {
				return err
			}
		}
		return rows.flush(ctx)
	})
}

// Take takes the first batch of a run that nobody is at work on; its Number is 0 when there
// is none. Whoever holds the lease, the taker "", may also take those of the one who held it
// before. Others have a batch for a time, and no longer than the lease lasts; they may
// have it longer by Keep. Batches that nobody has sent yet are not given once somebody wants
// the run to end, nor to whoever asks for those alone that were sent.
func (s *Store) Take(
	ctx context.Context, lease ledger.Lease, run int64, taker string, sentOnly bool, ttl time.Duration,
) (ledger.Handed, error) {
	taken := ledger.Handed{Batch: ledger.Batch{Taker: taker}}
	err := s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		var left int64
		err := tx.QueryRowContext(ctx, `
			UPDATE batches SET taker = $3, until = `+untilFor+`
			WHERE tenant = $1 AND run = $2 AND number = (
				SELECT MIN(b.number) FROM batches b JOIN scopes s ON s.id = $4 JOIN runs r ON r.tenant = $1 AND r.id = $2
				WHERE b.tenant = $1 AND b.run = $2 AND b.answer IS NULL AND r.status = 'running'
					AND (b.until <= `+clock+` OR b.taker = '' AND $3 = '')
					AND (b.sent > 0 OR s.canceled <> $2 AND NOT $6))
			RETURNING number, first_step, last_step, sent > 0, until - `+clock+`, secrets`,
			lease.Scope.Tenant, run, taker, scope, ttl.Microseconds(), sentOnly).
			Scan(&taken.Number, &taken.First, &taken.Last, &taken.Sent, &left, &taken.Secrets)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		taken.Left = time.Duration(left) * time.Microsecond
		return err
	})
	return taken, err
}

// untilFor is until when a taker ($3) who asks for so many microseconds ($5) has a batch of a
// scope ($4).
const untilFor = `(SELECT CASE WHEN $3 = '' THEN ` + asLongAsTheLease + `
	WHEN expires < ` + clock + ` + $5 THEN expires ELSE ` + clock + ` + $5 END FROM scopes WHERE id = $4)`

// Keep lets the taker of a batch have it for longer, and returns for how long. It fails with
// fault.Conflict when the batch is another's by now.
func (s *Store) Keep(ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, ttl time.Duration) (time.Duration, error) {
	var left int64
	err := s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		err := tx.QueryRowContext(ctx, `
			UPDATE batches SET until = `+untilFor+`
			WHERE tenant = $1 AND run = $2 AND taker = $3 AND number = $6 AND answer IS NULL
			RETURNING until - `+clock,
			lease.Scope.Tenant, run, batch.Taker, scope, ttl.Microseconds(), batch.Number).Scan(&left)
		if errors.Is(err, sql.ErrNoRows) {
			return taken(run, batch)
		}
		return err
	})
	return time.Duration(left) * time.Microsecond, err
}

// TakenByOthers returns how many batches of a run others are at work on than whoever holds
// the lease.
func (s *Store) TakenByOthers(ctx context.Context, tenant string, run int64) (int, error) {
	return s.count(ctx, `
		SELECT COUNT(*) FROM batches WHERE tenant = $1 AND run = $2 AND answer IS NULL AND taker <> '' AND until > `+clock,
		tenant, run)
}

// taken says that a batch is no longer that of its taker.
func taken(run int64, batch ledger.Batch) error {
	return fault.New(fault.Conflict, "batch %d of run %d was taken by another server, or is done: this one was too slow", batch.Number, run)
}

// forgetSecrets forgets what came with batches that were never answered.
func forgetSecrets(ctx context.Context, tx *sql.Tx, tenant string, run int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE batches SET secrets = NULL WHERE tenant = $1 AND run = $2 AND secrets IS NOT NULL`, tenant, run)
	if err != nil {
		return fmt.Errorf("forget the secrets of run %d: %w", run, err)
	}
	return nil
}
