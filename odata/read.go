package odata

// Reader reads the bodies of requests that create (POST) or change (PATCH) an entity.
type Reader struct {
	Model *Model
	// Bind finds the entity that a navigation property is bound to, by its id: by
	// name@odata.bind, or by an entity inline. nil refuses both. An *Error without a target
	// gets the property's path.
	Bind func(p *Property, id string) (*Entity, error)
}

// Create reads a body that creates an entity of a type, or of one that derives from it
// (contract A.3, A.5, B). A value that is not said is not in the entity: defaults, and
// rules beyond the table of types, are the caller's. The error is an *Error of status
// 400, or what Bind returned.
func (r *Reader) Create(declared *Type, body []byte) (*Entity, error) {
	return nil, Internal("Reading is not there yet.")
}
