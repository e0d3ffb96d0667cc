package api

import (
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// expanded returns what is asked of an expanded collection, or nil where it is not expanded.
func expanded(q *odata.Query, name string) *odata.Query {
	for _, e := range q.Expand {
		if e.Name == name {
			return e.Query
		}
	}
	return nil
}

// expansion is what $expand shows of a collection.
type expansion struct {
	list  []*odata.Entity
	count int  // of all that pass the filter
	more  bool // than the list has
}

// expand puts an expanded collection into an entity: how many there are where $count asks
// for it, and the address of what the list leaves out. At url the collection stands alone.
func (s *Server) expand(e *odata.Entity, name string, q *odata.Query, url string, x expansion) {
	items := make([]any, len(x.list))
	for i, item := range x.list {
		items[i] = item
	}
	e.Values[name] = items
	if q.Count {
		e.Values[name+"@odata.count"] = int64(x.count)
	}
	if n := len(x.list); x.more && n > 0 {
		e.Values[name+"@odata.nextLink"] = s.model.NextLink(url, q, x.list[n-1])
	}
}

// expandedSize returns how many entities of a collection are shown at most.
func expandedSize(q *odata.Query) int {
	if q.Top == nil {
		return longestPage
	}
	return min(*q.Top, longestPage)
}

// within returns what an expanded collection shows of all.
func (s *Server) within(q *odata.Query, all []*odata.Entity) expansion {
	passed := s.passing(q.Filter, all)
	if len(q.OrderBy) > 0 {
		s.model.Sort(passed, q.OrderBy)
	}
	return part(q, passed)
}

// part returns what an expanded collection shows of all that pass, in their order.
func part(q *odata.Query, passed []*odata.Entity) expansion {
	rest := passed[min(skip(q), len(passed)):]
	size := min(expandedSize(q), len(rest))
	return expansion{rest[:size], len(passed), size < len(rest)}
}

// maxExpanded is how many bytes the flows have that one request expands.
const maxExpanded = 64 << 20

// expandedFlows returns what is shown of the flows of a set, of which there are four at
// most.
func (s *Server) expandedFlows(r *request, set string, q *odata.Query) (expansion, error) {
	flows, err := s.Store.Flows(r.ctx, r.caller.Tenant, set, outbound.Page{Filter: q.Filter, OrderBy: q.OrderBy})
	if err != nil {
		return expansion{}, err
	}
	list := make([]*odata.Entity, len(flows))
	for i, flow := range flows {
		if r.expanded += len(flow.Body); r.expanded > maxExpanded {
			return expansion{}, odata.BadRequest("$expand", "More than %d MiB would be expanded. Ask for fewer with $top.", maxExpanded>>20)
		}
		if list[i], err = s.flowEntity(flow); err != nil {
			return expansion{}, err
		}
	}
	return part(q, list), nil
}

// expandedFlowSets returns what is shown of the flow sets of a tenant, which may be many.
func (s *Server) expandedFlowSets(r *request, q *odata.Query) (expansion, error) {
	var x expansion
	size := expandedSize(q)
	sets, err := s.Store.FlowSets(r.ctx, r.caller.Tenant, outbound.Page{Filter: q.Filter, OrderBy: q.OrderBy, Skip: skip(q), Limit: size + 1})
	if err == nil && q.Count {
		x.count, err = s.Store.CountFlowSets(r.ctx, r.caller.Tenant, q.Filter)
	}
	if err != nil {
		return x, err
	}
	size = min(size, outbound.Fitting(sets))
	x.list, x.more = make([]*odata.Entity, min(size, len(sets))), size < len(sets)
	for i := range x.list {
		if x.list[i], err = s.flowSetEntity(r, sets[i], q); err != nil {
			return x, err
		}
	}
	return x, nil
}
