package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// clock is the database's own time. Leases go by it, so that servers whose
// clocks differ agree.
const clock = `CAST(unixepoch('subsec') * 1000000 AS INTEGER)`

// ofScope picks the rows of a scope by its tenant ($1) and its target ($2); a
// scope that is not known has none.
const ofScope = `scope = (SELECT id FROM scopes WHERE tenant = $1 AND target = $2)`

// update runs f in a transaction that writes: all that it does is kept, or, if
// it fails, nothing. One f runs at a time, and what it sees includes what others
// wrote who share its commit.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	if s.writer == nil {
		return fault.New(fault.Denied, "the Homeroom data at %s was opened for reading only", s.name)
	}
	return describe(s.writer.do(ctx, f), s.name)
}

// fenced is an update by the holder of a lease. It fails with fault.Conflict,
// and f is not called, when the lease is no longer held. A lease that expired
// is held until somebody else takes it.
func (s *Store) fenced(ctx context.Context, lease ledger.Lease, f func(tx *sql.Tx, scope int64) error) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		var scope int64
		err := tx.QueryRowContext(ctx,
			`SELECT id FROM scopes WHERE tenant = $1 AND target = $2 AND epoch = $3`,
			lease.Scope.Tenant, lease.Scope.Target, lease.Epoch).Scan(&scope)
		if errors.Is(err, sql.ErrNoRows) {
			return lost(lease)
		}
		if err != nil {
			return err
		}
		return f(tx, scope)
	})
}

// scoped is an update of a scope by someone who needs no lease. The scope is
// made if it is missing.
func (s *Store) scoped(ctx context.Context, scope ledger.Scope, f func(tx *sql.Tx, scope int64) error) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO scopes (id, tenant, target)
			SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM scopes WHERE TRUE
			ON CONFLICT (tenant, target) DO NOTHING`, scope.Tenant, scope.Target)
		if err != nil {
			return err
		}
		var id int64
		err = tx.QueryRowContext(ctx, `SELECT id FROM scopes WHERE tenant = $1 AND target = $2`,
			scope.Tenant, scope.Target).Scan(&id)
		if err != nil {
			return err
		}
		return f(tx, id)
	})
}

// describe gives a sentence to the failures of the database that a person can
// do something about.
func describe(err error, name string) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok || fault.KindOf(err) != fault.Internal {
		return err
	}
	switch failure.Code() & 0xff { // without the details of the extended codes
	case codes.SQLITE_BUSY:
		return fault.Wrap(err, fault.Unavailable,
			"the Homeroom data at %s is being written by another process; try again when that is done", name)
	case codes.SQLITE_FULL:
		return fault.Wrap(err, fault.Unavailable, "the disk that holds %s is full; make room and run again", name)
	case codes.SQLITE_READONLY, codes.SQLITE_PERM:
		return fault.Wrap(err, fault.Denied, "%s cannot be written; check its permissions", name)
	case codes.SQLITE_CANTOPEN:
		return fault.Wrap(err, fault.Invalid, "%s cannot be opened; check that its folder exists and can be written", name)
	case codes.SQLITE_NOTADB, codes.SQLITE_CORRUPT:
		return fault.Wrap(err, fault.Invalid, "%s is damaged or not Homeroom's; restore it from a backup", name)
	}
	return err
}

// micros is how times are stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

// list returns texts as the JSON that json_each takes.
func list(texts []string) string {
	if texts == nil {
		return "[]"
	}
	encoded, err := json.Marshal(texts)
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(encoded)
}
