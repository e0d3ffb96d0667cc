// Package local is the embedded directory: users, class groups, security groups
// and administrative units in SQL tables, with no server to install.
//
//   - record: one object as its row holds it. Its number is counted within the
//     tenant and never leaves this package; its id is what others know it by.
//   - edit: a change as a person at the keyboard can make it: a
//     directory.Change, and what no run ever changes (deleted, guest, role).
//   - writer: one transaction's worth of edits. Each edit is checked in full
//     before the first row of it is written, so a refused one leaves no trace.
//   - name: how people call an object: by id, anchor, userPrincipalName or
//     mailNickname.
//   - document: the directory, or part of it, as JSON.
//
// A soft-deleted user keeps its names and its places in groups; the places are
// not shown until the user is restored.
//
// The package is given its database handle, of SQLite or PostgreSQL, keeps its own tables
// (prefix dir_) and migrations, and shares no transaction with anyone.
package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/homeroomhq/homeroom/directory"
)

// What one call takes (directory.Abilities).
const (
	perCall   = 500
	perChange = 5000
)

//go:embed migrations/*.sql
var migrations embed.FS

// Directory is the embedded directory of one tenant. It is safe for use by
// several goroutines and, through the database, by several processes.
type Directory struct {
	db      *sql.DB
	tenant  int64
	domains []string
	shape   shape // of the ids that it gives
	codec   codec
	known   map[directory.Kind]map[string]bool // attributes of each kind
	writing sync.Mutex                         // writers wait here in turn, and not in the database's polling
	users   *crowd                             // who was met by the writers up to now
	writes  int64                              // transactions of this and other processes that users is true after
}

// Option is a setting of Open.
type Option func(*Directory)

// WithDomains limits the domains of userPrincipalName. Without it every domain
// is known.
func WithDomains(domains ...string) Option {
	return func(d *Directory) { d.domains = slices.Clone(domains) }
}

// Open brings the tables up to date and returns the tenant's directory, which
// is empty at first. The handle stays the caller's, who also closes it.
func Open(ctx context.Context, db *sql.DB, tenant string, options ...Option) (*Directory, error) {
	if _, err := Migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("prepare the embedded directory's tables: %w", err)
	}
	d := &Directory{db: db, codec: newCodec(), known: knownAttributes()}
	if err := d.enter(ctx, tenant); err != nil {
		return nil, fmt.Errorf("open the embedded directory of tenant %s: %w", tenant, err)
	}
	for _, option := range options {
		option(d)
	}
	return d, nil
}

// Migrate applies the missing migrations and returns their names. When several processes open a new
// database at once, each migration succeeds in one of them and fails in the
// others, which find it done when they try again. Of failures the first one counts: what was
// half done by then makes later attempts fail otherwise.
func Migrate(ctx context.Context, db *sql.DB) (applied []string, err error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if onPostgreSQL(db) {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, db, files,
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, err
	}
	for range 3 + len(provider.ListSources()) {
		results, failed := provider.Up(ctx)
		for _, result := range results {
			applied = append(applied, result.Source.Path)
		}
		if failed == nil || ctx.Err() != nil {
			return applied, failed
		}
		err = cmp.Or(err, failed)
	}
	return applied, err
}

// HasTable reports whether a table of a database holds something of directories.
func HasTable(name string) bool { return strings.HasPrefix(name, "dir_") && name != versionTable }

// versionTable is where goose keeps which migrations were applied.
const versionTable = "dir_goose_version"

func onPostgreSQL(db *sql.DB) bool {
	_, is := db.Driver().(*stdlib.Driver)
	return is
}

// enter finds the tenant's row, which is made when the tenant first comes. Another tenant
// that comes at the same moment may be given the number that this one would have had.
func (d *Directory) enter(ctx context.Context, tenant string) error {
	for range maxEntering {
		err := d.find(ctx, tenant)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = d.db.ExecContext(ctx, `
			INSERT INTO dir_tenants (number, name, shape, last, writes, stamp)
			SELECT COALESCE(MAX(number), 0) + 1, $1, $2, 0, 0, $3 FROM dir_tenants WHERE TRUE
			ON CONFLICT DO NOTHING`, tenant, string(newShape()), rand.Text())
		if err != nil {
			return err
		}
	}
	return d.find(ctx, tenant)
}

// Knows reports whether there is a directory of a tenant already. It fails where the tables
// are not there yet.
func Knows(ctx context.Context, db *sql.DB, tenant string) (bool, error) {
	var found int
	err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM dir_tenants WHERE name = $1`, tenant).Scan(&found)
	return found > 0, err
}

// maxEntering is how many tenants may come at one moment.
const maxEntering = 100

func (d *Directory) find(ctx context.Context, tenant string) error {
	row := d.db.QueryRowContext(ctx, `SELECT number, shape FROM dir_tenants WHERE name = $1`, tenant)
	return row.Scan(&d.tenant, &d.shape)
}

// Abilities says what the embedded directory can do: everything.
func (d *Directory) Abilities() directory.Abilities {
	return directory.Abilities{
		Name:     "embedded directory",
		Kinds:    directory.Kinds(),
		Owners:   true,
		Teams:    true,
		Contacts: true,
		Licences: true,
		Deletes:  true,
		PerCall:  perCall,
		Members:  perChange,
		Domains:  slices.Clone(d.domains),
	}
}

// Stamp names the last transaction that wrote. It is drawn, not counted: a database
// that was put back from a copy must not come to a name that it had before.
func (d *Directory) Stamp(ctx context.Context) (string, error) {
	var stamp string
	err := d.db.QueryRowContext(ctx, `SELECT stamp FROM dir_tenants WHERE number = $1`, d.tenant).Scan(&stamp)
	return stamp, err
}
