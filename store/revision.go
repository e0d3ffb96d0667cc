package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Revision returns a number that moves whenever something is committed to the database, by
// this process or another one. What is read after a call is at least as new as its answer,
// so caches may keep it for as long as the answer stays the same. Answers of one Store
// alone can be compared. A call takes a few microseconds; on PostgreSQL it asks the server.
func (s *Store) Revision(ctx context.Context) (int64, error) {
	number, err := s.revision.number(ctx)
	return number, describe(err, s.name)
}

// revision tells whether the database has changed.
type revision interface {
	number(ctx context.Context) (int64, error)
	close() error
}

// changes counts how often something was seen to have changed.
type changes[T comparable] struct {
	seen  T // the last answer
	count int64
}

func (c *changes[T]) see(now T) int64 {
	if now != c.seen {
		c.seen, c.count = now, c.count+1
	}
	return c.count
}

// dataVersion is SQLite's: it tells a connection what others changed.
type dataVersion struct {
	db      *sql.DB
	mutex   sync.Mutex
	conn    *sql.Conn // nil until it is asked
	version *sql.Stmt
	changes[int64]
}

func (r *dataVersion) number(ctx context.Context) (int64, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	ctx = context.WithoutCancel(ctx) // it takes no time, and the connection must last
	if r.conn == nil {
		if err := r.open(ctx); err != nil {
			return 0, err
		}
	}
	var version int64
	if err := r.version.QueryRowContext(ctx).Scan(&version); err != nil {
		return 0, err
	}
	return r.see(version), nil
}

func (r *dataVersion) open(ctx context.Context) error {
	conn, err := r.db.Conn(ctx)
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
func (r *dataVersion) close() error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.conn == nil {
		return nil
	}
	conn := r.conn
	r.conn = nil
	return errors.Join(r.version.Close(), conn.Close())
}

// snapshots is PostgreSQL's: a snapshot says which transactions can be seen, so it is
// another one after each that writes, also after those of other databases of the server.
type snapshots struct {
	db    *sql.DB
	mutex sync.Mutex
	changes[string]
}

func (r *snapshots) number(ctx context.Context) (int64, error) {
	var snapshot string
	err := r.db.QueryRowContext(ctx, `SELECT CAST(pg_current_snapshot() AS TEXT)`).Scan(&snapshot)
	if err != nil {
		return 0, err
	}
	// Answers may come here in another order than they were given: then the number moves
	// once more than it must.
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.see(snapshot), nil
}

func (r *snapshots) close() error { return nil }
