package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// What is asked only to tell people why something is as it is.

// Memberships returns the keys of the objects of a kind in which the ledger has a
// user as owner or member, sorted. It goes through all pairs of the kind.
func (s *Store) Memberships(ctx context.Context, scope ledger.Scope, kind directory.Kind, user string) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT DISTINCT key FROM pairs WHERE `+ofScope+`
		AND kind = $3 AND user_key = $4 AND NOT released ORDER BY key`, scope.Tenant, scope.Target, string(kind), user)
	if err != nil {
		return nil, describe(err, s.name)
	}
	defer rows.Close()
	var keys []string
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, rows.Err()
}

// Approval returns the approval of a step, used or not, or fault.NotFound.
func (s *Store) Approval(ctx context.Context, scope ledger.Scope, step string) (ledger.Approval, error) {
	a := ledger.Approval{Step: step}
	var expires int64
	err := s.read.QueryRowContext(ctx, `SELECT run, approver, expires FROM approvals WHERE `+ofScope+` AND step = $3`,
		scope.Tenant, scope.Target, step).Scan(&a.Run, &a.By, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fault.New(fault.NotFound, "nobody approved the step")
	}
	a.Expires = fromMicros(expires)
	return a, err
}
