package api_test

import (
	"net/url"
	"testing"
)

// TestFilters counts what filters find, as clients write them, among four flows of a set
// and two sets.
func TestFilters(t *testing.T) {
	w := newWorld(t)
	admin := w.admin()
	set := w.post(admin, flowSets, `{"displayName":"It's Practice","filter":`+quarter+`}`)
	w.post(admin, flowSets, `{"displayName":"all"}`)
	flows := flowSets + "/" + set + "/provisioningFlows"
	for _, body := range flowBodies() {
		w.post(admin, flows, body)
	}
	const user, class = "microsoft.graph.industryData.userProvisioningFlow", "microsoft.graph.industryData.classGroupProvisioningFlow"
	for _, test := range []struct{ url, filter, want string }{
		{flowSets, "displayName eq 'It''s Practice'", "1"},
		{flowSets, "displayName eq 'ALL' or tolower(displayName) eq 'all'", "1"},
		{flowSets, "startswith(displayName,'It') and not endswith(displayName,'x')", "1"},
		{flowSets, "displayName in ('all','none') and contains(displayName,'l')", "1"},
		{flowSets, "filter eq null", "1"},
		{flowSets, "filter ne null", "1"},
		{flowSets, "isof(filter,microsoft.graph.industryData.basicFilter)", "1"},
		{flowSets, "filter/microsoft.graph.industryData.basicFilter/attribute eq 'orgExternalId'", "1"},
		{flowSets, "filter/microsoft.graph.industryData.basicFilter/in/any(id:id eq 'Quarter')", "1"},
		{flowSets, "filter/microsoft.graph.industryData.basicFilter/in/all(id:id eq 'Quarter')", "2"},
		{flowSets, "createdDateTime gt 2020-01-01T00:00:00Z and createdDateTime lt 9999-12-31T00:00:00+01:00", "2"},
		{flowSets, "id eq '" + set + "'", "1"},
		{flowSets, "provisioningFlows/$count gt 1", "1"},
		{flowSets, "ProvisioningFlows/$count eq 0 or filter/microsoft.graph.industryData.basicFilter/in/$count eq 2", "1"},
		{flowSets, "createdDateTime le now() and year(createdDateTime) ge 2020 and date(createdDateTime) le date(now())", "2"},
		{industryData + "/roleGroups", "roles/$count gt 0", "2"},
		{flows, "readinessStatus eq 'notReady'", "4"},
		{flows, "readinessStatus eq microsoft.graph.industryData.readinessStatus'ready'", "0"},
		{flows, "isof('" + user + "') or isof(" + class + ")", "2"},
		{flows, user + "/createUnmatchedUsers eq true", "1"},
		{flows, user + "/managementOptions/additionalOptions/studentAgeGroup eq 'minor'", "1"},
		{flows, user + "/managementOptions/additionalAttributes/any(a:a eq 'userGradeLevel')", "1"},
		{flows, user + "/creationOptions/configurations/any(c:c/roleGroup/id eq 'staff')", "1"},
		{flows, user + "/creationOptions/configurations/any(c:c/roleGroup/id eq 'students')", "0"},
		{flows, user + "/creationOptions/configurations/any(c:c/licenseSkus/any(s:s eq 'Sku1' and c/roleGroup/id eq 'staff'))", "1"},
		{flows, user + "/creationOptions/configurations/any()", "1"},
		{flows, class + "/configuration/enrollmentMappings/ownerEnrollmentMappings/any(m:m/code eq 'teacher')", "1"},
	} {
		got := w.send(admin, "GET", test.url+"/$count?$filter="+url.QueryEscape(test.filter), nil, nil)
		if string(got.body) != test.want {
			t.Errorf("%s: %d %s, want %s", test.filter, got.status, got.body, test.want)
		}
	}
}
