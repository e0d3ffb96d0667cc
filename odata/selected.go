package odata

// Selected is a property that $select names.
type Selected struct {
	Name string
	Cast string // the derived type that it is of; "" for the declared one
}

// Expanded is a navigation property that $expand names.
type Expanded struct {
	Name  string
	Query *Query
}

// Query is what a URL asks for.
type Query struct {
	Select []Selected
	Expand []Expanded
}
