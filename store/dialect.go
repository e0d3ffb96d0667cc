package store

import (
	"strings"

	"github.com/homeroomhq/homeroom/odata"
)

// The functions below are what the SQL of filters has of SQLite alone. Elsewhere JSON is
// read and texts are searched in other words.

// member returns the value at the end of a path of properties of a JSON value: a text, a
// number, 1 or 0, JSON, or NULL.
func member(of string, names []string) string {
	return `json_extract(` + of + `, '$."` + strings.Join(names, `"."`) + `"')`
}

// itemsOf returns the items of a JSON array as a table with a name and one column. NULL
// has none. The other columns of json_each, such as id, would hide those of the row.
func itemsOf(array, name string) string {
	return "(SELECT value AS item FROM json_each(COALESCE(" + array + ", '[]'))) AS " + name
}

// valueOf returns the item in a row of itemsOf.
func valueOf(name string) string { return name + ".item" }

// ticksOf returns a time in JSON as ticks. Its fraction begins at the 21st character
// and may be missing.
func ticksOf(text string) string {
	return "(unixepoch(substr(" + text + ", 1, 19)) * 10000000" +
		" + CAST(substr(rtrim(substr(" + text + ", 21), 'Z') || '0000000', 1, 7) AS INTEGER))"
}

// call returns a function of texts. All of them go by code points, and NULL gives NULL.
func (w *condition) call(x odata.Call) string {
	args := make([]string, len(x.Args))
	for i, arg := range x.Args {
		args[i] = w.sql(arg)
	}
	switch x.Function {
	case odata.Contains:
		return "(instr(" + args[0] + ", " + args[1] + ") > 0)"
	case odata.StartsWith:
		return "(substr(" + args[0] + ", 1, length(" + args[1] + ")) = " + args[1] + ")"
	case odata.EndsWith: // a longer end gives a part that is too short to equal it
		return "(substr(" + args[0] + ", length(" + args[0] + ") - length(" + args[1] + ") + 1) = " + args[1] + ")"
	case odata.Trim:
		return "trim(" + args[0] + ", ' ')"
	case odata.ToLower:
		return "unicode_lower(" + args[0] + ")"
	case odata.ToUpper:
		return "unicode_upper(" + args[0] + ")"
	}
	return string(x.Function) + "(" + args[0] + ")" // length
}
