package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/notice"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/plan"
)

// Nothing of a person who was forgotten is left in what the store tells, nor in any row as it
// lies there, but for the tombstone; and nothing of anybody else is gone.
func testForgetPerson(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	s.KeyTombstones(func() ([]byte, error) { return []byte("a key of the tests"), nil })
	const key, other, upn = "User_77", "User_775", "ann@lake.example"
	run, err := s.Begin(ctx, lease, ledger.Run{
		Started: monday, Only: []string{key, other}, Settings: []byte(`{"People":["77","775"],"Orgs":["77 is a school"]}`),
	})
	check(t, err)
	hold := &plan.Hold{Rule: "Removals", Message: "User_77 and User_775 would go"}
	made := []plan.Step{
		{Seq: 1, Action: plan.Create, Kind: directory.User, Key: key, Set: map[string]plan.Delta{directory.DisplayName: {To: "Ann Lake"}}},
		{Seq: 2, Action: plan.Update, Kind: directory.ClassGroup, Key: "Section_1", Held: hold,
			Owners: plan.Pairs{Add: []string{key, other}, Remove: []string{key}}, Members: plan.Pairs{Add: []string{key}, Remove: []string{key, other}}},
		{Seq: 3, Action: plan.Release, Kind: directory.ClassGroup, Key: "Section_2",
			Released: &plan.Released{Owners: []string{key}, Members: []string{key, other}}, Again: &plan.Again{Owners: []string{key}, Members: []string{key}}},
	}
	skips := []plan.Skip{
		{Kind: directory.User, Key: key, Reason: "DirNameConflict", Record: "users.csv:2", Detail: upn + " is taken"},
		{Kind: directory.ClassGroup, Key: "Section_1", Reason: "LastOwner", Detail: "User_77 stays"},
	}
	links := []ledger.Link{{Person: key, ID: "id-77", Via: "created"}, {Person: other, ID: "id-775", Via: "rule"}}
	for i := range pageLinks { // so that the person is the first one of a page
		links = append(links, ledger.Link{Person: fmt.Sprintf("User_1%04d", i), ID: fmt.Sprint(i), Via: "rule"})
	}
	check(t, s.Commit(ctx, lease, ledger.Commit{
		Run: run, Document: []byte(`{"only":["User_77","User_775"],"organizations":{"1":"May School"}}`),
		Links: links,
	}, all(made), skips))
	batch := ledger.Batch{Number: 1, First: 1, Last: 3}
	check(t, s.Sent(ctx, lease, run.ID, batch, []ledger.Password{{Key: key, Org: "1", Ciphertext: []byte("x")}}))
	class := func(name string, people ...string) ledger.Entry {
		return ledger.Entry{Kind: directory.ClassGroup, Key: name, ID: "g" + name, State: directory.Managed, AddOwners: people[:1], AddMembers: people}
	}
	var crowd []string
	for i := range pagePairs { // likewise
		crowd = append(crowd, fmt.Sprintf("User_1%04d", i))
	}
	crowd = append(crowd, key)
	for i := range 9000 {
		crowd = append(crowd, fmt.Sprintf("User_8%04d", i))
	}
	check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{{
		Batch: batch, Done: 1,
		Short: []ledger.Result{
			{Seq: 1, Kind: directory.User, Key: key, Rule: "DirNameConflict", Message: "taken"},
			{Seq: 2, Kind: directory.ClassGroup, Key: "Section_1", Rule: "NotFound", Message: "id-77 and ann@lake.example are not there, id-775 is"},
		},
		Entries: []ledger.Entry{
			{Kind: directory.User, Key: key, ID: "id-77", State: directory.Managed, Set: directory.Attributes{directory.UserPrincipalName: upn, directory.MailNickname: "May"}},
			class("Section_1", key, other), class("Section_2", other), class("Section_3", crowd...), class("Section_4", key, other),
			{Kind: directory.ClassGroup, Key: "Section_4", ReleaseOwners: []string{key}, ReleaseMembers: []string{key}},
		},
	}}))
	audit := outbound.Entry{At: monday.Add(time.Hour), Kind: string(access.CommandLine), Action: "forget"}
	person := Subject{ID: "77", Key: key, Settings: func(frozen []byte, word string) ([]byte, error) {
		return bytes.ReplaceAll(frozen, []byte(`"77"`), []byte(`"`+word+`"`)), nil
	}}
	if err := s.ForgetPerson(ctx, lease, person, audit); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("while the run is open: %v", err)
	}
	check(t, s.SetNoticeChannels(ctx, lease.Scope.Tenant, Channels{"mail": {notice.RunFinished}}))
	run.Status, run.Ended, run.Message = ledger.CompletedWithErrors, monday.Add(time.Minute), "User_77 failed"
	check(t, s.Finish(ctx, lease, run, nil))
	another := ledger.Scope{Tenant: lease.Scope.Tenant, Target: "other"}
	elsewhere, err := s.Acquire(ctx, another, "test", time.Minute)
	check(t, err)
	open, err := s.Begin(ctx, elsewhere, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.Commit(ctx, elsewhere, ledger.Commit{Run: open}, all(steps(1)), nil))
	if err := s.ForgetPerson(ctx, lease, person, audit); fault.KindOf(err) != fault.Conflict {
		t.Fatalf("while a run of another target is open: %v", err)
	}
	open.Status, open.Ended = ledger.Completed, monday.Add(time.Minute)
	check(t, s.Finish(ctx, elsewhere, open, nil))
	check(t, s.PutStretches(ctx, lease, directory.ClassGroup, nil, []plan.Stretch{{Span: directory.Span{UpTo: "Section_4"}, Leavers: []string{key}}}))
	check(t, s.PutStretches(ctx, lease, directory.User, nil, []plan.Stretch{{Span: directory.Span{UpTo: key}}, {Span: directory.Span{After: key, UpTo: "User_9"}}}))
	before, err := s.Generation(ctx, lease.Scope)
	check(t, err)
	check(t, s.ForgetPerson(ctx, lease, person, audit))
	if after, err := s.Generation(ctx, lease.Scope); err != nil || after <= before {
		t.Errorf("plans that were made before can still be committed: generation %d after %d; %v", after, before, err)
	}
	later := audit
	later.At = audit.At.Add(time.Hour)
	check(t, s.ForgetPerson(ctx, lease, person, later)) // the first time counts
	records, err := s.Audit(ctx, lease.Scope.Tenant, 1)
	check(t, err)
	if !strings.HasPrefix(records[0].Object, "tombstones('") {
		t.Errorf("the audit names %s", records[0].Object)
	}

	told := tellAll(t, s, lease.Scope, run.ID)
	for _, word := range []string{`User_77"`, "User_77 ", `"77"`, "id-77 ", `id-77"`, upn, "Ann Lake"} {
		if strings.Contains(told, word) {
			t.Errorf("%q is still there", word)
		}
	}
	for _, word := range []string{`User_775"`, `"775"`, "id-775", "User_80000", "User_88999", "May School", "77 is a school"} {
		if !strings.Contains(told, word) {
			t.Errorf("%q is gone, too", word)
		}
	}
	tombstones, err := s.Tombstones(ctx, lease.Scope.Tenant)
	check(t, err)
	if at, found := tombstones.Of("77"); !found || at != audit.At {
		t.Errorf("the tombstone is of %s (%t)", at, found)
	}
	check(t, s.Welcome(ctx, lease.Scope.Tenant, "77", audit))
	if err := s.Welcome(ctx, lease.Scope.Tenant, "77", audit); fault.KindOf(err) != fault.NotFound {
		t.Errorf("welcomed twice: %v", err)
	}
	_, err = s.VerifyAudit(ctx, lease.Scope.Tenant, outbound.Mark{})
	check(t, err)
}

