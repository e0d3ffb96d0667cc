package store

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/plan"
)

// The parts of a stored plan.
const (
	documentPart = "document"
	stepsPart    = "steps"
	skipsPart    = "skips"
)

// chunkItems is how many items of a plan one row holds.
const chunkItems = 1000

// planPart names a part of the plan of one run.
type planPart struct {
	tenant string
	run    int64
	part   string
}

// form is how the items of a chunk become bytes, before they are compressed.
type form[T any] struct {
	encode func(b []byte, items []T) ([]byte, error) // appends to b
	decode func([]byte) ([]T, error)
}

// jsonForm is for what is few, stepForm for the steps of a plan.
func jsonForm[T any]() form[T] {
	return form[T]{
		encode: func(b []byte, items []T) ([]byte, error) {
			encoded, err := json.Marshal(items)
			return append(b, encoded...), err
		},
		decode: func(body []byte) (items []T, err error) { return items, json.Unmarshal(body, &items) },
	}
}

func stepForm() form[plan.Step] {
	return form[plan.Step]{
		encode: func(b []byte, steps []plan.Step) ([]byte, error) { return plan.AppendSteps(b, steps), nil },
		decode: plan.DecodeSteps,
	}
}

// writeChunks stores items, which are numbered from 1, and returns how many
// there were. It ends at the first error of the stream.
func writeChunks[T any](
	ctx context.Context, tx *sql.Tx, at planPart, form form[T], items iter.Seq2[T, error],
) (int, error) {
	packer, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		return 0, err
	}
	count := 0
	chunk := make([]T, 0, chunkItems)
	var body []byte
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		if body, err = form.encode(body[:0], chunk); err != nil {
			return err
		}
		first := count + 1
		count += len(chunk)
		chunk = chunk[:0]
		return writeChunk(ctx, tx, at, first, count, compress(packer, body))
	}
	for item, err := range items {
		if err != nil {
			return count, err
		}
		if chunk = append(chunk, item); len(chunk) == chunkItems {
			if err := flush(); err != nil {
				return count, err
			}
		}
	}
	return count, flush()
}

func compress(packer *flate.Writer, body []byte) []byte {
	var packed bytes.Buffer
	packer.Reset(&packed)
	_, err := packer.Write(body)
	if err = errors.Join(err, packer.Close()); err != nil {
		panic(err) // memory takes every write
	}
	return packed.Bytes()
}

func writeChunk(ctx context.Context, tx *sql.Tx, at planPart, first, last int, body []byte) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO plan_chunks (tenant, run, part, first_item, last_item, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		at.tenant, at.run, at.part, first, last, body)
	return err
}

// readChunks yields the items from the number from on. Nothing is held open
// between two items, so the store may be written meanwhile.
func readChunks[T any](ctx context.Context, db *sql.DB, at planPart, form form[T], from int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		from := from // of each time that they are gone through
		for {
			first, chunk, err := readChunk(ctx, db, at, form, from)
			if err != nil {
				yield(none, err)
				return
			}
			if len(chunk) == 0 {
				return
			}
			for _, item := range chunk[max(from-first, 0):] {
				if !yield(item, nil) {
					return
				}
			}
			from = first + len(chunk)
		}
	}
}

// rowQuerier is a pool or a transaction.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, statement string, args ...any) *sql.Row
}

// readChunk returns the first chunk that has items from the number from on, and
// the number of its first item; no chunk when there are no such items.
func readChunk[T any](ctx context.Context, db rowQuerier, at planPart, form form[T], from int) (int, []T, error) {
	var first int
	var body []byte
	err := db.QueryRowContext(ctx, `
		SELECT first_item, body FROM plan_chunks
		WHERE tenant = $1 AND run = $2 AND part = $3 AND last_item >= $4 AND first_item > $4 - $5
		ORDER BY first_item LIMIT 1`,
		at.tenant, at.run, at.part, from, chunkItems).Scan(&first, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	unpacked := bytes.NewBuffer(make([]byte, 0, 8*len(body)))
	if _, err := unpacked.ReadFrom(flate.NewReader(bytes.NewReader(body))); err != nil {
		return 0, nil, fmt.Errorf("unpack the plan of run %d: %w", at.run, err)
	}
	chunk, err := form.decode(unpacked.Bytes())
	if err != nil {
		return 0, nil, fmt.Errorf("read the plan of run %d: %w", at.run, err)
	}
	return first, chunk, nil
}
