package api

import "github.com/homeroomhq/homeroom/odata"

// getIndustryData answers with the root. That the caller may see what is expanded was
// checked.
func (s *Server) getIndustryData(r *request) (*response, error) {
	e := &odata.Entity{Type: s.typed(rootType), Values: map[string]any{"id": "industryData"}}
	for _, x := range r.query.Expand {
		shown, err := s.expandRoot(r, x)
		if err != nil {
			return nil, err
		}
		s.expand(e, x.Name, x.Query, r.base+"/"+root+"/"+x.Name, shown)
	}
	return &response{entity: e}, nil
}

func (s *Server) expandRoot(r *request, x odata.Expanded) (expansion, error) {
	switch x.Name {
	case "outboundProvisioningFlowSets":
		return s.expandedFlowSets(r, x.Query)
	case "roleGroups":
		return s.within(x.Query, s.groups), nil
	case "runs":
		all, err := s.runEntities(r, x.Query)
		return s.within(x.Query, all), err
	default:
		all, err := s.definitionEntities(r)
		return s.within(x.Query, all), err
	}
}
