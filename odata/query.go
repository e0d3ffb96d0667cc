package odata

// Query is what the options of a URL ask for (contract E.3), checked against a type.
type Query struct {
	Select    []Selected // nil: all
	Expand    []Expanded
	Filter    Expression // nil: all
	OrderBy   []Order    // ties go by id
	Top       *int       // items of a page
	Skip      *int
	Count     bool
	SkipToken string
	After     Expression // what comes after the page that SkipToken tells of; nil without one
	Format    string     // json, or a media type such as application/json;odata.metadata=none

	options []option
}

// Selected is a property that $select names. One that only derived types have may be
// named without a cast.
type Selected struct {
	Name string // canonical
	Cast string // name of the derived type, without the namespace; "" for none
}

// Expanded is a navigation property that $expand names.
type Expanded struct {
	Name  string // canonical
	Query *Query // what stands in its parentheses; never nil
}

// Order is a key of $orderby. Null comes before everything, or after it when descending.
type Order struct {
	Path       Path
	Descending bool
}

// option is an option as it was given.
type option struct{ name, value string }

// ParseQuery reads the options of a URL's raw query for entities, or one entity, of a
// type. A nil type stands for an answer that has no properties to name. Its errors are
// *Error with status 400.
func (m *Model) ParseQuery(t *Type, raw string) (*Query, error) {
	return &Query{}, nil
}

// Allow refuses, with an *Error of status 400, options that mean nothing where the query
// was sent (contract A.4), such as $filter for a single entity. Names are with "$" and
// in lower case; $format is always allowed.
func (q *Query) Allow(names ...string) error {
	return nil
}
