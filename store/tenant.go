package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
)

// Tenants returns the ids of all tenants, the oldest first.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	return query(ctx, s.read, func(row rowScanner) (id string, err error) {
		return id, row.Scan(&id)
	}, `SELECT id FROM tenants ORDER BY created, id`)
}

// Targets returns the directories that a tenant was worked on in, that of the last run first.
func (s *Store) Targets(ctx context.Context, tenant string) ([]string, error) {
	return query(ctx, s.read, func(row rowScanner) (target string, err error) {
		return target, row.Scan(&target)
	}, `SELECT target FROM scopes WHERE tenant = $1
		ORDER BY COALESCE((SELECT MAX(id) FROM runs WHERE scope = scopes.id), 0) DESC, id`, tenant)
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

// NamedTenants returns all tenants with what they are called, the oldest first.
func (s *Store) NamedTenants(ctx context.Context) ([]access.Tenant, error) {
	return query(ctx, s.read, func(row rowScanner) (t access.Tenant, err error) {
		var created int64
		err = row.Scan(&t.ID, &t.Name, &created)
		t.Created = fromMicros(created)
		return t, err
	}, `SELECT id, name, created FROM tenants ORDER BY created, id`)
}

// AddTenant makes a tenant beside the one that was made with the database. It fails with
// fault.Conflict when there is one with the id or the name.
func (s *Store) AddTenant(ctx context.Context, t access.Tenant, by access.By) error {
	entry, err := entryOf(by, "create", tenantObject(t.ID), map[string]string{"name": t.Name})
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error { // since its name must be no other tenant's
		err := mustChange(tx.ExecContext(ctx, `
			INSERT INTO tenants (id, name, created)
			SELECT $1, $2, CASE WHEN latest < `+clock+` THEN `+clock+` ELSE latest + 1 END
			FROM (SELECT COALESCE(MAX(created), 0) AS latest FROM tenants) AS others WHERE TRUE
			ON CONFLICT DO NOTHING`, t.ID, t.Name)) // whatever the clock says, the one before is older
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.Conflict, "There is a tenant of the name %s or the id %s already.", t.Title(), t.ID)
		}
		if err != nil {
			return err
		}
		return writeAudit(ctx, tx, t.ID, entry)
	})
}

// RenameTenant calls a tenant by another name, or fails with fault.Conflict when another
// one has it.
func (s *Store) RenameTenant(ctx context.Context, tenant, name string, by access.By) error {
	entry, err := entryOf(by, "update", tenantObject(tenant), map[string]string{"name": name})
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error { // since its name must be no other tenant's
		err := mustChange(tx.ExecContext(ctx, `UPDATE tenants SET name = $2 WHERE id = $1
			AND NOT EXISTS (SELECT 1 FROM tenants AS other WHERE other.name = $2 AND other.id <> $1)`, tenant, name))
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.Conflict, "There is a tenant of the name %s already.", name)
		}
		if err != nil {
			return err
		}
		return writeAudit(ctx, tx, tenant, entry)
	})
}

// tenantObject is how records name a tenant.
func tenantObject(id string) string { return "tenants('" + id + "')" }

// RemoveTenant forgets all that is remembered of a tenant, its audit trail included. It
// fails with fault.Conflict for the only one.
func (s *Store) RemoveTenant(ctx context.Context, lease ledger.Lease) error {
	tenant := lease.Scope.Tenant
	return s.fenced(ctx, lease, func(tx *sql.Tx, scope int64) error {
		if err := mayRemove(ctx, tx, tenant, scope); err != nil {
			return err
		}
		for _, table := range scopedTables() {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE scope IN (SELECT id FROM scopes WHERE tenant = $1)`, tenant) //nolint:gosec // one of fixed names
			if err != nil {
				return err
			}
		}
		for _, table := range tenantTables() {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1`, tenant); err != nil { //nolint:gosec // likewise
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM tenants WHERE id = $1`, tenant)
		return err
	})
}

// mayRemove refuses to forget the only tenant, and one of which another directory than that
// of the scope is being worked on.
func mayRemove(ctx context.Context, tx *sql.Tx, tenant string, scope int64) error {
	var others, busy int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*), (SELECT COUNT(*) FROM scopes
			WHERE tenant = $1 AND id <> $2 AND holder <> '' AND expires > `+clock+`)
		FROM tenants WHERE id <> $1`, tenant, scope).Scan(&others, &busy)
	switch {
	case err != nil:
		return err
	case others == 0:
		return fault.New(fault.Conflict, "This is the only tenant. To be rid of all data, delete the data folder.")
	case busy > 0:
		return fault.New(fault.Busy, "A directory of the tenant is being worked on.")
	}
	return nil
}

// scopedTables are those whose rows are of a scope. A test looks that none is missing.
func scopedTables() []string {
	return []string{
		"absent_ids", "acceptances", "accepted", "accepted_ids", "approvals", "class_decisions", "link_pages", "member_pages",
		"objects", "passwords", "rejections", "resets", "schedules", "stretches", "tallies",
	}
}

// tenantTables are those whose rows are of a tenant, the last one the scopes. A test looks
// that none is missing.
func tenantTables() []string {
	return []string{
		"access_revisions", "app_grants", "app_secrets", "apps", "audit", "audit_people", "batches", "definitions", "device_codes",
		"flow_sets", "flows", "guesses", "notice_channels", "notices", "paces", "people", "plan_chunks", "run_starts", "run_statistics", "runs",
		"signing_keys", "snapshots", "tombstones", "scopes",
	}
}

func noTenant(id string) error { return fault.New(fault.NotFound, "there is no tenant %s", id) }
