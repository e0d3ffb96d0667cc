package odata

// Patch reads a body that changes an entity (contract E.4): what is absent stays, complex
// values merge member by member, collections are replaced, and null clears. before is not
// touched. The error is an *Error of status 400, or what Bind returned.
func (r *Reader) Patch(t *Type, before *Entity, body []byte) (*Entity, error) {
	o, err := parseBody(body)
	if err != nil {
		return nil, err
	}
	d := reading{model: r.Model, bind: r.Bind, change: true}
	after, err := d.structured(t, o, before)
	if err != nil {
		return nil, d.told(err)
	}
	if after.Type != before.Type {
		return nil, BadRequest("@odata.type", "An entity does not change its type. Leave @odata.type out, or write \"#%s.%s\".", r.Model.Namespace, before.Type.Name)
	}
	return after, nil
}
