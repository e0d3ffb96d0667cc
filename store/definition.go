package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

const selectDefinitions = `
	SELECT type, code, display_name, disabled, sort_index, source, created, modified, revision FROM definitions `

// Definitions returns the codes that a tenant added or changed, by type and code.
func (s *Store) Definitions(ctx context.Context, tenant string) ([]outbound.Definition, error) {
	return query(ctx, s.read, scanDefinition, selectDefinitions+`WHERE tenant = $1 ORDER BY type, code`, tenant)
}

func scanDefinition(row rowScanner) (outbound.Definition, error) {
	var d outbound.Definition
	var created, modified int64
	err := row.Scan(&d.Type, &d.Code, &d.DisplayName, &d.Disabled, &d.SortIndex, &d.Source, &created, &modified, &d.Revision)
	d.Created, d.Modified = fromMicros(created), fromMicros(modified)
	return d, err
}

// PutDefinition stores a code. One with the revision 0 is new and must not be there yet;
// else the revision is that of the definition from which it was made, and grows by one.
// It fails with fault.Conflict when something else is there, or has the place in the list:
// runs could not go by two codes in one place.
func (s *Store) PutDefinition(ctx context.Context, tenant string, d outbound.Definition, audit outbound.Entry) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error { return putDefinition(ctx, tx, tenant, d) })
}

func putDefinition(ctx context.Context, tx *sql.Tx, tenant string, d outbound.Definition) error {
	err := mustChange(tx.ExecContext(ctx, `
		INSERT INTO definitions (tenant, type, code, display_name, disabled, sort_index, source, created, modified, revision)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, CAST($10 AS BIGINT) + 1
		WHERE (CAST($10 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM definitions WHERE tenant = $1 AND type = $2 AND code = $3))
			AND NOT EXISTS (SELECT 1 FROM definitions WHERE tenant = $1 AND type = $2 AND sort_index = $6 AND code <> $3)
		ON CONFLICT (tenant, type, code) DO UPDATE SET display_name = excluded.display_name, disabled = excluded.disabled,
			sort_index = excluded.sort_index, modified = excluded.modified, revision = excluded.revision
		WHERE definitions.revision = $10`,
		tenant, d.Type, d.Code, d.DisplayName, d.Disabled, d.SortIndex, d.Source, micros(d.Created), micros(d.Modified), d.Revision))
	if errors.Is(err, errUnchanged) {
		return fault.New(fault.Conflict, "%s of %s, or the code in its place, was defined or changed in the meantime; read it again", d.Code, d.Type)
	}
	return err
}
