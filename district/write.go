package district

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/homeroomhq/homeroom/fault"
)

const bufferSize = 64 << 10 // bytes written at once

// folder is where files are written to. What was written can be taken back.
type folder struct {
	dir    string
	made   bool     // it was not there before
	files  []string // that were made here, with their paths
	create func(path string) (io.WriteCloser, error)
	pace   *pace
}

// openFolder makes a folder, or takes one that is empty.
func openFolder(dir string, p *pace) (*folder, error) {
	if _, err := os.Lstat(MistakesFile(dir)); !errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Conflict, "There is a list of mistakes already, %s. Move it away, or name another folder.", MistakesFile(dir))
	}
	f := &folder{dir: dir, create: createFile, pace: p}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.made = true
		err = os.MkdirAll(dir, 0o777)
	case len(entries) > 0:
		return nil, fault.New(fault.Conflict, "The folder %s is not empty. Name a new or an empty one.", dir)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "Cannot use the folder %s", dir)
	}
	return f, nil
}

// createFile never writes over a file that is there.
func createFile(path string) (io.WriteCloser, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
}

// writeAll writes the files of a roster, and the list of its mistakes beside it.
func (f *folder) writeAll(ctx context.Context, tables []table, planted *mistakes) error {
	for _, t := range tables {
		if err := f.write(ctx, filepath.Join(f.dir, t.name), t); err != nil {
			return err
		}
	}
	if planted == nil {
		return nil
	}
	return f.write(ctx, planted.path, planted.list())
}

// write writes a file.
func (f *folder) write(ctx context.Context, path string, t table) (err error) {
	out, err := f.create(path)
	if err != nil {
		return f.cannotWrite(path, err)
	}
	f.files = append(f.files, path)
	defer func() {
		if closed := out.Close(); err == nil && closed != nil {
			err = f.cannotWrite(path, closed)
		}
	}()
	w := csv.NewWriter(bufio.NewWriterSize(out, bufferSize))
	if err := w.Write(t.header); err != nil {
		return f.cannotWrite(path, err)
	}
	rows := 0
	for row := range t.rows {
		if err := w.Write(row); err != nil {
			return f.cannotWrite(path, err)
		}
		if rows++; rows%rowsBetween == 0 {
			if ctx.Err() != nil {
				return fault.New(fault.Canceled, "Writing %s was stopped, and what was written is removed. The same command begins anew.", f.dir)
			}
			f.pace.advance(rowsBetween)
		}
	}
	f.pace.advance(rows % rowsBetween)
	w.Flush()
	if err := w.Error(); err != nil {
		return f.cannotWrite(path, err)
	}
	return nil
}

func (f *folder) cannotWrite(path string, cause error) error {
	return fault.Wrap(cause, fault.Unavailable, "Cannot write %s, and what was written is removed", path)
}

// undo removes what was written. It returns the cause, or, where something
// stays, an error that says what.
func (f *folder) undo(cause error) error {
	for _, path := range f.files {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f.leftOver(cause, err)
		}
	}
	if f.made {
		if err := os.Remove(f.dir); err != nil {
			return f.leftOver(cause, err)
		}
	}
	return cause
}

func (f *folder) leftOver(cause, err error) error {
	return fault.Wrap(errors.Join(cause, err), fault.KindOf(cause), "Some of %s is written and could not be removed again; delete it", f.dir)
}
