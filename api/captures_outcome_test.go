package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// get returns an entity as it is now.
func (r *replay) get(url string) map[string]any {
	r.Helper()
	got := r.send(r.caller, "GET", url, nil, nil)
	if got.status != http.StatusOK {
		r.Fatalf("GET %s: %d %s", url, got.status, got.body)
	}
	return got.object()
}

// wants compares something with JSON.
func (r *replay) wants(got any, want string) {
	r.Helper()
	if diff := cmp.Diff(decoded(r.T, []byte(want)), got); diff != "" {
		r.Errorf("wanted (-), got (+):\n%s", diff)
	}
}

func hasFilter(r *replay, last answer) { r.wants(last.object()["filter"], quarter) }

func keepsPassword(r *replay, last answer) {
	r.wants(last.object()["creationOptions"], `{"configurations":[{"licenseSkus":["Sku1"],"defaultPasswordSettings":{
		"@odata.type":"#microsoft.graph.industryData.simplePasswordSettings","password":"***************"}}]}`)
	if strings.Contains(string(last.body), "secret") {
		r.Error("a password is shown")
	}
}

func mergedGroups(r *replay, _ answer) {
	r.wants(r.get(r.flows() + "/" + r.flow)["creationOptions"], `{"createBasedOnRoleGroup":true,"createBasedOnOrgPlusRoleGroup":true}`)
}

func started(r *replay, _ answer) {
	if len(r.runs.started) != 1 || r.runs.started[0].Tenant != school {
		r.Errorf("started for %+v", r.runs.started)
	}
}

func hasGroups(n int) func(*replay, answer) {
	return func(r *replay, last answer) {
		if value := last.object()["value"].([]any); len(value) != n {
			r.Errorf("%d role groups, want %d: %s", len(value), n, last.body)
		}
	}
}

// untouchedFlow and untouchedSet want that an empty change changed nothing, the time
// of the last change included (G6).
func untouchedFlow(r *replay, _ answer) { r.untouched(r.flows() + "/" + r.flow) }
func untouchedSet(r *replay, _ answer)  { r.untouched(flowSets + "/" + r.set) }

func (r *replay) untouched(url string) {
	r.Helper()
	if e := r.get(url); e["lastModifiedDateTime"] != e["createdDateTime"] {
		r.Errorf("modified at %v, created at %v", e["lastModifiedDateTime"], e["createdDateTime"])
	}
}

func clearedOptions(r *replay, _ answer) {
	flow := r.get(r.flows() + "/" + r.flow)
	if options, ok := flow["creationOptions"]; !ok || options != nil {
		r.Errorf("creationOptions is %v, want null", options)
	}
	options := flow["managementOptions"].(map[string]any)["additionalOptions"].(map[string]any)
	if options["studentAgeGroup"] != nil || options["allowStudentContactAssociation"] != true {
		r.Errorf("additionalOptions are %v", options)
	}
}

func renamed(name string) func(*replay, answer) {
	return func(r *replay, _ answer) {
		set := r.get(flowSets + "/" + r.set)
		if set["displayName"] != name {
			r.Errorf("displayName is %v, want %s", set["displayName"], name)
		}
		r.wants(set["filter"], quarter)
	}
}

func mentions(words ...string) func(*replay, answer) {
	return func(r *replay, last answer) {
		for _, word := range words {
			if !regexp.MustCompile(`\b` + word + `\b`).Match(last.body) {
				r.Errorf("%s does not mention %s", last.body, word)
			}
		}
	}
}

// batched wants both requests of a batch to have succeeded, and Content-Type spelt as
// the Go SDK looks for it.
func batched(r *replay, last answer) {
	responses := last.object()["responses"].([]any)
	if len(responses) != 2 {
		r.Fatalf("%d responses: %s", len(responses), last.body)
	}
	statuses := make(map[string]int)
	for _, response := range responses {
		item := response.(map[string]any)
		statuses[item["status"].(json.Number).String()]++
		kind, _ := item["headers"].(map[string]any)["Content-Type"].(string)
		if _, ok := item["body"].(map[string]any); !ok || !strings.HasPrefix(kind, "application/json") {
			r.Errorf("item %v", item)
		}
	}
	if statuses["200"] != 1 || statuses["201"] != 1 {
		r.Errorf("statuses %v: %s", statuses, last.body)
	}
}
