package local_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/directory/directorytest"
	"github.com/homeroomhq/homeroom/directory/local"
)

// openDB opens a database file as the program does: every commit is on disk.
func openDB(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_txlock=immediate&_pragma=journal_mode(WAL)"+
		"&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func open(t testing.TB, options ...local.Option) *local.Directory {
	t.Helper()
	return openTenant(t, openDB(t, filepath.Join(t.TempDir(), "directory.db")), "tenant", options...)
}

func openTenant(t testing.TB, db *sql.DB, tenant string, options ...local.Option) *local.Directory {
	t.Helper()
	d, err := local.Open(t.Context(), db, tenant, options...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	directorytest.Run(t, func(t *testing.T) directory.Target { return open(t) }, directorytest.Knobs{Large: 12_000})
}
