package api

import "github.com/homeroomhq/homeroom/odata"

const activitiesProperty = "activities"

func (s *Server) runEntities(r *request, q *odata.Query) ([]*odata.Entity, error) {
	all, err := s.Runs.Runs(r.ctx, r.caller.Tenant)
	if err != nil {
		return nil, err
	}
	list := make([]*odata.Entity, len(all))
	for i, run := range all {
		list[i] = s.runEntity(r, run, q)
	}
	return list, nil
}

func (s *Server) listRuns(r *request) (*response, error) {
	all, err := s.runEntities(r, r.query)
	if err != nil {
		return nil, err
	}
	return s.listed(r, all)
}

func (s *Server) countRuns(r *request) (*response, error) {
	all, err := s.runEntities(r, r.query)
	if err != nil {
		return nil, err
	}
	return s.counted(r, all)
}

func (s *Server) getRun(r *request) (*response, error) {
	run, err := s.Runs.Run(r.ctx, r.caller.Tenant, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return &response{entity: s.runEntity(r, run, r.query)}, nil
}

// activities returns the activities of the run that the path names.
func (s *Server) activities(r *request) ([]*odata.Entity, error) {
	run, err := s.Runs.Run(r.ctx, r.caller.Tenant, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return s.activityEntities(run), nil
}

func (s *Server) listActivities(r *request) (*response, error) {
	all, err := s.activities(r)
	if err != nil {
		return nil, err
	}
	return s.listed(r, all)
}

func (s *Server) countActivities(r *request) (*response, error) {
	all, err := s.activities(r)
	if err != nil {
		return nil, err
	}
	return s.counted(r, all)
}

func (s *Server) getActivity(r *request) (*response, error) {
	all, err := s.activities(r)
	if err != nil {
		return nil, err
	}
	return one(r, all, r.keys["activity"], "activity")
}

// getCarriedOut answers with a null navigation property, for activities that there are
// (contract C.3).
func (s *Server) getCarriedOut(r *request) (*response, error) {
	if _, err := s.getActivity(r); err != nil {
		return nil, err
	}
	return &response{}, nil
}

// startRun begins a run and does not wait for it. Flows that were just written are checked
// first, so that the run carries them out.
func (s *Server) startRun(r *request) (*response, error) {
	if err := s.validate(r.ctx, r.caller.Tenant); err != nil {
		return nil, err
	}
	if err := s.Runs.Start(r.ctx, r.caller); err != nil {
		return nil, err
	}
	return &response{}, nil
}

func (s *Server) runStatistics(r *request) (*response, error) {
	counted, err := s.Runs.Statistics(r.ctx, r.caller.Tenant, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return &response{entity: s.statisticsEntity(counted)}, nil
}

// allStatistics returns what the newest run counted: the SDKs call the function on the
// collection, too, and take one answer (contract C.3).
func (s *Server) allStatistics(r *request) (*response, error) {
	all, err := s.Runs.Runs(r.ctx, r.caller.Tenant)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, odata.NotFound("There has been no run yet. Start one with POST runs/start.")
	}
	counted, err := s.Runs.Statistics(r.ctx, r.caller.Tenant, all[0].ID)
	if err != nil {
		return nil, err
	}
	return &response{entity: s.statisticsEntity(counted)}, nil
}

func (s *Server) runEntity(r *request, run Run, q *odata.Query) *odata.Entity {
	e := &odata.Entity{Type: s.typed(runType), Values: map[string]any{
		"id": run.ID, "displayName": run.Started.UTC().Format("Run 2006-01-02 15:04 UTC"), "startDateTime": run.Started.UTC(),
		"endDateTime": nil, "status": string(run.Status),
	}}
	if run.Blocking != nil { // the documentation shows it only then
		e.Values["blockingError"] = s.errorValue(run.Blocking)
	}
	if !run.Ended.IsZero() {
		e.Values["endDateTime"] = run.Ended.UTC()
	}
	if nested := expanded(q, activitiesProperty); nested != nil {
		url := r.base + "/" + runs + "/" + run.ID + "/" + activitiesProperty
		s.expand(e, activitiesProperty, nested, url, s.within(nested, s.activityEntities(run)))
	}
	return e
}

func (s *Server) activityEntities(run Run) []*odata.Entity {
	list := make([]*odata.Entity, len(run.Activities))
	for i, a := range run.Activities {
		kind := inboundActivityType
		if a.Outbound {
			kind = outboundActivityType
		}
		list[i] = &odata.Entity{Type: s.typed(kind), Values: map[string]any{
			"id": a.ID, "displayName": a.DisplayName, "status": string(a.Status), "activity": nil,
		}}
		if a.Blocking != nil {
			list[i].Values["blockingError"] = s.errorValue(a.Blocking)
		}
	}
	return list
}

// errorValue returns what went wrong as the value of a property.
func (s *Server) errorValue(p *PublicError) *odata.Entity {
	values := map[string]any{"code": p.Code, "message": p.Message, "target": nil, "details": []any{}, "innerError": nil}
	if p.Target != "" {
		values["target"] = p.Target
	}
	return &odata.Entity{Type: s.typed("publicError"), Values: values}
}
