package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"

	"github.com/homeroomhq/homeroom/odata"
)

// dialect is what a database says in words of its own. All other SQL is one text for both.
type dialect interface {
	// migrations is goose's name of the dialect.
	migrations() goose.Dialect

	// alone runs what changes the schema while no other process does. It may give the
	// database first what the schema needs.
	alone(ctx context.Context, db *sql.DB, change func() error) error

	// countTable is a query for how many tables have the name $1: one or none.
	countTable() string

	// The others are the parts of filters. Texts are compared byte by byte, the functions
	// of texts go by code points, and NULL gives NULL.

	// literal returns the value that a placeholder stands for.
	literal(placeholder string, value any) string

	// member returns the value at the end of a path of properties of a JSON value, or the
	// value itself where there are no properties: a text, a number, true or false, or
	// NULL. An object or an array is a text.
	member(of string, names []string, edm string) string

	// itemsOf returns the items of a JSON array as a table with a name. NULL has none.
	itemsOf(array, name string) string

	// valueOf returns the JSON value in a row of itemsOf.
	valueOf(name string) string

	// lengthOf returns how many items a JSON array has.
	lengthOf(array string) string

	// ticksOf returns a time in JSON as ticks (filter.go). Its fraction begins at the 21st
	// character and may be missing.
	ticksOf(text string) string

	// call returns a function of texts.
	call(f odata.Function, args []string) string

	// day returns the day of a moment as a text. The moment is ticks since the beginning.
	day(since string) string
}
