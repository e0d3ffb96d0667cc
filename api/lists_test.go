package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestFlowSetPages walks through flow sets in pages, by next links alone, in several
// orders, while others are created and deleted in between: nobody is shown twice, and who
// was there all the time is shown.
func TestFlowSetPages(t *testing.T) {
	for _, query := range []string{"$top=3", "$top=2&$orderby=displayName desc", "$top=4&$orderby=filter/microsoft.graph.industryData.basicFilter/attribute,createdDateTime&$count=true", "top=1&skip=2"} {
		w := newWorld(t)
		token := w.admin()
		var ids []string
		for _, name := range strings.Fields("d b a c b a e") {
			filter := ""
			if name < "c" {
				filter = "," + filtered
			}
			ids = append(ids, w.post(token, flowSets, `{"displayName":"`+name+`"`+filter+`}`))
		}
		seen := make(map[string]bool)
		for next, pages := flowSets+"?"+url.PathEscape(query), 0; next != ""; pages++ {
			page := w.send(token, "GET", next, nil, nil).ok().object()
			for _, item := range page["value"].([]any) {
				id := item.(map[string]any)["id"].(string)
				if seen[id] {
					t.Errorf("%s: %s is shown twice", query, id)
				}
				seen[id] = true
			}
			if pages == 1 {
				w.send(token, "DELETE", flowSets+"/"+w.post(token, flowSets, `{"displayName":"b"}`), nil, nil)
			}
			next, _ = page["@odata.nextLink"].(string)
			if next != "" && !strings.HasPrefix(next, flowSets+"?") || pages > 10 {
				t.Fatalf("%s: next is %s", query, next)
			}
		}
		if want := len(ids) - 2*strings.Count(query, "skip=2"); len(seen) != want {
			t.Errorf("%s: %d of %d are shown", query, len(seen), want)
		}
	}
}

