package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/homeroomhq/homeroom/directory/local"
	"github.com/homeroomhq/homeroom/jobs"
)

func newMigrate(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to date",
		Long: `Brings the tables of the database up to what this version of the program needs. Every
command that writes does that by itself. This one does nothing else: it is for a
database of PostgreSQL's whose tables another user makes than the one who works with
them, or for the moment before a new version is put in place.

Servers of the version before go on working meanwhile and afterwards. Several that
begin at once wait for the one that is at it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if err := a.checkOutput(); err != nil {
				return err
			}
			m, err := a.openAll(cmd.Context())
			if err != nil {
				return err
			}
			defer closing(m, &err)
			done, err := m.migrated(cmd.Context())
			if err != nil {
				return err
			}
			return done.tell(cmd.OutOrStdout(), a.output)
		},
	}
	a.outputFlag(cmd)
	return cmd
}

// migrations is what bringing a database up to date has done.
type migrations struct {
	Database  string   `json:"database"`
	Version   int64    `json:"version"`
	Store     []string `json:"store"`     // names of the migrations that were applied
	Directory []string `json:"directory"` // likewise, to the embedded directory's tables
	Work      []string `json:"work"`      // likewise, to those by which servers share the work
}

// migrated brings the embedded directory's tables up to date, too, and on PostgreSQL those
// of River, and returns what was done to all.
func (m *memory) migrated(ctx context.Context) (migrations, error) {
	done := migrations{Database: m.Name(), Store: append([]string{}, m.Migrated()...)}
	var err error
	if done.Version, err = m.SchemaVersion(ctx); err != nil {
		return done, err
	}
	db, err := m.directoryHandle()
	if err != nil {
		return done, err
	}
	applied, err := local.Migrate(ctx, db)
	done.Directory, done.Work = append([]string{}, applied...), []string{}
	if err != nil || m.postgres == "" {
		return done, err
	}
	applied, err = jobs.Migrate(ctx, m.postgres)
	done.Work = append(done.Work, applied...)
	return done, err
}

func (m migrations) tell(w io.Writer, form string) error {
	if form == "json" {
		return json.NewEncoder(w).Encode(m)
	}
	applied := slices.Concat(m.Store, m.Directory, m.Work)
	if len(applied) == 0 {
		_, err := fmt.Fprintf(w, "%s is up to date: its schema has the version %d.\n", m.Database, m.Version)
		return err
	}
	_, err := fmt.Fprintf(w, "%s was brought up to the version %d of its schema: %s.\n", m.Database, m.Version, strings.Join(applied, ", "))
	return err
}
