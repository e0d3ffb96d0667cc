package odata

// Sort sorts entities. Ties go by id.
func (m *Model) Sort(list []*Entity, by []Order) {
}