// tellAll returns all that the store tells of a scope, and the keys of its pages, as one text.
func tellAll(t *testing.T, s *Store, scope ledger.Scope, run int64) string {
	t.Helper()
	var b strings.Builder
	add := func(item any, err error) {
		t.Helper()
		check(t, err)
		text, err := json.Marshal(item)
		check(t, err)
		b.Write(text)
	}
	for _, kind := range directory.Kinds() {
		for have, err := range s.Haves(t.Context(), scope, kind, directory.Span{}) {
			add(have, err)
		}
	}
	for link, err := range s.Links(t.Context(), scope) {
		add(link, err)
	}
	for step, err := range s.Steps(t.Context(), scope.Tenant, run, 1) {
		add(step, err)
	}
	for skip, err := range s.Skips(t.Context(), scope.Tenant, run) {
		add(skip, err)
	}
	for answer, err := range s.Answers(t.Context(), scope.Tenant, run) {
		add(answer, err)
	}
	document, err := s.PlanDocument(t.Context(), scope.Tenant, run)
	check(t, err)
	b.Write(document)
	ended, err := s.Run(t.Context(), scope.Tenant, run)
	add(ended, err)
	b.Write(ended.Settings)
	add(s.Passwords(t.Context(), scope))
	add(s.Audit(t.Context(), scope.Tenant, 100))
	add(s.Notices(t.Context(), scope.Tenant, 100))
	for _, kind := range directory.Kinds() {
		add(s.Stretches(t.Context(), scope, kind))
	}
	for _, column := range []string{"link_pages.first_key", "member_pages.first_key", "objects.key", "stretches.up_to", "stretches.after_key"} {
		table, name, _ := strings.Cut(column, ".")
		add(query(t.Context(), s.read, func(row rowScanner) (text string, err error) { return text, row.Scan(&text) }, `SELECT `+name+` FROM `+table))
	}
	return b.String()
}
