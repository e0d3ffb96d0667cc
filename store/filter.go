package store

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/homeroomhq/homeroom/odata"
)

// columns says where in a row the values of an entity are.
type columns struct {
	Body string // the column with the entity as JSON, as odata.Model.Stored writes it
	Kind string // SQL of the full name of its type; "" when all are of the declared type

	// Fields is SQL by property, of what is in a column that is never NULL: texts, and
	// times as microseconds.
	Fields map[string]string

	// Counts is SQL by property, of how many entities a property leads to that live in
	// rows of their own.
	Counts map[string]string
}

// where returns a filter as SQL that is true where odata.Model.Evaluate is. Placeholders
// go on from args, which is returned with the values of the filter added. A nil filter
// is TRUE.
func where(d dialect, x odata.Expression, c columns, args []any) (string, []any) {
	if x == nil {
		return "TRUE", args
	}
	w := condition{columns: c, dialect: d, args: args}
	sql := w.sql(x)
	return sql, w.args
}

// orderBy returns $orderby as SQL, with id for ties.
func orderBy(d dialect, by []odata.Order, c columns) string {
	w := condition{columns: c, dialect: d}
	var keys []string
	for _, key := range by {
		if key.Descending {
			keys = append(keys, w.path(key.Path)+" DESC NULLS LAST")
		} else {
			keys = append(keys, w.path(key.Path)+" ASC NULLS FIRST")
		}
	}
	return strings.Join(append(keys, c.Fields["id"]), ", ")
}

// condition is a filter on its way to SQL. Every name in it is a model's; whatever a client
// wrote goes into args.
type condition struct {
	columns
	dialect dialect
	args    []any
	items   []string // the variables of the lambdas around; the first one's item is i1
}

func (w *condition) sql(x odata.Expression) string {
	switch x := x.(type) {
	case odata.Literal:
		return w.literal(x.Value)
	case odata.Path:
		return w.path(x)
	case odata.Not:
		return "(NOT " + w.sql(x.Of) + ")"
	case odata.Logic:
		return w.logic(x)
	case odata.Compare:
		return w.compare(x)
	case odata.In:
		return w.in(x)
	case odata.Call:
		return w.call(x)
	case odata.IsOf:
		return "COALESCE(" + w.isOf(x.Of, x.Types) + ", FALSE)"
	case odata.Lambda:
		return w.lambda(x)
	case odata.Count:
		return w.count(x)
	}
	panic(fmt.Sprintf("a %T in a filter", x)) // the list above is that of odata.Expression
}

func (w *condition) literal(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case bool:
		return strings.ToUpper(fmt.Sprint(v))
	case time.Time:
		return w.argument(ticks(v))
	}
	return w.argument(value)
}

func (w *condition) argument(value any) string {
	w.args = append(w.args, value)
	return w.dialect.literal(fmt.Sprintf("$%d", len(w.args)), value)
}

// ticks is a time in units of 100 nanoseconds, the finest that clients can tell.
func ticks(t time.Time) int64 { return t.UnixMicro()*10 + int64(t.Nanosecond()/100%10) }

func (w *condition) logic(x odata.Logic) string {
	left, right := w.sql(x.Left), w.sql(x.Right)
	if x.Or {
		return "(" + left + " OR " + right + ")"
	}
	return "(" + left + " AND " + right + ")"
}

func (w *condition) compare(x odata.Compare) string {
	left, right := w.sql(x.Left), w.sql(x.Right)
	operators := map[odata.Operator]string{
		odata.Equal: "=", odata.NotEqual: "<>", odata.Has: "=",
		odata.Greater: ">", odata.GreaterOrEqual: ">=", odata.Less: "<", odata.LessOrEqual: "<=",
	}
	plain := "(" + left + " " + operators[x.Operator] + " " + right + ")"
	if w.isNeverNull(x.Left) && w.isNeverNull(x.Right) {
		return plain // which an index can answer
	}
	switch x.Operator {
	case odata.Equal:
		return "(" + left + " IS NOT DISTINCT FROM " + right + ")"
	case odata.NotEqual:
		return "(" + left + " IS DISTINCT FROM " + right + ")"
	case odata.Greater, odata.Less:
		return "COALESCE(" + plain + ", FALSE)"
	case odata.GreaterOrEqual, odata.LessOrEqual:
		return "COALESCE(" + plain + ", " + left + " IS NULL AND " + right + " IS NULL)"
	}
	return plain // has is null where either is
}

