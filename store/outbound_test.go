package store

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// definition returns a code of a tenant; those with different numbers differ.
func definition(revision, number int64) outbound.Definition {
	return outbound.Definition{
		Type: "RefGradeLevel", Code: fmt.Sprint("grade-", number), DisplayName: fmt.Sprint("Grade ", number),
		SortIndex: 300 + int(number), Source: "Tenant Defined", Created: monday, Modified: monday, Revision: revision,
	}
}

func flowSet(number int) outbound.FlowSet {
	return outbound.FlowSet{
		ID: fmt.Sprintf("0199c0de-0000-7000-8000-%012d", number), Created: monday, Modified: monday, Revision: 1,
		Body: json.RawMessage(fmt.Sprintf(`{"displayName":"Set %d"}`, number)),
	}
}

func setFlow(set outbound.FlowSet, number int, kind string) outbound.Flow {
	return outbound.Flow{
		ID: fmt.Sprintf("0199f10f-0000-7000-8000-%012d", number), Set: set.ID, Type: kind, Readiness: outbound.NotReady,
		Body: json.RawMessage(`{"createUnmatchedUsers":true}`), Created: monday, Modified: monday, Revision: 1,
	}
}

var written = outbound.Entry{At: monday, App: "an app", Kind: "delegated", User: "a person", RequestID: "a request",
	Action: "update", Object: "an object", Changes: json.RawMessage(`{"displayName":"New"}`)}

func tenantOf(t *testing.T, s *Store) string {
	t.Helper()
	tenant, err := s.DefaultTenant(t.Context())
	check(t, err)
	return tenant
}

func ids(sets []outbound.FlowSet) string {
	text := ""
	for _, set := range sets {
		text += set.ID[len(set.ID)-1:]
	}
	return text
}

func testFlowSets(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	for _, number := range []int{2, 1, 3} {
		check(t, s.CreateFlowSet(t.Context(), tenant, flowSet(number), nil, written))
	}
	wantKind(t, s.CreateFlowSet(t.Context(), tenant, flowSet(2), nil, written), fault.Conflict)
	for _, test := range []struct {
		page outbound.Page
		want string
	}{
		{outbound.Page{}, "123"},
		{outbound.Page{Limit: 2}, "12"},
		{outbound.Page{Skip: 1}, "23"},
		{outbound.Page{Skip: 1, Limit: 1}, "2"},
		{outbound.Page{Skip: 3}, ""},
	} {
		sets, err := s.FlowSets(t.Context(), tenant, test.page)
		check(t, err)
		if got := ids(sets); got != test.want {
			t.Errorf("%+v: sets %q, want %q", test.page, got, test.want)
		}
	}
	count, err := s.CountFlowSets(t.Context(), tenant, nil)
	check(t, err)
	set, err := s.FlowSet(t.Context(), tenant, flowSet(2).ID)
	check(t, err)
	if diff := cmp.Diff(flowSet(2), set); diff != "" || count != 3 {
		t.Errorf("%d sets, the second (-want +got):\n%s", count, diff)
	}

	set.Body, set.Modified = json.RawMessage(`{"displayName":"New"}`), monday.Add(day)
	check(t, s.UpdateFlowSet(t.Context(), tenant, set, written))
	wantKind(t, s.UpdateFlowSet(t.Context(), tenant, set, written), fault.Conflict) // made from the first revision
	wantKind(t, s.DeleteFlowSet(t.Context(), tenant, set.ID, 1, written), fault.Conflict)
	set.Revision = 2
	got, err := s.FlowSet(t.Context(), tenant, set.ID)
	check(t, err)
	if diff := cmp.Diff(set, got); diff != "" {
		t.Errorf("after the update (-want +got):\n%s", diff)
	}
	check(t, s.DeleteFlowSet(t.Context(), tenant, set.ID, 2, written))
	check(t, s.DeleteFlowSet(t.Context(), tenant, flowSet(1).ID, 0, written))
	_, err = s.FlowSet(t.Context(), tenant, set.ID)
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.DeleteFlowSet(t.Context(), tenant, set.ID, 0, written), fault.NotFound)
	wantKind(t, s.UpdateFlowSet(t.Context(), tenant, set, written), fault.NotFound)
}

