package api

import "github.com/homeroomhq/homeroom/odata"

// statisticsEntity returns the counts of a run as clients see them (contract C.3).
func (s *Server) statisticsEntity(counted Statistics) *odata.Entity {
	parts := make([]any, len(counted.Activities))
	for i, a := range counted.Activities {
		parts[i] = &odata.Entity{Type: s.typed("inboundActivityResults"), Values: map[string]any{
			"activityId": a.Activity, "displayName": a.DisplayName, "status": string(a.Status),
			"errors": int64(a.Errors), "warnings": int64(a.Warnings),
			"groups": s.entityCount(a.Groups), "memberships": s.entityCount(a.Memberships),
			"organizations": s.entityCount(a.Organizations), "people": s.entityCount(a.People),
			"matchedPeopleByRole": s.roleCounts(a.Matched), "unmatchedPeopleByRole": s.roleCounts(a.Unmatched),
		}}
	}
	return &odata.Entity{Type: s.typed(statisticsType), Values: map[string]any{
		"runId": counted.Run, "status": string(counted.Status),
		"inboundTotals": s.totals(counted.Totals), "activityStatistics": parts,
	}}
}

func (s *Server) totals(t *Totals) any {
	if t == nil {
		return nil
	}
	return &odata.Entity{Type: s.typed("aggregatedInboundStatistics"), Values: map[string]any{
		"errors": int64(t.Errors), "warnings": int64(t.Warnings), "groups": int64(t.Groups), "memberships": int64(t.Memberships),
		"organizations": int64(t.Organizations), "people": int64(t.People),
		"matchedPeopleByRole": s.roleCounts(t.Matched), "unmatchedPeopleByRole": s.roleCounts(t.Unmatched),
	}}
}

func (s *Server) entityCount(c EntityCount) *odata.Entity {
	return &odata.Entity{Type: s.typed("industryDataRunEntityCountMetric"), Values: map[string]any{
		"active": int64(c.Active), "inactive": int64(c.Inactive), "total": int64(c.Active + c.Inactive),
	}}
}

func (s *Server) roleCounts(counts []RoleCount) []any {
	list := make([]any, len(counts))
	for i, c := range counts {
		list[i] = &odata.Entity{Type: s.typed("industryDataRunRoleCountMetric"), Values: map[string]any{
			"count": int64(c.Count), "role": c.Role,
		}}
	}
	return list
}
