package store

import (
	"context"
	"database/sql"
	"strings"
)

// bulk inserts many rows with few statements, which is several times faster
// than a statement a row.
type bulk struct {
	tx    *sql.Tx
	head  string // INSERT INTO t (a, b)
	tail  string // ON CONFLICT ...
	width int    // columns
	full  *sql.Stmt
	args  []any
}

// bulkRows is how many rows a statement inserts; more gains nothing.
const bulkRows = 100

func newBulk(tx *sql.Tx, head string, width int, tail string) *bulk {
	return &bulk{tx: tx, head: head, tail: tail, width: width}
}

// add takes one row and writes when there are enough.
func (b *bulk) add(ctx context.Context, row ...any) error {
	b.args = append(b.args, row...)
	if len(b.args) < b.width*bulkRows {
		return nil
	}
	if b.full == nil {
		var err error
		if b.full, err = b.tx.PrepareContext(ctx, b.statement(bulkRows)); err != nil {
			return err
		}
	}
	_, err := b.full.ExecContext(ctx, b.args...)
	b.args = b.args[:0]
	return err
}

// flush writes what is left.
func (b *bulk) flush(ctx context.Context) error {
	if len(b.args) == 0 {
		return nil
	}
	_, err := b.tx.ExecContext(ctx, b.statement(len(b.args)/b.width), b.args...)
	b.args = b.args[:0]
	return err
}

// statement numbers no parameters: SQLite looks numbered ones up one by one,
// which for so many costs more than the insertion.
func (b *bulk) statement(rows int) string {
	group := "(" + strings.Repeat("?, ", b.width-1) + "?)"
	return b.head + " VALUES " + strings.Repeat(group+", ", rows-1) + group + " " + b.tail
}
