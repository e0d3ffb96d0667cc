package source

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/homeroomhq/homeroom/fault"
)

const (
	leastExpanded  = 64 << 20 // bytes that any archive may expand to
	mostExpanded   = 16 << 30 // bytes that no archive may expand beyond
	mostExpansion  = 200      // times the size of an archive
	encryptedEntry = 1        // flag of an entry
)

// expandedLimit returns how many bytes an archive of a size may expand to.
func expandedLimit(archive int64) int64 {
	return max(min(archive*mostExpansion, mostExpanded), leastExpanded)
}

// archive is a snapshot in a ZIP file, whose files lie at the top or in one
// folder.
type archive struct {
	path    string
	file    *os.File
	zip     *zip.Reader
	first   stamp
	entries map[string]*packed // by name without the folder

	limit    int64        // bytes of all files together, unpacked
	expanded atomic.Int64 // bytes so far, while hashing
}

// packed is a file in an archive.
type packed struct {
	*zip.File
	opened atomic.Bool // for hashing, which comes first
}

func openArchive(path string, limit func(int64) int64) (*archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, pathFault(err, path)
	}
	a, err := newArchive(path, file, limit)
	if err != nil {
		_ = file.Close() // the first error says more
		return nil, err
	}
	return a, nil
}

func newArchive(path string, file *os.File, limit func(int64) int64) (*archive, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, pathFault(err, path)
	}
	var magic [4]byte
	n, err := io.ReadFull(file, magic[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, pathFault(err, path)
	}
	if !isZip(magic[:n]) {
		if isCSV(info.Name()) {
			return nil, fault.New(fault.Roster, "%s is a single file; a roster is a folder or a ZIP archive of several. Name the folder that it lies in.", path)
		}
		return nil, fault.New(fault.Roster, "%s is not a roster; a roster is a folder or a ZIP archive of CSV files.", path)
	}
	reader, err := zip.NewReader(file, info.Size())
	if err != nil {
		return nil, fault.New(fault.Roster, "%s is a damaged ZIP archive; make it again.", path)
	}
	if limit == nil {
		limit = expandedLimit
	}
	return &archive{
		path: path, file: file, zip: reader, first: stampOf(info),
		entries: make(map[string]*packed), limit: limit(info.Size()),
	}, nil
}

// isZip knows an archive by its first record, which can be the last one of an
// empty archive.
func isZip(magic []byte) bool {
	return bytes.Equal(magic, []byte("PK\x03\x04")) || bytes.Equal(magic, []byte("PK\x05\x06"))
}

func (a *archive) names() (names, notes []string, err error) {
	folders := make(map[string]bool)
	for _, e := range a.zip.File {
		if err := a.checkName(e.Name); err != nil {
			return nil, nil, err
		}
		dir, name := path.Split(e.Name)
		if hidden(dir) {
			continue
		}
		if isArchive(name) {
			notes = append(notes, fmt.Sprintf("The archive %s inside %s is not read; unpack it first.", e.Name, a.path))
		}
		if !isCSV(name) {
			continue
		}
		if err := a.checkEntry(e, name); err != nil {
			return nil, nil, err
		}
		folders[dir] = true
		a.entries[name] = &packed{File: e}
		names = append(names, name)
	}
	if len(folders) > 1 {
		return nil, nil, a.refuse("has CSV files in several folders; put them all into one")
	}
	slices.Sort(names)
	return names, notes, nil
}

// checkName refuses names that would lead out of a folder.
func (a *archive) checkName(name string) error {
	switch {
	case strings.Contains(name, `\`):
		return a.refuse("holds %q, a name with a backslash; make it again with a tool that follows the ZIP standard", name)
	case strings.HasPrefix(name, "/"), len(name) > 1 && name[1] == ':':
		return a.refuse("holds %q, a name that does not stay inside the archive", name)
	case slices.Contains(strings.Split(name, "/"), ".."):
		return a.refuse("holds %q, a name that leads out of the archive", name)
	}
	return nil
}

func (a *archive) checkEntry(e *zip.File, name string) error {
	switch {
	case e.Flags&encryptedEntry != 0:
		return a.refuse("is encrypted; make it again without a password")
	case !e.Mode().IsRegular():
		return a.refuse("holds %q, which is no ordinary file", e.Name)
	case a.entries[name] != nil:
		return fault.New(fault.Roster, "%s cannot be used as a roster (DuplicateFile): it holds %s, and %s beside it; leave one.", a.path, a.entries[name].Name, e.Name)
	}
	return nil
}

// refuse returns the fault of an archive that must not be read.
func (a *archive) refuse(format string, args ...any) error {
	return fault.New(fault.Roster, "%s cannot be used as a roster (InvalidFileFormat): it %s.", a.path, fmt.Sprintf(format, args...))
}

func hidden(dir string) bool {
	for part := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		if part == "__MACOSX" || strings.HasPrefix(part, ".") {
			return true
		}
	}
	return false
}

func (a *archive) open(name string) (io.ReadCloser, error) {
	entry := a.entries[name]
	r, err := entry.Open()
	if err != nil {
		return nil, a.damaged(name, err)
	}
	return &expanding{ReadCloser: r, archive: a, name: name, counts: !entry.opened.Swap(true)}, nil
}

// size returns what the header says, which may be wrong, and at most what can be.
func (a *archive) size(name string) int64 {
	return int64(min(a.entries[name].UncompressedSize64, uint64(a.limit)))
}

func (a *archive) damaged(name string, err error) error {
	if errors.Is(err, zip.ErrAlgorithm) {
		return a.refuse("packs %s in a way that is not supported; make it again with deflate", name)
	}
	return a.refuse("is damaged at %s; make it again", name)
}

func (a *archive) unchanged(string) error {
	info, err := os.Stat(a.path)
	if err != nil {
		return fault.Wrap(err, fault.Conflict, "%s went away while it was read; start again", a.path)
	}
	if now := stampOf(info); now.size != a.first.size || !now.time.Equal(a.first.time) {
		return changed(a.path)
	}
	return nil
}

func (a *archive) Close() error { return a.file.Close() }

// expanding counts what comes out of an archive and stops a bomb. Headers are
// not believed. Only the first reading counts: later ones give what was hashed.
type expanding struct {
	io.ReadCloser
	archive *archive
	name    string
	counts  bool
}

func (e *expanding) Read(p []byte) (int, error) {
	n, err := e.ReadCloser.Read(p)
	if e.counts {
		e.archive.expanded.Add(int64(n))
	}
	if e.archive.expanded.Load() > e.archive.limit {
		return 0, e.archive.refuse("expands to more than %d MiB, which is more than a roster of its size can", e.archive.limit>>20)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, e.archive.damaged(e.name, err)
	}
	return n, err
}
