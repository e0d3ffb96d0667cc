package store

import (
	"context"
	"database/sql"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// putPasswords keeps passwords; a later one of a user takes the place of an
// earlier.
func putPasswords(ctx context.Context, tx *sql.Tx, scope int64, passwords []ledger.Password) error {
	rows := newBulk(tx, `INSERT INTO passwords (scope, key, org, ciphertext)`, 4,
		`ON CONFLICT (scope, key) DO UPDATE SET org = excluded.org, ciphertext = excluded.ciphertext`)
	for _, p := range passwords {
		if err := rows.add(ctx, scope, p.Key, p.Org, blob(p.Ciphertext)); err != nil {
			return err
		}
	}
	return rows.flush(ctx)
}

// Passwords returns the passwords that were made and not handed out yet, by
// organization and user.
func (s *Store) Passwords(ctx context.Context, scope ledger.Scope) ([]ledger.Password, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT key, org, ciphertext FROM passwords WHERE `+ofScope+` ORDER BY org, key`, scope.Tenant, scope.Target)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var passwords []ledger.Password
	for rows.Next() {
		var p ledger.Password
		if err := rows.Scan(&p.Key, &p.Org, &p.Ciphertext); err != nil {
			return nil, err
		}
		passwords = append(passwords, p)
	}
	return passwords, rows.Err()
}

// ErasePasswords deletes the passwords of users once they are handed out.
func (s *Store) ErasePasswords(ctx context.Context, scope ledger.Scope, keys []string, audit ...outbound.Entry) error {
	return s.updateOf(ctx, scope.Tenant, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM passwords WHERE `+ofScope+`
			AND (key IN (SELECT value FROM json_each($3))) IS TRUE`, scope.Tenant, scope.Target, list(keys))
		if err != nil {
			return err
		}
		return writeAudits(ctx, tx, scope.Tenant, audit)
	})
}
