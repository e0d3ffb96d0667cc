package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/ledger"
)

// Sent notes, before a batch goes to the target, that it does, together with the
// passwords that were made for its new users. A batch that was never answered
// may be sent again.
func (s *Store) Sent(
	ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password,
) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		result, err := tx.ExecContext(ctx, `
			INSERT INTO batches (tenant, run, number, first_step, last_step, sent)
			VALUES ($1, $2, $3, $4, $5, `+clock+`)
			ON CONFLICT (tenant, run, number) DO UPDATE SET
				first_step = excluded.first_step, last_step = excluded.last_step, sent = excluded.sent
			WHERE batches.results IS NULL`,
			lease.Scope.Tenant, run, batch.Number, batch.First, batch.Last)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil {
			return err
		} else if changed == 0 {
			return fmt.Errorf("batch %d of run %d was answered already", batch.Number, run)
		}
		return putPasswords(ctx, tx, scope, passwords)
	})
}

// Record notes what became of the steps of a batch that was sent, and what that
// changes in the ledger, in one piece.
func (s *Store) Record(
	ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch,
	results []ledger.Result, entries []ledger.Entry, links []ledger.Link,
) error {
	encoded, err := json.Marshal(results)
	if err != nil {
		return err
	}
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		result, err := tx.ExecContext(ctx, `
			UPDATE batches SET results = $4 WHERE tenant = $1 AND run = $2 AND number = $3 AND results IS NULL`,
			lease.Scope.Tenant, run, batch.Number, string(encoded))
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil {
			return err
		} else if changed == 0 {
			return fmt.Errorf("batch %d of run %d was not sent, or was answered already", batch.Number, run)
		}
		if err := nextGeneration(ctx, tx, scope); err != nil {
			return err
		}
		if err := applyEntries(ctx, tx, scope, all(entries)); err != nil {
			return err
		}
		return putLinks(ctx, tx, scope, links)
	})
}

func nextGeneration(ctx context.Context, tx *sql.Tx, scope int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE scopes SET generation = generation + 1 WHERE id = $1`, scope)
	return err
}

// Unanswered returns the batches of a run that were sent and have no results, in
// their order. What became of them must be looked up.
func (s *Store) Unanswered(ctx context.Context, tenant string, run int64) ([]ledger.Batch, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT number, first_step, last_step FROM batches
		WHERE tenant = $1 AND run = $2 AND results IS NULL ORDER BY number`, tenant, run)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var batches []ledger.Batch
	for rows.Next() {
		var batch ledger.Batch
		if err := rows.Scan(&batch.Number, &batch.First, &batch.Last); err != nil {
			return nil, err
		}
		batches = append(batches, batch)
	}
	return batches, rows.Err()
}

// LastBatch returns the batch of a run with the highest number, if any was sent.
func (s *Store) LastBatch(ctx context.Context, tenant string, run int64) (ledger.Batch, bool, error) {
	var batch ledger.Batch
	err := s.read.QueryRowContext(ctx, `
		SELECT number, first_step, last_step FROM batches
		WHERE tenant = $1 AND run = $2 ORDER BY number DESC LIMIT 1`, tenant, run).
		Scan(&batch.Number, &batch.First, &batch.Last)
	if errors.Is(err, sql.ErrNoRows) {
		return ledger.Batch{}, false, nil
	}
	return batch, err == nil, err
}

// Results yields what became of the steps of a run so far, by batch. The store
// may be written while it is read.
func (s *Store) Results(ctx context.Context, tenant string, run int64) iter.Seq2[ledger.Result, error] {
	return func(yield func(ledger.Result, error) bool) {
		for number := 0; ; {
			results, next, err := s.resultsAfter(ctx, tenant, run, number)
			if err != nil {
				yield(ledger.Result{}, err)
				return
			}
			if next == number {
				return
			}
			for _, result := range results {
				if !yield(result, nil) {
					return
				}
			}
			number = next
		}
	}
}

// resultsAfter returns the results of the first answered batch after the given
// one, and its number; the given number when there is no such batch.
func (s *Store) resultsAfter(ctx context.Context, tenant string, run int64, number int) ([]ledger.Result, int, error) {
	var encoded []byte
	err := s.read.QueryRowContext(ctx, `
		SELECT number, results FROM batches
		WHERE tenant = $1 AND run = $2 AND number > $3 AND results IS NOT NULL ORDER BY number LIMIT 1`,
		tenant, run, number).Scan(&number, &encoded)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, number, nil
	}
	if err != nil {
		return nil, number, err
	}
	var results []ledger.Result
	if err := json.Unmarshal(encoded, &results); err != nil {
		return nil, number, fmt.Errorf("read the results of batch %d of run %d: %w", number, run, err)
	}
	return results, number, nil
}