func testFlows(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	set, other := flowSet(1), flowSet(2)
	user, group := setFlow(set, 1, "userProvisioningFlow"), setFlow(set, 2, "classGroupProvisioningFlow")
	second := setFlow(set, 3, "userProvisioningFlow")
	wantKind(t, s.CreateFlowSet(t.Context(), tenant, set, []outbound.Flow{user, second}, written), fault.Conflict)
	_, err := s.FlowSet(t.Context(), tenant, set.ID)
	wantKind(t, err, fault.NotFound) // all or nothing
	check(t, s.CreateFlowSet(t.Context(), tenant, set, []outbound.Flow{user}, written))
	wantKind(t, s.CreateFlow(t.Context(), tenant, setFlow(other, 1, user.Type), written), fault.NotFound)
	check(t, s.CreateFlowSet(t.Context(), tenant, other, []outbound.Flow{setFlow(other, 9, user.Type)}, written))
	check(t, s.CreateFlow(t.Context(), tenant, group, written))
	wantKind(t, s.CreateFlow(t.Context(), tenant, second, written), fault.Conflict)

	flows, err := s.Flows(t.Context(), tenant, set.ID, outbound.Page{})
	check(t, err)
	count, err := s.CountFlows(t.Context(), tenant, set.ID, nil)
	check(t, err)
	if diff := cmp.Diff([]outbound.Flow{user, group}, flows); diff != "" || count != 2 {
		t.Errorf("%d flows (-want +got):\n%s", count, diff)
	}
	_, err = s.Flow(t.Context(), tenant, other.ID, group.ID)
	wantKind(t, err, fault.NotFound)

	group.Body, group.Modified = json.RawMessage(`{}`), monday.Add(day)
	check(t, s.UpdateFlow(t.Context(), tenant, group, written))
	wantKind(t, s.UpdateFlow(t.Context(), tenant, group, written), fault.Conflict)
	wantKind(t, s.DeleteFlow(t.Context(), tenant, set.ID, group.ID, 1, written), fault.Conflict)
	group.Revision = 2
	got, err := s.Flow(t.Context(), tenant, set.ID, group.ID)
	check(t, err)
	if diff := cmp.Diff(group, got); diff != "" {
		t.Errorf("after the update (-want +got):\n%s", diff)
	}
	check(t, s.DeleteFlow(t.Context(), tenant, set.ID, group.ID, 2, written))
	wantKind(t, s.DeleteFlow(t.Context(), tenant, set.ID, group.ID, 0, written), fault.NotFound)
	wantKind(t, s.UpdateFlow(t.Context(), tenant, group, written), fault.NotFound)

	check(t, s.DeleteFlowSet(t.Context(), tenant, set.ID, 0, written))
	all, err := s.AllFlows(t.Context(), tenant)
	check(t, err)
	if len(all) != 1 || all[0].Set != other.ID {
		t.Errorf("after a set was deleted there are %+v, want the flow of the other", all)
	}
}

func testReadiness(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	set := flowSet(1)
	flow := setFlow(set, 1, "userProvisioningFlow")
	check(t, s.CreateFlowSet(t.Context(), tenant, set, []outbound.Flow{flow}, written))
	change := outbound.ReadinessChange{Set: set.ID, Flow: flow.ID, Revision: 1, To: outbound.Ready}
	for range 2 { // the second time the revision is another
		check(t, s.SetReadiness(t.Context(), tenant, []outbound.ReadinessChange{change}))
	}
	late, same := change, change
	late.To, same.Revision = outbound.Failed, 2
	check(t, s.SetReadiness(t.Context(), tenant, []outbound.ReadinessChange{late, same}))
	got, err := s.Flow(t.Context(), tenant, set.ID, flow.ID)
	check(t, err)
	flow.Readiness, flow.Revision = outbound.Ready, 2
	if diff := cmp.Diff(flow, got); diff != "" {
		t.Errorf("the flow (-want +got):\n%s", diff)
	}
}

