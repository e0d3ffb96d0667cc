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
		tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			yield(directory.Have{}, describe(err, s.name))
			return
		}
		defer tx.Rollback() // nothing was written
		shelf := shelf{tx: tx, kind: kind}
		if err := shelf.find(ctx, scope); err != nil {
			yield(directory.Have{}, err)
			return
		}
		shelf.each(ctx, span, yield)
	})
}

// Have returns what Homeroom wrote to one object, or fault.NotFound.
func (s *Store) Have(
	ctx context.Context, scope ledger.Scope, kind directory.Kind, key string,
) (directory.Have, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return directory.Have{}, describe(err, s.name)
	}
	defer tx.Rollback() // nothing was written
	shelf := shelf{tx: tx, kind: kind}
	if err := shelf.find(ctx, scope); err != nil {
		return directory.Have{}, err
	}
	found, err := shelf.objects(ctx, `key = $3`, key, 1)
	if err != nil {
		return directory.Have{}, err
	}
	if len(found) == 0 {
		return directory.Have{}, fault.New(fault.NotFound, "Homeroom has not written %s %s", kind, key)
	}
	return found[0], shelf.addPairs(ctx, found)
}

// Released returns the keys of the users who are owners or members of an object
// and whom the settings no longer ask for, sorted.
func (s *Store) Released(ctx context.Context, scope ledger.Scope, kind directory.Kind, key string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT user_key FROM pairs WHERE `+ofScope+`
		AND kind = $3 AND key = $4 AND released ORDER BY user_key`, scope.Tenant, scope.Target, string(kind), key)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var users []string
	for rows.Next() {
		var user string
		if err := rows.Scan(&user); err != nil {
			return nil, err
		}
		users = append(users, user)
	}
	return users, rows.Err()
}

// shelf is the objects of one kind in one scope, as a transaction sees them.
type shelf struct {
	tx    *sql.Tx
	scope int64 // 0 for a scope of which nothing is known
	kind  directory.Kind
}

func (s *shelf) find(ctx context.Context, scope ledger.Scope) error {
	err := s.tx.QueryRowContext(ctx, `SELECT id FROM scopes WHERE tenant = $1 AND target = $2`,
		scope.Tenant, scope.Target).Scan(&s.scope)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// each yields the objects of a span in the order of their keys.
func (s *shelf) each(ctx context.Context, span directory.Span, yield func(directory.Have, error) bool) {
	for {
		page, err := s.page(ctx, span.After)
		if err != nil {
			yield(directory.Have{}, err)
			return
		}
		for _, have := range page {
			if !span.Holds(have.Key) || !yield(have, nil) {
				return
			}
		}
		if len(page) < pageObjects {
			return
		}
		span.After = page[len(page)-1].Key
	}
}

// page returns the next objects after a key, with their owners and members.
func (s *shelf) page(ctx context.Context, after string) ([]directory.Have, error) {
	page, err := s.objects(ctx, `key > $3`, after, pageObjects)
	if err != nil || len(page) == 0 {
		return page, err
	}
	return page, s.addPairs(ctx, page)
}

// objects returns objects without owners and members.
func (s *shelf) objects(ctx context.Context, condition, key string, limit int) ([]directory.Have, error) {
	const columns = `SELECT key, id, state, created, org, attributes FROM objects WHERE scope = $1 AND kind = $2 AND `
	text := columns + condition + ` ORDER BY key LIMIT $4` //nolint:gosec // the condition is one of fixed ones
	rows, err := s.tx.QueryContext(ctx, text, s.scope, string(s.kind), key, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	page := make([]directory.Have, 0, limit)
	var encoded sql.RawBytes
	for rows.Next() {
		have := directory.Have{Kind: s.kind}
		err := rows.Scan(&have.Key, &have.ID, &have.State, &have.Created, &have.Org, &encoded)
		if err != nil {
			return nil, err
		}
		if have.Attributes, err = decodeAttributes(encoded); err != nil {
			return nil, err
		}
		page = append(page, have)
	}
	return page, rows.Err()
}

// addPairs reads the owners and members of the objects of a page, which are all
// that the ledger has between the first and the last.
func (s *shelf) addPairs(ctx context.Context, page []directory.Have) error {
	rows, err := s.tx.QueryContext(ctx, `
		SELECT key, owner, user_key, ours FROM pairs
		WHERE scope = $1 AND kind = $2 AND key >= $3 AND key <= $4 AND NOT released
		ORDER BY key, owner, user_key`,
		s.scope, string(s.kind), page[0].Key, page[len(page)-1].Key)
	if err != nil {
		return err
	}
	defer rows.Close()
	var key sql.RawBytes
	var p pair
	for rows.Next() {
		if err := rows.Scan(&key, &p.owner, &p.user, &p.ours); err != nil {
			return err
		}
		for len(page) > 0 && page[0].Key < string(key) {
			page = page[1:]
		}
		if len(page) == 0 || page[0].Key != string(key) {
			return fmt.Errorf("the ledger has members of %s %s, but not the object", s.kind, key)
		}
		p.addTo(&page[0])
	}
	return rows.Err()
}

// pair is an owner or a member of an object.
type pair struct {
	owner bool
	user  string
	ours  bool // Homeroom added it; else it was there before
}

func (p pair) addTo(have *directory.Have) {
	users, strange := &have.Members, &have.StrangeMembers
	if p.owner {
		users, strange = &have.Owners, &have.StrangeOwners
	}
	*users = append(*users, p.user)
	if !p.ours {
		*strange = append(*strange, p.user)
	}
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
