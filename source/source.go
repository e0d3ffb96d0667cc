// Package source is how the bytes of a roster arrive.
//
//   - snapshot: the CSV files of one delivery, and the hash over them, which is
//     taken before anything looks at the bytes.
//   - folder, archive: where a snapshot lies.
//   - copy: a snapshot that is kept, without what is not to be kept, under the hash of the
//     original.
//
// What the files mean is the affair of the formats below package roster.
package source

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/homeroomhq/homeroom/fault"
)

// File is one CSV file of a snapshot.
type File struct {
	Name  string
	Size  int64 // in bytes, unpacked
	Lines int   // line ends

	sum [sha256.Size]byte
}

// Source is a snapshot in a folder or a ZIP archive. It is what package roster
// calls a Snapshot.
type Source struct {
	Path  string
	Files []File   // sorted by name
	Notes []string // sentences about what was passed over

	sha256 string
	place  place
	watch  *watch // of what formats read
}

// place is where files lie.
type place interface {
	// names returns the names of the CSV files, sorted, and notes about others.
	names() (names, notes []string, err error)
	open(name string) (io.ReadCloser, error)
	// size returns how long a file of names says that it is, unpacked.
	size(name string) int64
	// unchanged returns an error when a file is not what it was when it was first
	// opened.
	unchanged(name string) error
	Close() error
}

// Open hashes a folder, or a ZIP archive, whatever its name is. Close the Source
// in the end. A path that is not there is a fault.NotFound, one that is neither
// folder nor archive, or that is dangerous or empty, a fault.Roster.
func Open(path string) (*Source, error) {
	return OpenWatched(context.Background(), path, nil)
}

// OpenWatched is Open with somebody who watches. Progress, which may be nil, is told
// how far hashing is, and then how far the files are read; both end with the
// context's error when that is done.
func OpenWatched(ctx context.Context, path string, progress Progress) (*Source, error) {
	return open(ctx, path, progress, nil)
}

func open(ctx context.Context, path string, progress Progress, limit func(archive int64) int64) (*Source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathFault(err, path)
	}
	var p place
	if info.IsDir() {
		p = newFolder(path)
	} else if p, err = openArchive(path, limit); err != nil {
		return nil, err
	}
	s := &Source{Path: path, place: p}
	if err := s.hash(ctx, progress); err != nil {
		_ = p.Close() // the first error says more
		return nil, err
	}
	s.watch = newWatch(ctx, Reading, progress, s.Size())
	return s, nil
}

// OpenCopy reads what Copy wrote, by the path and under the hash of the snapshot that it is a
// copy of. It does not close the place.
func OpenCopy(ctx context.Context, from io.ReaderAt, size int64, path, sha256 string, progress Progress) (*Source, error) {
	c := &copied{&archive{path: path, entries: make(map[string]*packed), limit: math.MaxInt64}}
	var err error
	if c.zip, err = zip.NewReader(from, size); err != nil {
		return nil, c.damaged(err)
	}
	s := &Source{Path: path, place: c}
	if err := s.hash(ctx, progress); err != nil {
		return nil, err
	}
	s.sha256 = sha256
	s.watch = newWatch(ctx, Reading, progress, s.Size())
	return s, nil
}

// Close closes the archive.
func (s *Source) Close() error { return s.place.Close() }

// SHA256 returns the hash over all names and contents, in lower-case
// hexadecimal. It is the same for a folder and an archive of it.
func (s *Source) SHA256() string { return s.sha256 }

// Names returns the names of all CSV files, sorted.
func (s *Source) Names() []string {
	names := make([]string, len(s.Files))
	for i, f := range s.Files {
		names[i] = f.Name
	}
	return names
}

// Lines returns the number of line ends in a file.
func (s *Source) Lines(name string) int {
	if f := s.file(name); f != nil {
		return f.Lines
	}
	return 0
}

// Open opens a file of Names. When the file is no longer what was hashed, it is a
// fault.Conflict, at the latest at the end of the file.
func (s *Source) Open(name string) (io.ReadCloser, error) {
	if s.file(name) == nil {
		return nil, fault.New(fault.NotFound, "%s holds no file %s.", s.Path, name)
	}
	if err := s.place.unchanged(name); err != nil {
		return nil, err
	}
	r, err := s.place.open(name)
	if err != nil {
		return nil, err
	}
	return s.watch.over(&guarded{r, name, s.place}), nil
}

