package store

import (
	"context"
	"database/sql"

	"github.com/homeroomhq/homeroom/outbound"
)

// UnsettledFlows returns the flows of all flow sets of a tenant, by set and id, but those
// that are settled: that have the readiness that all should come to.
func (s *Store) UnsettledFlows(ctx context.Context, tenant string, settled outbound.Readiness) ([]outbound.Flow, error) {
	return query(ctx, s.read, scanFlow, selectFlows+`WHERE tenant = $1 AND readiness <> $2 ORDER BY flow_set, id`,
		tenant, string(settled))
}

// SetReadiness moves flows on. A flow that has changed or gone since is left as it is:
// what was decided was decided of another.
func (s *Store) SetReadiness(ctx context.Context, tenant string, changes []outbound.ReadinessChange) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		for _, change := range changes {
			_, err := tx.ExecContext(ctx, `
				UPDATE flows SET readiness = $5, revision = revision + 1
				WHERE tenant = $1 AND flow_set = $2 AND id = $3 AND revision = $4 AND readiness <> $5`,
				tenant, change.Set, change.Flow, change.Revision, string(change.To))
			if err != nil {
				return err
			}
		}
		return nil
	})
}