// TestFlowLists asks for the flows of a set, and of expanded sets, in many ways.
func TestFlowLists(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := w.post(token, flowSets, `{"displayName":"A",`+filtered+`,"provisioningFlows":[`+
		withType("administrativeUnitProvisioningFlow", `"creationOptions":{"createBasedOnOrg":true}`)+`,`+
		user(`{`+staffGroup+`,"licenseSkus":["A1","A3"]}`)+`,`+classGroup(`"ownerEnrollmentMappings":[{"code":"proctor"}]`)+`]}`)
	other := w.post(token, flowSets, `{"displayName":"B"}`)
	const cast = "microsoft.graph.industryData."
	flows := flowSets + "/" + set + "/provisioningFlows"
	for query, want := range map[string]string{
		flows: "administrativeUnit user classGroup",
		flows + "?$filter=isof('" + cast + "userProvisioningFlow')":                                                                                   "user",
		flows + "?$filter=readinessStatus eq 'notReady'&$top=2":                                                                                       "administrativeUnit user more",
		flows + "?$filter=" + cast + "administrativeUnitProvisioningFlow/creationOptions/createBasedOnOrg":                                            "administrativeUnit",
		flows + "?$filter=" + cast + "userProvisioningFlow/creationOptions/configurations/any(c:c/licenseSkus/any(l:l eq 'A3'))":                      "user",
		flows + "/" + cast + "classGroupProvisioningFlow":                                                                                             "as cast",
		flows + "/" + cast + "classGroupProvisioningFlow?$filter=configuration/enrollmentMappings/ownerEnrollmentMappings/any(r:r/code eq 'proctor')": "as cast",
		flows + "/" + cast + "securityGroupProvisioningFlow":                                                                                          "",
		flows + "?$orderby=createdDateTime desc&$count=true&$skip=1&$top=1":                                                                           "user count 3 more",
		flowSets + "/" + other + "/provisioningFlows":                                                                                                 "",
	} {
		if got := kinds(w.send(token, "GET", escaped(query), nil, nil)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, want := range map[string]string{
		"?$filter=filter ne null":                                    "A",
		"?$filter=filter/" + cast + "basicFilter/in/any(o:o eq '1')": "A",
		"?$filter=displayName eq 'B' or startswith(displayName,'C')": "B",
		"?$filter=provisioningFlows/any()":                           "!",
		"?$filter=createdDateTime lt 2020-01-01T00:00:00Z":           "",
		"?$orderby=displayName desc":                                 "B A",
		"?$filter=contains(displayName,'''')":                        "",
	} {
		got := w.send(token, "GET", escaped(flowSets+query), nil, nil)
		if want == "!" {
			if got.status != http.StatusBadRequest {
				t.Errorf("%s: %d", query, got.status)
			}
			continue
		}
		if is := names(got); is != want {
			t.Errorf("%s: %s, want %s", query, is, want)
		}
	}
}

// TestExpandedFlows shows flows within sets, as the options in the parentheses say.
func TestExpandedFlows(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := w.post(token, flowSets, `{"displayName":"A","provisioningFlows":[`+
		withType("administrativeUnitProvisioningFlow", `"creationOptions":{"createBasedOnOrg":true}`)+`,`+user(`{`+staffGroup+`}`)+`]}`)
	for options, want := range map[string]string{
		"":                           "administrativeUnit user",
		"($top=1)":                   "administrativeUnit",
		"($top=0)":                   "",
		"($orderby=id desc)":         "user administrativeUnit",
		"($orderby=id desc;$skip=1)": "administrativeUnit",
		"($filter=isof('microsoft.graph.industryData.userProvisioningFlow');$select=id)": "user",
	} {
		for _, url := range []string{flowSets + "/" + set, flowSets} {
			one := w.send(token, "GET", escaped(url+"?$expand=provisioningFlows"+options), nil, nil).object()
			if list, ok := one["value"].([]any); ok {
				one = list[0].(map[string]any)
			}
			if got := kindsOf(one["provisioningFlows"].([]any)); got != want {
				t.Errorf("%s %s: %s, want %s", url, options, got, want)
			}
		}
	}
	context := base + "/$metadata#external/industryData/outboundProvisioningFlowSets('" + set + "')/provisioningFlows('"
	got := w.send(token, "GET", flowSets+"?$expand=provisioningFlows", nil, nil)
	if !strings.Contains(string(got.body), `"roleGroup@odata.context":"`+context) {
		t.Errorf("the role group has another context: %s", got.body)
	}
}

// TestExpandedParts counts what is expanded, and follows the address of what is left out,
// to the end: with what is shown at first, that is everything in its order.
func TestExpandedParts(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	w.runs.list = pastRuns()
	set := w.post(token, flowSets, `{"displayName":"A","provisioningFlows":[`+
		withType("administrativeUnitProvisioningFlow", `"creationOptions":{"createBasedOnOrg":true}`)+`,`+user(`{`+staffGroup+`}`)+`,`+classGroup("")+`]}`)
	w.post(token, flowSets, `{"displayName":"B"}`)
	for _, test := range []struct {
		url, property, options string
		shown, all             int
	}{
		{flowSets + "/" + set, "provisioningFlows", "$count=true", 3, 3},
		{flowSets + "/" + set, "provisioningFlows", "$count=true;$top=1", 1, 3},
		{flowSets + "/" + set, "provisioningFlows", "$count=true;$top=1;$orderby=createdDateTime desc;$select=id", 1, 3},
		{flowSets + "/" + set, "provisioningFlows", "$count=true;$top=1;$filter=not isof('" + ns[1:] + "userProvisioningFlow')", 1, 2},
		{flowSets + "/" + set, "provisioningFlows", "$count=true;$top=0", 0, 3},
		{industryData, "outboundProvisioningFlowSets", "$count=true;$top=1;$orderby=displayName desc;$expand=provisioningFlows($select=id)", 1, 2},
		{industryData, "roleGroups", "$count=true;$top=1", 1, 2},
		{industryData, "runs", "$count=true;$top=2", 2, 3},
		{industryData + "/runs/1a", "activities", "$count=true;$top=1", 1, 2},
	} {
		whole := w.send(token, "GET", escaped(test.url+"?$expand="+test.property+"("+strings.ReplaceAll(test.options, "$top", "$skip=0;$top")+")"), nil, nil).ok().object()
		listed := whole[test.property].([]any)
		if count := whole[test.property+"@odata.count"].(json.Number).String(); count != strconv.Itoa(test.all) || len(listed) != test.shown {
			t.Errorf("%s(%s): %d of %s, want %d of %d", test.property, test.options, len(listed), count, test.shown, test.all)
		}
		next, more := whole[test.property+"@odata.nextLink"].(string)
		if more != (0 < test.shown && test.shown < test.all) || more && !strings.HasPrefix(next, test.url+"/"+test.property+"?") {
			t.Errorf("%s(%s): next is %q", test.property, test.options, next)
		}
		for next != "" {
			page := w.send(token, "GET", next, nil, nil).ok().object()
			listed = append(listed, page["value"].([]any)...)
			next, _ = page["@odata.nextLink"].(string)
		}
		if ids := idsOf(listed); more && (len(ids) != test.all || len(listed) != test.all) {
			t.Errorf("%s(%s): %d in all, %d of them different", test.property, test.options, len(listed), len(ids))
		}
	}
	plain := w.send(token, "GET", flowSets+"?$expand=provisioningFlows", nil, nil)
	if strings.Contains(string(plain.body), "@odata.count") || strings.Contains(string(plain.body), "@odata.nextLink") {
		t.Errorf("nobody asked for a count, and nothing is left out: %s", plain.body)
	}
}

// idsOf returns the different ids of listed entities.
func idsOf(items []any) map[string]bool {
	ids := make(map[string]bool)
	for _, item := range items {
		ids[item.(map[string]any)["id"].(string)] = true
	}
	return ids
}

func escaped(query string) string {
	path, options, asked := strings.Cut(query, "?")
	if !asked {
		return path
	}
	return path + "?" + url.PathEscape(options)
}

// kinds writes the types of listed flows, and whether there are more.
func kinds(a answer) string {
	a.Helper()
	body := a.object()
	items, ok := body["value"].([]any)
	if !ok {
		return string(a.body)
	}
	words := kindsOf(items)
	if count, ok := body["@odata.count"]; ok {
		words += " count " + count.(interface{ String() string }).String()
	}
	if body["@odata.nextLink"] != nil {
		words += " more"
	}
	return words
}

func kindsOf(items []any) string {
	var words []string
	for _, item := range items {
		name, _ := item.(map[string]any)["@odata.type"].(string)
		if name == "" {
			name = "as cast"
		}
		words = append(words, strings.TrimSuffix(strings.TrimPrefix(name, ns), "ProvisioningFlow"))
	}
	return strings.Join(words, " ")
}

// names writes the names of listed flow sets.
func names(a answer) string {
	a.Helper()
	items, ok := a.object()["value"].([]any)
	if !ok {
		return string(a.body)
	}
	var words []string
	for _, item := range items {
		words = append(words, item.(map[string]any)["displayName"].(string))
	}
	return strings.Join(words, " ")
}

// ok fails where the answer is an error.
func (a answer) ok() answer {
	a.Helper()
	if a.status != http.StatusOK {
		a.Fatalf("%d: %s", a.status, a.body)
	}
	return a
}
