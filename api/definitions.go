package api

import (
	"cmp"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/roster"
)

// definitionID returns the id of a definition (contract C.2).
func definitionID(d outbound.Definition) string { return d.Type + "-" + d.Code }

// defined returns the codes of the lists with those of a tenant laid over, by id. A code
// that a tenant left alone has the revision 0.
func defined(codes *roster.Codes, own []outbound.Definition) []outbound.Definition {
	all := slices.Clone(own)
	changed := make(map[string]bool)
	for _, d := range own {
		changed[strings.ToLower(definitionID(d))] = true
	}
	for _, list := range codes.Types() {
		for _, code := range codes.List(list) {
			d := outbound.Definition{
				Type: list, Code: code.Code, DisplayName: code.DisplayName, Disabled: code.Disabled,
				SortIndex: code.SortIndex, Source: outbound.BuiltInSource(list),
			}
			if !changed[strings.ToLower(definitionID(d))] {
				all = append(all, d)
			}
		}
	}
	slices.SortFunc(all, func(a, b outbound.Definition) int { return cmp.Compare(definitionID(a), definitionID(b)) })
	return all
}

// definitions returns all codes of the caller's tenant.
func (s *Server) definitions(r *request) ([]outbound.Definition, error) {
	own, err := s.Store.Definitions(r.ctx, r.caller.Tenant)
	return defined(s.codes, own), err
}

// definition returns the code that the path names.
func (s *Server) definition(r *request) (outbound.Definition, []outbound.Definition, error) {
	all, err := s.definitions(r)
	if err != nil {
		return outbound.Definition{}, nil, err
	}
	id := r.keys["definition"]
	at := slices.IndexFunc(all, func(d outbound.Definition) bool { return strings.EqualFold(definitionID(d), id) })
	if at < 0 {
		return outbound.Definition{}, nil, odata.NotFound("There is no reference definition '%s'. An id is the type and the code: RefRole-teacher.", id)
	}
	return all[at], all, nil
}

func (s *Server) definitionEntity(d outbound.Definition) *odata.Entity {
	e := &odata.Entity{Type: s.typed(definitionType), Values: map[string]any{
		"id": definitionID(d), "referenceType": d.Type, "code": d.Code,
		"isDisabled": d.Disabled, "sortIndex": int64(d.SortIndex), "source": d.Source,
		"createdDateTime": d.Created, "lastModifiedDateTime": d.Modified,
	}}
	switch {
	case d.DisplayName != "":
		e.Values["displayName"] = d.DisplayName
	case d.Revision > 0: // the documentation shows nothing where the lists have none
		e.Values["displayName"] = nil
	}
	return e
}

func (s *Server) definitionEntities(r *request) ([]*odata.Entity, error) {
	all, err := s.definitions(r)
	list := make([]*odata.Entity, len(all))
	for i, d := range all {
		list[i] = s.definitionEntity(d)
	}
	return list, err
}

func (s *Server) listDefinitions(r *request) (*response, error) {
	all, err := s.definitionEntities(r)
	if err != nil {
		return nil, err
	}
	return s.listed(r, all)
}

func (s *Server) countDefinitions(r *request) (*response, error) {
	all, err := s.definitionEntities(r)
	if err != nil {
		return nil, err
	}
	return s.counted(r, all)
}

func (s *Server) getDefinition(r *request) (*response, error) {
	d, _, err := s.definition(r)
	if err != nil {
		return nil, err
	}
	return s.showDefinition(d), nil
}

func (s *Server) showDefinition(d outbound.Definition) *response {
	return &response{entity: s.definitionEntity(d), etag: etag(d.Revision)}
}

// createDefinition adds a code to a list that takes codes of a tenant's own.
func (s *Server) createDefinition(r *request) (*response, error) {
	e, err := s.reader().Create(s.typed(definitionType), r.body)
	if err != nil {
		return nil, err
	}
	d := withValues(outbound.Definition{}, e)
	d.Type, _ = e.Values["referenceType"].(string)
	d.Code, _ = e.Values["code"].(string)
	if d.Type, err = s.checkNew(d); err != nil {
		return nil, err
	}
	d.Source, d.Created = outbound.TenantDefined, s.now()
	d.Modified = d.Created
	return attempt(func() (*response, error) {
		all, err := s.definitions(r)
		if err == nil {
			err = checkDefinition(d, all)
		}
		if err != nil {
			return nil, err
		}
		return s.putDefinition(r, "create", d)
	})
}

// updateDefinition changes what may be changed of a code: not its list, nor its spelling.
func (s *Server) updateDefinition(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		d, all, err := s.definition(r)
		if err == nil {
			err = r.match(etag(d.Revision))
		}
		if err != nil {
			return nil, err
		}
		after, err := s.reader().Patch(s.typed(definitionType), s.definitionEntity(d), r.body)
		if err != nil {
			return nil, err
		}
		for name, is := range map[string]string{"referenceType": d.Type, "code": d.Code} {
			if said, _ := after.Values[name].(string); !strings.EqualFold(said, is) {
				return nil, odata.BadRequest(name, "The %s of a definition does not change. Leave it out, or define another code.", name)
			}
		}
		changed := withValues(d, after)
		if changed == d {
			return s.showDefinition(d), nil
		}
		if err := checkDefinition(changed, others(all, d)); err != nil {
			return nil, err
		}
		changed.Modified = s.now()
		return s.putDefinition(r, "update", changed)
	})
}

// deleteDefinition disables a code. It is never gone (contract C.2).
func (s *Server) deleteDefinition(r *request) (*response, error) {
	return attempt(func() (*response, error) {
		d, _, err := s.definition(r)
		if err == nil {
			err = r.match(etag(d.Revision))
		}
		if err != nil || d.Disabled {
			return &response{}, err
		}
		d.Disabled, d.Modified = true, s.now()
		_, err = s.putDefinition(r, "delete", d)
		return &response{}, err
	})
}

func (s *Server) putDefinition(r *request, action string, d outbound.Definition) (*response, error) {
	changes := s.whole(s.definitionEntity(d))
	object := "referenceDefinitions('" + definitionID(d) + "')"
	if err := s.Store.PutDefinition(r.ctx, r.caller.Tenant, d, s.record(r, action, object, changes)); err != nil {
		return nil, err
	}
	d.Revision++
	return s.showDefinition(d), nil
}

// withValues returns a definition with what clients may change.
func withValues(d outbound.Definition, e *odata.Entity) outbound.Definition {
	d.DisplayName, _ = e.Values["displayName"].(string)
	d.Disabled, _ = e.Values["isDisabled"].(bool)
	index, _ := e.Values["sortIndex"].(int64)
	d.SortIndex = int(index)
	return d
}
