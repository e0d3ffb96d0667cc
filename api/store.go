package api

// Store is what the API needs of the store.
type Store interface{}
