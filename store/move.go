package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/homeroomhq/homeroom/fault"
)

// Move copies all that a store of SQLite's has into one of PostgreSQL's that has nothing
// yet: whole, or not at all. progress, which may be nil, is told of every table that is
// copied, and how many rows it has.
func Move(ctx context.Context, from, to *Store, progress func(table string, rows int64)) error {
	has, err := from.version(ctx)
	if err != nil {
		return err
	}
	takes, err := to.version(ctx)
	if err != nil {
		return err
	}
	if has != takes {
		return fault.New(fault.Invalid, "the two databases have different schemas; bring both up to date with homeroom migrate")
	}
	if err := to.MustBeNew(ctx); err != nil {
		return err
	}
	err = MoveTables(ctx, from.read, to.write, func(table string) bool {
		return table != versionTable && table != "schema_readers" && !strings.HasPrefix(table, "dir_")
	}, progress)
	if err != nil {
		return err
	}
	// Whoever held a lease there, such as the one who moves, holds none here.
	_, err = to.write.ExecContext(ctx, `UPDATE scopes SET expires = 0`)
	return err
}

// MustBeNew fails with fault.Conflict when somebody has worked with a store.
func (s *Store) MustBeNew(ctx context.Context) error {
	for _, table := range []string{"scopes", "runs", "audit", "apps", "people", "flow_sets"} {
		n, err := s.count(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+table+` LIMIT 1) AS first_row`)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "%s has data already, and nothing is written over; name an empty database", s.name)
		}
	}
	return nil
}

// MoveTables copies what tables of SQLite's have, of those that are chosen, into tables of
// PostgreSQL's with the same names and columns, which are emptied first: in one
// transaction.
func MoveTables(ctx context.Context, from, to *sql.DB, chosen func(table string) bool, progress func(table string, rows int64)) (err error) {
	source, err := from.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer source.Rollback() // it only reads
	tables, err := query(ctx, source, scanText, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return err
	}
	conn, err := to.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	target, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer target.Rollback() // of no effect after the commit
	for _, table := range tables {
		if !chosen(table) {
			continue
		}
		rows, err := moveTable(ctx, source, conn, target, table)
		if err != nil {
			return fmt.Errorf("copying %s: %w", table, err)
		}
		if progress != nil {
			progress(table, rows)
		}
	}
	return target.Commit()
}

// moveTable copies one table through a connection that has a transaction open.
func moveTable(ctx context.Context, source *sql.Tx, conn *sql.Conn, target *sql.Tx, table string) (int64, error) {
	columns, err := query(ctx, target, scanColumn, `
		SELECT column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`, table)
	if err != nil {
		return 0, err
	}
	if len(columns) == 0 {
		return 0, errors.New("there is no such table to copy it to")
	}
	if _, err := target.ExecContext(ctx, `DELETE FROM `+table); err != nil { //nolint:gosec // a table of ours
		return 0, err
	}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	rows, err := source.QueryContext(ctx, `SELECT `+strings.Join(names, ", ")+` FROM `+table) //nolint:gosec // likewise
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var copied int64
	err = conn.Raw(func(c any) error {
		postgres, ok := c.(*postgresConn)
		if !ok {
			return errors.New("data can only be moved to PostgreSQL")
		}
		copied, err = postgres.Conn.Conn().CopyFrom(ctx, pgx.Identifier{table}, names, &movingRows{rows: rows, columns: columns})
		return err
	})
	return copied, errors.Join(err, rows.Err())
}

// column is one of a table of PostgreSQL's.
type column struct{ name, kind string }

func scanColumn(row rowScanner) (c column, err error) {
	err = row.Scan(&c.name, &c.kind)
	return c, err
}

// movingRows gives rows of SQLite's, which has no truth values and does not mind whether
// something is a text, as PostgreSQL takes them.
type movingRows struct {
	rows    *sql.Rows
	columns []column
}

func (m *movingRows) Next() bool { return m.rows.Next() }
func (m *movingRows) Err() error { return m.rows.Err() }

func (m *movingRows) Values() ([]any, error) {
	values := make([]any, len(m.columns))
	places := make([]any, len(values))
	for i := range values {
		places[i] = &values[i]
	}
	if err := m.rows.Scan(places...); err != nil {
		return nil, err
	}
	for i, value := range values {
		var err error
		if values[i], err = m.columns[i].take(value); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// take returns a value as a column holds it.
func (c column) take(value driver.Value) (any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case int64:
		if c.kind == "boolean" {
			return v != 0, nil
		}
		return v, nil
	case []byte:
		if c.kind == "text" {
			return string(v), nil
		}
		return v, nil
	case string:
		if c.kind == "bytea" {
			return []byte(v), nil
		}
		return v, nil
	case bool:
		return v, nil
	}
	return nil, fmt.Errorf("the column %s holds a %T", c.name, value)
}
