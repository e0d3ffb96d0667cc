package odata

// Patch reads a body that changes an entity (contract E.4): what is absent stays, complex
// values merge member by member, collections are replaced, and null clears. before is not
// touched; changed says whether after differs from it. The error is an *Error of status
// 400, or what Bind returned.
func (r *Reader) Patch(t *Type, before *Entity, body []byte) (after *Entity, changed bool, err error) {
	return nil, false, Internal("Reading is not there yet.")
}