// isNeverNull reports whether an operand is a value that is said, or a column.
func (w *condition) isNeverNull(x odata.Expression) bool {
	switch x := x.(type) {
	case odata.Literal:
		return x.Value != nil
	case odata.Count:
		return true
	case odata.Path:
		return x.Variable == "" && len(x.Steps) == 1 && w.Fields[x.Steps[0].Property] != ""
	}
	return false
}

// in names its operand once: operands can be nested, and what names them twice grows
// with every level.
func (w *condition) in(x odata.In) string {
	of := w.sql(x.Of)
	var values []string
	ofNull := "FALSE"
	for _, item := range x.List {
		if item.Value == nil {
			ofNull = "TRUE"
		} else {
			values = append(values, w.literal(item.Value))
		}
	}
	if len(values) == 0 {
		return "(" + of + " IS NULL)"
	}
	return "COALESCE(" + of + " IN (" + strings.Join(values, ", ") + "), " + ofNull + ")"
}

func (w *condition) lambda(x odata.Lambda) string {
	of := w.path(x.Of)
	w.items = append(w.items, x.Variable)
	rows := "SELECT 1 FROM " + w.dialect.itemsOf(of, w.item(x.Variable))
	holds := "TRUE"
	if x.Where != nil {
		holds = "COALESCE(" + w.sql(x.Where) + ", FALSE)"
	}
	w.items = w.items[:len(w.items)-1]
	if x.All {
		return "(NOT EXISTS (" + rows + " WHERE NOT " + holds + "))"
	}
	return "(EXISTS (" + rows + " WHERE " + holds + "))"
}

// item returns the name that the items of a variable have in SQL.
func (w *condition) item(variable string) string {
	return fmt.Sprintf("i%d", slices.Index(w.items, variable)+1)
}

// count returns how many items a collection has.
func (w *condition) count(x odata.Count) string {
	if names := properties(x.Of); x.Of.Variable == "" && len(names) == 1 && w.Counts[names[0]] != "" {
		return "COALESCE(" + w.casted(x.Of, w.Counts[names[0]]) + ", 0)"
	}
	return "COALESCE(" + w.dialect.lengthOf(w.path(x.Of)) + ", 0)"
}

// path returns the value at the end of a path, NULL when a cast on the way fails.
func (w *condition) path(x odata.Path) string { return w.casted(x, w.value(x)) }

// casted returns a value that a path leads to, NULL when a cast on the way fails.
func (w *condition) casted(x odata.Path, value string) string {
	var casts []string
	for i, step := range x.Steps {
		if step.Property == "" {
			casts = append(casts, w.isOf(odata.Path{Variable: x.Variable, Steps: x.Steps[:i]}, step.Types))
		}
	}
	if len(casts) > 0 {
		return "CASE WHEN " + strings.Join(casts, " AND ") + " THEN " + value + " END"
	}
	return value
}

// value returns the value at the end of a path, whatever its casts say.
func (w *condition) value(x odata.Path) string {
	names, base, field := properties(x), w.base(x.Variable), ""
	if x.Variable == "" && len(names) == 1 {
		field = w.Fields[names[0]]
	}
	isTime := x.Type == "Edm.DateTimeOffset" && !x.Collection
	switch {
	case field != "" && isTime:
		return "(" + field + " * 10)"
	case field != "":
		return field
	case isTime:
		return w.dialect.ticksOf(w.dialect.member(base, names, x.Type))
	case x.Collection:
		return w.dialect.member(base, names, "")
	}
	return w.dialect.member(base, names, x.Type)
}

// base returns the JSON value that a path begins at.
func (w *condition) base(variable string) string {
	if variable == "" {
		return w.Body
	}
	return w.dialect.valueOf(w.item(variable))
}

func properties(x odata.Path) []string {
	var names []string
	for _, step := range x.Steps {
		if step.Property != "" {
			names = append(names, step.Property)
		}
	}
	return names
}

// isOf returns the condition that a value is of one of some types that derive from the
// declared one. Values in a body say so, the row by its kind.
func (w *condition) isOf(x odata.Path, types []string) string {
	names := properties(x)
	kind := w.Kind
	switch {
	case len(names) > 0 || x.Variable != "":
		kind = "ltrim(" + w.dialect.member(w.base(x.Variable), append(names, "@odata.type"), "Edm.String") + ", '#')"
	case kind == "":
		return "FALSE"
	}
	var list []string
	for _, t := range types {
		list = append(list, "'"+t+"'")
	}
	return kind + " IN (" + strings.Join(list, ", ") + ")"
}
