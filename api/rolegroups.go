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
