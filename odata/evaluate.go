package odata

// Evaluate reports whether a filter is true of an entity: neither false nor null. The
// nil filter is true.
func (m *Model) Evaluate(x Expression, e *Entity) bool {
	return x == nil
}
