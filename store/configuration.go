package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// Configuration returns all that a tenant has configured through the API, as it was at one
// moment.
func (s *Store) Configuration(ctx context.Context, tenant string) (outbound.Configuration, error) {
	var c outbound.Configuration
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return c, err
	}
	defer tx.Rollback() // there is nothing to commit
	err = tx.QueryRowContext(ctx, `SELECT settings FROM tenants WHERE id = $1`, tenant).Scan(&c.Settings)
	if errors.Is(err, sql.ErrNoRows) {
		return c, noTenant(tenant)
	}
	if err != nil {
		return c, err
	}
	if c.Sets, err = query(ctx, tx, scanFlowSet, selectFlowSets+`WHERE tenant = $1 ORDER BY id`, tenant); err != nil {
		return c, err
	}
	if c.Flows, err = query(ctx, tx, scanFlow, selectFlows+`WHERE tenant = $1 ORDER BY flow_set, id`, tenant); err != nil {
		return c, err
	}
	c.Definitions, err = query(ctx, tx, scanDefinition, selectDefinitions+`WHERE tenant = $1 ORDER BY type, code`, tenant)
	return c, err
}

// Import makes a tenant the API's and puts a configuration in place of what it had
// configured: all or nothing. A tenant that is the API's already is left alone, with
// fault.Conflict, unless replace says otherwise.
func (s *Store) Import(
	ctx context.Context, tenant string, c outbound.Configuration, replace bool, audit outbound.Entry,
) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		condition := `owner <> 'api'`
		if replace {
			condition = `TRUE`
		}
		err := mustChange(tx.ExecContext(ctx,
			`UPDATE tenants SET owner = 'api', settings = $2 WHERE id = $1 AND `+condition, tenant, c.Settings))
		if errors.Is(err, errUnchanged) {
			return cannotImport(ctx, tx, tenant)
		}
		if err != nil {
			return err
		}
		if err := putConfiguration(ctx, tx, tenant, c); err != nil {
			return err
		}
		return writeAudit(ctx, tx, tenant, audit)
	})
}

// putConfiguration puts a configuration in place of another. Revisions go on behind those
// that there were: what has an old one is another thing.
func putConfiguration(ctx context.Context, tx *sql.Tx, tenant string, c outbound.Configuration) error {
	tables := []string{"flow_sets", "flows", "definitions"}
	revision := int64(firstRevision)
	for _, table := range tables {
		var last int64
		err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(revision), 0) FROM `+table+` WHERE tenant = $1`, tenant).Scan(&last)
		if err != nil {
			return err
		}
		revision = max(revision, last+1)
		_, err = tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant = $1`, tenant) //nolint:gosec // one of those above
		if err != nil {
			return err
		}
	}
	if err := insertConfiguration(ctx, tx, tenant, c); err != nil {
		return err
	}
	for _, table := range tables {
		_, err := tx.ExecContext(ctx, `UPDATE `+table+` SET revision = $2 WHERE tenant = $1`, tenant, revision) //nolint:gosec // likewise
		if err != nil {
			return err
		}
	}
	return nil
}

func insertConfiguration(ctx context.Context, tx *sql.Tx, tenant string, c outbound.Configuration) error {
	for _, set := range c.Sets {
		if err := insertFlowSet(ctx, tx, tenant, set, nil); err != nil {
			return err
		}
	}
	for _, flow := range c.Flows {
		if err := insertFlow(ctx, tx, tenant, flow.Set, flow); err != nil {
			return err
		}
	}
	for _, d := range c.Definitions {
		d.Revision = 0 // it is new
		if err := putDefinition(ctx, tx, tenant, d); err != nil {
			return err
		}
	}
	return nil
}

// cannotImport says why a tenant that takes a configuration is not there.
func cannotImport(ctx context.Context, tx *sql.Tx, tenant string) error {
	if err := own(ctx, tx, tenant, outbound.API); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "this tenant is configured through the API already; "+
		"import --replace puts the file in place of that")
}
