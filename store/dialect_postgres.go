package store

import (
	"context"
	"database/sql"
	_ "embed" // of what PostgreSQL is given
	"errors"
	"strings"
	"unicode"

	"github.com/pressly/goose/v3"

	"github.com/homeroomhq/homeroom/odata"
)

// postgresDialect is PostgreSQL's. It wants to know of what type a value is, and sorts texts
// by a language unless it is told otherwise: "C" is byte by byte.
type postgresDialect struct{}

const bytewise = ` COLLATE "C"`

func (postgresDialect) literal(placeholder string, value any) string {
	if _, isText := value.(string); isText {
		return "CAST(" + placeholder + " AS TEXT)" + bytewise
	}
	return "CAST(" + placeholder + " AS BIGINT)" // a number, or a time as ticks
}

func (postgresDialect) member(of string, names []string, edm string) string {
	path := "'{}'"
	if len(names) > 0 {
		path = `'{"` + strings.Join(names, `","`) + `"}'`
	}
	text := "(CAST(" + of + " AS JSON) #>> " + path + ")"
	switch edm {
	case "Edm.Boolean":
		return "CAST(" + text + " AS BOOLEAN)"
	case "Edm.Int32":
		return "CAST(" + text + " AS BIGINT)"
	}
	return text + bytewise
}

func (postgresDialect) itemsOf(array, name string) string {
	return "json_array_elements(CAST(COALESCE(" + array + ", '[]') AS JSON)) AS " + name + "(item)"
}

func (postgresDialect) valueOf(name string) string { return name + ".item" }

func (postgresDialect) lengthOf(array string) string {
	return "json_array_length(CAST(" + array + " AS JSON))"
}

func (postgresDialect) ticksOf(text string) string {
	return "(CAST(EXTRACT(EPOCH FROM CAST(substr(" + text + ", 1, 19) AS TIMESTAMP)) AS BIGINT) * 10000000" +
		" + CAST(substr(rtrim(substr(" + text + ", 21), 'Z') || '0000000', 1, 7) AS BIGINT))"
}

func (postgresDialect) call(f odata.Function, args []string) string {
	switch f {
	case odata.Contains:
		return "(strpos(" + args[0] + ", " + args[1] + ") > 0)"
	case odata.IndexOf:
		return "(strpos(" + args[0] + ", " + args[1] + ") - 1)"
	case odata.Trim:
		return "btrim(" + args[0] + ", ' ')"
	case odata.ToLower:
		return "translate(" + args[0] + ", " + letters(unicode.ToLower) + ")"
	case odata.ToUpper:
		return "translate(" + args[0] + ", " + letters(unicode.ToUpper) + ")"
	case odata.Concat:
		return "(CAST(" + args[0] + " AS TEXT) || " + args[1] + ")"
	}
	return callText(f, args)
}

// letters returns the letters that a change of case makes others, and these. What the
// database itself knows of cases depends on how it was made.
func letters(change func(rune) rune) string {
	var from, to strings.Builder
	for _, some := range unicode.CaseRanges {
		for r := rune(some.Lo); r <= rune(some.Hi); r++ {
			if other := change(r); other != r {
				from.WriteRune(r)
				to.WriteRune(other)
			}
		}
	}
	return "'" + from.String() + "', '" + to.String() + "'"
}

func (postgresDialect) day(since string) string {
	return "to_char(TIMESTAMP '0001-01-01' + " + since + " / 10000000 * INTERVAL '1 second', 'YYYY-MM-DD')" + bytewise
}

func (postgresDialect) countTable() string {
	return `SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass($1)`
}

func (postgresDialect) migrations() goose.Dialect { return goose.DialectPostgres }

//go:embed postgres.sql
var functionsOfSQLite string

// alone: others wait for as long as it takes.
func (postgresDialect) alone(ctx context.Context, db *sql.DB, change func() error) (err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		_, unlockErr := conn.ExecContext(ctx, `SELECT pg_advisory_unlock_all()`)
		_, resetErr := conn.ExecContext(ctx, `RESET lock_timeout`)
		err = errors.Join(err, unlockErr, resetErr, conn.Close())
	}()
	if _, err := conn.ExecContext(ctx, `SET lock_timeout = 0`); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1, 1)`, lockOfAll); err != nil {
		return err
	}
	for function := range strings.SplitSeq(functionsOfSQLite, ";") {
		if _, err := conn.ExecContext(ctx, function); err != nil {
			return err
		}
	}
	return change()
}
