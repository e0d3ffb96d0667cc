package store

import "github.com/homeroomhq/homeroom/odata"

// columns says where in a row the values of an entity are.
type columns struct {
	Body   string            // the column with the entity as JSON
	Kind   string            // SQL of its type's full name; "" when all are of the declared type
	Fields map[string]string // property -> SQL of what is not in the body: texts, and times as microseconds
}

// where returns a filter as SQL that is true where Evaluate is. Placeholders go on from
// args, which is returned with the values of the filter added. A nil filter is TRUE.
func where(x odata.Expression, c columns, args []any) (sql string, all []any) {
	return "TRUE", args
}

// orderBy returns $orderby as SQL, id last.
func orderBy(by []odata.Order, c columns) string {
	return "id"
}
