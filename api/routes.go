package api

import (
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/odata"
)

// handler answers a request of a route. Its error is an *odata.Error, or of a kind of
// package fault, or a surprise (500).
type handler func(s *Server, r *request) (*response, error)

// route is one row of the table that the dispatcher, the permission matrix, docs/api.md
// and /openapi.json are made from.
type route struct {
	method  string
	pattern string // below /beta or /homeroom/v1: literal segments and {names} of keys
	// permissions: the caller needs one of them. None: any token will do.
	permissions []string
	write       bool // changes something: refused to applications where that is switched off
	handle      handler
	status      int    // of success
	result      string // name of the type that is answered; "" for none
	list        bool   // a collection of it
	body        string // name of the type that is taken; "" for none
	doc         string // one line

	// operation: the last segment is a bound action (POST) or function (GET), which may be
	// called with its namespace, and the function with ().
	operation bool
	declared  *odata.Type // of result; filled in by New

	own     bool     // it is what Homeroom adds
	options []option // of the query, likewise
	offers  []string // types of media that are answered, likewise; nil for JSON
}

// counts reports whether a route answers the number of items of a collection.
func (r *route) counts() bool { return strings.HasSuffix(r.pattern, "/$count") }

// The permissions that the routes ask for (contract D).
const (
	outboundRead    = access.OutboundFlowRead
	outboundWrite   = access.OutboundFlowReadWrite
	definitionRead  = access.ReferenceDefinitionRead
	definitionWrite = access.ReferenceDefinitionReadWrite
	runRead         = access.RunRead
	runStart        = access.RunStart
	readBasic       = access.ReadBasic
)

// routes returns the table (contract A.1, C.1 to C.3). A pattern that ends in
// /$count is the count of the collection before it. The pattern of an operation has its
// short name.
//
// A new route is a row here and a method in the file of its resource; TestDocs with
// -update then writes its documentation.
func routes() []route {
	return slices.Concat(rootRoutes(), flowSetRoutes(), flowRoutes(), roleGroupRoutes(),
		definitionRoutes(), runRoutes(), principalRoutes())
}

func rootRoutes() []route {
	anyone := []string{readBasic, outboundRead, outboundWrite, definitionRead, definitionWrite, runRead, runStart}
	return []route{
		{method: "GET", pattern: root, permissions: anyone, handle: (*Server).getIndustryData,
			status: 200, result: rootType, doc: "The industry data of the tenant; $expand leads to its collections."},
	}
}

const (
	root        = "external/industryData"
	flowSets    = root + "/outboundProvisioningFlowSets"
	flows       = flowSets + "/{set}/provisioningFlows"
	roleGroups  = root + "/roleGroups"
	definitions = root + "/referenceDefinitions"
	runs        = root + "/runs"
	activities  = runs + "/{run}/activities"
)

func flowSetRoutes() []route {
	read, write := []string{outboundRead, outboundWrite}, []string{outboundWrite}
	const one = flowSets + "/{set}"
	return []route{
		{method: "GET", pattern: flowSets, permissions: read, handle: (*Server).listFlowSets,
			status: 200, result: flowSetType, list: true, doc: "Lists the flow sets."},
		{method: "POST", pattern: flowSets, permissions: write, write: true, handle: (*Server).createFlowSet,
			status: 201, result: flowSetType, body: flowSetType, doc: "Creates a flow set, with provisioningFlows if the body has them: all or nothing."},
		{method: "GET", pattern: flowSets + "/$count", permissions: read, handle: (*Server).countFlowSets,
			status: 200, result: flowSetType, doc: "Counts the flow sets."},
		{method: "GET", pattern: one, permissions: read, handle: (*Server).getFlowSet,
			status: 200, result: flowSetType, doc: "Returns a flow set."},
		{method: "PATCH", pattern: one, permissions: write, write: true, handle: (*Server).updateFlowSet,
			status: 204, result: flowSetType, body: flowSetType, doc: "Changes what the body names of a flow set."},
		{method: "DELETE", pattern: one, permissions: write, write: true, handle: (*Server).deleteFlowSet,
			status: 204, doc: "Deletes a flow set and its flows."},
	}
}

func flowRoutes() []route {
	read, write := []string{outboundRead, outboundWrite}, []string{outboundWrite}
	const one = flows + "/{flow}"
	return []route{
		{method: "GET", pattern: flows, permissions: read, handle: (*Server).listFlows,
			status: 200, result: flowType, list: true, doc: "Lists the flows of a set."},
		{method: "POST", pattern: flows, permissions: write, write: true, handle: (*Server).createFlow,
			status: 201, result: flowType, body: flowType, doc: "Creates a flow of one of the four types; a set has at most one of each."},
		{method: "GET", pattern: flows + "/$count", permissions: read, handle: (*Server).countFlows,
			status: 200, result: flowType, doc: "Counts the flows of a set."},
		{method: "GET", pattern: one, permissions: read, handle: (*Server).getFlow,
			status: 200, result: flowType, doc: "Returns a flow."},
		{method: "PATCH", pattern: one, permissions: write, write: true, handle: (*Server).updateFlow,
			status: 204, result: flowType, body: flowType, doc: "Changes what the body names of a flow."},
		{method: "DELETE", pattern: one, permissions: write, write: true, handle: (*Server).deleteFlow,
			status: 204, doc: "Deletes a flow. What it provisioned stays."},
		{method: "POST", pattern: one + "/reset", operation: true, permissions: write, write: true, handle: (*Server).resetFlow,
			status: 202, doc: "Makes the next run provision all data of the flow as though it were the first, and clears its errors."},
	}
}

