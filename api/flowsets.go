package api

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

const flowsProperty = "provisioningFlows"

func (s *Server) listFlowSets(r *request) (*response, error) {
	sets, err := s.Store.FlowSets(r.ctx, r.caller.Tenant, s.page(r))
	if err != nil {
		return nil, err
	}
	answer, err := paged(min(r.pageSize(usualPage), outbound.Fitting(sets)), sets, func(set outbound.FlowSet) (*odata.Entity, error) { return s.flowSetEntity(r, set, r.query) })
	if err != nil || !r.query.Count {
		return answer, err
	}
	count, err := s.Store.CountFlowSets(r.ctx, r.caller.Tenant, s.filter(r))
	answer.count = &count
	return answer, err
}

func (s *Server) countFlowSets(r *request) (*response, error) {
	count, err := s.Store.CountFlowSets(r.ctx, r.caller.Tenant, s.filter(r))
	return counting(count), err
}

func counting(n int) *response { return &response{text: strconv.Itoa(n)} }

func (s *Server) getFlowSet(r *request) (*response, error) {
	set, err := s.Store.FlowSet(r.ctx, r.caller.Tenant, r.set())
	if err != nil {
		return nil, err
	}
	return s.showFlowSet(r, set)
}

func (s *Server) showFlowSet(r *request, set outbound.FlowSet) (*response, error) {
	e, err := s.flowSetEntity(r, set, r.query)
	return &response{entity: e, etag: etag(set.Revision)}, err
}

// createFlowSet creates a set, with flows where the body has them: all or nothing
// (contract A.3, G 29).
func (s *Server) createFlowSet(r *request) (*response, error) {
	e, err := s.reader().Create(s.typed(flowSetType), r.body)
	if err != nil {
		return nil, err
	}
	nested := entities(e.Values[flowsProperty])
	if err := settleFlowSet(s.model, e); err != nil {
		return nil, err
	}
	set := outbound.FlowSet{Created: s.now(), Revision: 1}
	set.Modified = set.Created
	if set.ID, err = newID(); err != nil {
		return nil, err
	}
	if set.Body, err = s.model.Stored(e); err != nil {
		return nil, err
	}
	flows, err := s.newFlows(r, set, nested)
	if err != nil {
		return nil, err
	}
	for i, flow := range flows {
		nested[i].Values["id"] = flow.ID // for those who audit
	}
	err = s.Store.CreateFlowSet(r.ctx, r.caller.Tenant, set, flows, s.record(r, "create", setObject(set.ID), s.whole(e)))
	if err != nil {
		return nil, err
	}
	return s.showFlowSet(r, set)
}

// updateFlowSet merges the body into a set (contract E.4). What changes nothing leaves
// lastModifiedDateTime as it is (contract G 6).
func (s *Server) updateFlowSet(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		set, err := s.flowSetToChange(r)
		if err != nil {
			return nil, err
		}
		before, err := s.flowSetEntity(r, set, r.query)
		if err != nil {
			return nil, err
		}
		after, err := s.reader().Patch(s.typed(flowSetType), before, r.body)
		if err == nil {
			err = settleFlowSet(s.model, after)
		}
		if err != nil {
			return nil, err
		}
		return s.changeFlowSet(r, set, after)
	})
}

// changeFlowSet stores what a set is to be, unless it is that already.
func (s *Server) changeFlowSet(r *request, set outbound.FlowSet, after *odata.Entity) (*response, error) {
	body, err := s.model.Stored(after)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(body, set.Body) {
		return s.showFlowSet(r, set)
	}
	changes, err := s.changes(after, set.Body)
	if err != nil {
		return nil, err
	}
	set.Body, set.Modified = body, s.now()
	if err := s.Store.UpdateFlowSet(r.ctx, r.caller.Tenant, set, s.record(r, "update", setObject(set.ID), changes)); err != nil {
		return nil, err
	}
	set.Revision++
	return s.showFlowSet(r, set)
}

// deleteFlowSet deletes a set and its flows (contract G 13).
func (s *Server) deleteFlowSet(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		set, err := s.flowSetToChange(r)
		if err != nil {
			return nil, err
		}
		err = s.Store.DeleteFlowSet(r.ctx, r.caller.Tenant, set.ID, set.Revision, s.record(r, "delete", setObject(set.ID), nil))
		return &response{}, err
	})
}

// flowSetToChange returns the set that the path names, if it is the one that If-Match
// does.
func (s *Server) flowSetToChange(r *request) (outbound.FlowSet, error) {
	set, err := s.Store.FlowSet(r.ctx, r.caller.Tenant, r.set())
	if err == nil {
		err = r.match(etag(set.Revision))
	}
	return set, err
}

// set returns the id of the flow set in the path. Ids are UUIDs, which are the same in
// any case.
func (r *request) set() string { return strings.ToLower(r.keys["set"]) }

func setObject(id string) string { return "outboundProvisioningFlowSets('" + id + "')" }

// flowSetEntity returns a set as clients see it, with its flows where they are expanded.
func (s *Server) flowSetEntity(r *request, set outbound.FlowSet, q *odata.Query) (*odata.Entity, error) {
	e, err := s.model.Load(s.typed(flowSetType), set.Body)
	if err != nil {
		return nil, err
	}
	e.Values["id"] = set.ID
	e.Values["createdDateTime"], e.Values["lastModifiedDateTime"] = set.Created, set.Modified
	if nested := expanded(q, flowsProperty); nested != nil {
		shown, err := s.expandedFlows(r, set.ID, nested)
		if err != nil {
			return nil, err
		}
		s.expand(e, flowsProperty, nested, r.base+"/"+flowSets+"/"+set.ID+"/"+flowsProperty, shown)
	}
	return e, nil
}
