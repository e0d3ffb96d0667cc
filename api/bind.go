package api

import (
	"strings"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/roster"
)

// reader returns what reads bodies. A flow may be bound to role groups, and to the
// definitions of roles.
func (s *Server) reader() *odata.Reader { return &odata.Reader{Model: s.model, Bind: s.bind} }

// bind finds what a property is bound to by the id of that.
func (s *Server) bind(p *odata.Property, id string) (*odata.Entity, error) {
	switch p.Type {
	case roleGroupType:
		if group := s.roleGroup(id); group != nil {
			return &odata.Entity{Type: group.Type, Values: map[string]any{"id": group.Values["id"]}}, nil
		}
		return nil, odata.BadRequest("", "There is no role group '%.60s'. Write roleGroups/staff or roleGroups/students.", id)
	case definitionType:
		list, code, _ := strings.Cut(id, "-")
		known, ok := s.codes.Find(roster.RefRole, code)
		switch {
		case !strings.EqualFold(list, roster.RefRole) && !strings.EqualFold(list, "RefSectionRole"):
			return nil, odata.BadRequest("", "The definition '%.60s' is not one of a role. Write one such as referenceDefinitions/RefRole-teacher.", id)
		case !ok:
			return nil, odata.BadRequest("", "There is no role '%.60s'.%s", code, roleHint(s.codes, code))
		}
		return &odata.Entity{Type: s.typed(definitionType), Values: map[string]any{"id": roster.RefRole + "-" + known.Code, "code": known.Code}}, nil
	}
	return nil, odata.BadRequest("", "The property '%s' cannot be bound.", p.Name)
}
