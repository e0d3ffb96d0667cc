package flow

import (
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/roster"
)

// MatchedByRole counts the people of role groups who have a directory user, and those
// who have none, by the role that leads (contract C.3). Roles come in the order of
// their names.
func (w *Wanted) MatchedByRole() (matched, unmatched []ledger.RoleCount) {
	with, without := make(map[string]int), make(map[string]int)
	for i := range w.roster.People {
		role := w.leader(roster.Ref(i))
		switch {
		case role == nil:
		case w.matches.ids[i] != "":
			with[w.roster.RoleName(role.Code)]++
		default:
			without[w.roster.RoleName(role.Code)]++
		}
	}
	return byRole(with), byRole(without)
}

func byRole(counts map[string]int) []ledger.RoleCount {
	list := make([]ledger.RoleCount, 0, len(counts))
	for _, role := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, ledger.RoleCount{Role: role, Count: counts[role]})
	}
	return list
}

// Flows lists the flows of the settings, for what is to be said of each.
func (s *Settings) Flows() []ledger.FlowResult {
	flows := []ledger.FlowResult{}
	for i := range s.Sets {
		set := &s.Sets[i]
		for _, f := range []struct {
			name string
			asks bool
		}{
			{userFlowName, set.User != nil},
			{classGroupFlowName, set.ClassGroup != nil},
			{securityGroupFlowName, set.SecurityGroup != nil},
			{administrativeUnitFlowName, set.AdministrativeUnit != nil},
		} {
			if f.asks {
				flows = append(flows, ledger.FlowResult{Set: set.ID, SetName: set.DisplayName, Type: f.name})
			}
		}
	}
	return flows
}
