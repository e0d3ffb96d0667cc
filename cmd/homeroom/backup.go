package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store"
)

// manifestName is the file that makes a folder a backup: it is written last.
const manifestName = "backup.json"

// contents says what a backup consists of.
type contents struct {
	Version int          `json:"version"`
	Made    time.Time    `json:"made"`
	Files   []backupFile `json:"files"`
}

const manifestVersion = 1

type backupFile struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func newBackup(a *app) *cobra.Command {
	var withKey, waiting bool
	cmd := &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy the data folder while it is in use",
		Long: `Copies Homeroom's memory and the embedded directory into a new folder, as they are at
one moment between two runs. Servers and commands may go on meanwhile; a run that
begins waits until the copy is made. homeroom restore makes a data folder of it.

The key, by which passwords and other secrets are encrypted, is not copied unless
--with-key says so: whoever has both can read them. Keep a copy of it elsewhere.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			m, err := a.openThere(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			release, err := m.acquireAll(cmd.Context(), waiting)
			if err != nil {
				return err
			}
			defer release()
			made, err := a.backUp(cmd.Context(), m, args[0], withKey)
			if err != nil {
				return err
			}
			return made.tell(cmd.OutOrStdout(), args[0], withKey)
		},
	}
	cmd.Flags().BoolVar(&withKey, "with-key", false, "copy the key, too: the backup can then be read by whoever has it")
	cmd.Flags().BoolVar(&waiting, "wait", false, "wait for the end of a run that is under way")
	return cmd
}

// openThere opens a data folder that is there already.
func (a *app) openThere(ctx context.Context) (*memory, error) {
	dir, err := a.data()
	if err != nil {
		return nil, err
	}
	postgres, err := a.postgres()
	if err != nil {
		return nil, err
	}
	if postgres != "" {
		return nil, fault.New(fault.Invalid, "A backup is made of files in a data folder. Copy a database of PostgreSQL's with pg_dump, and keep the key, %s in %s, apart from it.",
			keyName, dir)
	}
	if _, err := a.filled(); err != nil {
		return nil, err
	}
	return a.openAll(ctx)
}

// filled returns the data folder, in which there must be data.
func (a *app) filled() (string, error) {
	dir, err := a.data()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, databaseName)); errors.Is(err, fs.ErrNotExist) {
		return "", fault.New(fault.NotFound, "There is no Homeroom data in %s.", dir)
	}
	return dir, nil
}

// backUp copies what a data folder holds into a new folder. What is half made is taken
// away again.
func (a *app) backUp(ctx context.Context, m *memory, to string, withKey bool) (made contents, err error) {
	if err := os.Mkdir(to, 0o700); err != nil {
		return made, fault.Wrap(err, fault.Conflict, "The folder %s cannot be made; name one that is not there yet", to)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(to))
		}
	}()
	progress := func(done, total int) { a.progress.update("backing up", "pages", int64(done), int64(total)) }
	if err := m.Backup(ctx, filepath.Join(to, databaseName), progress); err != nil {
		return made, err
	}
	names := []string{databaseName}
	if db, err := store.HandleReadOnly(filepath.Join(m.dir, directoryName)); err == nil {
		if err := backUpDirectory(ctx, db, filepath.Join(to, directoryName), progress); err != nil {
			return made, err
		}
		names = append(names, directoryName)
	} else if fault.KindOf(err) != fault.NotFound {
		return made, err
	}
	if withKey {
		if _, err := copyFile(filepath.Join(m.dir, keyName), filepath.Join(to, keyName)); err != nil {
			return made, fault.Wrap(err, fault.Invalid, "The key cannot be copied")
		}
		names = append(names, keyName)
	}
	if made, err = writeManifest(to, names); err == nil {
		err = syncFolder(to)
	}
	return made, err
}

func backUpDirectory(ctx context.Context, db *sql.DB, to string, progress func(done, total int)) error {
	return errors.Join(store.Backup(ctx, db, to, progress), db.Close())
}

// writeManifest makes the files of a folder a backup.
func writeManifest(dir string, names []string) (contents, error) {
	made := contents{Version: manifestVersion, Made: time.Now().UTC().Truncate(time.Second)}
	for _, name := range names {
		file, err := digestFile(filepath.Join(dir, name))
		if err != nil {
			return made, err
		}
		made.Files = append(made.Files, file)
	}
	return made, writeNewFile(filepath.Join(dir, manifestName), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(made)
	})
}

func digestFile(path string) (backupFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return backupFile{}, err
	}
	defer f.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, f)
	return backupFile{filepath.Base(path), size, hex.EncodeToString(digest.Sum(nil))}, err
}

// copyFile copies a file to one that is not there yet, and returns its digest.
func copyFile(from, to string) (string, error) {
	f, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer f.Close()
	digest := sha256.New()
	err = writeNewFile(to, func(w io.Writer) error {
		_, err := io.Copy(io.MultiWriter(w, digest), f)
		return err
	})
	return hex.EncodeToString(digest.Sum(nil)), err
}

// tell says what a backup holds, and what it does not.
func (m contents) tell(out io.Writer, dir string, withKey bool) error {
	key := "The key is not in it: without that nobody can read the passwords and secrets that it holds. Keep a copy elsewhere."
	if withKey {
		key = "The key is in it: whoever has the folder can read every secret."
	}
	_, err := fmt.Fprintf(out, "%s holds Homeroom's data as of %s: %s.\n%s\n",
		dir, m.Made.Local().Format("2006-01-02 15:04:05"), size(m.size()), key)
	return err
}

func (m contents) size() int64 {
	var size int64
	for _, file := range m.Files {
		size += file.Size
	}
	return size
}
