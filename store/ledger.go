package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// pageObjects is how many objects are read from the ledger at a time.
const pageObjects = 1000

// Haves yields what Homeroom wrote to the objects of a kind whose keys lie in the
// span, in the order of the keys' bytes. All of it is as it was at one moment,
// whatever is written meanwhile.
func (s *Store) Haves(
	ctx context.Context, scope ledger.Scope, kind directory.Kind, span directory.Span,
) iter.Seq2[directory.Have, error] {
	return settled(s, func(yield func(directory.Have, error) bool) {
		err := s.lookIn(ctx, s.streams, scope, kind, func(shelf *shelf) error { return shelf.each(ctx, span, yield) })
		if err != nil {
			yield(directory.Have{}, err)
		}
	})
}

// Have returns what Homeroom wrote to one object, or fault.NotFound.
func (s *Store) Have(
	ctx context.Context, scope ledger.Scope, kind directory.Kind, key string,
) (directory.Have, error) {
	var have directory.Have
	err := s.look(ctx, scope, kind, func(shelf *shelf) error {
		some, err := shelf.read(ctx, `key = $3`, key)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			return fault.New(fault.NotFound, "Homeroom has not written %s %s", kind, key)
		}
		have, err = shelf.take(ctx, &some[0])
		return err
	})
	return have, err
}

// Released returns the keys of the users who are owners or members of an object
// and whom the settings no longer ask for, sorted.
func (s *Store) Released(ctx context.Context, scope ledger.Scope, kind directory.Kind, key string) ([]string, error) {
	var users []string
	note := func(_ string, p pair) {
		if p.owner.released() || p.member.released() {
			users = append(users, p.user)
		}
	}
	err := s.look(ctx, scope, kind, func(shelf *shelf) error { return shelf.pairs(ctx, note, `key = $3`, key) })
	return users, err
}

// look runs f with the objects of a kind in a scope, as they are at one moment.
func (s *Store) look(ctx context.Context, scope ledger.Scope, kind directory.Kind, f func(*shelf) error) error {
	return s.lookIn(ctx, s.read, scope, kind, f)
}

// lookIn is look by a connection of a pool.
func (s *Store) lookIn(ctx context.Context, pool *sql.DB, scope ledger.Scope, kind directory.Kind, f func(*shelf) error) error {
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return describe(err, s.name)
	}
	defer tx.Rollback() // nothing was written
	shelf := shelf{tx: tx, kind: kind, reader: newRecordReader()}
	err = tx.QueryRowContext(ctx, `SELECT id FROM scopes WHERE tenant = $1 AND target = $2`,
		scope.Tenant, scope.Target).Scan(&shelf.scope)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil // a scope of which nothing is known has no objects
	}
	if err == nil {
		err = f(&shelf)
	}
	return describe(err, s.name)
}

// shelf is the objects of one kind in one scope, as a transaction sees them.
type shelf struct {
	tx     *sql.Tx
	scope  int64 // 0 for a scope of which nothing is known
	kind   directory.Kind
	reader *recordReader
	some   []row // those that were read last
}

// row is an object whose owners and members are not read yet when they are in
// pages.
type row struct {
	directory.Have
	paged bool
}

// each yields the objects of a span in the order of their keys.
func (s *shelf) each(ctx context.Context, span directory.Span, yield func(directory.Have, error) bool) error {
	condition, args := `key > $3`, []any{span.After}
	if span.UpTo != "" {
		condition, args = `key > $3 AND key <= $4`, []any{span.After, span.UpTo}
	}
	for {
		some, err := s.read(ctx, condition, args...)
		if err != nil {
			return err
		}
		for i := range some {
			have, err := s.take(ctx, &some[i])
			if err != nil {
				return err
			}
			if !yield(have, nil) {
				return nil
			}
			args[0] = have.Key
		}
		if len(some) < pageObjects {
			return nil
		}
	}
}

