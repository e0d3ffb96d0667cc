package store

import (
	"fmt"

	"github.com/homeroomhq/homeroom/odata"
)

// call returns a function.
func (w *condition) call(x odata.Call) string {
	args := make([]string, len(x.Args))
	for i, arg := range x.Args {
		args[i] = w.sql(arg)
	}
	since := "(" + args[0] + " + " + beginning + ")" // where the argument is a time, which is ticks
	switch x.Function {
	case odata.Date:
		return w.dialect.day(since)
	case odata.Hour:
		return "(" + since + " / 36000000000 % 24)"
	case odata.Minute:
		return "(" + since + " / 600000000 % 60)"
	case odata.Second:
		return "(" + since + " / 10000000 % 60)"
	case odata.Year: // of a day, which is a text
		return "CAST(substr(" + args[0] + ", 1, 4) AS INTEGER)"
	case odata.Month:
		return "CAST(substr(" + args[0] + ", 6, 2) AS INTEGER)"
	case odata.Day:
		return "CAST(substr(" + args[0] + ", 9, 2) AS INTEGER)"
	}
	return w.dialect.call(x.Function, args)
}

// beginning is the first moment that there is, January 1 of the year 1, in ticks before
// 1970. A division of what is negative would round up.
const beginning = "621355968000000000"

// callText returns those functions of texts that have the same words everywhere.
func callText(f odata.Function, args []string) string {
	switch f {
	case odata.StartsWith:
		return "(substr(" + args[0] + ", 1, length(" + args[1] + ")) = " + args[1] + ")"
	case odata.EndsWith: // a longer end gives a part that is too short to equal it
		return "(substr(" + args[0] + ", length(" + args[0] + ") - length(" + args[1] + ") + 1) = " + args[1] + ")"
	case odata.Concat:
		return "(" + args[0] + " || " + args[1] + ")"
	case odata.Length:
		return "length(" + args[0] + ")"
	}
	panic(fmt.Sprintf("the function %s in a filter", f)) // the functions above are all
}
