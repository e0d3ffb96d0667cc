package api

import (
	"context"
	"errors"

	"github.com/homeroomhq/homeroom/outbound"
)

// readinessOf decides how a flow stands (contract B.4). readable says whether runs can
// read it.
func readinessOf(inbound Inbound, readable bool) outbound.Readiness {
	switch {
	case inbound == InboundUsable && readable:
		return outbound.Ready
	case inbound == InboundUsable:
		return outbound.Failed
	case inbound == InboundExpired:
		return outbound.Expired
	}
	return outbound.Disabled
}

// moves decides which of the flows that are not as they should be move on, and where to.
// In a data folder that was copied without its key there are some that runs cannot read.
func moves(inbound Inbound, flows []outbound.Flow, open outbound.Open) []outbound.ReadinessChange {
	var changes []outbound.ReadinessChange
	for _, flow := range flows {
		if to := readinessOf(inbound, flow.Check(open) == nil); to != flow.Readiness {
			changes = append(changes, outbound.ReadinessChange{Set: flow.Set, Flow: flow.ID, Revision: flow.Revision, To: to})
		}
	}
	return changes
}

// Validate moves the flows of tenants on to how they stand, such as from notReady to ready
// (contract B.4). It is to be called after writes, and every now and then: rosters come
// and go.
func (s *Server) Validate(ctx context.Context, tenants ...string) error {
	var errs []error
	for _, tenant := range tenants {
		errs = append(errs, s.validate(ctx, tenant))
	}
	return errors.Join(errs...)
}

func (s *Server) validate(ctx context.Context, tenant string) error {
	inbound, err := s.Runs.Inbound(ctx, tenant)
	if err != nil {
		return err
	}
	// A flow that is as it should be stays so: it could be read when it came to that, and
	// any change makes it notReady.
	flows, err := s.Store.UnsettledFlows(ctx, tenant, readinessOf(inbound, true))
	if err != nil {
		return err
	}
	changes := moves(inbound, flows, func(object, field, sealed string) (string, error) {
		return s.Open(tenant, object, field, sealed)
	})
	if len(changes) == 0 {
		return nil
	}
	return s.Store.SetReadiness(ctx, tenant, changes)
}
