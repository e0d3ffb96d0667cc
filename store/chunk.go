package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
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

// writeChunks stores items, which are numbered from 1, and returns how many
// there were. It ends at the first error of the stream.
func writeChunks[T any](ctx context.Context, tx *sql.Tx, at planPart, items iter.Seq2[T, error]) (int, error) {
	count := 0
	chunk := make([]T, 0, chunkItems)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		first := count + 1
		count += len(chunk)
		err := writeChunk(ctx, tx, at, first, count, chunk)
		chunk = chunk[:0]
		return err
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

func writeChunk(ctx context.Context, tx *sql.Tx, at planPart, first, last int, chunk any) error {
	var body bytes.Buffer
	packer, err := gzip.NewWriterLevel(&body, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(packer).Encode(chunk), packer.Close()); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO plan_chunks (tenant, run, part, first_item, last_item, body) VALUES ($1, $2, $3, $4, $5, $6)`,
		at.tenant, at.run, at.part, first, last, body.Bytes())
	return err
}

// readChunks yields the items from the number from on. Nothing is held open
// between two items, so the store may be written meanwhile.
func readChunks[T any](ctx context.Context, db *sql.DB, at planPart, from int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for {
			first, chunk, err := readChunk[T](ctx, db, at, from)
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

// readChunk returns the first chunk that has items from the number from on, and
// the number of its first item; no chunk when there are no such items.
func readChunk[T any](ctx context.Context, db *sql.DB, at planPart, from int) (int, []T, error) {
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
	unpacker, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("unpack the plan of run %d: %w", at.run, err)
	}
	var chunk []T
	if err := json.NewDecoder(unpacker).Decode(&chunk); err != nil {
		return 0, nil, fmt.Errorf("read the plan of run %d: %w", at.run, err)
	}
	return first, chunk, nil
}
