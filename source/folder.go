package source

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// folder is a snapshot whose files lie at the top of a folder.
type folder struct {
	path  string
	first map[string]stamp
}

// stamp tells two states of a file apart without reading it.
type stamp struct {
	size int64
	time time.Time
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.Size(), info.ModTime()} }

func newFolder(path string) *folder {
	return &folder{path: path, first: make(map[string]stamp)}
}

func (f *folder) names() (names, notes []string, err error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return nil, nil, pathFault(err, f.path)
	}
	for _, e := range entries { // sorted by name
		if !isCSV(e.Name()) {
			continue
		}
		info, err := os.Stat(filepath.Join(f.path, e.Name()))
		if err != nil {
			return nil, nil, pathFault(err, filepath.Join(f.path, e.Name()))
		}
		if info.Mode().IsRegular() {
			names = append(names, e.Name())
			f.first[e.Name()] = stampOf(info)
		}
	}
	if len(names) == 0 {
		notes = f.elsewhere(entries)
	}
	return names, notes, nil
}

// elsewhere says what in a folder without CSV files may be the roster.
func (f *folder) elsewhere(entries []fs.DirEntry) (notes []string) {
	for _, e := range entries {
		switch inner, _ := filepath.Glob(filepath.Join(f.path, e.Name(), "*.csv")); {
		case isArchive(e.Name()):
			notes = append(notes, fmt.Sprintf("The archive %s lies in it; name that one.", e.Name()))
		case len(inner) > 0:
			notes = append(notes, fmt.Sprintf("Its folder %s holds some; name that one.", e.Name()))
		}
	}
	return notes
}

func (f *folder) open(name string) (io.ReadCloser, error) {
	file, err := os.Open(filepath.Join(f.path, name))
	if err != nil {
		return nil, pathFault(err, filepath.Join(f.path, name))
	}
	return file, nil
}

func (f *folder) size(name string) int64 { return f.first[name].size }

func (f *folder) unchanged(name string) error {
	info, err := os.Stat(filepath.Join(f.path, name))
	if err != nil {
		return fault.Wrap(err, fault.Conflict, "%s went away while it was read; start again", name)
	}
	if was := f.first[name]; was.size != info.Size() || !was.time.Equal(info.ModTime()) {
		return changed(name)
	}
	return nil
}

func (f *folder) Close() error { return nil }
