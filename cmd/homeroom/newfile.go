package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/homeroomhq/homeroom/fault"
)

// writeNewFile writes a file that is not there yet and that only its owner can read:
// whole, or not at all.
func writeNewFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "There is a %s already. Look at it, or name another file with --out.", path)
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The file %s cannot be written", path)
	}
	if err = errors.Join(write(f), f.Sync(), f.Close(), syncFolder(path)); err != nil {
		err = errors.Join(err, os.Remove(path)) // half a file looks like a whole one
	}
	return fault.Wrap(err, fault.Unavailable, "The file %s cannot be written", path)
}

// syncFolder lets the name of a file last, which its own Sync does not promise: after a power
// cut the file might not be there.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // which has nothing of the kind
		return nil
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
