package store

import (
	"context"
	"database/sql"

	"github.com/homeroomhq/homeroom/ledger"
)

// Honoured returns the resets of flows by which a run of the scope planned everything
// again.
func (s *Store) Honoured(ctx context.Context, scope ledger.Scope) (map[string]bool, error) {
	resets, err := query(ctx, s.read, scanText, `SELECT reset FROM resets WHERE `+ofScope, scope.Tenant, scope.Target)
	honoured := make(map[string]bool, len(resets))
	for _, reset := range resets {
		honoured[reset] = true
	}
	return honoured, err
}

func scanText(row rowScanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

func putResets(ctx context.Context, tx *sql.Tx, scope int64, resets []string) error {
	for _, reset := range resets {
		_, err := tx.ExecContext(ctx, `INSERT INTO resets (scope, reset) VALUES ($1, $2) ON CONFLICT DO NOTHING`, scope, reset)
		if err != nil {
			return err
		}
	}
	return nil
}
