package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// Tenants returns the ids of all tenants, the oldest first.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	return query(ctx, s.read, func(row rowScanner) (id string, err error) {
		return id, row.Scan(&id)
	}, `SELECT id FROM tenants ORDER BY created, id`)
}

// Owner returns by what a tenant is configured.
func (s *Store) Owner(ctx context.Context, tenant string) (outbound.Owner, error) {
	var owner outbound.Owner
	err := s.read.QueryRowContext(ctx, `SELECT owner FROM tenants WHERE id = $1`, tenant).Scan(&owner)
	if errors.Is(err, sql.ErrNoRows) {
		return owner, noTenant(tenant)
	}
	return owner, err
}

// Own gives a tenant that nobody configures yet to an owner. It fails with fault.Conflict
// when it is another's already.
func (s *Store) Own(ctx context.Context, tenant string, owner outbound.Owner) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error { return own(ctx, tx, tenant, owner) })
}

// own is Own as a part of an update.
func own(ctx context.Context, tx *sql.Tx, tenant string, owner outbound.Owner) error {
	var now outbound.Owner
	err := tx.QueryRowContext(ctx, `SELECT owner FROM tenants WHERE id = $1`, tenant).Scan(&now)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return noTenant(tenant)
	case err != nil || now == owner:
		return err
	case now == outbound.Nobody:
		_, err := tx.ExecContext(ctx, `UPDATE tenants SET owner = $2 WHERE id = $1`, tenant, string(owner))
		return err
	case now == outbound.File:
		return fault.New(fault.Conflict, "this tenant is configured by a file; homeroom import makes it the API's")
	}
	return fault.New(fault.Conflict, "this tenant is configured through the API; "+
		"leave the configuration file out, or make it a file's again with homeroom export --hand-over")
}

// configure is an update of what a tenant configures through the API, with its record for
// those who audit. It makes the tenant the API's, and fails with fault.Conflict when it is
// a file's.
func (s *Store) configure(ctx context.Context, tenant string, audit outbound.Entry, f func(tx *sql.Tx) error) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		if err := own(ctx, tx, tenant, outbound.API); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		return writeAudit(ctx, tx, tenant, audit)
	})
}

// AddTenant makes a tenant beside the one that was made with the database, such as the
// Entra tenant whose tokens are trusted. One that is there already stays as it is.
func (s *Store) AddTenant(ctx context.Context, id string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO tenants (id, created) VALUES ($1, `+clock+`) ON CONFLICT (id) DO NOTHING`, id)
		return err
	})
}

func noTenant(id string) error { return fault.New(fault.NotFound, "there is no tenant %s", id) }
