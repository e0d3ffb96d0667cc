package odata

// NextLink returns the URL of the page after the one that ends with an entity: the URL
// of this one without its options, and the options, with $skiptoken for $skip.
func (m *Model) NextLink(url string, q *Query, last *Entity) string {
	return ""
}
