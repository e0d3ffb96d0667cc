package plan

import (
	"iter"

	"github.com/homeroomhq/homeroom/directory"
)

// Known is what is there, for plans that no roster asks for.
type Known struct {
	// Have is the ledger.
	Have func(directory.Kind, directory.Span) iter.Seq2[directory.Have, error]
	// Taken reports whether the ledger knows an object by a key.
	Taken func(directory.Kind, string) bool
	// Find returns the objects of a kind with the keys as the directory shows them.
	Find func(kind directory.Kind, keys []string) ([]directory.Object, error)
	// IDs returns the directory ids of users by their keys.
	IDs func(users []string) (map[string]string, error)
}