func testUnsettledFlows(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	check(t, s.AddTenant(t.Context(), access.Tenant{ID: "other"}, access.By{}))
	first, second := flowSet(1), flowSet(2)
	ready, failed := setFlow(first, 1, "userProvisioningFlow"), setFlow(first, 2, "classGroupProvisioningFlow")
	fresh, foreign := setFlow(second, 3, "userProvisioningFlow"), setFlow(first, 4, "userProvisioningFlow")
	ready.Readiness, failed.Readiness = outbound.Ready, outbound.Failed
	check(t, s.CreateFlowSet(t.Context(), tenant, second, []outbound.Flow{fresh}, written))
	check(t, s.CreateFlowSet(t.Context(), tenant, first, []outbound.Flow{ready, failed}, written))
	check(t, s.CreateFlowSet(t.Context(), "other", first, []outbound.Flow{foreign}, written))
	for settled, want := range map[outbound.Readiness][]outbound.Flow{
		outbound.Ready: {failed, fresh}, outbound.NotReady: {ready, failed}, outbound.Disabled: {ready, failed, fresh},
	} {
		got, err := s.UnsettledFlows(t.Context(), tenant, settled)
		check(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("settled is %s (-want +got):\n%s", settled, diff)
		}
	}
}

func testDefinitions(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	check(t, s.PutDefinition(t.Context(), tenant, definition(0, 1), written))
	wantKind(t, s.PutDefinition(t.Context(), tenant, definition(0, 1), written), fault.Conflict)
	wantKind(t, s.PutDefinition(t.Context(), tenant, definition(1, 2), written), fault.Conflict)
	changed := definition(1, 1)
	changed.Disabled, changed.Modified = true, monday.Add(day)
	check(t, s.PutDefinition(t.Context(), tenant, changed, written))
	wantKind(t, s.PutDefinition(t.Context(), tenant, changed, written), fault.Conflict)
	second := definition(0, 2)
	second.SortIndex = changed.SortIndex
	wantKind(t, s.PutDefinition(t.Context(), tenant, second, written), fault.Conflict)
	second.Type = "RefOrgType"
	check(t, s.PutDefinition(t.Context(), tenant, second, written))
	got, err := s.Definitions(t.Context(), tenant)
	check(t, err)
	changed.Revision, second.Revision = 2, 1
	if diff := cmp.Diff([]outbound.Definition{changed, second}, got); diff != "" {
		t.Errorf("definitions (-want +got):\n%s", diff)
	}
}

func testOwner(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	for _, owner := range []outbound.Owner{outbound.Nobody, outbound.File} {
		now, err := s.Owner(t.Context(), tenant)
		check(t, err)
		if now != owner {
			t.Errorf("the tenant is %q's, want %q's", now, owner)
		}
		check(t, s.Own(t.Context(), tenant, outbound.File))
	}
	wantKind(t, s.Own(t.Context(), tenant, outbound.API), fault.Conflict)
	wantKind(t, s.CreateFlowSet(t.Context(), tenant, flowSet(1), nil, written), fault.Conflict)
	_, err := s.Owner(t.Context(), "another")
	wantKind(t, err, fault.NotFound)
	wantKind(t, s.Own(t.Context(), "another", outbound.API), fault.NotFound)
}

// The first write through the API makes the tenant the API's, and a file cannot have it then.
func testOwnedByAPI(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	check(t, s.CreateFlowSet(t.Context(), tenant, flowSet(1), nil, written))
	wantKind(t, s.Own(t.Context(), tenant, outbound.File), fault.Conflict)
}

// An import puts one configuration in place of another, whole, and what had a revision has
// it no more.
func testImport(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	check(t, s.Own(t.Context(), tenant, outbound.File))
	set := flowSet(1)
	c := outbound.Configuration{
		Settings: "passwords: generate\n", Sets: []outbound.FlowSet{set},
		Flows:       []outbound.Flow{setFlow(set, 1, "userProvisioningFlow"), setFlow(set, 2, "classGroupProvisioningFlow")},
		Definitions: []outbound.Definition{definition(1, 1), definition(1, 2)},
	}
	check(t, s.Import(t.Context(), tenant, c, false, written))
	wantConfiguration(t, s, tenant, c)
	set.Body = json.RawMessage(`{"displayName":"New"}`)
	for range 3 {
		check(t, s.UpdateFlowSet(t.Context(), tenant, set, written))
		set.Revision++
	}

	other := outbound.Configuration{Sets: []outbound.FlowSet{flowSet(1), flowSet(2)}}
	wantKind(t, s.Import(t.Context(), tenant, other, false, written), fault.Conflict)
	wantKind(t, s.Import(t.Context(), "another", other, true, written), fault.NotFound)
	broken := other
	broken.Flows = append(c.Flows, setFlow(set, 3, "userProvisioningFlow")) //nolint:gocritic // another list
	wantKind(t, s.Import(t.Context(), tenant, broken, true, written), fault.Conflict)
	c.Sets = []outbound.FlowSet{set}
	wantConfiguration(t, s, tenant, c)

	check(t, s.Import(t.Context(), tenant, other, true, written))
	for i := range other.Sets {
		other.Sets[i].Revision = set.Revision + 1
	}
	wantConfiguration(t, s, tenant, other)
	entries, err := s.Audit(t.Context(), tenant, 100)
	check(t, err)
	if len(entries) != 5 {
		t.Errorf("%d records of two imports and three updates", len(entries))
	}
}

