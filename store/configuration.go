package store

import (
	"context"
	"database/sql"
	"errors"
	"reflect"
	"slices"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// Configuration returns all that a tenant has configured through the API, as it was at one
// moment.
func (s *Store) Configuration(ctx context.Context, tenant string) (outbound.Configuration, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return outbound.Configuration{}, err
	}
	defer tx.Rollback() // there is nothing to commit
	return configuration(ctx, tx, tenant)
}

func configuration(ctx context.Context, tx *sql.Tx, tenant string) (c outbound.Configuration, err error) {
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
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
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

// HandOver makes a tenant that is the API's a file's, and forgets what it had configured,
// which the caller has written to that file. It fails with fault.Conflict when that is not
// what is stored any more, or when the tenant is not the API's.
func (s *Store) HandOver(ctx context.Context, tenant string, written outbound.Configuration, audit outbound.Entry) error {
	return s.updateOf(ctx, tenant, func(tx *sql.Tx) error {
		stored, err := configuration(ctx, tx, tenant)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(said(stored), said(written)) {
			return fault.New(fault.Conflict, "somebody changed through the API what was being written to a file; export it again")
		}
		err = mustChange(tx.ExecContext(ctx,
			`UPDATE tenants SET owner = $2, settings = '' WHERE id = $1 AND owner = $3`, tenant, string(outbound.File), string(outbound.API)))
		if errors.Is(err, errUnchanged) {
			return fault.New(fault.Conflict, "this tenant is not configured through the API")
		}
		if err != nil {
			return err
		}
		if err := putConfiguration(ctx, tx, tenant, outbound.Configuration{}); err != nil {
			return err
		}
		return writeAudit(ctx, tx, tenant, audit)
	})
}

// said returns a configuration without what moves by itself: how flows stand.
func said(c outbound.Configuration) outbound.Configuration {
	c.Flows = slices.Clone(c.Flows)
	for i := range c.Flows {
		c.Flows[i].Readiness, c.Flows[i].Revision = "", 0
	}
	return c
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
