package api

import (
	"slices"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

const approve = access.Approve

// The types of media that a plan and failures are answered as, besides JSON.
const (
	csvType   = "text/csv"
	htmlType  = "text/html"
	eventType = "text/event-stream"
)

// option is an option of the query.
type option struct {
	name   string
	kind   string // string, integer or boolean
	values []string
	doc    string
}

// ownRoutes returns the table of what Homeroom adds, below /homeroom/v1.
func ownRoutes() []route {
	all := slices.Concat(ownReads(), ownDecisions())
	for i := range all {
		all[i].own = true
	}
	return all
}

func ownReads() []route {
	read := []string{runRead, runStart}
	const one = "runs/{run}"
	page := []option{
		{name: "$top", kind: "integer", doc: "How many a page has, at most 999."},
		{name: "$skiptoken", kind: "string", doc: "Of a nextLink: where the page begins."},
	}
	return []route{
		{method: "GET", pattern: "runs", permissions: read, handle: (*Server).ownRuns, options: page,
			status: 200, result: ownRunType, list: true, doc: "Lists the runs with their counts, the newest first."},
		{method: "GET", pattern: one, permissions: read, handle: (*Server).ownRun,
			status: 200, result: ownRunType, doc: "Returns a run with its counts."},
		{method: "GET", pattern: one + "/plan", permissions: read, handle: (*Server).ownPlan, offers: []string{errorType, csvType, htmlType},
			status: 200, result: planType, doc: "Returns the plan of a run, with what became of each step; Accept may ask for a table or a page."},
		{method: "GET", pattern: one + "/steps", permissions: read, handle: (*Server).ownSteps, options: append(stepOptions(), page...),
			status: 200, result: stepType, list: true, doc: "Lists the steps of a plan that pass all filters."},
		{method: "GET", pattern: one + "/held", permissions: read, handle: (*Server).ownHeld,
			status: 200, result: heldType, list: true, doc: "Lists the held steps by rule, each with its content, which approvals name, and with what was decided."},
		{method: "GET", pattern: one + "/failures", permissions: read, handle: (*Server).ownFailures, offers: []string{errorType, csvType},
			status: 200, result: failureType, list: true, doc: "Lists what failed or waits, by record, with what to do about it."},
		{method: "GET", pattern: one + "/events", permissions: read, handle: (*Server).ownEvents, offers: []string{eventType},
			status: 200, result: progressType, doc: "Tells how far a run is, as server-sent events: `progress` whenever something moved, and `end` with the run when it has ended."},
		{method: "GET", pattern: "outboundCounts", permissions: read, handle: (*Server).ownCounts,
			status: 200, result: countsType, doc: "Counts what Homeroom has in the directory."},
	}
}

func stepOptions() []option {
	return []option{
		{name: "kind", kind: "string", values: []string{"user", "classGroup", "securityGroup", "administrativeUnit"}, doc: "Only steps about objects of a kind."},
		{name: "action", kind: "string", values: []string{"create", "update", "rewrite", "remove", "delete", "retire", "release"}, doc: "Only steps of an action."},
		{name: "key", kind: "string", doc: "Only steps about the object with a key."},
		{name: "org", kind: "string", doc: "Only steps that count as an organization's, by its id."},
		{name: "status", kind: "string", values: []string{"done", "held", "waiting", "failed", "open"}, doc: "Only steps of which that became."},
		{name: "held", kind: "string", doc: "Only steps that a rule holds; `true` for any rule, `false` for those that are free."},
	}
}

func ownDecisions() []route {
	start, decide := []string{runStart}, []string{approve}
	const one = "runs/{run}"
	return []route{
		{method: "POST", pattern: one + "/approve", operation: true, permissions: decide, write: true, handle: (*Server).approveSteps,
			status: 200, result: decidedType, body: decisionType, doc: "Lets held steps pass for 72 hours: those with the contents, or all that nobody rejected."},
		{method: "POST", pattern: one + "/reject", operation: true, permissions: decide, write: true, handle: (*Server).rejectSteps,
			status: 200, result: decidedType, body: decisionType, doc: "Says that held steps must not be done. They stay held until the roster takes them back or asks for something else."},
		{method: "POST", pattern: one + "/accept", operation: true, permissions: decide, write: true, handle: (*Server).acceptRoster,
			status: 204, body: acceptanceType, doc: "Says that the roster which the run held is right as it is."},
		{method: "POST", pattern: one + "/cancel", operation: true, permissions: start, write: true, handle: (*Server).cancelRun,
			status: 202, result: ownRunType, doc: "Ends a run. What was done stays, and the next run plans the rest."},
		{method: "POST", pattern: one + "/retry", operation: true, permissions: start, write: true, handle: (*Server).retryRun,
			status: 202, result: ownRunType, doc: "Starts a run about the objects of which something failed, and nothing else."},
		{method: "POST", pattern: one + "/revert", operation: true, permissions: decide, write: true, handle: (*Server).revertRun,
			status: 202, result: ownRunType, body: reversalType, doc: "Starts a run that takes back what a run did, as far as it still stands; nothing starts by itself from then on."},
		{method: "POST", pattern: "cleanup", operation: true, permissions: decide, write: true, handle: (*Server).cleanUp,
			status: 202, result: ownRunType, body: cleanupType, doc: "Starts a run that takes away what is no longer asked for."},
		{method: "POST", pattern: "schedule/resume", operation: true, permissions: decide, write: true, handle: (*Server).resumeSchedule,
			status: 204, doc: "Lets runs start by themselves again, which a revert stopped."},
	}
}

// service is one of the two parts of the API: its types, its routes, and the tree of
// these.
type service struct {
	model  *odata.Model
	routes []route
	tree   *node
	own    bool // what Homeroom adds
}

func newService(m *odata.Model, table []route) *service {
	for i := range table {
		table[i].declared = m.Type(table[i].result)
	}
	return &service{model: m, routes: table, tree: grow(table), own: table[0].own}
}
