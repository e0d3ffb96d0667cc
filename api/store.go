package api

import (
	"context"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// Store is what the API needs of the store. Every method is about one tenant alone.
// Changes come with their record for those who audit, and fail with fault.Conflict when
// the tenant is configured by a file, or when what they were made from has moved on.
type Store interface {
	FlowSets(ctx context.Context, tenant string, page outbound.Page) ([]outbound.FlowSet, error)
	CountFlowSets(ctx context.Context, tenant string, filter odata.Expression) (int, error)
	FlowSet(ctx context.Context, tenant, id string) (outbound.FlowSet, error) // or fault.NotFound
	CreateFlowSet(ctx context.Context, tenant string, set outbound.FlowSet, flows []outbound.Flow, audit outbound.Entry) error
	UpdateFlowSet(ctx context.Context, tenant string, set outbound.FlowSet, audit outbound.Entry) error
	DeleteFlowSet(ctx context.Context, tenant, id string, revision int64, audit outbound.Entry) error

	Flows(ctx context.Context, tenant, set string, page outbound.Page) ([]outbound.Flow, error)
	UnsettledFlows(ctx context.Context, tenant string, settled outbound.Readiness) ([]outbound.Flow, error)
	CountFlows(ctx context.Context, tenant, set string, filter odata.Expression) (int, error)
	Flow(ctx context.Context, tenant, set, id string) (outbound.Flow, error) // or fault.NotFound
	CreateFlow(ctx context.Context, tenant string, flow outbound.Flow, audit outbound.Entry) error
	UpdateFlow(ctx context.Context, tenant string, flow outbound.Flow, audit outbound.Entry) error
	DeleteFlow(ctx context.Context, tenant, set, id string, revision int64, audit outbound.Entry) error
	SetReadiness(ctx context.Context, tenant string, changes []outbound.ReadinessChange) error

	Definitions(ctx context.Context, tenant string) ([]outbound.Definition, error)
	PutDefinition(ctx context.Context, tenant string, d outbound.Definition, audit outbound.Entry) error
}
