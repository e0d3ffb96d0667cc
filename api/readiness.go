package api

import (
	"context"
	"errors"

	"github.com/homeroomhq/homeroom/outbound"
)

// readinessOf decides how flows stand that runs can read (contract B.4).
func readinessOf(inbound Inbound) outbound.Readiness {
	switch inbound {
	case InboundUsable:
		return outbound.Ready
	case InboundExpired:
		return outbound.Expired
	}
	return outbound.Disabled
}

// moves decides which flows move on, and where to. A flow that stands as it should does
// not: it could be read when it came to that, and any change makes it notReady. A flow
// that runs cannot read fails; a data folder that was copied without its key has some.
func moves(inbound Inbound, flows []outbound.Flow, open outbound.Open) []outbound.ReadinessChange {
	to := readinessOf(inbound)
	var others []outbound.Flow
	for _, flow := range flows {
		if flow.Readiness != to {
			others = append(others, flow)
		}
	}
	if to == outbound.Ready {
		return outbound.Readable(others, open)
	}
	changes := make([]outbound.ReadinessChange, len(others))
	for i, flow := range others {
		changes[i] = outbound.ReadinessChange{Set: flow.Set, Flow: flow.ID, Revision: flow.Revision, To: to}
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
	flows, err := s.Store.AllFlows(ctx, tenant)
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
