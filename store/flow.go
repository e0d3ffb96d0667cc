package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

const selectFlows = `SELECT id, flow_set, type, body, readiness, reset, created, modified, revision FROM flows `

// flowColumns says where filters find the values of a flow.
func flowColumns() columns {
	// Where a list is taken apart, json_each has a column type, too.
	return columns{Body: "body", Kind: `'microsoft.graph.industryData.' || flows.type`, Fields: map[string]string{
		"id": "id", "readinessStatus": "readiness", "createdDateTime": "created", "lastModifiedDateTime": "modified",
	}}
}

func scanFlow(row rowScanner) (outbound.Flow, error) {
	var flow outbound.Flow
	var created, modified int64
	err := row.Scan(&flow.ID, &flow.Set, &flow.Type, (*[]byte)(&flow.Body), &flow.Readiness, &flow.Reset, &created, &modified, &flow.Revision)
	flow.Created, flow.Modified = fromMicros(created), fromMicros(modified)
	return flow, err
}

// Flows returns a page of the flows of a flow set.
func (s *Store) Flows(ctx context.Context, tenant, set string, page outbound.Page) ([]outbound.Flow, error) {
	tail, args := pageOf(s.dialect, page, flowColumns(), tenant, set)
	return query(ctx, s.read, scanFlow, selectFlows+`WHERE tenant = $1 AND flow_set = $2 AND `+tail, args...)
}

// AllFlows returns the flows of all flow sets of a tenant, by set and id.
func (s *Store) AllFlows(ctx context.Context, tenant string) ([]outbound.Flow, error) {
	return query(ctx, s.read, scanFlow, selectFlows+`WHERE tenant = $1 ORDER BY flow_set, id`, tenant)
}

// CountFlows returns how many flows of a flow set pass a filter; nil lets all pass.
func (s *Store) CountFlows(ctx context.Context, tenant, set string, filter odata.Expression) (int, error) {
	condition, args := where(s.dialect, filter, flowColumns(), []any{tenant, set})
	return s.count(ctx, `SELECT COUNT(*) FROM flows WHERE tenant = $1 AND flow_set = $2 AND `+condition, args...)
}

// Flow returns one flow of a flow set, or fault.NotFound. Its body is not to be changed.
func (s *Store) Flow(ctx context.Context, tenant, set, id string) (outbound.Flow, error) {
	return s.flows.read(ctx, s, rowKey{tenant, set, id}, func() (outbound.Flow, int, error) {
		flow, err := scanFlow(s.read.QueryRowContext(ctx,
			selectFlows+`WHERE tenant = $1 AND flow_set = $2 AND id = $3`, tenant, set, id))
		if errors.Is(err, sql.ErrNoRows) {
			err = noFlow(id)
		}
		return flow, len(flow.Body), err
	})
}

// CreateFlow stores a flow in its flow set, with the revision 1. It fails with fault.NotFound when there is no
// such set, and with fault.Conflict when the set has a flow of the type.
func (s *Store) CreateFlow(ctx context.Context, tenant string, flow outbound.Flow, audit outbound.Entry) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error {
		if err := needFlowSet(ctx, tx, tenant, flow.Set); err != nil {
			return err
		}
		return insertFlow(ctx, tx, tenant, flow.Set, flow)
	})
}

func insertFlow(ctx context.Context, tx *sql.Tx, tenant, set string, flow outbound.Flow) error {
	err := mustChange(tx.ExecContext(ctx, `
		INSERT INTO flows (tenant, flow_set, id, type, body, readiness, reset, created, modified, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
		tenant, set, flow.ID, flow.Type, string(flow.Body), string(flow.Readiness), flow.Reset,
		micros(flow.Created), micros(flow.Modified), firstRevision))
	if errors.Is(err, errUnchanged) {
		return fault.New(fault.Conflict, "the flow set %s can have one %s, and has it already; change that one", set, flow.Type)
	}
	return err
}

// UpdateFlow stores a changed flow. Its revision is that of the flow from which it was
// made, and grows by one; it fails with fault.Conflict when that has moved on, and with
// fault.NotFound when the flow is gone.
func (s *Store) UpdateFlow(ctx context.Context, tenant string, flow outbound.Flow, audit outbound.Entry) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error {
		err := mustChange(tx.ExecContext(ctx, `
			UPDATE flows SET body = $5, readiness = $6, modified = $7, reset = $8, revision = revision + 1
			WHERE tenant = $1 AND flow_set = $2 AND id = $3 AND revision = $4`,
			tenant, flow.Set, flow.ID, flow.Revision, string(flow.Body), string(flow.Readiness), micros(flow.Modified), flow.Reset))
		if errors.Is(err, errUnchanged) {
			return flowMoved(ctx, tx, tenant, flow.Set, flow.ID)
		}
		return err
	})
}

// DeleteFlow deletes a flow. With a revision other than 0 it fails with fault.Conflict
// when the flow has another one.
func (s *Store) DeleteFlow(ctx context.Context, tenant, set, id string, revision int64, audit outbound.Entry) error {
	return s.configure(ctx, tenant, audit, func(tx *sql.Tx) error {
		err := mustChange(tx.ExecContext(ctx, `
			DELETE FROM flows WHERE tenant = $1 AND flow_set = $2 AND id = $3 AND (CAST($4 AS BIGINT) = 0 OR revision = $4)`,
			tenant, set, id, revision))
		if errors.Is(err, errUnchanged) {
			return flowMoved(ctx, tx, tenant, set, id)
		}
		return err
	})
}

// flowMoved says why a flow with a certain revision is not there.
func flowMoved(ctx context.Context, tx *sql.Tx, tenant, set, id string) error {
	var there int
	err := tx.QueryRowContext(ctx,
		`SELECT 1 FROM flows WHERE tenant = $1 AND flow_set = $2 AND id = $3`, tenant, set, id).Scan(&there)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return noFlow(id)
	case err != nil:
		return err
	}
	return fault.New(fault.Conflict, "the flow %s was changed in the meantime; read it again", id)
}

func noFlow(id string) error {
	return fault.New(fault.NotFound, "there is no flow %s in the flow set", id)
}
