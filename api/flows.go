package api

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

func (s *Server) listFlows(r *request) (*response, error) {
	flows, err := s.Store.Flows(r.ctx, r.caller.Tenant, r.set(), s.page(r))
	if err == nil && len(flows) == 0 {
		_, err = s.Store.FlowSet(r.ctx, r.caller.Tenant, r.set()) // none of a set, or no set?
	}
	if err != nil {
		return nil, err
	}
	answer, err := paged(r.pageSize(usualPage), flows, s.flowEntity)
	if err != nil || !r.query.Count {
		return answer, err
	}
	count, err := s.Store.CountFlows(r.ctx, r.caller.Tenant, r.set(), s.filter(r))
	answer.count = &count
	return answer, err
}

func (s *Server) countFlows(r *request) (*response, error) {
	if _, err := s.Store.FlowSet(r.ctx, r.caller.Tenant, r.set()); err != nil {
		return nil, err
	}
	count, err := s.Store.CountFlows(r.ctx, r.caller.Tenant, r.set(), s.filter(r))
	return counting(count), err
}

func (s *Server) getFlow(r *request) (*response, error) {
	flow, err := s.flow(r)
	if err != nil {
		return nil, err
	}
	return s.showFlow(flow)
}

func (s *Server) showFlow(flow outbound.Flow) (*response, error) {
	e, err := s.flowEntity(flow)
	return &response{entity: e, etag: etag(flow.Revision)}, err
}

// createFlow creates a flow of one of the four types.
func (s *Server) createFlow(r *request) (*response, error) {
	set, err := s.Store.FlowSet(r.ctx, r.caller.Tenant, r.set())
	if err != nil {
		return nil, err
	}
	e, err := s.reader().Create(s.typed(flowType), r.body)
	if err != nil {
		return nil, err
	}
	flow, err := s.newFlow(r, set.ID, e)
	if err != nil {
		return nil, err
	}
	if err := s.Store.CreateFlow(r.ctx, r.caller.Tenant, flow, s.record(r, "create", flowObject(flow), s.whole(e))); err != nil {
		return nil, err
	}
	answer, err := s.showFlow(flow)
	if err == nil { // created, it is shown without its role groups (contract G 8)
		for _, c := range configurationsOf(answer.entity) {
			delete(c.Values, roleGroupType)
		}
	}
	return answer, err
}

// newFlow returns a flow that was read from a body.
func (s *Server) newFlow(r *request, set string, e *odata.Entity) (outbound.Flow, error) {
	flow := outbound.Flow{Set: set, Type: e.Type.Name, Readiness: outbound.NotReady, Created: s.now(), Revision: 1}
	flow.Modified = flow.Created
	var err error
	if flow.ID, err = newID(); err != nil {
		return flow, err
	}
	if err := s.settleFlow(r, flow.ID, e, userBefore{}); err != nil {
		return flow, err
	}
	flow.Body, err = s.model.Stored(e)
	return flow, err
}

// newFlows returns the flows that a set is created with.
func (s *Server) newFlows(r *request, set outbound.FlowSet, nested []*odata.Entity) ([]outbound.Flow, error) {
	flows := make([]outbound.Flow, 0, len(nested))
	seen := make(map[*odata.Type]bool)
	for i, e := range nested {
		path := flowsProperty + "/" + strconv.Itoa(i)
		if seen[e.Type] {
			refusal := odata.Conflict("The flow set has two flows of the type %s, and can have one. Keep one of the two.", e.Type.Name)
			refusal.Target = path
			return nil, refusal
		}
		seen[e.Type] = true
		flow, err := s.newFlow(r, set.ID, e)
		if err != nil {
			return nil, below(path, err)
		}
		flows = append(flows, flow)
	}
	return flows, nil
}

// settleFlow checks a flow by the rules of its type, and brings it into the form that is
// stored.
func (s *Server) settleFlow(r *request, id string, e *odata.Entity, before userBefore) error {
	switch e.Type.Name {
	case classGroupType:
		complete(s.model, e)
		return settleClassGroup(s.codes, e)
	case userType:
		return settleUser(s.model, e, before, func(field, plain string) (string, error) {
			return s.Seal(r.caller.Tenant, id, field, plain)
		})
	}
	complete(s.model, e)
	return nil
}

