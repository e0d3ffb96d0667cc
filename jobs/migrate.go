package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/homeroomhq/homeroom/fault"
)

// lockOfMigration is the advisory lock of whoever makes River's tables.
const lockOfMigration = 0x686f6d67

// Migrate makes River's tables, or brings them up to date, and returns the names of the
// migrations that were applied. Of several servers one does it, and the others wait.
func Migrate(ctx context.Context, address string) (applied []string, err error) {
	pool, err := connect(ctx, address)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return nil, err
	}
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The database cannot be reached")
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1, 0)`, lockOfMigration); err != nil {
		return nil, err
	}
	defer func() {
		_, unlock := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1, 0)`, lockOfMigration)
		err = errors.Join(err, unlock)
	}()
	done, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "The tables of River, which hands out the work, cannot be made")
	}
	for _, v := range done.Versions {
		applied = append(applied, fmt.Sprintf("river %d: %s", v.Version, v.Name))
	}
	return applied, nil
}
