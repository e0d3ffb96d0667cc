package roster

import "io"

// Snapshot is the bytes that a format reads: the files of one delivery, hashed
// before anything looks at them. Package source makes it.
type Snapshot interface {
	// Names returns the names of all CSV files, sorted.
	Names() []string
	// Lines returns about how many lines a file has, so that memory can be set
	// aside for it.
	Lines(name string) int
	// Open opens a file of Names. It is an error when the file is no longer what
	// was hashed; such an error can come as late as at the end of the file.
	Open(name string) (io.ReadCloser, error)
	// SHA256 returns the hash of all names and contents, in lower-case hexadecimal.
	SHA256() string
}

// Likeness is how much a snapshot looks like one of a format.
type Likeness uint8

// The likenesses.
const (
	Unlike  Likeness = iota
	Perhaps          // as far as it goes
	Surely           // it has what no other format has
)
