package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/api"
	"github.com/homeroomhq/homeroom/outbound"
)

// busy is a store in which somebody else is always a little quicker, a few times.
type busy struct {
	api.Store
	times int
}

func (b *busy) UpdateFlowSet(ctx context.Context, tenant string, set outbound.FlowSet, audit outbound.Entry) error {
	if b.times > 0 {
		b.times--
		other, err := b.FlowSet(ctx, tenant, set.ID)
		if err != nil {
			return err
		}
		other.Body = []byte(strings.Replace(string(other.Body), `"1"`, `"1","`+strconv.Itoa(b.times+2)+`"`, 1))
		if err := b.Store.UpdateFlowSet(ctx, tenant, other, audit); err != nil {
			return err
		}
	}
	return b.Store.UpdateFlowSet(ctx, tenant, set, audit)
}

// TestQuicker changes a set while others do: the change is merged into theirs. Who sent
// If-Match, or finds no end of it, is told.
func TestQuicker(t *testing.T) {
	for _, test := range []struct {
		times    int
		match    bool
		status   int
		name, in string
	}{
		{0, true, 204, "M", "1"},
		{1, false, 204, "M", "1 2"},
		{4, false, 204, "M", "1 2 3 4 5"},
		{5, false, 409, "N", "1 2 3 4 5 6"},
		{1, true, 412, "N", "1 2"},
	} {
		store := &busy{}
		w := newWorld(t, func(o *api.Options) { store.Store = o.Store; o.Store = store })
		token := w.admin()
		url := flowSets + "/" + w.post(token, flowSets, `{"displayName":"N",`+filtered+`}`)
		header := jsonHeader()
		if test.match {
			header.Set("If-Match", w.send(token, "GET", url, nil, nil).header.Get("ETag"))
		}
		store.times = test.times
		if got := w.send(token, "PATCH", url, header, []byte(`{"displayName":"M"}`)); got.status != test.status {
			t.Errorf("%+v: %d %s", test, got.status, got.body)
		}
		set := w.send(token, "GET", url, nil, nil).object()
		var in []string
		for _, id := range set["filter"].(map[string]any)["in"].([]any) {
			in = append(in, id.(string))
		}
		if got := strings.Join(in, " "); set["displayName"] != test.name || got != test.in {
			t.Errorf("%+v: %s, in %s", test, set["displayName"], got)
		}
	}
}

