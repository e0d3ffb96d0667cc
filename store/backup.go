package store

import (
	"context"
	"database/sql"
	"errors"
	"os"

	"modernc.org/sqlite"

	"github.com/homeroomhq/homeroom/fault"
)

// backupPages is how many pages are copied before somebody may say stop.
const backupPages = 1000

// Backup copies the database to a file that is not there yet, as it is at one moment,
// while others read and write it. progress, which may be nil, is told how many of its
// pages are copied.
func (s *Store) Backup(ctx context.Context, path string, progress func(done, total int)) error {
	return describe(Backup(ctx, s.read, path, progress), s.name)
}

// Backup does for an open handle what Store.Backup does. Half a copy is taken away.
func Backup(ctx context.Context, db *sql.DB, path string, progress func(done, total int)) (err error) {
	address, err := fileAddress(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the copy %s cannot be made", path)
	}
	defer func() {
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// What the connection reads once, it goes on to see until the end of its transaction:
	// whatever is written meanwhile does not make the copy begin again.
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	var tables int
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	return conn.Raw(func(c any) error { return copyPages(ctx, c, address, progress) })
}

// copyPages copies what a connection of the driver sees.
func copyPages(ctx context.Context, conn any, address string, progress func(done, total int)) error {
	source, ok := conn.(interface {
		NewBackup(to string) (*sqlite.Backup, error)
	})
	if !ok {
		return errors.New("only an SQLite database can be copied")
	}
	backup, err := source.NewBackup(address)
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		if more, err = backup.Step(backupPages); err == nil {
			err = ctx.Err()
		}
		if progress != nil {
			progress(backup.PageCount()-backup.Remaining(), backup.PageCount())
		}
	}
	return errors.Join(err, backup.Finish())
}

// Check looks through a database file for damage.
func Check(ctx context.Context, path string) error {
	db, err := HandleReadOnly(path)
	if err != nil {
		return err
	}
	var found string
	err = db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found)
	if err == nil && found != "ok" {
		err = fault.New(fault.Invalid, "the database %s is damaged: %s", path, found)
	}
	return errors.Join(describe(err, path), db.Close())
}
