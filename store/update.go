package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// clock is the database's own time. Leases go by it, so that servers whose
// clocks differ agree.
const clock = `CAST(unixepoch('subsec') * 1000000 AS BIGINT)`

// ofScope picks the rows of a scope by its tenant ($1) and its target ($2); a
// scope that is not known has none.
const ofScope = `scope = (SELECT id FROM scopes WHERE tenant = $1 AND target = $2)`

// update runs f in a transaction that writes: all that it does is kept, or, if
// it fails, nothing. One f runs at a time, and what it sees includes what others
// wrote who share its commit.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	return s.updateOf(ctx, "", f)
}

// updateOf is an update of the rows of one tenant, which those of others need not wait for.
func (s *Store) updateOf(ctx context.Context, tenant string, f func(tx *sql.Tx) error) error {
	if s.writer == nil {
		return fault.New(fault.Denied, "the Homeroom data at %s was opened for reading only", s.name)
	}
	return describe(s.writer.do(ctx, tenant, f), s.name)
}

// updates carries out updates so that those of one tenant follow each other; those of the
// tenant "" follow all.
type updates interface {
	do(ctx context.Context, tenant string, f func(tx *sql.Tx) error) error
	finish()
}

// fenced is an update by the holder of a lease. It fails with fault.Conflict,
// and f is not called, when the lease is no longer held. A lease that expired
// is held until somebody else takes it.
func (s *Store) fenced(ctx context.Context, lease ledger.Lease, f func(tx *sql.Tx, scope int64) error) error {
	return s.updateOf(ctx, lease.Scope.Tenant, func(tx *sql.Tx) error {
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
	missing := false
	update := func(tx *sql.Tx) error {
		id, err := scopeID(ctx, tx, scope)
		if missing = errors.Is(err, sql.ErrNoRows); missing {
			return nil
		}
		if err != nil {
			return err
		}
		return f(tx, id)
	}
	err := s.updateOf(ctx, scope.Tenant, update)
	if err != nil || !missing {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error { // since its number must be no other tenant's
		_, err := tx.ExecContext(ctx, `
			INSERT INTO scopes (id, tenant, target)
			SELECT COALESCE(MAX(id), 0) + 1, $1, $2 FROM scopes WHERE TRUE
			ON CONFLICT (tenant, target) DO NOTHING`, scope.Tenant, scope.Target)
		if err != nil {
			return err
		}
		return update(tx)
	})
}

func scopeID(ctx context.Context, tx *sql.Tx, scope ledger.Scope) (id int64, err error) {
	err = tx.QueryRowContext(ctx, `SELECT id FROM scopes WHERE tenant = $1 AND target = $2`,
		scope.Tenant, scope.Target).Scan(&id)
	return id, err
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

// list returns texts as the JSON that json_each takes. What IS TRUE follows, the database
// works out row by row, and looks at the list once: (step IN (SELECT value FROM
// json_each($2))) IS TRUE.
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
