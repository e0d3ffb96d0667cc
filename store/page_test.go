package store

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
)

// crowds draws lists of users that meet each other, from none to more than
// several pages of them.
var crowds = rapid.Custom(func(t *rapid.T) []string {
	size := rapid.SampledFrom([]int{0, 0, 1, rowPairs, pagePairs, 3 * pagePairs}).Draw(t, "size")
	first, step := rapid.IntRange(0, 20_000).Draw(t, "first"), rapid.IntRange(1, 3).Draw(t, "step")
	users := make([]string, size)
	for i := range users {
		users[i] = fmt.Sprintf("User_%d", first+i*step) // sorts otherwise by bytes than by number
	}
	return users
})

// testMemberPages does to objects with many members what testLedgerModel does to
// those with few.
func testMemberPages(t *testing.T, s *Store) {
	lease := acquire(t, s)
	trial := 0
	rapid.Check(t, func(rt *rapid.T) {
		if trial++; trial > 8 {
			return // each takes its time
		}
		key := fmt.Sprint("Group_", trial)
		model := model{}
		for range rapid.IntRange(1, 6).Draw(rt, "entries") {
			entry := ledger.Entry{
				Kind: directory.SecurityGroup, Key: key, State: directory.Managed,
				AddMembers: crowds.Draw(rt, "add"), StrangeMembers: crowds.Draw(rt, "strange"),
				DropMembers: crowds.Draw(rt, "drop"), ReleaseMembers: crowds.Draw(rt, "release"),
				AddOwners: crowds.Draw(rt, "owners"), DropOwners: crowds.Draw(rt, "dropOwners"),
				Lost: directory.Lost{Members: crowds.Draw(rt, "lost")},
			}
			commit(t, s, lease, []ledger.Entry{entry})
			model.apply(entry)
			if rapid.Bool().Draw(rt, "another key") {
				entry = ledger.Entry{Kind: directory.SecurityGroup, Key: key + "'", Was: key, State: directory.Retired}
				key = entry.Key
				commit(t, s, lease, []ledger.Entry{entry})
				model.apply(entry)
			}
			got, err := s.Have(t.Context(), lease.Scope, directory.SecurityGroup, key)
			check(t, err)
			if diff := cmp.Diff(model.haves(directory.SecurityGroup)[0], got, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("(-want +got):\n%.2000s", diff)
			}
			released, err := s.Released(t.Context(), lease.Scope, directory.SecurityGroup, key)
			check(t, err)
			if diff := cmp.Diff(model.released(object{directory.SecurityGroup, key}), released, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("released (-want +got):\n%.2000s", diff)
			}
		}
	})
	wantPagesHold(t, s)
}