func roleGroupRoutes() []route {
	read := []string{readBasic, definitionRead, definitionWrite}
	return []route{
		{method: "GET", pattern: roleGroups, permissions: read, handle: (*Server).listRoleGroups,
			status: 200, result: roleGroupType, list: true, doc: "Lists the role groups: staff and students."},
		{method: "GET", pattern: roleGroups + "/$count", permissions: read, handle: (*Server).countRoleGroups,
			status: 200, result: roleGroupType, doc: "Counts the role groups."},
		{method: "GET", pattern: roleGroups + "/{roleGroup}", permissions: read, handle: (*Server).getRoleGroup,
			status: 200, result: roleGroupType, doc: "Returns a role group with the codes of its roles."},
	}
}

func definitionRoutes() []route {
	read, write := []string{readBasic, definitionRead, definitionWrite}, []string{definitionWrite}
	const one = definitions + "/{definition}"
	return []route{
		{method: "GET", pattern: definitions, permissions: read, handle: (*Server).listDefinitions,
			status: 200, result: definitionType, list: true, doc: "Lists the codes that rosters may use."},
		{method: "POST", pattern: definitions, permissions: write, write: true, handle: (*Server).createDefinition,
			status: 201, result: definitionType, body: definitionType, doc: "Defines a code of the tenant's own."},
		{method: "GET", pattern: definitions + "/$count", permissions: read, handle: (*Server).countDefinitions,
			status: 200, result: definitionType, doc: "Counts the codes."},
		{method: "GET", pattern: one, permissions: read, handle: (*Server).getDefinition,
			status: 200, result: definitionType, doc: "Returns a code. The id is the type and the code: RefRole-teacher."},
		{method: "PATCH", pattern: one, permissions: write, write: true, handle: (*Server).updateDefinition,
			status: 204, result: definitionType, body: definitionType, doc: "Changes displayName, isDisabled or sortIndex of a code."},
		{method: "DELETE", pattern: one, permissions: write, write: true, handle: (*Server).deleteDefinition,
			status: 204, doc: "Disables a code. What uses it is unknown from then on, and never taken for gone."},
	}
}

func runRoutes() []route {
	read := []string{runRead, runStart}
	const one, activity = runs + "/{run}", activities + "/{activity}"
	return []route{
		{method: "GET", pattern: runs, permissions: read, handle: (*Server).listRuns,
			status: 200, result: runType, list: true, doc: "Lists the runs, the newest first."},
		{method: "GET", pattern: runs + "/$count", permissions: read, handle: (*Server).countRuns,
			status: 200, result: runType, doc: "Counts the runs."},
		{method: "POST", pattern: runs + "/start", operation: true, permissions: []string{runStart}, write: true, handle: (*Server).startRun,
			status: 202, doc: "Starts a run over the configured roster, at most five in twelve hours."},
		{method: "GET", pattern: runs + "/getStatistics", operation: true, permissions: read, handle: (*Server).allStatistics,
			status: 200, result: statisticsType, doc: "Returns what the newest run counted."},
		{method: "GET", pattern: one, permissions: read, handle: (*Server).getRun,
			status: 200, result: runType, doc: "Returns a run."},
		{method: "GET", pattern: one + "/getStatistics", operation: true, permissions: read, handle: (*Server).runStatistics,
			status: 200, result: statisticsType, doc: "Returns what a run counted."},
		{method: "GET", pattern: activities, permissions: read, handle: (*Server).listActivities,
			status: 200, result: activityType, list: true, doc: "Lists the activities of a run."},
		{method: "GET", pattern: activities + "/$count", permissions: read, handle: (*Server).countActivities,
			status: 200, result: activityType, doc: "Counts the activities of a run."},
		{method: "GET", pattern: activity, permissions: read, handle: (*Server).getActivity,
			status: 200, result: activityType, doc: "Returns an activity of a run."},
		{method: "GET", pattern: activity + "/activity", permissions: read, handle: (*Server).getCarriedOut,
			status: 204, result: carriedOutType, doc: "Returns what an activity carried out, which is always null: neither flows nor rosters are of this type."},
	}
}

func principalRoutes() []route {
	const principals = "servicePrincipals"
	return []route{
		{method: "GET", pattern: principals, handle: (*Server).listServicePrincipals,
			status: 200, result: servicePrincipalType, list: true, doc: "Lists the one application whose permissions there are: Microsoft Graph's."},
		{method: "GET", pattern: principals + "/{principal}", handle: (*Server).getServicePrincipal,
			status: 200, result: servicePrincipalType, doc: "Returns the permissions of Microsoft Graph's application as Graph shows them."},
		{method: "GET", pattern: principals + "(appId={appId})", handle: (*Server).getServicePrincipal,
			status: 200, result: servicePrincipalType, doc: "Likewise, by the id of the application: 00000003-0000-0000-c000-000000000000."},
	}
}
