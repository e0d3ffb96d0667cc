package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/homeroomhq/homeroom/access"
)

// permissions returns what a token may say: nothing, each of the contract, and what is
// like one of these but is none.
func permissions() []string {
	all := []string{
		"", "industrydata-outboundflow.readwrite.all", "IndustryData-OutboundFlow.ReadWrite", "IndustryData-OutboundFlow.*",
		"https://graph.microsoft.com/.default", "Directory.ReadWrite.All", "IndustryData.ReadBasic.All", "IndustryData-DataConnector.Upload",
		"IndustryData-Run.Read.All", "IndustryData-Run.Start", "Homeroom.Approve", "homeroom.approve",
	}
	for _, family := range []string{"DataConnector", "InboundFlow", "OutboundFlow", "ReferenceDefinition", "SourceSystem", "TimePeriod"} {
		all = append(all, "IndustryData-"+family+".Read.All", "IndustryData-"+family+".ReadWrite.All")
	}
	return all
}

// method is one that clients may call, and what it asks for.
type method struct {
	method, path string // below industryData, or with ~ below what Homeroom adds; {set}, {flow} and {definition} stand for ids
	body         string
	status       int
	write        bool
	permissions  []string
}

func (m method) name() string { return m.method + " " + m.path }

func (m method) allows(permission string) bool { return slices.Contains(m.permissions, permission) }

// bars reports whether a method is refused to applications: those that decide, and those
// that write where that is switched off.
func (m method) bars(kind access.Kind, delegatedWritesOnly bool) bool {
	return kind == access.Application && (m.write && delegatedWritesOnly || m.allows("Homeroom.Approve"))
}

// methods returns those of the contract, in both spellings where there are two.
func methods() []method {
	const (
		set  = "/outboundProvisioningFlowSets/{set}"
		flow = set + "/provisioningFlows/{flow}"
	)
	read := []string{"IndustryData-OutboundFlow.Read.All", "IndustryData-OutboundFlow.ReadWrite.All"}
	write := read[1:]
	basic := []string{"IndustryData.ReadBasic.All", "IndustryData-ReferenceDefinition.Read.All", "IndustryData-ReferenceDefinition.ReadWrite.All"}
	define := basic[2:]
	run := []string{"IndustryData-Run.Read.All", "IndustryData-Run.Start"}
	start := run[1:]
	decide := []string{"Homeroom.Approve"}
	return []method{
		{"GET", "/outboundProvisioningFlowSets", "", 200, false, read},
		{"GET", "/outboundProvisioningFlowSets/$count", "", 200, false, read},
		{"POST", "/outboundProvisioningFlowSets", `{"displayName":"New"}`, 201, true, write},
		{"GET", set, "", 200, false, read},
		{"PATCH", set, `{"displayName":"Changed"}`, 204, true, write},
		{"DELETE", set, "", 204, true, write},
		{"GET", set + "/provisioningFlows", "", 200, false, read},
		{"GET", set + "/provisioningFlows/$count", "", 200, false, read},
		{"POST", set + "/provisioningFlows", flowBodies()["securityGroupProvisioningFlow"], 201, true, write},
		{"GET", flow, "", 200, false, read},
		{"PATCH", flow, `{"creationOptions":{"createBasedOnOrg":false}}`, 204, true, write},
		{"DELETE", flow, "", 204, true, write},
		{"POST", flow + "/reset", "", 202, true, write},
		{"POST", flow + "/microsoft.graph.industryData.reset", "", 202, true, write},
		{"GET", "/roleGroups", "", 200, false, basic},
		{"GET", "/roleGroups/staff", "", 200, false, basic},
		{"GET", "/referenceDefinitions", "", 200, false, basic},
		{"POST", "/referenceDefinitions", `{"referenceType":"RefGradeLevel","code":"{new}","isDisabled":false,"sortIndex":{index}}`, 201, true, define},
		{"GET", "/referenceDefinitions/{definition}", "", 200, false, basic},
		{"PATCH", "/referenceDefinitions/{definition}", `{"displayName":"Changed"}`, 204, true, define},
		{"DELETE", "/referenceDefinitions/{definition}", "", 204, true, define},
		{"GET", "/runs", "", 200, false, run},
		{"GET", "/runs/r1{}", "", 200, false, run},
		{"GET", "/runs/r1{}/activities", "", 200, false, run},
		{"GET", "/runs/r1{}/activities/a1", "", 200, false, run},
		{"GET", "/runs/r1{}/activities/a1/activity", "", 204, false, run},
		{"GET", "/runs/r1{}/getStatistics", "", 200, false, run},
		{"GET", "/runs/r1{}/microsoft.graph.industryData.getStatistics()", "", 200, false, run},
		{"POST", "/runs/start", "", 202, true, start},
		{"POST", "/runs/microsoft.graph.industryData.start", "", 202, true, start},
		{"GET", "~/runs", "", 200, false, run},
		{"GET", "~/runs/r1{}", "", 200, false, run},
		{"GET", "~/runs/r1{}/plan", "", 200, false, run},
		{"GET", "~/runs/r1{}/steps", "", 200, false, run},
		{"GET", "~/runs/r1{}/held", "", 200, false, run},
		{"GET", "~/runs/r1{}/failures", "", 200, false, run},
		{"GET", "~/runs/r1{}/events", "", 200, false, run},
		{"GET", "~/outboundCounts", "", 200, false, run},
		{"POST", "~/runs/r1{}/cancel", "", 202, true, start},
		{"POST", "~/runs/r1{}/retry", "", 202, true, start},
		{"POST", "~/runs/r1{}/approve", `{"all":true}`, 200, true, decide},
		{"POST", "~/runs/r1{}/reject", `{"steps":["ab"]}`, 200, true, decide},
		{"POST", "~/runs/r1{}/accept", `{"reason":"The school closed."}`, 204, true, decide},
		{"POST", "~/runs/r1{}/revert", "", 202, true, decide},
		{"POST", "~/cleanup", `{"released":true}`, 202, true, decide},
		{"POST", "~/schedule/resume", "", 204, true, decide},
	}
}

