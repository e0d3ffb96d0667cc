package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/homeroomhq/homeroom/fault"
)

// postgresConnector opens connections that take statements as SQLite does.
type postgresConnector struct {
	driver.Connector
	name string
}

func (c postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		if err = describe(err, c.name); ctx.Err() == nil && fault.KindOf(err) == fault.Internal {
			err = describeSilence(err, c.name)
		}
		return nil, err
	}
	return &postgresConn{Conn: conn.(*stdlib.Conn), name: c.name}, nil
}

// postgresConn is a connection with other manners: parameters may be written without
// numbers, a transaction that only reads sees one moment, and failures have sentences.
type postgresConn struct {
	*stdlib.Conn
	name string
	inTx bool
}

func (c *postgresConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, translated(query), args)
	return result, c.describe(ctx, err)
}

func (c *postgresConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, translated(query), args)
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok && failure.Severity == "FATAL" && !c.inTx {
		return nil, driver.ErrBadConn // which had ended before it was asked
	}
	if err != nil {
		return nil, c.describe(ctx, err)
	}
	return postgresRows{rows.(*stdlib.Rows), ctx, c}, nil
}

func (c *postgresConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if opts.Isolation == driver.IsolationLevel(sql.LevelDefault) {
		opts.Isolation = driver.IsolationLevel(sql.LevelReadCommitted) // whatever the database's default is
		if opts.ReadOnly {
			opts.Isolation = driver.IsolationLevel(sql.LevelRepeatableRead)
		}
	}
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil && c.isCut(ctx) {
		return nil, driver.ErrBadConn
	}
	if err != nil {
		return nil, c.describe(ctx, err)
	}
	c.inTx = true
	return postgresTx{tx, ctx, c}, nil
}

// PrepareContext asks nothing of the database: the connection remembers by itself the
// statements that it met.
func (c *postgresConn) PrepareContext(_ context.Context, query string) (driver.Stmt, error) {
	return postgresStmt{c, translated(query)}, nil
}

func (c *postgresConn) describe(ctx context.Context, err error) error {
	if err == nil || errors.Is(err, driver.ErrBadConn) {
		return err // outside of transactions the pool tries another connection
	}
	err = describe(err, c.name)
	if fault.KindOf(err) == fault.Internal && c.isCut(ctx) {
		return describeSilence(err, c.name)
	}
	return err
}

// isCut reports whether the connection has ended, and not because nobody waits any more.
func (c *postgresConn) isCut(ctx context.Context) bool {
	return c.Conn.Conn().IsClosed() && ctx.Err() == nil
}

// postgresTx and postgresRows describe their failures, too.
type postgresTx struct {
	driver.Tx
	ctx  context.Context //nolint:containedctx // that of the transaction
	conn *postgresConn
}

func (t postgresTx) Commit() error {
	t.conn.inTx = false
	return t.conn.describe(t.ctx, t.Tx.Commit())
}

func (t postgresTx) Rollback() error {
	t.conn.inTx = false
	return t.Tx.Rollback()
}

type postgresRows struct {
	*stdlib.Rows
	ctx  context.Context //nolint:containedctx // that of the query
	conn *postgresConn
}

func (r postgresRows) Next(row []driver.Value) error {
	err := r.Rows.Next(row)
	if errors.Is(err, io.EOF) {
		return err // there are no more
	}
	return r.conn.describe(r.ctx, err)
}

// postgresStmt is a statement that is sent as it is.
type postgresStmt struct {
	conn  *postgresConn
	query string
}

func (s postgresStmt) Close() error { return nil }

// NumInput: the database counts the parameters.
func (s postgresStmt) NumInput() int { return -1 }

func (s postgresStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.conn.ExecContext(ctx, s.query, args)
}

func (s postgresStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.conn.QueryContext(ctx, s.query, args)
}

// CheckNamedValue leaves it to the connection to say what a value is.
func (s postgresStmt) CheckNamedValue(value *driver.NamedValue) error {
	return s.conn.CheckNamedValue(value)
}

var errOldStyle = errors.New("a statement without a context")

func (s postgresStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errOldStyle }
func (s postgresStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errOldStyle }

// translated returns a statement as PostgreSQL takes it. Parameters that are written as
// question marks, of which no statement has others, get numbers. Tables have no rowid to be
// without, and their texts are compared byte by byte, whatever language the database is in.
func translated(query string) string {
	if strings.Contains(query, "CREATE TABLE") || strings.Contains(query, "ALTER TABLE") {
		query = strings.ReplaceAll(query, "WITHOUT ROWID", "")
		query = regexp.MustCompile(`\bTEXT\b`).ReplaceAllString(query, `TEXT`+bytewise)
	}
	if !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	for i, part := range strings.Split(query, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}