// Size returns how many bytes all files have together.
func (s *Source) Size() int64 {
	var all int64
	for _, f := range s.Files {
		all += f.Size
	}
	return all
}

func (s *Source) file(name string) *File {
	for i := range s.Files {
		if s.Files[i].Name == name {
			return &s.Files[i]
		}
	}
	return nil
}

// hash reads everything once.
func (s *Source) hash(ctx context.Context, progress Progress) error {
	names, notes, err := s.place.names()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		what := fmt.Sprintf("%s holds no CSV files; a roster is a folder or a ZIP archive of CSV files.", s.Path)
		return fault.New(fault.Roster, "%s", strings.Join(append([]string{what}, notes...), " "))
	}
	s.Notes = notes
	w := newWatch(ctx, Hashing, progress, 0)
	for _, name := range names {
		w.total += s.place.size(name)
	}
	if s.Files, err = s.hashFiles(names, w); err != nil {
		return err
	}
	all := sha256.New()
	for _, f := range s.Files {
		writeLength(all, len(f.Name))
		all.Write([]byte(f.Name))
		all.Write(f.sum[:])
	}
	s.sha256 = hex.EncodeToString(all.Sum(nil))
	return nil
}

// hashFiles hashes as many files at once as there are processors. The error is that
// of the first file by name that has one.
func (s *Source) hashFiles(names []string, w *watch) ([]File, error) {
	files, errs := make([]File, len(names)), make([]error, len(names))
	var begun atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		workers.Go(func() {
			for i := begun.Add(1) - 1; i < int64(len(names)); i = begun.Add(1) - 1 {
				if files[i], errs[i] = s.hashFile(names[i], w); errs[i] != nil {
					begun.Store(int64(len(names))) // those before it are finished, those behind it not begun
				}
			}
		})
	}
	workers.Wait()
	if at := slices.IndexFunc(errs, func(err error) bool { return err != nil }); at >= 0 {
		return nil, errs[at]
	}
	return files, nil
}

func (s *Source) hashFile(name string, w *watch) (File, error) {
	r, err := s.place.open(name)
	if err != nil {
		return File{}, err
	}
	r = w.over(r)
	defer r.Close()
	f := File{Name: name}
	sum := sha256.New()
	f.Size, err = io.Copy(io.MultiWriter(sum, (*lineCounter)(&f.Lines)), r)
	if err != nil {
		return File{}, readFault(err, s.Path, name)
	}
	sum.Sum(f.sum[:0])
	return f, nil
}

func writeLength(h hash.Hash, n int) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n))
	h.Write(b[:])
}

// lineCounter counts line ends.
type lineCounter int

func (c *lineCounter) Write(p []byte) (int, error) {
	*c += lineCounter(bytes.Count(p, []byte{'\n'}))
	return len(p), nil
}

// guarded is a file that is checked, at its end, to be what was hashed.
type guarded struct {
	io.ReadCloser
	name  string
	place place
}

func (g *guarded) Read(p []byte) (int, error) {
	n, err := g.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		if changed := g.place.unchanged(g.name); changed != nil {
			return 0, changed
		}
	}
	return n, err
}

func changed(name string) error {
	return fault.New(fault.Conflict, "%s changed while it was read; wait until the export is complete and start again.", name)
}

func pathFault(err error, path string) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "%s is not there; check the path.", path)
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Invalid, "%s cannot be read; give this user the right to read it.", path)
	default:
		return fault.Wrap(err, fault.Invalid, "%s cannot be read", path)
	}
}

func readFault(err error, path, name string) error {
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	return pathFault(err, fmt.Sprintf("%s in %s", name, path))
}

func isArchive(name string) bool { return strings.HasSuffix(strings.ToLower(name), ".zip") }

func isCSV(name string) bool {
	return len(name) > 4 && strings.EqualFold(name[len(name)-4:], ".csv") && name[0] != '.'
}
