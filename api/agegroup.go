package api

import "github.com/homeroomhq/homeroom/odata"

const (
	minorsProperty   = "markAllStudentsAsMinors"
	ageGroupProperty = "studentAgeGroup"
	minor            = "minor"
)

// takeAgeGroup takes the age group out of a stored user flow, so that a change of the flow
// shows whether it says one.
func takeAgeGroup(flow *odata.Entity) any {
	options := additionalOptions(flow)
	if options == nil {
		return nil
	}
	stored := options.Values[ageGroupProperty]
	delete(options.Values, ageGroupProperty)
	return stored
}

// settleAgeGroup turns the deprecated markAllStudentsAsMinors into studentAgeGroup, which
// alone is stored and shown (contract B.4). stored is the age group before the change, nil
// for none. Options that are nil say nothing.
func settleAgeGroup(options *odata.Entity, stored any) error {
	if options == nil {
		return nil
	}
	minors, marked := options.Values[minorsProperty].(bool)
	group, said := options.Values[ageGroupProperty]
	switch {
	case minors && group != nil && group != minor, marked && !minors && group == minor:
		return odata.BadRequest("managementOptions/additionalOptions/"+minorsProperty, "markAllStudentsAsMinors %t and studentAgeGroup '%s' contradict each other. Keep studentAgeGroup alone.", minors, group)
	case minors:
		options.Values[ageGroupProperty] = minor
	case said: // as it says
	case marked && stored == minor:
		options.Values[ageGroupProperty] = nil // no longer
	default:
		options.Values[ageGroupProperty] = stored
	}
	return nil
}