// updateFlow merges the body into a flow (contract E.4). What changes something makes the
// flow notReady, until it was checked again (contract B.4).
func (s *Server) updateFlow(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		flow, err := s.flowToChange(r)
		if err != nil {
			return nil, err
		}
		e, err := s.flowEntity(flow)
		if err != nil {
			return nil, err
		}
		before := userBefore{ageGroup: takeAgeGroup(e), passwords: sealedPasswords(e)}
		after, err := s.reader().Patch(s.typed(flowType), e, r.body)
		if err == nil {
			err = s.settleFlow(r, flow.ID, after, before)
		}
		if err != nil {
			return nil, err
		}
		return s.changeFlow(r, flow, after)
	})
}

// changeFlow stores what a flow is to be, unless it is that already.
func (s *Server) changeFlow(r *request, flow outbound.Flow, after *odata.Entity) (*response, error) {
	body, err := s.model.Stored(after)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(body, flow.Body) {
		return s.showFlow(flow)
	}
	changes, err := s.changes(after, flow.Body)
	if err != nil {
		return nil, err
	}
	flow.Body, flow.Modified, flow.Readiness = body, s.now(), outbound.NotReady
	if err := s.Store.UpdateFlow(r.ctx, r.caller.Tenant, flow, s.record(r, "update", flowObject(flow), changes)); err != nil {
		return nil, err
	}
	flow.Revision++
	return s.showFlow(flow)
}

func (s *Server) deleteFlow(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		flow, err := s.flowToChange(r)
		if err != nil {
			return nil, err
		}
		err = s.Store.DeleteFlow(r.ctx, r.caller.Tenant, flow.Set, flow.ID, flow.Revision, s.record(r, "delete", flowObject(flow), nil))
		return &response{}, err
	})
}

// resetFlow makes the next run provision everything of a flow anew (contract A.1). The
// flow is notReady until it was checked again; its own properties have not changed, so
// lastModifiedDateTime stays.
func (s *Server) resetFlow(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		flow, err := s.flowToChange(r)
		if err != nil {
			return nil, err
		}
		flow.Readiness, flow.Reset = outbound.NotReady, uuid.NewString()
		err = s.Store.UpdateFlow(r.ctx, r.caller.Tenant, flow, s.record(r, "reset", flowObject(flow), nil))
		return &response{}, err
	})
}

// flow returns the flow that the path names.
func (s *Server) flow(r *request) (outbound.Flow, error) {
	id := strings.ToLower(r.keys["flow"])
	flow, err := s.Store.Flow(r.ctx, r.caller.Tenant, r.set(), id)
	if err == nil && r.cast != nil && !s.model.Is(s.typed(flow.Type), r.cast) {
		err = odata.NotFound("The flow %s is a %s.", id, flow.Type)
	}
	return flow, err
}

// flowToChange returns the flow that the path names, if it is the one that If-Match does.
func (s *Server) flowToChange(r *request) (outbound.Flow, error) {
	flow, err := s.flow(r)
	if err == nil {
		err = r.match(etag(flow.Revision))
	}
	return flow, err
}

func flowObject(flow outbound.Flow) string {
	return setObject(flow.Set) + "/provisioningFlows('" + flow.ID + "')"
}

// flowEntity returns a flow as clients see it, with its role groups inline (contract A.5).
func (s *Server) flowEntity(flow outbound.Flow) (*odata.Entity, error) {
	e, err := s.model.Load(s.typed(flow.Type), flow.Body)
	if err != nil {
		return nil, err
	}
	e.Values["id"] = flow.ID
	e.Values["createdDateTime"], e.Values["lastModifiedDateTime"] = flow.Created, flow.Modified
	e.Values["readinessStatus"] = string(flow.Readiness)
	for _, c := range configurationsOf(e) {
		if group := s.roleGroup(roleGroupOf(c)); group != nil {
			c.Values[roleGroupType] = group
		}
	}
	return e, nil
}
