// Package csvfile reads the CSV files that the formats of rosters are made of.
//
//   - file: what a format says of one of its files; the header of it is the first
//     line, by which columns are found.
//   - column: what a header stands for.
//   - alias: another header, or another spelling of a value, that producers write
//     in place of what the standard says. Its use is a deviation: one warning a
//     file and kind, with a count (rules 6). Strict reading knows no aliases.
//   - table: an open file of a delivery, whose lines become rows.
//
// The package turns lines into rows; what they mean is checked by roster.Builder.
package csvfile

import "github.com/homeroomhq/homeroom/roster"

// File describes one file of a format.
type File struct {
	Name     string // as the format names it
	Required bool   // the format cannot do without it
	Columns  []Column
	// Add gives a row to the builder.
	Add func(*roster.Builder, *roster.Row)

	// Standard is the name of the standard that sentences about deviations speak
	// of. Without one, there are none: columns stand in any order, and the case of
	// names counts.
	Standard string
	Strict   bool   // what deviates from the standard is wrong
	Free     string // how the headers begin that anybody may add; "" for none
}

// Column describes one column of a file.
type Column struct {
	Header string
	Field  roster.Field
	Need   Need
	Also   []string // aliases of the header
	Form   Form     // nil: the value is taken as it is
	Unread bool     // part of the format and of no use here
}

// Need is how much a file needs a column.
type Need uint8

// The needs.
const (
	Optional Need = iota
	Expected      // the standard asks for it, and we can do without
	Required
)

// Form reads a value, without the spaces around it, and returns it as the
// builder is to get it. A remark says what is odd about it; place and value are
// filled in by the caller.
type Form func(value string) (string, *roster.Remark)

// lenient reports whether the file is read with aliases.
func (f *File) lenient() bool { return f.Standard != "" && !f.Strict }
