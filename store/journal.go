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
// may be sent again. It fails with fault.Conflict when the batch is another taker's.
func (s *Store) Sent(
	ctx context.Context, lease ledger.Lease, run int64, batch ledger.Batch, passwords []ledger.Password,
) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		result, err := tx.ExecContext(ctx, `
			INSERT INTO batches (tenant, run, number, first_step, last_step, sent, taker, until)
			VALUES ($1, $2, $3, $4, $5, `+clock+`, $6, `+asLongAsTheLease+`)
			ON CONFLICT (tenant, run, number) DO UPDATE SET
				first_step = excluded.first_step, last_step = excluded.last_step, sent = excluded.sent
			WHERE batches.answer IS NULL AND batches.taker = excluded.taker`,
			lease.Scope.Tenant, run, batch.Number, batch.First, batch.Last, batch.Taker)
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil {
			return err
		} else if changed == 0 {
			return taken(run, batch)
		}
		return putPasswords(ctx, tx, scope, passwords)
	})
}

// Record notes what became of batches that were sent, and what that changes in the
// ledger, in one piece. It fails with fault.Conflict when one of them is another taker's.
func (s *Store) Record(ctx context.Context, lease ledger.Lease, run int64, answers []ledger.Answer) error {
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		if err := nextGeneration(ctx, tx, scope); err != nil {
			return err
		}
		var links []ledger.Link
		for i := range answers {
			if err := putAnswer(ctx, tx, lease.Scope.Tenant, run, &answers[i]); err != nil {
				return err
			}
			links = append(links, answers[i].Links...)
		}
		if err := applyEntries(ctx, tx, scope, entriesOf(answers)); err != nil {
			return err
		}
		return putLinks(ctx, tx, scope, links)
	})
}

func putAnswer(ctx context.Context, tx *sql.Tx, tenant string, run int64, answer *ledger.Answer) error {
	encoded, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, `
		UPDATE batches SET answer = $4, secrets = NULL
		WHERE tenant = $1 AND run = $2 AND number = $3 AND taker = $5 AND sent > 0 AND answer IS NULL`,
		tenant, run, answer.Number, string(encoded), answer.Taker)
	if err != nil {
		return err
	}
	if changed, err := result.RowsAffected(); err != nil {
		return err
	} else if changed == 0 {
		return taken(run, answer.Batch)
	}
	return nil
}

// entriesOf yields the entries of answers, one answer's after the other's.
func entriesOf(answers []ledger.Answer) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for i := range answers {
			for _, entry := range answers[i].Entries {
				if !yield(entry, nil) {
					return
				}
			}
		}
	}
}

func nextGeneration(ctx context.Context, tx *sql.Tx, scope int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE scopes SET generation = generation + 1 WHERE id = $1`, scope)
	return err
}

// Unanswered returns the batches of a run that were sent and have no answer, in
// their order. What became of them must be looked up.
func (s *Store) Unanswered(ctx context.Context, tenant string, run int64) ([]ledger.Batch, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT number, first_step, last_step FROM batches
		WHERE tenant = $1 AND run = $2 AND answer IS NULL ORDER BY number`, tenant, run)
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

// Answers yields what became of the batches of a run so far, in their order. The
// store may be written while it is read.
func (s *Store) Answers(ctx context.Context, tenant string, run int64) iter.Seq2[ledger.Answer, error] {
	return func(yield func(ledger.Answer, error) bool) {
		for after := 0; ; {
			answers, err := s.answersAfter(ctx, tenant, run, after)
			if err != nil {
				yield(ledger.Answer{}, err)
				return
			}
			for _, answer := range answers {
				if !yield(answer, nil) {
					return
				}
				after = answer.Number
			}
			if len(answers) < pageAnswers {
				return
			}
		}
	}
}

// pageAnswers is how many answers are read at a time. One of a batch that failed is
// as long as its sentences.
const pageAnswers = 100

func (s *Store) answersAfter(ctx context.Context, tenant string, run int64, after int) ([]ledger.Answer, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT number, first_step, last_step, answer FROM batches
		WHERE tenant = $1 AND run = $2 AND number > $3 AND answer IS NOT NULL ORDER BY number LIMIT $4`,
		tenant, run, after, pageAnswers)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var answers []ledger.Answer
	for rows.Next() {
		var a ledger.Answer
		var encoded sql.RawBytes
		if err := rows.Scan(&a.Number, &a.First, &a.Last, &encoded); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(encoded, &a); err != nil {
			return nil, fmt.Errorf("read what became of batch %d of run %d: %w", a.Number, run, err)
		}
		answers = append(answers, a)
	}
	return answers, rows.Err()
}
