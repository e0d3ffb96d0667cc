package api

import "github.com/homeroomhq/homeroom/odata"

// runTypes are runs and their activities (contract C.3).
func runTypes() []*odata.Type {
	return []*odata.Type{{
		Name: runType, Entity: true,
		Doc: "One pass from a roster to the directory.",
		Properties: []odata.Property{
			key("The id of the run."),
			{Name: "displayName", Type: text, Access: odata.ReadOnly, Doc: "When the run began, for people."},
			{Name: "startDateTime", Type: instant, Access: odata.ReadOnly, Doc: "When the run began, in UTC."},
			{Name: "endDateTime", Type: instant, Nullable: true, Access: odata.ReadOnly, Doc: "When the run ended, in UTC; null while it runs."},
			{Name: "status", Type: "industryDataRunStatus", Access: odata.ReadOnly, Doc: "How the run stands, or how it ended."},
			{Name: "blockingError", Type: "publicError", Nullable: true, Access: odata.ReadOnly, Doc: "What stopped the run."},
			collection("activities", activityType, "The parts of the run: reading a roster, carrying out flows."),
		},
	}, {
		Name: activityType, Entity: true, Abstract: true,
		Doc: "A part of a run.",
		Properties: []odata.Property{
			key("The id of the activity, the same in every run."),
			{Name: "displayName", Type: text, Access: odata.ReadOnly, Doc: "What people call the activity."},
			{Name: "status", Type: "industryDataActivityStatus", Access: odata.ReadOnly, Doc: "How the activity stands, or how it ended."},
			{Name: "blockingError", Type: "publicError", Nullable: true, Access: odata.ReadOnly, Doc: "What stopped the activity."},
			{Name: "activity", Type: carriedOutType, Nullable: true, Navigation: true, Access: odata.ReadOnly, Doc: "What was carried out; null for outbound flows."},
		},
	}, {
		Name: inboundActivityType, Base: activityType, Entity: true,
		Doc: "The reading of a roster.",
	}, {
		Name: outboundActivityType, Base: activityType, Entity: true,
		Doc: "The carrying out of an outbound provisioning flow.",
	}, {
		Name: carriedOutType, Entity: true, Abstract: true,
		Doc: "What a run can carry out.",
		Properties: []odata.Property{
			key("The id of the activity."),
			{Name: "displayName", Type: text, Doc: "What people call the activity."},
			{Name: "readinessStatus", Type: "readinessStatus", Access: odata.ReadOnly, Doc: "Whether runs carry it out."},
		},
	}, {
		Name: "publicError",
		Doc:  "What went wrong.",
		Properties: []odata.Property{
			{Name: "code", Type: text, Nullable: true, Doc: "The rule, for programs."},
			{Name: "message", Type: text, Nullable: true, Doc: "What is wrong and what to do, for people."},
			{Name: "target", Type: text, Nullable: true, Doc: "What it is about."},
			{Name: "details", Type: "publicErrorDetail", Collection: true, Nullable: true, Doc: "More of what is wrong."},
			{Name: "innerError", Type: "publicInnerError", Nullable: true, Doc: "Nothing is told here."},
		},
	}, {
		Name: "publicErrorDetail",
		Doc:  "One of several things that went wrong.",
		Properties: []odata.Property{
			{Name: "code", Type: text, Nullable: true, Doc: "The rule, for programs."},
			{Name: "message", Type: text, Nullable: true, Doc: "What is wrong, for people."},
			{Name: "target", Type: text, Nullable: true, Doc: "What it is about."},
		},
	}, {
		Name: "publicInnerError",
		Doc:  "What is underneath an error.",
		Properties: []odata.Property{
			{Name: "code", Type: text, Nullable: true, Doc: "The rule, for programs."},
			{Name: "message", Type: text, Nullable: true, Doc: "What is wrong, for people."},
			{Name: "target", Type: text, Nullable: true, Doc: "What it is about."},
			{Name: "details", Type: "publicErrorDetail", Collection: true, Nullable: true, Doc: "More of what is wrong."},
		},
	}}
}

func runEnums() []*odata.Enum {
	return []*odata.Enum{{
		Name:    "industryDataRunStatus",
		Members: []string{"running", "failed", "completed", "completedWithErrors", "completedWithWarnings", "unknownFutureValue"},
		Doc:     "How a run stands, or how it ended.",
	}, {
		Name:    "industryDataActivityStatus",
		Members: []string{"inProgress", "skipped", "failed", "completed", "completedWithErrors", "completedWithWarnings", "unknownFutureValue"},
		Doc:     "How a part of a run stands, or how it ended.",
	}}
}
