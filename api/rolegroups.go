package api

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/flow"
	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/roster"
)

// newRoleGroups returns the role groups that every tenant has, by id, with their roles by
// code (contract C.1).
func newRoleGroups(m *odata.Model, codes *roster.Codes) []*odata.Entity {
	var groups []*odata.Entity
	for _, g := range []struct{ id, name string }{{flow.Staff, "Staff"}, {flow.Students, "Students"}} {
		var members []string
		for _, code := range codes.List(roster.RefRole) {
			if code.RoleGroup == g.id {
				members = append(members, code.Code)
			}
		}
		slices.Sort(members)
		roles := make([]any, len(members))
		for i, code := range members {
			roles[i] = &odata.Entity{Type: m.Type(roleReferenceType), Values: map[string]any{"code": code}}
		}
		groups = append(groups, &odata.Entity{
			Type:   m.Type(roleGroupType),
			Values: map[string]any{"id": g.id, "displayName": g.name, "roles": roles},
		})
	}
	return groups
}

// roleGroup returns the role group with an id in any case, or nil. It is not to be changed.
func (s *Server) roleGroup(key string) *odata.Entity {
	for _, g := range s.groups {
		if strings.EqualFold(id(g), key) {
			return g
		}
	}
	return nil
}

func (s *Server) listRoleGroups(r *request) (*response, error) { return s.listed(r, s.groups) }

func (s *Server) countRoleGroups(r *request) (*response, error) { return s.counted(r, s.groups) }

func (s *Server) getRoleGroup(r *request) (*response, error) {
	return one(r, s.groups, r.keys["roleGroup"], "role group")
}

// reader returns what reads bodies. A flow may be bound to role groups, and to the
// definitions of roles.
func (s *Server) reader() *odata.Reader { return &odata.Reader{Model: s.model, Bind: s.bind} }

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

// below adds a path to the front of what an error is about.
func below(path string, err error) error {
	refusal, ok := err.(*odata.Error) //nolint:errorlint // the rules return their own errors unwrapped
	if !ok || refusal.Target == "" {
		return err
	}
	at := *refusal
	at.Target = path + "/" + refusal.Target
	return &at
}