// premises are what a call is about.
type premises struct{ set, flow, definition, code string }

// newPremises makes a set with a flow, and a definition, of the school.
func newPremises(w *world, admin string) premises {
	w.Helper()
	number := w.number()
	code := fmt.Sprintf("Test%d", number)
	set := w.post(admin, flowSets, `{"displayName":"Premises"}`)
	return premises{
		set:  set,
		flow: w.post(admin, flowSets+"/"+set+"/provisioningFlows", flowBodies()["administrativeUnitProvisioningFlow"]),
		code: code,
		definition: w.post(admin, industryData+"/referenceDefinitions",
			fmt.Sprintf(`{"referenceType":"RefGradeLevel","code":%q,"isDisabled":false,"sortIndex":%d}`, code, 10_000+number)),
	}
}

// call makes a call that is about premises.
func (m method) call(w *world, token string, p premises) answer {
	w.Helper()
	url, body := m.about(w, p)
	header := http.Header{}
	if body != "" {
		header = jsonHeader()
	}
	return w.send(token, m.method, url, header, []byte(body))
}

// about returns the URL and the body of a call that is about premises.
func (m method) about(w *world, p premises) (url, body string) {
	ids := strings.NewReplacer("{set}", p.set, "{flow}", p.flow, "{definition}", p.definition, "{}", "",
		"{new}", "New"+p.code, "{index}", strconv.Itoa(20_000+w.number()))
	path, where := m.path, industryData
	if below, isOwn := strings.CutPrefix(path, "~"); isOwn {
		path, where = below, added
	}
	return where + ids.Replace(path), ids.Replace(m.body)
}

// everything returns all that the school has.
func (w *world) everything(admin string) []any {
	w.Helper()
	var all []any
	for _, url := range []string{flowSets + "?$expand=provisioningFlows", industryData + "/referenceDefinitions"} {
		for url != "" {
			page := w.send(admin, "GET", url, nil, nil).object()
			all = append(all, page["value"])
			url, _ = page["@odata.nextLink"].(string)
		}
	}
	starts := 0
	for _, caller := range w.runs.started {
		if caller.Tenant == school {
			starts++
		}
	}
	return append(all, starts, w.ops.done)
}
