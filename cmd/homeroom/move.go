package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/store"
)

// movedSuffix is added to the name of a file whose data lies elsewhere now.
const movedSuffix = ".moved"

func newMove(a *app) *cobra.Command {
	var waiting bool
	cmd := &cobra.Command{
		Use:   "move --database postgres://…",
		Short: "Take the data of a data folder to a database of PostgreSQL's",
		Long: `Copies all that Homeroom remembers, and the embedded directory, into a database of
PostgreSQL's in which nothing is yet. From then on name that database, with --database
or in $HOMEROOM_DATABASE, wherever Homeroom is called: the data folder keeps the key.

The files stay, under other names (homeroom.db.moved, directory.db.moved), so that
nobody goes on with them by mistake. Stop the server first. When anything goes wrong,
nothing is moved, and the files have their names.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			postgres, err := a.postgres()
			if err != nil {
				return err
			}
			if postgres == "" {
				return fault.New(fault.Invalid, "Say where the data is to go: --database postgres://USER:PASSWORD@HOST/DATABASE, or in $%s.", databaseVariable)
			}
			name, err := a.move(cmd.Context(), waiting)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "The data is in %s now: name it wherever Homeroom is called.\n", name)
			return err
		},
	}
	cmd.Flags().BoolVar(&waiting, "wait", false, "wait for the end of a run that is under way")
	return cmd
}

// move copies the data of the data folder to PostgreSQL, and puts the files aside. It
// returns what people call the database.
func (a *app) move(ctx context.Context, waiting bool) (string, error) {
	dir, err := a.filled()
	if err != nil {
		return "", err
	}
	release, err := unserved(dir)
	if err != nil {
		return "", err
	}
	defer release()
	name, err := a.copyData(ctx, dir, waiting)
	if err != nil {
		return "", err
	}
	return name, putAside(dir)
}

// copyData copies the data of a data folder to PostgreSQL.
func (a *app) copyData(ctx context.Context, dir string, waiting bool) (name string, err error) {
	from, err := openFiles(ctx, dir)
	if err != nil {
		return "", err
	}
	defer closing(from, &err)
	release, err := from.acquireAll(ctx, waiting)
	if err != nil {
		return "", err
	}
	defer release()
	to, err := a.openAll(ctx)
	if err != nil {
		return "", err
	}
	defer closing(to, &err)
	progress := func(table string, _ int64) { a.progress.begin("moving " + strings.ReplaceAll(table, "_", " ")) }
	if err := moveDirectory(ctx, from, to, progress); err != nil {
		return "", err
	}
	// Last, since a store that has data is never written over: what was cut off before can
	// be begun again.
	return to.Name(), store.Move(ctx, from.Store, to.Store, progress)
}

// openFiles opens a data folder whatever the environment says of a database.
func openFiles(ctx context.Context, dir string) (*memory, error) {
	s, err := store.Open(ctx, filepath.Join(dir, databaseName))
	if err != nil {
		return nil, err
	}
	return remember(&memory{Store: s, dir: dir}), nil
}

// moveDirectory copies the embedded directory, if there is one.
func moveDirectory(ctx context.Context, from, to *memory, progress func(string, int64)) error {
	source, err := store.HandleReadOnly(filepath.Join(from.dir, directoryName))
	if fault.KindOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := to.directoryHandle()
	if err != nil {
		return err
	}
	if _, err := local.Migrate(ctx, target); err != nil {
		return err
	}
	if err := to.MustBeNew(ctx); err != nil {
		return err
	}
	return store.MoveTables(ctx, source, target, local.HasTable, progress)
}

// putAside renames the files whose data was moved.
func putAside(dir string) error {
	for _, name := range []string{directoryName, databaseName} {
		err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, name+movedSuffix))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault.Wrap(err, fault.Unavailable, "The data was moved, but %s cannot be renamed; rename it yourself", filepath.Join(dir, name))
		}
	}
	return syncFolder(filepath.Join(dir, databaseName))
}