// What is handed over to a file is what stands in it: a change in between keeps the tenant
// the API's, and how flows stand is no change.
func testHandOver(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	wantKind(t, s.HandOver(t.Context(), tenant, outbound.Configuration{}, written), fault.Conflict) // is nobody's
	set := flowSet(1)
	flow := setFlow(set, 1, "userProvisioningFlow")
	check(t, s.CreateFlowSet(t.Context(), tenant, set, []outbound.Flow{flow}, written))
	check(t, s.PutDefinition(t.Context(), tenant, definition(0, 1), written))
	read := func() outbound.Configuration {
		c, err := s.Configuration(t.Context(), tenant)
		check(t, err)
		return c
	}
	before := read()
	set.Body = json.RawMessage(`{"displayName":"New"}`)
	check(t, s.UpdateFlowSet(t.Context(), tenant, set, written))
	wantKind(t, s.HandOver(t.Context(), tenant, before, written), fault.Conflict)
	before = read()
	check(t, s.SetReadiness(t.Context(), tenant, []outbound.ReadinessChange{{Set: set.ID, Flow: flow.ID, Revision: 1, To: outbound.Ready}}))
	check(t, s.HandOver(t.Context(), tenant, before, written))
	wantConfiguration(t, s, tenant, outbound.Configuration{})
	if owner, err := s.Owner(t.Context(), tenant); err != nil || owner != outbound.File {
		t.Errorf("the owner is %q, %v", owner, err)
	}
	wantKind(t, s.CreateFlowSet(t.Context(), tenant, set, nil, written), fault.Conflict)
	wantKind(t, s.HandOver(t.Context(), tenant, outbound.Configuration{}, written), fault.Conflict)
	entries, err := s.Audit(t.Context(), tenant, 100)
	check(t, err)
	if len(entries) != 4 {
		t.Errorf("%d records, want 4", len(entries))
	}
}

