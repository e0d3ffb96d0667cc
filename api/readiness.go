package api

import (
	"context"

	"github.com/homeroomhq/homeroom/outbound"
)

// readinessOf decides how a flow stands (contract B.4). sound says whether runs can read
// what it is made of: its properties, and its passwords.
func readinessOf(inbound Inbound, sound bool) outbound.Readiness {
	switch {
	case !sound:
		return outbound.Failed
	case inbound == InboundUsable:
		return outbound.Ready
	case inbound == InboundExpired:
		return outbound.Expired
	}
	return outbound.Disabled
}

// validate moves the flows of a tenant on to how they stand.
func (s *Server) validate(ctx context.Context, tenant string) error {
	inbound, err := s.Runs.Inbound(ctx, tenant)
	if err != nil {
		return err
	}
	flows, err := s.Store.AllFlows(ctx, tenant)
	if err != nil {
		return err
	}
	var changes []outbound.ReadinessChange
	for _, flow := range flows {
		to := readinessOf(inbound, s.sound(tenant, flow))
		if to != flow.Readiness {
			changes = append(changes, outbound.ReadinessChange{Set: flow.Set, Flow: flow.ID, Revision: flow.Revision, To: to})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return s.Store.SetReadiness(ctx, tenant, changes)
}

// sound reports whether a flow can be read, and its passwords opened: a data folder that
// was copied without its key has some that cannot.
func (s *Server) sound(tenant string, flow outbound.Flow) bool {
	e, err := s.model.Load(s.typed(flow.Type), flow.Body)
	if err != nil {
		return false
	}
	for group, sealed := range sealedPasswords(e) {
		if _, err := s.Open(tenant, flow.ID, passwordField(group), sealed); err != nil {
			return false
		}
	}
	return true
}
