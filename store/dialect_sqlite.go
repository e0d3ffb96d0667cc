package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
)

// sqliteDialect is SQLite's.
type sqliteDialect struct{}

func (sqliteDialect) literal(placeholder string, _ any) string { return placeholder }

func (sqliteDialect) member(of string, names []string, _ string) string {
	if len(names) == 0 {
		return of
	}
	return `json_extract(` + of + `, '$."` + strings.Join(names, `"."`) + `"')`
}

// itemsOf has one column: the others of json_each, such as id, would hide those of the row.
func (sqliteDialect) itemsOf(array, name string) string {
	return "(SELECT value AS item FROM json_each(COALESCE(" + array + ", '[]'))) AS " + name
}

func (sqliteDialect) valueOf(name string) string { return name + ".item" }

func (sqliteDialect) lengthOf(array string) string { return "json_array_length(" + array + ")" }

func (sqliteDialect) ticksOf(text string) string {
	return "(unixepoch(substr(" + text + ", 1, 19)) * 10000000" +
		" + CAST(substr(rtrim(substr(" + text + ", 21), 'Z') || '0000000', 1, 7) AS INTEGER))"
}

func (sqliteDialect) call(f odata.Function, args []string) string {
	switch f {
	case odata.Contains:
		return "(instr(" + args[0] + ", " + args[1] + ") > 0)"
	case odata.IndexOf:
		return "(instr(" + args[0] + ", " + args[1] + ") - 1)"
	case odata.Trim:
		return "trim(" + args[0] + ", ' ')"
	case odata.ToLower:
		return "unicode_lower(" + args[0] + ")"
	case odata.ToUpper:
		return "unicode_upper(" + args[0] + ")"
	}
	return callText(f, args)
}

// day: a division of what is negative, as moments before 1970 are, would round up.
func (sqliteDialect) day(since string) string {
	return "date(" + since + " / 10000000 - " + beginning + " / 10000000, 'unixepoch')"
}

func (sqliteDialect) countTable() string { return `SELECT COUNT(*) FROM sqlite_master WHERE name = $1` }

func (sqliteDialect) migrations() goose.Dialect { return goose.DialectSQLite3 }

// alone: when several processes open a new database at once, each migration succeeds in
// one of them and fails in the others, which then find it done: so a failure is final only
// when it is the last of more attempts than there can be migrations to lose. A full disk is
// final at once: what was half done by then makes later attempts fail otherwise.
func (sqliteDialect) alone(_ context.Context, _ *sql.DB, change func() error) (err error) {
	for range maxMigrations {
		err = change()
		kind := fault.KindOf(describe(err, ""))
		if kind != fault.Internal && kind != fault.Unavailable || isDisks(err) {
			return err
		}
	}
	return err
}

// isDisks reports whether an error is one of the disk's.
func isDisks(err error) bool {
	failure, ok := errors.AsType[*sqlite.Error](err)
	return ok && (failure.Code()&0xff == codes.SQLITE_FULL || failure.Code()&0xff == codes.SQLITE_IOERR)
}

// maxMigrations is more than there are.
const maxMigrations = 40
