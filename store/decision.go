package store

import (
	"context"
	"database/sql"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// DecideClasses remembers decisions. One of an object that was decided of before takes its
// place.
func (s *Store) DecideClasses(ctx context.Context, scope ledger.Scope, decisions []ledger.ClassDecision, audit ...outbound.Entry) error {
	tenant := scope.Tenant
	return s.scoped(ctx, scope, func(tx *sql.Tx, scope int64) error {
		for _, d := range decisions {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO class_decisions (scope, key, years, choice, decided_by, at) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (scope, key) DO UPDATE SET years = excluded.years, choice = excluded.choice,
					decided_by = excluded.decided_by, at = excluded.at`,
				scope, d.Key, d.Years, d.Choice, d.By, micros(d.At))
			if err != nil {
				return err
			}
		}
		return writeAudits(ctx, tx, tenant, audit)
	})
}

// ClassDecisions returns by key what somebody decided and no run has settled yet.
func (s *Store) ClassDecisions(ctx context.Context, scope ledger.Scope) (map[string]ledger.ClassDecision, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT key, years, choice, decided_by, at FROM class_decisions WHERE `+ofScope,
		scope.Tenant, scope.Target)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	decisions := make(map[string]ledger.ClassDecision)
	for rows.Next() {
		var d ledger.ClassDecision
		var at int64
		if err := rows.Scan(&d.Key, &d.Years, &d.Choice, &d.By, &at); err != nil {
			return nil, err
		}
		d.At = fromMicros(at)
		decisions[d.Key] = d
	}
	return decisions, rows.Err()
}

// settleClasses forgets decisions about which there is no doubt any more.
func settleClasses(ctx context.Context, tx *sql.Tx, scope int64, keys []string) error {
	for _, key := range keys {
		if _, err := tx.ExecContext(ctx, `DELETE FROM class_decisions WHERE scope = $1 AND key = $2`, scope, key); err != nil {
			return err
		}
	}
	return nil
}
