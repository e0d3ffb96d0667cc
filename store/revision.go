package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// revision counts how often the database was seen to have changed.
type revision struct {
	mutex   sync.Mutex
	conn    *sql.Conn // SQLite tells a connection what others changed; nil until it is asked
	version *sql.Stmt
	seen    int64 // the last answer
	count   int64
}

// Revision returns a number that moves whenever something is committed to the database, by
// this process or another one. What is read after a call is at least as new as its answer,
// so caches may keep it for as long as the answer stays the same. Answers of one Store
// alone can be compared. A call takes a few microseconds.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	r := &s.revision
	r.mutex.Lock()
	defer r.mutex.Unlock()
	ctx = context.WithoutCancel(ctx) // it takes no time, and the connection must last
	if r.conn == nil {
		if err := r.open(ctx, s.read); err != nil {
			return 0, describe(err, s.name)
		}
	}
	var version int64
	if err := r.version.QueryRowContext(ctx).Scan(&version); err != nil {
		return 0, describe(err, s.name)
	}
	if version != r.seen {
		r.seen, r.count = version, r.count+1
	}
	return r.count, nil
}

func (r *revision) open(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	version, err := conn.PrepareContext(ctx, `PRAGMA data_version`)
	if err != nil {
		_ = conn.Close() // the first error says more
		return err
	}
	r.conn, r.version = conn, version
	return nil
}

// close gives the connection back.
func (r *revision) close() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.conn == nil {
		return nil
	}
	conn := r.conn
	r.conn = nil
	return errors.Join(r.version.Close(), conn.Close())
}
