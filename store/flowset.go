package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// firstRevision is that of flow sets and flows when they are created, whatever they say.
const firstRevision = 1

const selectFlowSets = `SELECT id, body, created, modified, revision FROM flow_sets `

// flowSetColumns says where filters find the values of a flow set.
func flowSetColumns() columns {
	return columns{Body: "body", Fields: map[string]string{
		"id": "id", "createdDateTime": "created", "lastModifiedDateTime": "modified",
	}, Counts: map[string]string{
		"provisioningFlows": `(SELECT COUNT(*) FROM flows WHERE flows.tenant = flow_sets.tenant AND flows.flow_set = flow_sets.id)`,
	}}
}

func scanFlowSet(row rowScanner) (outbound.FlowSet, error) {
	var set outbound.FlowSet
	var created, modified int64
	err := row.Scan(&set.ID, (*[]byte)(&set.Body), &created, &modified, &set.Revision)
	set.Created, set.Modified = fromMicros(created), fromMicros(modified)
	return set, err
}

// FlowSets returns a page of a tenant's flow sets. One with a limit ends, too, behind the
// first flow set that does not fit (outbound.Fitting).
func (s *Store) FlowSets(ctx context.Context, tenant string, page outbound.Page) ([]outbound.FlowSet, error) {
	tail, args := pageOf(s.dialect, page, flowSetColumns(), tenant)
	read, bytes := 0, 0
	scan := func(row rowScanner) (outbound.FlowSet, error) {
		set, err := scanFlowSet(row)
		read, bytes = read+1, bytes+len(set.Body)
		if err == nil && page.Limit > 0 && read > 1 && bytes > outbound.PageBytes {
			err = errEnough
		}
		return set, err
	}
	return query(ctx, s.read, scan, selectFlowSets+`WHERE tenant = $1 AND `+tail, args...)
}

// CountFlowSets returns how many flow sets of a tenant pass a filter; nil lets all pass.
func (s *Store) CountFlowSets(ctx context.Context, tenant string, filter odata.Expression) (int, error) {
	condition, args := where(s.dialect, filter, flowSetColumns(), []any{tenant})
	return s.count(ctx, `SELECT COUNT(*) FROM flow_sets WHERE tenant = $1 AND `+condition, args...)
}

// FlowSet returns one flow set, or fault.NotFound. Its body is not to be changed.
func (s *Store) FlowSet(ctx context.Context, tenant, id string) (outbound.FlowSet, error) {
	return s.flowSets.read(ctx, s, rowKey{tenant: tenant, id: id}, func() (outbound.FlowSet, int, error) {
		set, err := scanFlowSet(s.read.QueryRowContext(ctx, selectFlowSets+`WHERE tenant = $1 AND id = $2`, tenant, id))
		if errors.Is(err, sql.ErrNoRows) {
			err = noFlowSet(id)
		}
		return set, len(set.Body), err
	})
}

// CreateFlowSet stores a flow set with the flows that it begins with: all or nothing. It
// fails with fault.Conflict when there is a flow set with the id, or when two flows are
// of one type. The revision of each is 1 then.
func (s *Store) CreateFlowSet(
	ctx context.Context, tenant string, set outbound.FlowSet, flows []outbound.Flow, audit outbound.Entry,
) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error {
		return insertFlowSet(ctx, tx, tenant, set, flows)
	})
}

func insertFlowSet(ctx context.Context, tx *sql.Tx, tenant string, set outbound.FlowSet, flows []outbound.Flow) error {
	err := mustChange(tx.ExecContext(ctx, `
		INSERT INTO flow_sets (tenant, id, body, created, modified, revision) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, id) DO NOTHING`,
		tenant, set.ID, string(set.Body), micros(set.Created), micros(set.Modified), firstRevision))
	if errors.Is(err, errUnchanged) {
		return fault.New(fault.Conflict, "there is a flow set with the id %s already", set.ID)
	}
	if err != nil {
		return err
	}
	for _, flow := range flows {
		if err := insertFlow(ctx, tx, tenant, set.ID, flow); err != nil {
			return err
		}
	}
	return nil
}

// UpdateFlowSet stores a changed flow set. Its revision is that of the flow set from which
// it was made, and grows by one; it fails with fault.Conflict when that has moved on, and
// with fault.NotFound when the flow set is gone.
func (s *Store) UpdateFlowSet(ctx context.Context, tenant string, set outbound.FlowSet, audit outbound.Entry) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error {
		err := mustChange(tx.ExecContext(ctx, `
			UPDATE flow_sets SET body = $4, modified = $5, revision = revision + 1
			WHERE tenant = $1 AND id = $2 AND revision = $3`,
			tenant, set.ID, set.Revision, string(set.Body), micros(set.Modified)))
		if errors.Is(err, errUnchanged) {
			return flowSetMoved(ctx, tx, tenant, set.ID)
		}
		return err
	})
}

// DeleteFlowSet deletes a flow set and its flows. With a revision other than 0 it fails
// with fault.Conflict when the flow set has another one.
func (s *Store) DeleteFlowSet(ctx context.Context, tenant, id string, revision int64, audit outbound.Entry) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error {
		err := mustChange(tx.ExecContext(ctx,
			`DELETE FROM flow_sets WHERE tenant = $1 AND id = $2 AND (CAST($3 AS BIGINT) = 0 OR revision = $3)`, tenant, id, revision))
		if errors.Is(err, errUnchanged) {
			return flowSetMoved(ctx, tx, tenant, id)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM flows WHERE tenant = $1 AND flow_set = $2`, tenant, id)
		return err
	})
}

// flowSetMoved says why a flow set with a certain revision is not there.
func flowSetMoved(ctx context.Context, tx *sql.Tx, tenant, id string) error {
	if err := needFlowSet(ctx, tx, tenant, id); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "the flow set %s was changed in the meantime; read it again", id)
}

// needFlowSet fails with fault.NotFound when there is no flow set with the id.
func needFlowSet(ctx context.Context, tx *sql.Tx, tenant, id string) error {
	var there int
	err := tx.QueryRowContext(ctx, `SELECT 1 FROM flow_sets WHERE tenant = $1 AND id = $2`, tenant, id).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		return noFlowSet(id)
	}
	return err
}

func noFlowSet(id string) error { return fault.New(fault.NotFound, "there is no flow set %s", id) }
