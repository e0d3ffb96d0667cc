package store

import (
	"context"
	"database/sql"
	"sync"
)

// turns lets updates of one tenant follow each other, whatever servers of PostgreSQL's
// they are made by, as on SQLite all updates do: what an update has read still holds when
// it commits. Updates of different tenants do not wait for each other, unless one of them
// does not say which tenant it is about.
type turns struct {
	db   *sql.DB
	here sync.Map // a chan struct{} for each tenant: it is full while somebody in this process has the turn

	gate   sync.RWMutex // an update under way holds it for reading
	closed bool
}

// The advisory locks that are taken, which are within the database.
const (
	lockOfAll     = 0x686f6d65 // together with 0
	lockOfTenants = 0x686f6d66 // together with a tenant's hash: two that have the same share a turn
)

// do runs f in a transaction. When f fails or panics, what it did is undone.
func (u *turns) do(ctx context.Context, tenant string, f func(tx *sql.Tx) error) error {
	u.gate.RLock()
	defer u.gate.RUnlock()
	if u.closed {
		return errClosed
	}
	waiting, _ := u.here.LoadOrStore(tenant, make(chan struct{}, 1)) // without a connection, of which there are few
	turn := waiting.(chan struct{})
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := u.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // of no effect after the commit
	if err := take(ctx, tx, tenant); err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// take waits for the turn of a tenant, "" for that of all at once. It is given up with the
// end of the transaction.
func take(ctx context.Context, tx *sql.Tx, tenant string) error {
	if tenant == "" {
		_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1, 0)`, lockOfAll)
		return err
	}
	_, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock_shared($1, 0), pg_advisory_xact_lock($2, hashtext($3))`,
		lockOfAll, lockOfTenants, tenant)
	return err
}

// finish waits for the updates under way, and lets no other begin.
func (u *turns) finish() {
	u.gate.Lock()
	u.closed = true
	u.gate.Unlock()
}
