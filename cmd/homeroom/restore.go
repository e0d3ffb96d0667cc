package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store"
)

func newRestore(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FOLDER",
		Short: "Make a data folder of a backup",
		Long: `Makes a data folder of what homeroom backup copied. Nothing is written over: where
there is data already, name another folder with --data, or move the old one away.
The backup is looked through for damage first, and stays as it is.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := readManifest(args[0])
			if err != nil {
				return err
			}
			dir, err := a.makeData()
			if err != nil {
				return err
			}
			if err := a.restore(cmd.Context(), m, args[0], dir); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s holds the data of %s.%s\n",
				dir, m.Made.Local().Format("2006-01-02 15:04:05"), keyNeeded(dir))
			return err
		},
	}
}

// keyNeeded asks for the key where it is not there.
func keyNeeded(dir string) string {
	if os.Getenv(keyVariable) != "" || os.Getenv(keyFileVariable) != "" {
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, keyName)); err == nil {
		return ""
	}
	return " The key is not in it: put it there as " + keyName + ", before anything else is done."
}

// readManifest reads what a backup consists of. Whatever else it names is not taken.
func readManifest(dir string) (m contents, err error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fault.New(fault.NotFound, "%s is no backup: it has no %s.", dir, manifestName)
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fault.Wrap(err, fault.Invalid, "%s in %s cannot be read", manifestName, dir)
	}
	if m.Version != manifestVersion {
		return m, fault.New(fault.Invalid, "The backup is of another version of Homeroom; restore it with that.")
	}
	known := []string{keyName, directoryName, databaseName} // in the order in which they are put in place
	for _, file := range m.Files {
		if !slices.Contains(known, file.Name) {
			return m, fault.New(fault.Invalid, "%s names the file %q, which no backup has.", manifestName, file.Name)
		}
	}
	slices.SortFunc(m.Files, func(a, b backupFile) int { return slices.Index(known, a.Name) - slices.Index(known, b.Name) })
	return m, nil
}

// restore puts the files of a backup into a data folder, the database last: without it
// there is no data. They are copied and looked through beside their places first, so that
// whatever goes wrong, or ends the process, leaves no data there.
func (a *app) restore(ctx context.Context, m contents, from, dir string) (err error) {
	if err := mustHoldNoData(m, dir); err != nil {
		return err
	}
	beside, err := os.MkdirTemp(dir, "restoring-*") // its owner's alone
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "Nothing can be written in %s", dir)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(beside)) }()
	for i, file := range m.Files {
		a.progress.update("restoring", "files", int64(i), int64(len(m.Files)))
		if err := copyChecked(ctx, file, from, beside); err != nil {
			return err
		}
	}
	for _, file := range m.Files {
		if err := os.Rename(filepath.Join(beside, file.Name), filepath.Join(dir, file.Name)); err != nil {
			return fault.Wrap(err, fault.Unavailable, "%s cannot be put into %s", file.Name, dir)
		}
	}
	return fault.Wrap(syncFolder(filepath.Join(dir, databaseName)), fault.Unavailable, "The data folder %s may not last", dir)
}

// mustHoldNoData refuses a data folder in which there is some already: a database, or what
// one left. SQLite would take the log of another database for that of the restored one.
func mustHoldNoData(m contents, dir string) error {
	var names []string
	for _, name := range []string{databaseName, directoryName} {
		names = append(names, name, name+"-wal", name+"-shm", name+"-journal")
	}
	for _, file := range m.Files {
		names = append(names, file.Name)
	}
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Conflict, "There is data in %s already: %s. Name another folder with --data, or move that one away.", dir, name)
		}
	}
	return nil
}

// copyChecked copies a file of a backup to a folder, and refuses one that is not as it was.
func copyChecked(ctx context.Context, file backupFile, from, to string) error {
	path := filepath.Join(to, file.Name)
	digest, err := copyFile(filepath.Join(from, file.Name), path)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "%s cannot be restored", file.Name)
	}
	if digest != file.SHA256 {
		return fault.New(fault.Invalid, "%s in %s is not what was copied there: it is damaged, or was changed. Use another backup.", file.Name, from)
	}
	if file.Name == keyName {
		return nil
	}
	return store.Check(ctx, path)
}
