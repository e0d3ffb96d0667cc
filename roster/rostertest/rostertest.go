// Package rostertest is what the tests of every format share.
//
//   - delivery: CSV files in memory, which are a roster.Snapshot.
//   - golden file: a txtar archive with a sentence that names the rule, the files
//     of a delivery, and what must come of them, the outcome.
package rostertest

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// Delivery is a snapshot of files in memory.
type Delivery map[string][]byte

// Names returns the names of the files, sorted.
func (d Delivery) Names() []string {
	var names []string
	for name := range d {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Lines returns the number of line ends in a file.
func (d Delivery) Lines(name string) int { return bytes.Count(d[name], []byte("\n")) }

// SHA256 returns what stands for the hash.
func (d Delivery) SHA256() string { return "test" }

// Open opens a file.
func (d Delivery) Open(name string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(d[name])), nil
}

// Parse reads a golden file.
func Parse(t testing.TB, path string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

// Deliver returns the files of archives, those of later ones in place of those of
// earlier ones. A file that is given as "-- absent NAME --" is absent. Escapes
// stand for bytes that a text file cannot show.
func Deliver(archives ...*txtar.Archive) Delivery {
	files := make(Delivery)
	for _, a := range archives {
		for _, f := range a.Files {
			switch name, absent := strings.CutPrefix(f.Name, "absent "); {
			case absent:
				delete(files, name)
			case !strings.HasPrefix(f.Name, outcome):
				files[name] = unescape(f.Data)
			}
		}
	}
	return files
}

func unescape(data []byte) []byte {
	return []byte(strings.NewReplacer(
		`{BOM}`, "\xef\xbb\xbf", `{UTF16}`, "\xff\xfe", `{LATIN1 e-acute}`, "\xe9", `{NUL}`, "\x00", `{CR}`, "\r", `{END}`+"\n", "",
		`{5000 x}`, strings.Repeat("x", 5000), `{SPACE}`, " ",
	).Replace(string(data)))
}