// TestAudit looks at what is kept for those who audit: who changed what by which request,
// nothing of what did not change, and no secrets (rules 5).
func TestAudit(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	set := w.post(token, flowSets, `{"displayName":"N",`+filtered+`}`)
	url := flowSets + "/" + set
	flow := w.post(token, url+"/provisioningFlows", user(`{`+staffGroup+`,`+password+`}`))
	deep := w.post(token, flowSets, `{"displayName":"Deep","provisioningFlows":[`+flowBodies()["securityGroupProvisioningFlow"]+`]}`)
	within := w.send(token, "GET", flowSets+"/"+deep+"/provisioningFlows", nil, nil).object()["value"].([]any)[0].(map[string]any)["id"].(string)
	var last string
	for _, call := range []struct{ method, url, body string }{
		{"PATCH", url, `{"displayName":"M"}`},
		{"PATCH", url, `{"displayName":"M"}`}, // changes nothing
		{"PATCH", url + "/provisioningFlows/" + flow, `{"createUnmatchedUsers":true}`},
		{"POST", url + "/provisioningFlows/" + flow + "/reset", ``},
		{"DELETE", url + "/provisioningFlows/" + flow, ``},
		{"DELETE", url, ``},
	} {
		got := w.send(token, call.method, call.url, jsonHeader(), []byte(call.body))
		if got.status >= http.StatusBadRequest {
			t.Fatalf("%v: %d %s", call, got.status, got.body)
		}
		last = got.header.Get("Request-Id")
	}
	entries, err := w.store.Audit(t.Context(), school, 100)
	if err != nil {
		t.Fatal(err)
	}
	if e := entries[0]; e.RequestID != last || e.App != "app" || e.User != "user" || e.Kind != "delegated" || e.At.IsZero() {
		t.Errorf("the last record: %+v", e)
	}
	object := "outboundProvisioningFlowSets('" + set + "')"
	var got []string
	for _, e := range entries {
		got = append(got, strings.NewReplacer(object, "SET", flow, "FLOW", deep, "DEEP", within, "WITHIN").Replace(e.Action+" "+e.Object+" "+string(e.Changes)))
	}
	want := []string{
		"delete SET ", "delete SET/provisioningFlows('FLOW') ", "reset SET/provisioningFlows('FLOW') ",
		`update SET/provisioningFlows('FLOW') {"@odata.type":"` + ns + `userProvisioningFlow","createUnmatchedUsers":true}`, `update SET {"displayName":"M"}`,
		`create outboundProvisioningFlowSets('DEEP') {"displayName":"Deep","filter":null,"provisioningFlows":[` +
			`{"@odata.type":"` + ns + `securityGroupProvisioningFlow","id":"WITHIN","creationOptions":{"createBasedOnRoleGroup":false,"createBasedOnOrgPlusRoleGroup":true}}]}`,
		`create SET/provisioningFlows('FLOW') {"@odata.type":"` + ns + `userProvisioningFlow","createUnmatchedUsers":null,` +
			`"managementOptions":{"additionalAttributes":null,"additionalOptions":{"allowStudentContactAssociation":null,"studentAgeGroup":null}},` +
			`"creationOptions":{"configurations":[{"licenseSkus":null,"defaultPasswordSettings":{"@odata.type":"` + ns + `simplePasswordSettings","password":"***************"},"roleGroup":{"id":"staff"}}]}}`,
		`create SET {"displayName":"N","filter":{"@odata.type":"` + ns + `basicFilter","attribute":"orgExternalId","in":["1"]}}`,
		`create tenants('` + school + `') {"name":""}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := w.store.VerifyAudit(t.Context(), school, outbound.Mark{}); err != nil {
		t.Error(err)
	}
}

// TestCastFlow asks for a flow as one of a type.
func TestCastFlow(t *testing.T) {
	w := newWorld(t)
	token := w.admin()
	url := flowSets + "/" + strings.ToUpper(w.post(token, flowSets, `{"displayName":"N"}`)) + "/provisioningFlows"
	url += "/" + strings.ToUpper(w.post(token, url, classGroup("")))
	for cast, status := range map[string]int{
		"": 200, "/microsoft.graph.industryData.classGroupProvisioningFlow": 200, "/microsoft.graph.industryData.userProvisioningFlow": 404,
	} {
		if got := w.send(token, "GET", url+cast, nil, nil); got.status != status {
			t.Errorf("%s: %d %s", cast, got.status, got.body)
		}
	}
	for cast, status := range map[string]int{"/microsoft.graph.industryData.classGroupProvisioningFlow": 202, "/microsoft.graph.industryData.userProvisioningFlow": 404} {
		if got := w.send(token, "POST", url+cast+"/reset", nil, nil); got.status != status {
			t.Errorf("reset of %s: %d %s", cast, got.status, got.body)
		}
	}
}

// TestTimes creates and changes on a clock that is finer than what is kept: what an answer
// says is what everybody reads then.
func TestTimes(t *testing.T) {
	w := newWorld(t, func(o *api.Options) {
		o.Now = func() time.Time { return time.Now().Truncate(time.Microsecond).Add(789) }
	})
	token := w.admin()
	set := w.post(token, flowSets, `{"displayName":"A"}`)
	whole := http.Header{"Content-Type": {"application/json"}, "Prefer": {"return=representation"}}
	times := func(a answer) string {
		body := a.object()
		return fmt.Sprint(body["createdDateTime"], " ", body["lastModifiedDateTime"])
	}
	for collection, bodies := range map[string][2]string{
		flowSets:    {`{"displayName":"B"}`, `{"displayName":"C"}`},
		definitions: {`{"referenceType":"RefGradeLevel","code":"Garden","isDisabled":false,"sortIndex":9000}`, `{"displayName":"C"}`},
		flowSets + "/" + set + "/provisioningFlows": {flowBodies()["securityGroupProvisioningFlow"], `{"creationOptions":{"createBasedOnRoleGroup":true}}`},
	} {
		created := w.send(token, "POST", collection, jsonHeader(), []byte(bodies[0]))
		url := collection + "/" + created.object()["id"].(string)
		if is := times(w.send(token, "GET", url, nil, nil)); is != times(created) {
			t.Errorf("%s: %s, and created it said %s", url, is, times(created))
		}
		changed := w.send(token, "PATCH", url, whole, []byte(bodies[1]))
		if is := times(w.send(token, "GET", url, nil, nil)); is != times(changed) || is == times(created) {
			t.Errorf("%s: %s, and changed it said %s, created %s", url, is, times(changed), times(created))
		}
	}
}

// TestLongLists asks for more than a page can have.
func TestLongLists(t *testing.T) {
	w := newWorld(t)
	for i := range 1200 {
		w.runs.list = append(w.runs.list, api.Run{ID: strconv.Itoa(i), Status: api.Completed})
	}
	token := w.admin()
	page := w.send(token, "GET", industryData+"/runs?$top=5000", nil, nil).ok().object()
	next, _ := page["@odata.nextLink"].(string)
	if n := len(page["value"].([]any)); n != 999 || next == "" {
		t.Errorf("%d runs, next is %q", n, next)
	}
	if rest := w.send(token, "GET", next, nil, nil).ok().object(); len(rest["value"].([]any)) != 201 {
		t.Errorf("%d runs are left", len(rest["value"].([]any)))
	}
	root := w.send(token, "GET", industryData+"?$expand=runs", nil, nil).ok().object()
	next, _ = root["runs@odata.nextLink"].(string)
	if n := len(root["runs"].([]any)); n != 999 || next == "" {
		t.Errorf("%d runs are expanded, next is %q", n, next)
	}
	if rest := w.send(token, "GET", next, nil, nil).ok().object(); len(rest["value"].([]any)) != 201 {
		t.Errorf("%d runs are left of those expanded", len(rest["value"].([]any)))
	}
}
