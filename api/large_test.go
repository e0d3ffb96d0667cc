package api_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/outbound"
)

// Of large flow sets a page holds as many as memory is there for, whatever $top says: each
// is seen once, and the links lead to all.
func TestLargeFlowSets(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	for n := range 11 { // of 3 MB each
		w.post(token, flowSets, `{"displayName":"`+strconv.Itoa(n)+`","filter":{"@odata.type":"#microsoft.graph.industryData.basicFilter",`+
			`"attribute":"orgExternalId","in":["`+strings.Repeat("x", 3<<20)+`"]}}`)
	}
	for _, start := range []string{flowSets + "?$top=999&$select=displayName", industryData + "?$expand=outboundProvisioningFlowSets($select=displayName)"} {
		seen, pages := "", 0
		for url := start; url != ""; pages++ {
			got := w.send(token, "GET", url, http.Header{}, nil)
			var page struct {
				Value    []struct{ DisplayName string }
				Next     string                         `json:"@odata.nextLink"`
				Expanded []struct{ DisplayName string } `json:"outboundProvisioningFlowSets"`
				More     string                         `json:"outboundProvisioningFlowSets@odata.nextLink"`
			}
			if err := json.Unmarshal(got.body, &page); err != nil || got.status != http.StatusOK {
				t.Fatalf("%s: %d %v", url, got.status, err)
			}
			for _, set := range append(page.Value, page.Expanded...) {
				seen += set.DisplayName + " "
			}
			url = page.Next + page.More
		}
		if seen != "0 1 2 3 4 5 6 7 8 9 10 " || pages != 3 {
			t.Errorf("%s: seen %son %d pages", start, seen, pages)
		}
	}
}

// TestLargeExpansion refuses to expand more flows than memory is there for.
func TestLargeExpansion(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	body := json.RawMessage(`{"creationOptions":{"configurations":[{"licenseSkus":["` + strings.Repeat("x", 4<<20) + `"]}]}}`)
	for n := range 17 {
		set := w.post(token, flowSets, `{"displayName":"Set"}`)
		flow := outbound.Flow{Set: set, ID: strconv.Itoa(n), Type: outbound.UserFlow, Body: body, Readiness: outbound.Ready}
		if err := w.store.CreateFlow(t.Context(), school, flow, outbound.Entry{}); err != nil {
			t.Fatal(err)
		}
	}
	all := w.send(token, "GET", flowSets+"?$expand=provisioningFlows", http.Header{}, nil)
	if all.status != http.StatusBadRequest || !strings.Contains(string(all.body), "64 MiB would be expanded") {
		t.Errorf("all: %d %.200s", all.status, all.body)
	}
	if some := w.send(token, "GET", flowSets+"?$expand=provisioningFlows&$top=3", http.Header{}, nil); some.status != http.StatusOK {
		t.Errorf("three: %d %.200s", some.status, some.body)
	}
}
