package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// KeyTombstones says where the key of tombstones comes from: not from the database, of
// which a copy must tell nobody who was forgotten. It is asked when there are tombstones.
func (s *Store) KeyTombstones(key func() ([]byte, error)) { s.tombstoneKey = key }

func (s *Store) keyOfTombstones() ([]byte, error) {
	if s.tombstoneKey == nil {
		return nil, fault.New(fault.Invalid, "nobody said where the key of those who were forgotten is")
	}
	return s.tombstoneKey()
}

// Tombstones returns those of a tenant.
func (s *Store) Tombstones(ctx context.Context, tenant string) (ledger.Tombstones, error) {
	type tombstone struct {
		hash string
		at   int64
	}
	found, err := query(ctx, s.read, func(row rowScanner) (t tombstone, err error) {
		return t, row.Scan(&t.hash, &t.at)
	}, `SELECT hash, at FROM tombstones WHERE tenant = $1`, tenant)
	if err != nil || len(found) == 0 {
		return ledger.Tombstones{}, err
	}
	all := ledger.Tombstones{At: make(map[string]time.Time, len(found))}
	for _, t := range found {
		all.At[t.hash] = fromMicros(t.at)
	}
	all.Key, err = s.keyOfTombstones()
	return all, err
}

// tombstoneObject is the name of a tombstone in the audit.
func tombstoneObject(hash string) string { return "tombstones('" + hash + "')" }

// bury leaves a tombstone. The earlier one holds.
func bury(ctx context.Context, tx *sql.Tx, tenant, hash string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO tombstones (tenant, hash, at) VALUES ($1, $2, $3) ON CONFLICT (tenant, hash) DO NOTHING`,
		tenant, hash, micros(at))
	return err
}

// Welcome takes the tombstone of a person away: the next roster brings the person back. It
// fails with fault.NotFound where there is none.
func (s *Store) Welcome(ctx context.Context, tenant, person string, audit outbound.Entry) error {
	tombstones, err := s.Tombstones(ctx, tenant)
	if err != nil {
		return err
	}
	if _, found := tombstones.Of(person); !found {
		return fault.New(fault.NotFound, "nobody with the id %s was forgotten", person)
	}
	hash := tombstones.Hash(person)
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM tombstones WHERE tenant = $1 AND hash = $2`, tenant, hash); err != nil {
			return err
		}
		audit.Object = tombstoneObject(hash)
		return writeAudit(ctx, tx, tenant, audit)
	})
}