func (m model) released(name object) []string {
	users := make(map[string]bool)
	for _, pairs := range []map[string]modelPair{m[name].owners, m[name].members} {
		for user, p := range pairs {
			if p.released {
				users[user] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(users))
}

// wantPagesHold sees whether every page is within its bounds and none is empty.
func wantPagesHold(t *testing.T, s *Store) {
	rows, err := s.read.QueryContext(t.Context(), `SELECT key, first_key, body FROM member_pages ORDER BY scope, kind, key, first_key`)
	check(t, err)
	defer rows.Close()
	lastKey, lastUser, pages := "", "", 0
	for rows.Next() {
		var key, first string
		var body []byte
		check(t, rows.Scan(&key, &first, &body))
		pairs, err := new(pairReader).readPage(body)
		check(t, err)
		if len(pairs) == 0 || len(pairs) > pagePairs {
			t.Errorf("a page of %s has %d pairs", key, len(pairs))
		}
		if pairs[0].user < first || key == lastKey && first <= lastUser {
			t.Errorf("the page of %s from %q on begins with %s, after one that ends with %s", key, first, pairs[0].user, lastUser)
		}
		lastKey, lastUser = key, pairs[len(pairs)-1].user
		pages++
	}
	check(t, rows.Err())
	if pages == 0 {
		t.Error("no object has pages")
	}
}

// A group that grows by a batch at a time, in the order of the users, leaves full
// pages behind and has its row alone written again.
func testGrowingGroup(t *testing.T, s *Store) {
	lease := acquire(t, s)
	const batch, batches = 1000, 20
	for i := range batches {
		entry := ledger.Entry{Kind: directory.SecurityGroup, Key: "Group", State: directory.Managed}
		for user := range batch {
			entry.AddMembers = append(entry.AddMembers, fmt.Sprintf("User_%09d", i*batch+user))
		}
		commit(t, s, lease, []ledger.Entry{entry})
	}
	have, err := s.Have(t.Context(), lease.Scope, directory.SecurityGroup, "Group")
	check(t, err)
	if len(have.Members) != batch*batches {
		t.Errorf("%d members, want %d", len(have.Members), batch*batches)
	}
	if pages := dump(t, s)["member_pages"]; pages != batch*batches/pagePairs+1 {
		t.Errorf("%d pages for %d members", pages, len(have.Members))
	}
	commit(t, s, lease, []ledger.Entry{{Kind: directory.SecurityGroup, Key: "Group", Forget: true}})
	if left := dump(t, s)["member_pages"]; left != 0 {
		t.Errorf("%d pages left of a forgotten object", left)
	}
}

// Links may come in any order, many or few at a time.
func testLinkPages(t *testing.T, s *Store) {
	tenant := scopeOf(t, s).Tenant
	trial := 0
	rapid.Check(t, func(rt *rapid.T) {
		trial++
		lease, err := s.Acquire(t.Context(), ledger.Scope{Tenant: tenant, Target: fmt.Sprint("trial ", trial)}, "test", ttl)
		check(t, err)
		run, err := s.Begin(t.Context(), lease, ledger.Run{Started: monday})
		check(t, err)
		person := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("User_", rapid.IntRange(0, 200).Draw(t, "person")) })
		model := make(map[string]ledger.Link)
		for i := range rapid.IntRange(1, 4).Draw(rt, "batches") {
			var links []ledger.Link
			for _, person := range rapid.SliceOfN(person, 0, 3*pageLinks).Draw(rt, "persons") {
				link := ledger.Link{Person: person, ID: rapid.OneOf(rapid.Just(""), texts).Draw(rt, "id"), Via: "rule"}
				links = append(links, link)
				if model[person] = link; link.ID == "" {
					delete(model, person)
				}
			}
			batch := ledger.Batch{Number: i + 1}
			check(t, s.Sent(t.Context(), lease, run.ID, batch, nil))
			check(t, s.Record(t.Context(), lease, run.ID, []ledger.Answer{{Batch: batch, Links: links}}))
			wantLinks(rt, s, lease.Scope, model, rapid.SliceOf(person).Draw(rt, "asked"))
		}
	})
}

func wantLinks(t *rapid.T, s *Store, scope ledger.Scope, want map[string]ledger.Link, asked []string) {
	got := make(map[string]ledger.Link)
	last := ""
	for link, err := range s.Links(t.Context(), scope) {
		if err != nil || link.Person <= last {
			t.Fatalf("%s after %s, %v", link.Person, last, err)
		}
		last, got[link.Person] = link.Person, link
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("links (-want +got):\n%s", diff)
	}
	ids, err := s.IDs(t.Context(), scope, directory.User, asked)
	if err != nil {
		t.Fatal(err)
	}
	wanted := make(map[string]string)
	for _, person := range asked {
		if link, there := want[person]; there {
			wanted[person] = link.ID
		}
	}
	if diff := cmp.Diff(wanted, ids); diff != "" {
		t.Fatalf("ids (-want +got):\n%s", diff)
	}
}

// Members in pages go with an object that gets another key.
func testRekeyInPages(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run}, all(steps(1)), nil))
	var crowd []string
	for i := range rowPairs + 1 {
		crowd = append(crowd, fmt.Sprintf("User_%04d", i))
	}
	for i, entry := range []ledger.Entry{
		{Kind: directory.ClassGroup, Key: "Section_1", ID: "1", State: directory.Managed, AddMembers: crowd},
		{Kind: directory.ClassGroup, Key: "Exp0926_Section_1", Was: "Section_1", ID: "1", State: directory.Retired},
	} {
		batch := ledger.Batch{Number: i + 1, First: 1, Last: 1}
		check(t, s.Sent(ctx, lease, run.ID, batch, nil))
		check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{{Batch: batch, Entries: []ledger.Entry{entry}}}))
	}
	have, err := s.Have(ctx, lease.Scope, directory.ClassGroup, "Exp0926_Section_1")
	check(t, err)
	if diff := cmp.Diff(crowd, have.Members); diff != "" || have.State != directory.Retired {
		t.Errorf("it is %s; members (-want +got):\n%s", have.State, diff)
	}
	_, err = s.Have(ctx, lease.Scope, directory.ClassGroup, "Section_1")
	wantKind(t, err, fault.NotFound)
}
