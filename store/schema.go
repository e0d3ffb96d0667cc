package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"

	"github.com/google/uuid"
	"github.com/pressly/goose/v3"

	"github.com/homeroomhq/homeroom/fault"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is ours alone: others keep tables in the same file, with
// migrations of their own.
const versionTable = "schema_version"

// prepare brings the schema up to date and makes the first tenant.
func (s *Store) prepare(ctx context.Context) error {
	provider, err := newProvider(s.write)
	if err != nil {
		return err
	}
	if err := migrate(ctx, provider); err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO tenants (id, created) SELECT $1, `+clock+` WHERE NOT EXISTS (SELECT 1 FROM tenants)`,
			uuid.NewString())
		return err
	})
}

func newProvider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
}

// migrate applies the missing migrations. When several processes open a new
// database at once, each migration succeeds in one of them and fails in the
// others, which then find it done: so a failure is final only when it is the
// last of more attempts than there can be migrations to lose.
func migrate(ctx context.Context, provider *goose.Provider) error {
	var err error
	for range 2 + len(provider.ListSources()) {
		var current, target int64
		if current, target, err = provider.GetVersions(ctx); err != nil {
			continue
		}
		if current > target {
			return errNewer
		}
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
	}
	return err
}

var errNewer = fault.New(fault.Invalid,
	"the Homeroom data was written by a newer version of this program; use that version or a later one")

// checkVersion compares the schema of a database that must not be changed with
// the one that this program knows.
func (s *Store) checkVersion(ctx context.Context) error {
	provider, err := newProvider(s.read)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	target := sources[len(sources)-1].Version
	tables := 0
	err = s.read.QueryRowContext(ctx,
		`SELECT COUNT(*) FROM sqlite_master WHERE name = $1`, versionTable).Scan(&tables)
	if err != nil {
		return err
	}
	if tables == 0 {
		return fault.New(fault.NotFound, "there is no Homeroom data at %s yet", s.name)
	}
	var current int64
	err = s.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&current)
	switch {
	case err != nil:
		return err
	case current > target:
		return errNewer
	case current == 0:
		return fault.New(fault.NotFound, "there is no Homeroom data at %s yet", s.name)
	case current < target:
		return fault.New(fault.Invalid, "the Homeroom data at %s was written by an older version of this program; "+
			"the next sync brings it up to date", s.name)
	}
	return nil
}

// DefaultTenant returns the tenant that was made with the database.
func (s *Store) DefaultTenant(ctx context.Context) (string, error) {
	var id string
	err := s.read.QueryRowContext(ctx, `SELECT id FROM tenants ORDER BY created, id LIMIT 1`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fault.New(fault.NotFound, "there is no Homeroom data at %s yet", s.name)
	}
	return id, err
}