// read returns the first objects for which the condition holds. They are valid until
// it is called again.
func (s *shelf) read(ctx context.Context, condition string, args ...any) ([]row, error) {
	s.some = s.some[:0]
	err := s.records(ctx, func(r record) {
		addPairs(&r.Have, r.pairs)
		s.some = append(s.some, row{r.Have, r.paged})
	}, condition+fmt.Sprintf(` ORDER BY key LIMIT %d`, pageObjects), args...)
	return s.some, err
}

// take returns what is in a row, with all owners and members, and empties it: of
// objects with very many members only one is in memory.
func (s *shelf) take(ctx context.Context, r *row) (directory.Have, error) {
	have := r.Have
	r.Have = directory.Have{}
	if !r.paged {
		return have, nil
	}
	err := s.pages(ctx, have.Key, func(pairs []pair) { addPairs(&have, pairs) })
	return have, err
}

// records passes the objects for which the condition holds to use. Their pairs
// are valid until it returns.
func (s *shelf) records(ctx context.Context, use func(record), condition string, args ...any) error {
	return s.scan(ctx, use, `SELECT key, body FROM objects WHERE scope = $1 AND kind = $2 AND `+condition, args...)
}

// recordsOf passes the objects with the keys to use. Each is looked for by itself: a
// database that knows nothing of its tables yet, as PostgreSQL of new ones, may else look
// through all objects, and for each through all keys.
func (s *shelf) recordsOf(ctx context.Context, use func(record), keys []string) error {
	return s.scan(ctx, use, `SELECT value, (SELECT body FROM objects WHERE scope = $1 AND kind = $2 AND key = value)
		FROM json_each($3)`, list(keys))
}

// scan passes the objects that a statement finds to use; those without a body are none.
func (s *shelf) scan(ctx context.Context, use func(record), statement string, args ...any) error {
	rows, err := s.tx.QueryContext(ctx, statement, append([]any{s.scope, string(s.kind)}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var key string
	var body sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&key, &body); err != nil {
			return err
		}
		if body == nil {
			continue
		}
		r, err := s.reader.read(s.kind, key, body)
		if err != nil {
			return fmt.Errorf("read %s %s: %w", s.kind, key, err)
		}
		use(r)
	}
	return rows.Err()
}

// pages passes the pairs of an object that has them in pages to use, a page at a
// time.
func (s *shelf) pages(ctx context.Context, key string, use func([]pair)) error {
	for body, err := range memberPages(s.tx).book(s.scope, string(s.kind), key).bodies(ctx) {
		var pairs []pair
		if err == nil {
			pairs, err = s.reader.pairs.readPage(body)
		}
		if err != nil {
			return fmt.Errorf("read the members of %s %s: %w", s.kind, key, err)
		}
		use(pairs)
	}
	return nil
}

// pairs passes all pairs of the objects for which the condition holds to use,
// with the objects' keys: first of those that have few, then of the others.
func (s *shelf) pairs(ctx context.Context, use func(key string, p pair), condition string, args ...any) error {
	var paged []string
	err := s.records(ctx, func(r record) {
		for _, p := range r.pairs {
			use(r.Key, p)
		}
		if r.paged {
			paged = append(paged, r.Key)
		}
	}, condition, args...)
	for _, key := range paged {
		if err != nil {
			break
		}
		err = s.pages(ctx, key, func(pairs []pair) {
			for _, p := range pairs {
				use(key, p)
			}
		})
	}
	return err
}

// settled makes a stream that may be left half read while the store is written.
// In a file it is one already, since a writer there does not wait for readers.
// In memory it does, so the stream is read to its end before the first item
// is passed on.
func settled[T any](s *Store, stream iter.Seq2[T, error]) iter.Seq2[T, error] {
	if !s.memory {
		return stream
	}
	return func(yield func(T, error) bool) {
		var items []T
		for item, err := range stream {
			if err != nil {
				yield(item, err)
				return
			}
			items = append(items, item)
		}
		all(items)(yield)
	}
}
