package api

import "github.com/homeroomhq/homeroom/odata"

func unwritten() (*response, error) {
	return nil, &odata.Error{Status: 501, Code: "NotImplemented", Message: "This is not written yet."}
}

func (s *Server) allStatistics(r *request) (*response, error)         { return unwritten() }
func (s *Server) countActivities(r *request) (*response, error)       { return unwritten() }
func (s *Server) countDefinitions(r *request) (*response, error)      { return unwritten() }
func (s *Server) countFlowSets(r *request) (*response, error)         { return unwritten() }
func (s *Server) countFlows(r *request) (*response, error)            { return unwritten() }
func (s *Server) countRoleGroups(r *request) (*response, error)       { return unwritten() }
func (s *Server) countRuns(r *request) (*response, error)             { return unwritten() }
func (s *Server) createDefinition(r *request) (*response, error)      { return unwritten() }
func (s *Server) createFlow(r *request) (*response, error)            { return unwritten() }
func (s *Server) createFlowSet(r *request) (*response, error)         { return unwritten() }
func (s *Server) deleteDefinition(r *request) (*response, error)      { return unwritten() }
func (s *Server) deleteFlow(r *request) (*response, error)            { return unwritten() }
func (s *Server) deleteFlowSet(r *request) (*response, error)         { return unwritten() }
func (s *Server) getActivity(r *request) (*response, error)           { return unwritten() }
func (s *Server) getDefinition(r *request) (*response, error)         { return unwritten() }
func (s *Server) getFlow(r *request) (*response, error)               { return unwritten() }
func (s *Server) getFlowSet(r *request) (*response, error)            { return unwritten() }
func (s *Server) getIndustryData(r *request) (*response, error)       { return unwritten() }
func (s *Server) getRoleGroup(r *request) (*response, error)          { return unwritten() }
func (s *Server) getRun(r *request) (*response, error)                { return unwritten() }
func (s *Server) getServicePrincipal(r *request) (*response, error)   { return unwritten() }
func (s *Server) listActivities(r *request) (*response, error)        { return unwritten() }
func (s *Server) listDefinitions(r *request) (*response, error)       { return unwritten() }
func (s *Server) listFlowSets(r *request) (*response, error)          { return unwritten() }
func (s *Server) listFlows(r *request) (*response, error)             { return unwritten() }
func (s *Server) listRoleGroups(r *request) (*response, error)        { return unwritten() }
func (s *Server) listRuns(r *request) (*response, error)              { return unwritten() }
func (s *Server) listServicePrincipals(r *request) (*response, error) { return unwritten() }
func (s *Server) resetFlow(r *request) (*response, error)             { return unwritten() }
func (s *Server) runStatistics(r *request) (*response, error)         { return unwritten() }
func (s *Server) startRun(r *request) (*response, error)              { return unwritten() }
func (s *Server) updateDefinition(r *request) (*response, error)      { return unwritten() }
func (s *Server) updateFlow(r *request) (*response, error)            { return unwritten() }
func (s *Server) updateFlowSet(r *request) (*response, error)         { return unwritten() }
