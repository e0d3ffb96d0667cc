package store

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"math/big"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// TestMove fills every table that there is with rows that mean nothing, and finds all of
// them again on the other side.
func TestMove(t *testing.T) {
	from := newFile(t)
	to, err := Open(t.Context(), postgrestest.Database(t))
	closeLater(t, to, err)
	tables := tablesOf(t, to)
	for table, columns := range tables {
		for range 3 {
			fill(t, from.write, table, columns)
		}
	}
	var told []string
	check(t, Move(t.Context(), from, to, func(table string, rows int64) {
		if rows < 3 {
			t.Errorf("%s: %d rows", table, rows)
		}
		told = append(told, table)
	}))
	for table, columns := range tables {
		if diff := cmp.Diff(rowsOf(t, from.read, table, columns), rowsOf(t, to.read, table, columns)); diff != "" {
			t.Errorf("%s (-there +here):\n%s", table, diff)
		}
		if !slices.Contains(told, table) {
			t.Errorf("nothing was told of %s", table)
		}
	}
	wantKind(t, Move(t.Context(), from, to, nil), fault.Conflict) // nothing is written over
}

// tablesOf returns the columns of the tables that are moved.
func tablesOf(t *testing.T, s *Store) map[string][]column {
	t.Helper()
	names, err := query(t.Context(), s.read, scanText, `
		SELECT table_name FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_name NOT IN ('schema_version', 'schema_readers')`)
	check(t, err)
	tables := make(map[string][]column)
	for _, name := range names {
		tables[name], err = query(t.Context(), s.read, scanColumn, `
			SELECT column_name, data_type FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`, name)
		check(t, err)
	}
	return tables
}

// fill inserts a row of random values.
func fill(t *testing.T, db *sql.DB, table string, columns []column) {
	t.Helper()
	var names, places []string
	var values []any
	for i, c := range columns {
		names, places = append(names, c.name), append(places, fmt.Sprint("$", i+1))
		switch c.kind {
		case "bigint", "integer":
			n, err := rand.Int(rand.Reader, big.NewInt(1<<31-1))
			check(t, err)
			if table == "scopes" && c.name == "expires" {
				n.SetInt64(0) // leases are not taken along
			}
			values = append(values, n.Int64())
		case "boolean":
			values = append(values, i%2 == 0)
		case "bytea":
			values = append(values, []byte{0, 0xff, byte(i)})
		case "text":
			values = append(values, "é '\"\\ "+rand.Text())
		default:
			t.Fatalf("%s.%s is a %s, which SQLite does not have", table, c.name, c.kind)
		}
	}
	_, err := db.ExecContext(t.Context(),
		`INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, values...)
	check(t, err)
}

// rowsOf returns the rows of a table as texts, in any order but the same.
func rowsOf(t *testing.T, db *sql.DB, table string, columns []column) []string {
	t.Helper()
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	rows, err := db.QueryContext(t.Context(), `SELECT `+strings.Join(names, ", ")+` FROM `+table)
	check(t, err)
	defer rows.Close()
	var all []string
	moving := &movingRows{rows: rows, columns: columns}
	for moving.Next() {
		values, err := moving.Values()
		check(t, err)
		all = append(all, fmt.Sprintf("%q", values))
	}
	check(t, rows.Err())
	slices.Sort(all)
	return all
}

// TestMoveWhole moves nothing when something cannot be moved.
func TestMoveWhole(t *testing.T) {
	from, err := Open(t.Context(), filepath.Join(t.TempDir(), "homeroom.db"))
	closeLater(t, from, err)
	to, err := Open(t.Context(), postgrestest.Database(t))
	closeLater(t, to, err)
	before := rowsOf(t, to.read, "tenants", tablesOf(t, to)["tenants"])
	_, err = from.write.ExecContext(t.Context(), `INSERT INTO tenants (id, created) VALUES ('late', 'not a time')`)
	check(t, err)
	if Move(t.Context(), from, to, nil) == nil {
		t.Error("what is no number was moved")
	}
	if diff := cmp.Diff(before, rowsOf(t, to.read, "tenants", tablesOf(t, to)["tenants"])); diff != "" {
		t.Errorf("tenants (-before +after):\n%s", diff)
	}
}
