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
	var err error
	if s.migrated, err = s.migrate(ctx); err != nil {
		return err
	}
	if _, err := s.DefaultTenant(ctx); err == nil {
		return nil
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx,
			`INSERT INTO tenants (id, created) SELECT $1, `+clock+` WHERE NOT EXISTS (SELECT 1 FROM tenants)`,
			uuid.NewString())
		return err
	})
}

// migrate applies the missing migrations and returns their names. A database that is ahead
// of this program is left as it is.
func (s *Store) migrate(ctx context.Context) (applied []string, err error) {
	provider, err := s.provider(s.write)
	if err != nil {
		return nil, err
	}
	current, err := s.version(ctx)
	if err != nil {
		return nil, err
	}
	if target := latest(provider); current >= target {
		return nil, s.mayUse(ctx, current, target)
	}
	err = s.dialect.alone(ctx, s.write, func() error {
		current, err := s.version(ctx)
		if err != nil {
			return err
		}
		if target := latest(provider); current >= target {
			return s.mayUse(ctx, current, target)
		}
		results, err := provider.Up(ctx)
		for _, result := range results {
			applied = append(applied, result.Source.Path)
		}
		return err
	})
	return applied, err
}

func (s *Store) provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(s.dialect.migrations(), db, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
}

// latest is the version of the schema that this program makes.
func latest(provider *goose.Provider) int64 {
	sources := provider.ListSources()
	return sources[len(sources)-1].Version
}

// Migrated returns the names of the migrations that opening the database applied.
func (s *Store) Migrated() []string { return s.migrated }

// SchemaVersion returns the version of the schema that the database has.
func (s *Store) SchemaVersion(ctx context.Context) (int64, error) { return s.version(ctx) }

// version returns that of the schema of the database, 0 when it has none.
func (s *Store) version(ctx context.Context) (version int64, err error) {
	tables, err := s.count(ctx, s.dialect.countTable(), versionTable)
	if err != nil || tables == 0 {
		return 0, err
	}
	err = s.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(version_id), 0) FROM `+versionTable).Scan(&version)
	return version, err
}

// mayUse fails with fault.Invalid when a program that knows the schema up to a version
// cannot work with the one that the database has.
func (s *Store) mayUse(ctx context.Context, current, known int64) error {
	if current <= known {
		return nil
	}
	var least int64
	if err := s.read.QueryRowContext(ctx, `SELECT least FROM schema_readers`).Scan(&least); err != nil {
		return err
	}
	if known >= least {
		return nil
	}
	return errNewer
}

var errNewer = fault.New(fault.Invalid,
	"the Homeroom data was written by a newer version of this program; use that version or a later one")

// checkVersion compares the schema of a database that must not be changed with
// the one that this program knows.
func (s *Store) checkVersion(ctx context.Context) error {
	provider, err := s.provider(s.read)
	if err != nil {
		return err
	}
	current, err := s.version(ctx)
	switch target := latest(provider); {
	case err != nil:
		return err
	case current == 0:
		return fault.New(fault.NotFound, "there is no Homeroom data at %s yet", s.name)
	case current < target:
		return fault.New(fault.Invalid, "the Homeroom data at %s was written by an older version of this program; "+
			"homeroom migrate, or the next sync, brings it up to date", s.name)
	default:
		return s.mayUse(ctx, current, target)
	}
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
