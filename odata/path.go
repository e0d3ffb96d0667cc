package odata

// Segment is what stands between two slashes of a path, decoded. Whether a Name is the
// name of something or a key (key as segment) is seen only along the model.
type Segment struct {
	Name   string
	Key    string // of ('key'), (key) and (id='key')
	HasKey bool
	Call   bool              // () or (a=b)
	Args   map[string]string // of (a=b), names as written
}

// ParsePath cuts a path, as it is escaped in a URL and without the service root, into
// segments. Its errors are *Error with status 400.
func ParsePath(escaped string) ([]Segment, error) {
	return nil, nil
}