func wantConfiguration(t *testing.T, s *Store, tenant string, want outbound.Configuration) {
	t.Helper()
	got, err := s.Configuration(t.Context(), tenant)
	check(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func testAudit(t *testing.T, s *Store) {
	tenant := tenantOf(t, s)
	check(t, s.CreateFlowSet(t.Context(), tenant, flowSet(1), nil, written))
	wantKind(t, s.CreateFlowSet(t.Context(), tenant, flowSet(1), nil, written), fault.Conflict) // is not written
	plain := outbound.Entry{At: monday.Add(day), Kind: "application", Action: "delete"}
	check(t, s.DeleteFlowSet(t.Context(), tenant, flowSet(1).ID, 0, plain))
	entries, err := s.Audit(t.Context(), tenant, 10)
	check(t, err)
	if diff := cmp.Diff([]outbound.Entry{plain, written}, entries); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
	check(t, s.ForgetAuditor(t.Context(), tenant, written.User))
	check(t, verified(t, s, tenant, outbound.Mark{}))
	entries, err = s.Audit(t.Context(), tenant, 10)
	check(t, err)
	if len(entries) != 2 || entries[1].User != "" || entries[1].App != written.App {
		t.Errorf("after the person was forgotten: %+v", entries)
	}
	end, err := s.VerifyAudit(t.Context(), tenant, outbound.Mark{})
	check(t, err)
	if end.Record != 2 {
		t.Errorf("the audit ends with record %d", end.Record)
	}
	check(t, verified(t, s, tenant, end))
	wantKind(t, verified(t, s, tenant, outbound.Mark{Record: 1, Hash: end.Hash}), fault.Invalid) // written anew
	wantKind(t, verified(t, s, tenant, outbound.Mark{Record: 3, Hash: end.Hash}), fault.Invalid) // cut off
	for _, tampering := range []string{
		`UPDATE audit SET object = 'another' WHERE id = 1`,
		`DELETE FROM audit WHERE id = 1`,
	} {
		_, err := s.write.ExecContext(t.Context(), tampering)
		check(t, err)
		wantKind(t, verified(t, s, tenant, outbound.Mark{}), fault.Invalid)
	}
}

// verified goes through the audit, against an end that was kept.
func verified(t *testing.T, s *Store, tenant string, kept outbound.Mark) error {
	t.Helper()
	_, err := s.VerifyAudit(t.Context(), tenant, kept)
	return err
}

// Nothing of a tenant is seen or changed by another.
func testTenantsApart(t *testing.T, s *Store) {
	ctx := t.Context()
	_, err := s.write.ExecContext(ctx, `INSERT INTO tenants (id, created) VALUES ('a', 9999999999999999), ('b', 9999999999999999)`)
	check(t, err)
	set := flowSet(1)
	flow := setFlow(set, 1, "userProvisioningFlow")
	check(t, s.CreateFlowSet(ctx, "a", set, []outbound.Flow{flow}, written))
	check(t, s.PutDefinition(ctx, "a", definition(0, 1), written))
	before := tenantDump(t, s, "a")
	ready := []outbound.ReadinessChange{{Set: set.ID, Flow: flow.ID, Revision: 1, To: outbound.Ready}}
	wantKind(t, s.UpdateFlowSet(ctx, "b", set, written), fault.NotFound)
	wantKind(t, s.DeleteFlowSet(ctx, "b", set.ID, 0, written), fault.NotFound)
	wantKind(t, s.CreateFlow(ctx, "b", flow, written), fault.NotFound)
	wantKind(t, s.UpdateFlow(ctx, "b", flow, written), fault.NotFound)
	wantKind(t, s.DeleteFlow(ctx, "b", set.ID, flow.ID, 0, written), fault.NotFound)
	wantKind(t, s.PutDefinition(ctx, "b", definition(1, 1), written), fault.Conflict)
	check(t, s.SetReadiness(ctx, "b", ready))
	if diff := cmp.Diff(before, tenantDump(t, s, "a")); diff != "" {
		t.Errorf("another tenant changed it (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(stored{}, tenantDump(t, s, "b")); diff != "" {
		t.Errorf("the other tenant has (-want +got):\n%s", diff)
	}
}

// stored is all that a tenant has.
type stored struct {
	Sets        []outbound.FlowSet
	Flows       []outbound.Flow
	Definitions []outbound.Definition
	Audit       []outbound.Entry
}

func tenantDump(t *testing.T, s *Store, tenant string) (d stored) {
	t.Helper()
	var err error
	d.Sets, err = s.FlowSets(t.Context(), tenant, outbound.Page{})
	check(t, err)
	d.Flows, err = s.AllFlows(t.Context(), tenant)
	check(t, err)
	d.Definitions, err = s.Definitions(t.Context(), tenant)
	check(t, err)
	d.Audit, err = s.Audit(t.Context(), tenant, 100)
	check(t, err)
	return d
}

// Of many who change one flow set at once, from the same revision, one succeeds.
func testUpdateRace(t *testing.T, s *Store) {
	tenant, set := tenantOf(t, s), flowSet(1)
	check(t, s.CreateFlowSet(t.Context(), tenant, set, nil, written))
	var wait sync.WaitGroup
	results := make(chan error, 20)
	for i := range cap(results) {
		wait.Go(func() {
			mine := set
			mine.Body = json.RawMessage(fmt.Sprintf(`{"displayName":"%d"}`, i))
			results <- s.UpdateFlowSet(context.Background(), tenant, mine, written)
		})
	}
	wait.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else {
			wantKind(t, err, fault.Conflict)
		}
	}
	if won != 1 {
		t.Errorf("%d updates succeeded, want 1", won)
	}
}
