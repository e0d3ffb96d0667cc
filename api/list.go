package api

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
)

// The sizes of pages, in entities. The documentation gives none for industry data.
const (
	usualPage   = 100
	longestPage = 999
)

// pageSize returns how many entities a page has, which is usually so many: $top is its
// size and not the end of the list (contract E.3).
func (r *request) pageSize(usual int) int {
	size := usual
	switch {
	case r.query.Top != nil && r.prefer.pageSize > 0:
		size = min(*r.query.Top, r.prefer.pageSize)
	case r.query.Top != nil:
		size = *r.query.Top
	case r.prefer.pageSize > 0:
		size = r.prefer.pageSize
	}
	return min(size, longestPage)
}

// skip returns how many entities the first page leaves out.
func skip(q *odata.Query) int {
	if q.Skip == nil {
		return 0
	}
	return *q.Skip
}

// filter returns what a collection is to be filtered by: $filter, and the cast of the path.
func (s *Server) filter(r *request) odata.Expression {
	if r.cast == nil {
		return r.query.Filter
	}
	return both(r.query.Filter, odata.IsOf{Types: s.model.Passing(r.cast)})
}

// both returns the condition that two hold, where nil always does.
func both(a, b odata.Expression) odata.Expression {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return odata.Logic{Left: a, Right: b}
}

// page returns what the store is asked for: one entity more than the page has, to see
// whether there is another page.
func (s *Server) page(r *request) outbound.Page {
	return outbound.Page{
		Filter:  both(s.filter(r), r.query.After),
		OrderBy: r.query.OrderBy,
		Skip:    skip(r.query),
		Limit:   r.pageSize(usualPage) + 1,
	}
}

// paged answers with a page of a size, and sees by what is over whether there is another.
func paged[Item any](size int, items []Item, entity func(Item) (*odata.Entity, error)) (*response, error) {
	answer := &response{list: make([]*odata.Entity, 0, min(size, len(items))), more: size > 0 && len(items) > size}
	for _, item := range items[:min(size, len(items))] {
		e, err := entity(item)
		if err != nil {
			return nil, err
		}
		answer.list = append(answer.list, e)
	}
	return answer, nil
}

// listed answers with a page of a list that is held whole, in its own order where none
// is asked for. Clients that know no pages get such a list at once, for it is short.
func (s *Server) listed(r *request, all []*odata.Entity) (*response, error) {
	passed := s.passing(s.filter(r), all)
	count := len(passed)
	if len(r.query.OrderBy) > 0 {
		s.model.Sort(passed, r.query.OrderBy)
	}
	at := slices.IndexFunc(passed, func(e *odata.Entity) bool { return r.query.SkipToken == idToken(e) })
	if at >= 0 {
		passed = passed[at+1:]
	} else {
		passed = s.passing(r.query.After, passed)
	}
	passed = passed[min(skip(r.query), len(passed)):]
	answer, err := paged(r.pageSize(longestPage), passed, func(e *odata.Entity) (*odata.Entity, error) { return e, nil })
	if r.query.Count && err == nil {
		answer.count = &count
	}
	return answer, err
}

// idToken returns the $skiptoken of a page that ends with an entity (contract E.3).
func idToken(e *odata.Entity) string {
	return "id-'" + strings.ReplaceAll(id(e), "'", "''") + "'"
}

func (s *Server) passing(filter odata.Expression, all []*odata.Entity) []*odata.Entity {
	passed := make([]*odata.Entity, 0, len(all))
	for _, e := range all {
		if s.model.Evaluate(filter, e) {
			passed = append(passed, e)
		}
	}
	return passed
}

// counted answers with how many of a list pass.
func (s *Server) counted(r *request, all []*odata.Entity) (*response, error) {
	return counting(len(s.passing(s.filter(r), all))), nil
}

// one answers with the entity of a list that has an id, in any case.
func one(r *request, all []*odata.Entity, key, what string) (*response, error) {
	for _, e := range all {
		if strings.EqualFold(id(e), key) && (r.cast == nil || e.Type == r.cast) {
			return &response{entity: e}, nil
		}
	}
	return nil, odata.NotFound("There is no %s with the id '%s'.", what, key)
}
