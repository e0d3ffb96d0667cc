package api

import (
	"slices"

	"github.com/homeroomhq/homeroom/odata"
)

// statisticsTypes are what runs count (contract C.3).
func statisticsTypes() []*odata.Type {
	return []*odata.Type{{
		Name: statisticsType,
		Doc:  "What a run counted.",
		Properties: []odata.Property{
			{Name: "runId", Type: text, Access: odata.ReadOnly, Doc: "The id of the run."},
			{Name: "status", Type: "industryDataRunStatus", Access: odata.ReadOnly, Doc: "How the run stands, or how it ended."},
			{Name: "inboundTotals", Type: "aggregatedInboundStatistics", Nullable: true, Access: odata.ReadOnly, Doc: "What the rosters of the run hold together; null when none could be read."},
			{Name: "activityStatistics", Type: "industryDataActivityStatistics", Collection: true, Nullable: true, Access: odata.ReadOnly, Doc: "What each activity counted."},
		},
	}, {
		Name: "aggregatedInboundStatistics",
		Doc:  "What rosters hold together, of what is active.",
		Properties: slices.Concat(problemCounts(), []odata.Property{
			{Name: "groups", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Classes."},
			{Name: "memberships", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Enrollments."},
			{Name: "organizations", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Organizations."},
			{Name: "people", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "People."},
		}, matchCounts()),
	}, {
		Name: "industryDataActivityStatistics", Abstract: true,
		Doc: "What an activity counted.",
		Properties: []odata.Property{
			{Name: "activityId", Type: text, Access: odata.ReadOnly, Doc: "The id of the activity."},
			{Name: "displayName", Type: text, Access: odata.ReadOnly, Doc: "What people call the activity."},
			{Name: "status", Type: "industryDataActivityStatus", Access: odata.ReadOnly, Doc: "How the activity stands, or how it ended."},
		},
	}, {
		Name: "inboundActivityResults", Base: "industryDataActivityStatistics",
		Doc: "What the reading of a roster counted.",
		Properties: slices.Concat(problemCounts(), []odata.Property{
			{Name: "groups", Type: "industryDataRunEntityCountMetric", Nullable: true, Access: odata.ReadOnly, Doc: "Classes."},
			{Name: "memberships", Type: "industryDataRunEntityCountMetric", Nullable: true, Access: odata.ReadOnly, Doc: "Enrollments."},
			{Name: "organizations", Type: "industryDataRunEntityCountMetric", Nullable: true, Access: odata.ReadOnly, Doc: "Organizations."},
			{Name: "people", Type: "industryDataRunEntityCountMetric", Nullable: true, Access: odata.ReadOnly, Doc: "People."},
		}, matchCounts()),
	}, {
		Name: "industryDataRunEntityCountMetric",
		Doc:  "Counts of records of one kind.",
		Properties: []odata.Property{
			{Name: "active", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Those in the roster that are active."},
			{Name: "inactive", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Those that an accepted roster of this year had, and that are not in this one."},
			{Name: "total", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Both together."},
		},
	}, {
		Name: "industryDataRunRoleCountMetric",
		Doc:  "How many people have a role.",
		Properties: []odata.Property{
			{Name: "count", Type: integer, Access: odata.ReadOnly, Doc: "The people."},
			{Name: "role", Type: text, Access: odata.ReadOnly, Doc: "The code of the role that stands for them."},
		},
	}}
}

func problemCounts() []odata.Property {
	return []odata.Property{
		{Name: "errors", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Findings that made records unknown."},
		{Name: "warnings", Type: integer, Nullable: true, Access: odata.ReadOnly, Doc: "Findings that blanked values."},
	}
}

func matchCounts() []odata.Property {
	return []odata.Property{
		{Name: "matchedPeopleByRole", Type: "industryDataRunRoleCountMetric", Collection: true, Nullable: true, Access: odata.ReadOnly, Doc: "People who are paired with a user, by role."},
		{Name: "unmatchedPeopleByRole", Type: "industryDataRunRoleCountMetric", Collection: true, Nullable: true, Access: odata.ReadOnly, Doc: "People who are not, by role."},
	}
}
