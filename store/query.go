package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/homeroomhq/homeroom/outbound"
)

// rowScanner is a *sql.Row, or *sql.Rows at one of them.
type rowScanner interface{ Scan(to ...any) error }

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error)
}

// errEnough says that no row is wanted after this one.
var errEnough = errors.New("these rows are enough")

// query returns what a statement selects, row by row as scan reads it.
func query[T any](
	ctx context.Context, db querier, scan func(rowScanner) (T, error), statement string, args ...any,
) ([]T, error) {
	rows, err := db.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []T
	for rows.Next() {
		item, err := scan(rows)
		if errors.Is(err, errEnough) {
			return append(found, item), nil
		}
		if err != nil {
			return nil, err
		}
		found = append(found, item)
	}
	return found, rows.Err()
}

func (s *Store) count(ctx context.Context, statement string, args ...any) (int, error) {
	count := 0
	err := s.read.QueryRowContext(ctx, statement, args...).Scan(&count)
	return count, err
}

// pageOf returns the end of a statement that selects a page: a condition, an order and
// limits. The arguments are those of the statement up to there.
func pageOf(d dialect, p outbound.Page, c columns, args ...any) (string, []any) {
	condition, args := where(d, p.Filter, c, args)
	tail := condition + ` ORDER BY ` + orderBy(d, p.OrderBy, c)
	if p.Limit > 0 || p.Skip > 0 {
		limit := int64(p.Limit)
		if limit == 0 {
			limit = 1<<63 - 1
		}
		args = append(args, limit, p.Skip)
		tail += ` LIMIT $` + strconv.Itoa(len(args)-1) + ` OFFSET $` + strconv.Itoa(len(args))
	}
	return tail, args
}

// errUnchanged says that a statement changed no row.
var errUnchanged = errors.New("no row was changed")

// mustChange makes a statement that changes no row fail with errUnchanged.
func mustChange(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	changed, err := result.RowsAffected()
	if err == nil && changed == 0 {
		return errUnchanged
	}
	return err
}
