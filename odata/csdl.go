package odata

import "io"

// Root is where a service begins: a singleton or an entity set.
type Root struct {
	Path       string // external/industryData: the last name leads to the type
	Type       string
	Collection bool // an entity set
	Doc        string
}

// Operation is an action or a function that is bound to a type.
type Operation struct {
	Name         string // reset
	Type         string // that it is bound to
	OnCollection bool   // bound to the collection
	Function     bool   // a GET without effects, and not an action
	Returns      string // a type, or "" for none
	Doc          string
}

// WriteCSDL writes the model as CSDL 4.0 XML: what $metadata answers.
func (m *Model) WriteCSDL(w io.Writer, roots []Root, operations []Operation) error {
	return Internal("CSDL is not there yet.")
}
