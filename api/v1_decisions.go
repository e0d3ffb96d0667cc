package api

import (
	"strings"
	"unicode/utf8"

	"github.com/homeroomhq/homeroom/odata"
	"github.com/homeroomhq/homeroom/plan"
)

// maxReason is how long the reason for accepting a roster may be, in characters.
const maxReason = 1000

func (s *Server) approveSteps(r *request) (*response, error) { return s.decide(r, false) }

func (s *Server) rejectSteps(r *request) (*response, error) { return s.decide(r, true) }

func (s *Server) decide(r *request, rejected bool) (*response, error) {
	var body struct {
		Steps []string `json:"steps"`
		All   bool     `json:"all"`
	}
	if err := r.ownBody(&body); err != nil {
		return nil, err
	}
	if body.All == (len(body.Steps) > 0) {
		return nil, odata.BadRequest("steps", "Say which steps are meant: either their contents, as in {\"steps\":[\"…\"]}, or {\"all\":true}.")
	}
	if err := s.secondPair(r); err != nil {
		return nil, err
	}
	decided, err := s.Operations.Decide(r.ctx, r.caller, r.keys["run"], Decision{Rejected: rejected, Steps: body.Steps, All: body.All})
	if err != nil {
		return nil, err
	}
	return &response{value: decided}, nil
}

func (s *Server) acceptRoster(r *request) (*response, error) {
	var body struct {
		Reason string `json:"reason"`
	}
	if err := r.ownBody(&body); err != nil {
		return nil, err
	}
	body.Reason = strings.TrimSpace(body.Reason)
	if body.Reason == "" || utf8.RuneCountInString(body.Reason) > maxReason {
		return nil, odata.BadRequest("reason", "Say why the roster is right, in at most %d characters.", maxReason)
	}
	if err := s.secondPair(r); err != nil {
		return nil, err
	}
	if err := s.Operations.Accept(r.ctx, r.caller, r.keys["run"], body.Reason); err != nil {
		return nil, err
	}
	return &response{}, nil
}

// secondPair refuses a decision to the one who started the run, where it takes a second
// pair of eyes.
func (s *Server) secondPair(r *request) error {
	if !s.FourEyes {
		return nil
	}
	same, err := s.Operations.StartedBy(r.ctx, r.caller, r.keys["run"])
	if err != nil {
		return err
	}
	if same {
		return odata.Forbidden("You started this run, so somebody else must decide about it.")
	}
	return nil
}

func (s *Server) cancelRun(r *request) (*response, error) {
	run, err := s.Operations.Cancel(r.ctx, r.caller, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return &response{value: run}, nil
}

// retryRun begins a run and does not wait for it, as startRun does.
func (s *Server) retryRun(r *request) (*response, error) {
	if err := s.validate(r.ctx, r.caller.Tenant); err != nil {
		return nil, err
	}
	run, err := s.Operations.Retry(r.ctx, r.caller, r.keys["run"])
	if err != nil {
		return nil, err
	}
	return &response{value: run}, nil
}

// revertRun begins a run that takes another one back.
func (s *Server) revertRun(r *request) (*response, error) {
	var body struct {
		DeleteCreated bool `json:"deleteCreated"`
	}
	if len(r.body) > 0 {
		if err := r.ownBody(&body); err != nil {
			return nil, err
		}
	}
	if err := s.secondPair(r); err != nil {
		return nil, err
	}
	run, err := s.Operations.Revert(r.ctx, r.caller, r.keys["run"], body.DeleteCreated)
	if err != nil {
		return nil, err
	}
	return &response{value: run}, nil
}

// cleanUp begins a run that takes away what is no longer asked for. Nobody has started it
// before, so that nobody is kept from it; what it holds is somebody else's to approve.
func (s *Server) cleanUp(r *request) (*response, error) {
	var body struct {
		Released bool         `json:"released"`
		Delete   bool         `json:"delete"`
		Retired  plan.Tidying `json:"retired"`
		Leavers  bool         `json:"leavers"`
	}
	if err := r.ownBody(&body); err != nil {
		return nil, err
	}
	what := Cleanup(body)
	switch {
	case what.Retired != "" && what.Retired != plan.Empty && what.Retired != plan.Archive:
		return nil, odata.BadRequest("retired", "Retired groups can be emptied or archived: retired is one of empty, archive.")
	case what.Delete && !what.Released:
		return nil, odata.BadRequest("delete", "What is deleted is what was released: add \"released\":true.")
	case what == Cleanup{}:
		return nil, odata.BadRequest("", "Say what to clean up: {\"released\":true}, {\"retired\":\"empty\"}, {\"retired\":\"archive\"} or {\"leavers\":true}.")
	}
	run, err := s.Operations.Cleanup(r.ctx, r.caller, what)
	if err != nil {
		return nil, err
	}
	return &response{value: run}, nil
}

func (s *Server) resumeSchedule(r *request) (*response, error) {
	if err := s.Operations.ResumeSchedule(r.ctx, r.caller); err != nil {
		return nil, err
	}
	return &response{}, nil
}
