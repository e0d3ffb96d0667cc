package api

import (
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// getIndustryData answers with the root. That the caller may see what is expanded was
// checked.
func (s *Server) getIndustryData(r *request) (*response, error) {
	e := &odata.Entity{Type: s.typed(rootType), Values: map[string]any{"id": "industryData"}}
	for _, expand := range r.query.Expand {
		items, err := s.expandRoot(r, expand)
		if err != nil {
			return nil, err
		}
		e.Values[expand.Name] = items
	}
	return &response{entity: e}, nil
}

func (s *Server) expandRoot(r *request, expand odata.Expanded) ([]any, error) {
	switch expand.Name {
	case "outboundProvisioningFlowSets":
		return s.expandedFlowSets(r, expand.Query)
	case "roleGroups":
		return s.within(expand.Query, s.groups)
	case "runs":
		all, err := s.runEntities(r, expand.Query)
		if err != nil {
			return nil, err
		}
		return s.within(expand.Query, all)
	default:
		all, err := s.definitionEntities(r)
		if err != nil {
			return nil, err
		}
		return s.within(expand.Query, all)
	}
}

func (s *Server) expandedFlowSets(r *request, q *odata.Query) ([]any, error) {
	page := outbound.Page{Filter: q.Filter, OrderBy: q.OrderBy, Skip: skip(q), Limit: longestList + 1}
	if q.Top != nil {
		page.Limit = min(*q.Top, page.Limit)
	}
	if page.Limit == 0 {
		return []any{}, nil
	}
	sets, err := s.Store.FlowSets(r.ctx, r.caller.Tenant, page)
	if err != nil {
		return nil, err
	}
	list := make([]*odata.Entity, len(sets))
	for i, set := range sets {
		if list[i], err = s.flowSetEntity(r, set, q); err != nil {
			return nil, err
		}
	}
	return expandable(list)
}
