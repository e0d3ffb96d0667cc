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

// lengthOf returns how many items a JSON array has, NULL of NULL.
func lengthOf(array string) string { return "json_array_length(" + array + ")" }

// valueOf returns the item in a row of itemsOf.
func valueOf(name string) string { return name + ".item" }

// ticksOf returns a time in JSON as ticks. Its fraction begins at the 21st character
// and may be missing.
func ticksOf(text string) string {
	return "(unixepoch(substr(" + text + ", 1, 19)) * 10000000" +
		" + CAST(substr(rtrim(substr(" + text + ", 21), 'Z') || '0000000', 1, 7) AS INTEGER))"
}

// call returns a function. Those of texts go by code points, and NULL gives NULL.
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
	case odata.Concat:
		return "(" + args[0] + " || " + args[1] + ")"
	case odata.IndexOf:
		return "(instr(" + args[0] + ", " + args[1] + ") - 1)"
	case odata.Length:
		return "length(" + args[0] + ")"
	}
	return callDay(x.Function, args[0])
}

// beginning is the first moment that there is, January 1 of the year 1, in ticks before
// 1970. A division of what is negative would round up.
const beginning = "621355968000000000"

// callDay returns a function of a time, which is ticks, or of a day, which is a text.
func callDay(f odata.Function, arg string) string {
	since := "(" + arg + " + " + beginning + ")"
	switch f {
	case odata.Date:
		return "date(" + since + " / 10000000 - " + beginning + " / 10000000, 'unixepoch')"
	case odata.Hour:
		return "(" + since + " / 36000000000 % 24)"
	case odata.Minute:
		return "(" + since + " / 600000000 % 60)"
	case odata.Second:
		return "(" + since + " / 10000000 % 60)"
	case odata.Year:
		return "CAST(substr(" + arg + ", 1, 4) AS INTEGER)"
	case odata.Month:
		return "CAST(substr(" + arg + ", 6, 2) AS INTEGER)"
	}
	return "CAST(substr(" + arg + ", 9, 2) AS INTEGER)" // day
}
