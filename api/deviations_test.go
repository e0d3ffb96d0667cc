package api_test

import (
	"strconv"
	"strings"
	"testing"
)

// deviation is a place in which our answer to a documented request is not the documented
// one, and why. Beside these only ids and times differ.
type deviation struct {
	example string
	path    string // of a member, such as value/0/filter; * for every item
	ours    any    // what we answer there; absent for nothing at all
	why     string
}

// absent is what stands for a member that is not there.
type absent struct{}

const metadata = base + "/$metadata#external/industryData/"

func deviations() []deviation {
	const (
		minors  = "markAllStudentsAsMinors returns no data since 2025-10-15; studentAgeGroup does (G27)"
		context = "the documentation cut @odata.context away (G24)"
		leak    = "the documentation shows internal hosts (G25)"
		noise   = "@odata.type is not of a derived type (G23)"
		kept    = "an excerpt: there are all 29 roles, as a06 shows"
		cut     = "an excerpt: the name is left away"
		contoso = "Contoso is who the documentation makes up; the code is of the list"
	)
	options := "managementOptions/additionalOptions/"
	flow := "9ab41255-5364-4c53-e15c-08dc4ab6ee03')/provisioningFlows"
	one := metadata + "outboundProvisioningFlowSets('" + flow
	group := one + "('dbd36d16-c574-4ed8-3ac7-08dc4ac6fb7f')/microsoft.graph.industryData.userProvisioningFlow/creationOptions/configurations/roleGroup/$entity"
	return []deviation{
		{"a06-flow-list", "value/3/" + options + "markAllStudentsAsMinors", absent{}, minors},
		{"a06-flow-list", "value/3/" + options + "studentAgeGroup", "minor", minors},
		{"a10-flow-create-user", options + "markAllStudentsAsMinors", absent{}, minors},
		{"a10-flow-create-user", options + "studentAgeGroup", "minor", minors},
		{"a14-flow-get-user", options + "markAllStudentsAsMinors", absent{}, minors},
		{"a14-flow-get-user", options + "studentAgeGroup", "minor", minors},
		{"a14-flow-get-user", "@odata.context", one + "/$entity", leak},
		{"a14-flow-get-user", "creationOptions/configurations/1/roleGroup@odata.context", group, leak},
		{"c01-rolegroup-list", "@odata.context", metadata + "roleGroups", context},
		{"c01-rolegroup-list", "value/0/roles", staff(), kept},
		{"c02-rolegroup-get", "@odata.context", metadata + "roleGroups/$entity", context},
		{"c03-referencedefinition-list", "@odata.context", metadata + "referenceDefinitions", context},
		{"c03-referencedefinition-list", "value/1/displayName", "Grade 1", cut},
		{"c03-referencedefinition-list", "value/2/displayName", "Grade 2", cut},
		{"c03-referencedefinition-list", "value/3/displayName", "Undergraduate", cut},
		{"c03-referencedefinition-list", "value/3/source", "CEDS", contoso},
		{"c03-referencedefinition-list", "value/5/source", "microsoft.com", contoso},
		{"c04-referencedefinition-get", "displayName", "English language and literature", cut},
		{"c04-referencedefinition-get", "@odata.context", metadata + "referenceDefinitions/$entity", context},
		{"c05-referencedefinition-create", "@odata.context", metadata + "referenceDefinitions/$entity", context},
		{"c05-referencedefinition-create", "@odata.type", absent{}, noise},
		{"c08-run-list", "@odata.context", metadata + "runs", context},
		{"c08-run-list", "value/*/@odata.type", absent{}, noise},
		{"c09-run-get", "@odata.context", metadata + "runs/$entity", context},
		{"c09-run-get", "@odata.type", absent{}, noise},
		{"c10-run-getstatistics", "@odata.context", base + "/$metadata#microsoft.graph.industryData.industryDataRunStatistics", context},
		{"c10-run-getstatistics", "@odata.type", absent{}, noise},
		{"c10-run-getstatistics", "activityStatistics", []any{}, "the documentation shows counts by role where activities belong (G20)"},
	}
}

// staff returns the roles of the role group as a06 shows them.
func staff() []any {
	codes := strings.Fields(`adjunct administrator advisor affiliate aide alumni assistant chair coach faculty instructor
		itAdmin lecturer nurse occupationalTherapist officeStaff paraprofessional physicalTherapist principal proctor
		professor researcher specialServices speechTherapist staff substitute teacher teacherAssistant visionTherapist`)
	roles := make([]any, len(codes))
	for i, code := range codes {
		roles[i] = map[string]any{"code": code}
	}
	return roles
}

// deviate makes the documented answer ours, in one place. A place that is as documented
// already is no deviation.
func deviate(t *testing.T, documented any, d deviation) {
	t.Helper()
	first, rest, more := strings.Cut(d.path, "/")
	d.path = rest
	switch value := documented.(type) {
	case []any:
		for i := range value {
			if first == "*" || first == strconv.Itoa(i) {
				deviate(t, value[i], d)
			}
		}
	case map[string]any:
		_, isAbsent := d.ours.(absent)
		switch {
		case more:
			deviate(t, value[first], d)
		case isAbsent:
			delete(value, first)
		default:
			value[first] = d.ours
		}
	default:
		t.Errorf("the deviation %+v leads nowhere", d)
	}
}
