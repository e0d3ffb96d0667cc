package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/homeroomhq/homeroom/access"
)

// SigningKeys returns the keys of a tenant, the newest first.
func (s *Store) SigningKeys(ctx context.Context, tenant string) ([]access.SigningKey, error) {
	return query(ctx, s.read, scanSigningKey, `SELECT tenant, id, sealed, public, created, signs, verifies FROM signing_keys
		WHERE tenant = $1 ORDER BY created DESC, id`, tenant)
}

func scanSigningKey(row rowScanner) (access.SigningKey, error) {
	var key access.SigningKey
	var created, signs, verifies int64
	err := row.Scan(&key.Tenant, &key.ID, &key.Sealed, &key.Public, &created, &signs, &verifies)
	key.Created, key.Signs, key.Verifies = fromMicros(created), fromMicros(signs), fromMicros(verifies)
	return key, err
}

// AddSigningKey keeps a new key, unless a key that was not there before signs
// longer than until: then somebody else was first, and added is false. Keys whose
// tokens have all ended at the time now are deleted.
func (s *Store) AddSigningKey(ctx context.Context, key access.SigningKey, until, now time.Time) (added bool, err error) {
	err = s.updateAccess(ctx, key.Tenant, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM signing_keys WHERE tenant = $1 AND verifies <= $2`,
			key.Tenant, micros(now)); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO signing_keys (tenant, id, sealed, public, created, signs, verifies)
			SELECT $1, $2, $3, $4, $5, $6, $7
			WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE tenant = $1 AND signs > $8)`,
			key.Tenant, key.ID, blob(key.Sealed), blob(key.Public), micros(key.Created), micros(key.Signs),
			micros(key.Verifies), micros(until))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		added = n > 0
		return err
	})
	return added, err
}

// RetireSigningKeys lets no key of a tenant sign any more. With tokens, those that
// they signed do not count any more, either.
func (s *Store) RetireSigningKeys(ctx context.Context, tenant string, tokens bool, by access.By) error {
	changes := map[string]bool{"tokens": tokens}
	return s.changeAccess(ctx, tenant, by, "retire", "signingKeys", changes, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE signing_keys SET signs = $2 WHERE tenant = $1 AND signs > $2`,
			tenant, micros(by.At))
		if err == nil && tokens {
			_, err = tx.ExecContext(ctx, `UPDATE signing_keys SET verifies = $2 WHERE tenant = $1 AND verifies > $2`,
				tenant, micros(by.At))
		}
		return err
	})
}
