package store

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strings"
)

// book is a sorted list in pages, each a row. A page holds what lies from its
// first key up to the first key of the page after it.
type book struct {
	*pages
	of []any // what says which of the books in the table it is
}

// pages are a table of books. Its statements are closed with the transaction.
type pages struct {
	tx        *sql.Tx
	table     string
	columns   string // those that say which book
	where     string // the same as a condition
	key       string // the parameter after theirs
	find, put *sql.Stmt
}

// memberPages has the owners and members of each object that has many, by scope,
// kind and key.
func memberPages(tx *sql.Tx) *pages {
	return &pages{
		tx: tx, table: "member_pages", columns: "scope, kind, key",
		where: "scope = $1 AND kind = $2 AND key = $3", key: "$4",
	}
}

// linkPages has the links of each scope.
func linkPages(tx *sql.Tx) *pages {
	return &pages{tx: tx, table: "link_pages", columns: "scope", where: "scope = $1", key: "$2"}
}

func (p *pages) book(of ...any) book { return book{p, of} }

// prepare prepares a statement once.
func (p *pages) prepare(ctx context.Context, stmt **sql.Stmt, text string) (*sql.Stmt, error) {
	var err error
	if *stmt == nil {
		*stmt, err = p.tx.PrepareContext(ctx, text) //nolint:sqlclosecheck // closed with the transaction
	}
	return *stmt, err
}

// page is one page of a book. Where a book has none yet, it is an empty one that
// begins at "".
type page struct {
	first string
	next  string // the first key of the page after it; "" for the last page
	body  []byte // nil for a page that is not there
}

// holds reports whether a key, which is not before the page, belongs in it.
func (p page) holds(key string) bool { return p.next == "" || key < p.next }

func (b book) args(more ...any) []any { return append(b.of[:len(b.of):len(b.of)], more...) }

// turn returns the page that a key belongs in.
func (b book) turn(ctx context.Context, key string) (page, error) {
	//nolint:sqlclosecheck // closed with the transaction
	stmt, err := b.prepare(ctx, &b.find, `SELECT first_key, body, (
			SELECT MIN(first_key) FROM `+b.table+` WHERE `+b.where+` AND first_key > `+b.key+`)
		FROM `+b.table+` WHERE `+b.where+` AND first_key <= `+b.key+` ORDER BY first_key DESC LIMIT 1`)
	if err != nil {
		return page{}, err
	}
	var p page
	var next sql.NullString
	err = stmt.QueryRowContext(ctx, b.args(key)...).Scan(&p.first, &p.body, &next)
	if errors.Is(err, sql.ErrNoRows) {
		err = b.tx.QueryRowContext(ctx,
			`SELECT MIN(first_key) FROM `+b.table+` WHERE `+b.where, b.of...).Scan(&next)
	}
	p.next = next.String
	return p, err
}

// rewrite replaces a page by one with the items that it now has, or by several
// when there are more of them than a page may have; by none when there are none.
func (b book) rewrite(
	ctx context.Context, p page, items, most int, key func(item int) string, pack func(from, to int) []byte,
) error {
	if items == 0 {
		text := `DELETE FROM ` + b.table + ` WHERE ` + b.where + ` AND first_key = ` + b.key //nolint:gosec // of fixed texts
		_, err := b.tx.ExecContext(ctx, text, b.args(p.first)...)
		return err
	}
	size := most // the last page is the one that grows: what it leaves behind is full
	if p.next != "" {
		pages := (items + most - 1) / most
		size = (items + pages - 1) / pages
	}
	for from := 0; from < items; from += size {
		first := p.first
		if from > 0 {
			first = key(from)
		}
		if err := b.write(ctx, first, pack(from, min(from+size, items))); err != nil {
			return err
		}
	}
	return nil
}

func (b book) write(ctx context.Context, first string, body []byte) error {
	columns := b.columns + ", first_key"
	//nolint:sqlclosecheck // closed with the transaction
	stmt, err := b.prepare(ctx, &b.put, `INSERT INTO `+b.table+` (`+columns+`, body)
		VALUES (?`+strings.Repeat(`, ?`, len(b.of)+1)+`)
		ON CONFLICT (`+columns+`) DO UPDATE SET body = excluded.body`)
	if err == nil {
		_, err = stmt.ExecContext(ctx, b.args(first, body)...)
	}
	return err
}

// bodies yields the bodies of all pages in their order. Each is valid until the
// next.
func (b book) bodies(ctx context.Context) iter.Seq2[[]byte, error] {
	return b.query(ctx, `SELECT body FROM `+b.table+` WHERE `+b.where+` ORDER BY first_key`, b.of...)
}

// bodiesWith yields the bodies of the pages that the keys belong in.
func (b book) bodiesWith(ctx context.Context, keys []string) iter.Seq2[[]byte, error] {
	return b.query(ctx, `SELECT (SELECT body FROM `+b.table+` WHERE `+b.where+` AND first_key = page.first)
		FROM (SELECT DISTINCT (SELECT MAX(first_key) FROM `+b.table+` WHERE `+b.where+` AND first_key <= value) AS first
			FROM json_each(`+b.key+`)) AS page
		ORDER BY page.first`, b.args(list(keys))...)
}

func (b book) query(ctx context.Context, statement string, args ...any) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		rows, err := b.tx.QueryContext(ctx, statement, args...)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rows.Close()
		var body sql.RawBytes
		for rows.Next() {
			err := rows.Scan(&body)
			if body == nil && err == nil {
				continue // no page is there yet
			}
			if !yield(body, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}
