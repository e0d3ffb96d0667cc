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

// memberEntries returns entries of class groups, each with one member.
func memberEntries(n int, member string) []ledger.Entry {
	entries := make([]ledger.Entry, n)
	for i := range entries {
		entries[i] = ledger.Entry{
			Kind: directory.ClassGroup, Key: fmt.Sprintf("Section_%06d", i), State: directory.Managed,
			Set: directory.Attributes{directory.DisplayName: "Algebra"}, AddMembers: []string{member},
		}
	}
	return entries
}

func testEntries(t *testing.T, s *Store) {
	lease := acquire(t, s)
	const kind, key = directory.ClassGroup, "Section_1"
	for _, step := range []struct {
		name  string
		entry ledger.Entry
		want  directory.Have
	}{
		{
			"created",
			ledger.Entry{
				ID: "7", State: directory.Managed, Created: true, Org: "110001",
				Set:       directory.Attributes{"displayName": "Algebra", "team": "true", "description": ""},
				AddOwners: []string{"User_9"}, AddMembers: []string{"User_9", "User_10"},
			},
			directory.Have{
				ID: "7", State: directory.Managed, Created: true, Org: "110001",
				Attributes: directory.Attributes{"displayName": "Algebra", "team": "true"},
				Owners:     []string{"User_9"}, Members: []string{"User_10", "User_9"},
			},
		},
		{
			"merged; strangers do not take the place of ours",
			ledger.Entry{
				State: directory.Managed, Set: directory.Attributes{"displayName": "Algebra 1", "team": ""},
				StrangeMembers: []string{"User_9", "User_8"}, StrangeOwners: []string{"User_8"},
			},
			directory.Have{
				ID: "7", State: directory.Managed, Created: true, Org: "110001",
				Attributes: directory.Attributes{"displayName": "Algebra 1"},
				Owners:     []string{"User_8", "User_9"}, Members: []string{"User_10", "User_8", "User_9"},
				StrangeOwners: []string{"User_8"}, StrangeMembers: []string{"User_8"},
			},
		},
		{
			"ours takes the place of a stranger; retired",
			ledger.Entry{State: directory.Retired, AddMembers: []string{"User_8"}, StrangeMembers: []string{"User_8"},
				DropMembers: []string{"User_10"}, DropOwners: []string{"User_8", "User_nobody"}},
			directory.Have{
				ID: "7", State: directory.Retired, Created: true, Org: "110001",
				Attributes: directory.Attributes{"displayName": "Algebra 1"},
				Owners:     []string{"User_9"}, Members: []string{"User_8", "User_9"},
			},
		},
	} {
		step.entry.Kind, step.entry.Key = kind, key
		step.want.Kind, step.want.Key = kind, key
		commit(t, s, lease, []ledger.Entry{step.entry})
		got, err := s.Have(t.Context(), lease.Scope, kind, key)
		check(t, err)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
	commit(t, s, lease, []ledger.Entry{{Kind: kind, Key: key, Forget: true}})
	_, err := s.Have(t.Context(), lease.Scope, kind, key)
	wantKind(t, err, fault.NotFound)
	if counts := dump(t, s); counts["objects"]+counts["member_pages"] != 0 {
		t.Errorf("left after forgetting: %v", counts)
	}
}

// model is the ledger as anyone would write it down: an object is its record
// and, for owners and members, whether each is ours, whether it is released, and whether it
// may not be there.
type model map[object]*modelObject

type modelObject struct {
	have            directory.Have
	owners, members map[string]modelPair
	lost            map[string]bool // attributes
}

type modelPair struct{ ours, released, unsure bool }

func (m model) apply(e ledger.Entry) {
	name, was := object{e.Kind, e.Key}, object{e.Kind, e.Was}
	if m[was] != nil && m[name] == nil {
		m[name] = m[was]
		m[name].have.Key = e.Key
		delete(m, was)
	}
	if e.Forget {
		delete(m, name)
		return
	}
	o := m[name]
	if o == nil {
		o = &modelObject{
			have:   directory.Have{Kind: e.Kind, Key: e.Key, Attributes: directory.Attributes{}},
			owners: map[string]modelPair{}, members: map[string]modelPair{}, lost: map[string]bool{},
		}
		m[name] = o
	}
	if e.State != o.have.State {
		o.have.State, o.have.Since = e.State, e.Since
	}
	if e.ID != "" {
		o.have.ID = e.ID
	}
	if e.Org != "" {
		o.have.Org = e.Org
	}
	if e.Created {
		o.have.Created = true
	}
	for attribute, value := range e.Set {
		o.have.Attributes[attribute] = value
		if value == "" {
			delete(o.have.Attributes, attribute)
		}
		delete(o.lost, attribute)
	}
	for _, attribute := range e.Lost.Values {
		o.lost[attribute] = true
	}
	applyPairs(o.owners, e.DropOwners, e.ReleaseOwners, e.AddOwners, e.StrangeOwners, e.ClaimOwners, e.Lost.Owners)
	applyPairs(o.members, e.DropMembers, e.ReleaseMembers, e.AddMembers, e.StrangeMembers, e.ClaimMembers, e.Lost.Members)
}

func applyPairs(pairs map[string]modelPair, drop, release, add, strange, claim, lost []string) {
	for _, user := range drop {
		delete(pairs, user)
	}
	for _, user := range release {
		if p, there := pairs[user]; there {
			pairs[user] = modelPair{p.ours, true, false}
		}
	}
	for _, user := range strange {
		pairs[user] = modelPair{pairs[user].ours, false, false}
	}
	for _, user := range claim {
		p, there := pairs[user]
		pairs[user] = modelPair{p.ours || !there, false, false}
	}
	for _, user := range add {
		pairs[user] = modelPair{true, false, false}
	}
	for _, user := range lost {
		if p, there := pairs[user]; !there || p.ours && !p.released {
			pairs[user] = modelPair{true, false, true}
		}
	}
}

func (m model) haves(kind directory.Kind) []directory.Have {
	var haves []directory.Have
	for name, o := range m {
		if name.kind != kind {
			continue
		}
		have := o.have
		have.Attributes = maps.Clone(have.Attributes)
		have.Owners, have.StrangeOwners, have.ReleasedOwners, have.Lost.Owners = sortedPairs(o.owners)
		have.Members, have.StrangeMembers, have.ReleasedMembers, have.Lost.Members = sortedPairs(o.members)
		have.Lost.Values = slices.Sorted(maps.Keys(o.lost))
		haves = append(haves, have)
	}
	slices.SortFunc(haves, func(a, b directory.Have) int { return object{kind, a.Key}.compare(object{kind, b.Key}) })
	return haves
}

func sortedPairs(pairs map[string]modelPair) (users, strange, released, unsure []string) {
	for _, user := range slices.Sorted(maps.Keys(pairs)) {
		p := pairs[user]
		if p.unsure {
			unsure = append(unsure, user)
		}
		switch {
		case p.released && p.ours:
			released = append(released, user)
		case p.released:
		case p.ours:
			users = append(users, user)
		default:
			users, strange = append(users, user), append(strange, user)
		}
	}
	return users, strange, released, unsure
}

// entryGenerator draws from few keys and users, so that entries meet each
// other; some of them sort differently by bytes and by letters.
func entryGenerator() *rapid.Generator[ledger.Entry] {
	users := rapid.SliceOfN(rapid.SampledFrom([]string{"User_1", "User_10", "User_9", "User_a", "User_B", "User_é"}), 0, 3)
	values := rapid.SampledFrom([]string{"", "x", "S_1", "S_9", "a longer text\nof two lines", "\x00é\xff"})
	return rapid.Custom(func(t *rapid.T) ledger.Entry {
		return ledger.Entry{
			Kind: rapid.SampledFrom([]directory.Kind{directory.User, directory.ClassGroup}).Draw(t, "kind"),
			Key:  rapid.SampledFrom([]string{"S_1", "S_10", "S_9", "S_a", "S_B", "S_é", "S_z"}).Draw(t, "key"),
			ID:   rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "id"),
			State: rapid.SampledFrom([]directory.State{directory.Managed, directory.Retired, directory.Released}).
				Draw(t, "state"),
			Since:   rapid.SampledFrom([]string{"", "2026-11-28"}).Draw(t, "since"),
			Created: rapid.Bool().Draw(t, "created"),
			Org:     rapid.SampledFrom([]string{"", "north", "south"}).Draw(t, "org"),
			Was:     rapid.SampledFrom([]string{"", "", "", "S_1", "S_9", "S_é"}).Draw(t, "was"),
			Set: rapid.MapOfN(rapid.SampledFrom([]string{"displayName", "mail", "team"}), values, 0, 3).
				Draw(t, "set"),
			AddOwners:      users.Draw(t, "addOwners"),
			AddMembers:     users.Draw(t, "addMembers"),
			StrangeOwners:  users.Draw(t, "strangeOwners"),
			StrangeMembers: users.Draw(t, "strangeMembers"),
			ClaimOwners:    users.Draw(t, "claimOwners"),
			ClaimMembers:   users.Draw(t, "claimMembers"),
			DropOwners:     users.Draw(t, "dropOwners"),
			DropMembers:    users.Draw(t, "dropMembers"),
			ReleaseOwners:  users.Draw(t, "releaseOwners"),
			ReleaseMembers: users.Draw(t, "releaseMembers"),
			Lost: directory.Lost{
				Values:  rapid.SliceOfN(rapid.SampledFrom([]string{"displayName", "mail"}), 0, 1).Draw(t, "lostValues"),
				Owners:  users.Draw(t, "lostOwners"),
				Members: users.Draw(t, "lostMembers"),
			},
			Forget: rapid.IntRange(0, 9).Draw(t, "forget") == 0,
		}
	})
}

func testLedgerModel(t *testing.T, s *Store) {
	tenant := scopeOf(t, s).Tenant
	trial := 0
	rapid.Check(t, func(rt *rapid.T) {
		trial++
		scope := ledger.Scope{Tenant: tenant, Target: fmt.Sprint("trial ", trial)}
		lease, err := s.Acquire(t.Context(), scope, "test", ttl)
		check(t, err)
		run, err := s.Begin(t.Context(), lease, ledger.Run{Started: monday})
		check(t, err)
		model := model{}
		batches := rapid.SliceOfN(rapid.SliceOfN(entryGenerator(), 0, 12), 1, 4).Draw(rt, "batches")
		for i, entries := range batches {
			batch := ledger.Batch{Number: i + 1}
			check(t, s.Sent(t.Context(), lease, run.ID, batch, nil))
			check(t, s.Record(t.Context(), lease, run.ID, []ledger.Answer{{Batch: batch, Entries: entries}}))
			for _, entry := range entries {
				model.apply(entry)
			}
			for _, kind := range directory.Kinds() {
				got := collect(t, s.Haves(t.Context(), scope, kind, directory.Span{}))
				if diff := cmp.Diff(model.haves(kind), got, cmpopts.EquateEmpty()); diff != "" {
					rt.Fatalf("%s (-want +got):\n%s", kind, diff)
				}
			}
		}
	})
}

func testLedgerPages(t *testing.T, s *Store) {
	lease := acquire(t, s)
	for _, n := range []int{pageObjects - 1, pageObjects, pageObjects + 1, 2 * pageObjects, waveEntries*2 + 500} {
		entries := memberEntries(n, "User_1")
		slices.Reverse(entries)
		commit(t, s, lease, entries)
		got := collect(t, s.Haves(t.Context(), lease.Scope, directory.ClassGroup, directory.Span{}))
		if len(got) != n {
			t.Fatalf("%d objects, want %d", len(got), n)
		}
		for i, have := range got {
			if want := fmt.Sprintf("Section_%06d", i); have.Key != want || len(have.Members) != 1 {
				t.Fatalf("object %d is %+v, want %s with its member", i, have, want)
			}
		}
	}
	// Leaving early leaves nothing open.
	for range 100 {
		for _, err := range s.Haves(t.Context(), lease.Scope, directory.ClassGroup, directory.Span{}) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if open := s.read.Stats().InUse; open != 0 {
		t.Errorf("%d connections in use after streams were left", open)
	}
}

func testScopes(t *testing.T, s *Store) {
	lease := acquire(t, s)
	commit(t, s, lease, memberEntries(3, "User_1"))
	other := ledger.Scope{Tenant: lease.Scope.Tenant, Target: "ldap"}
	if got := collect(t, s.Haves(t.Context(), other, directory.ClassGroup, directory.Span{})); len(got) != 0 {
		t.Errorf("a scope that is not known has %+v", got)
	}
	otherLease, err := s.Acquire(t.Context(), other, "test", ttl)
	check(t, err)
	run := commit(t, s, otherLease, memberEntries(2, "User_2"))
	if run.ID != 2 {
		t.Errorf("run %d, want 2: runs are counted within the tenant", run.ID)
	}
	got := collect(t, s.Haves(t.Context(), other, directory.ClassGroup, directory.Span{}))
	if len(got) != 2 || got[0].Members[0] != "User_2" {
		t.Errorf("the other scope has %+v", got)
	}
	if got := collect(t, s.Haves(t.Context(), lease.Scope, directory.ClassGroup, directory.Span{})); len(got) != 3 {
		t.Errorf("the first scope has %+v", got)
	}
	// A run of another scope cannot be ended under this lease.
	wantKind(t, s.Finish(t.Context(), lease, run, nil), fault.NotFound)
}

func testLinks(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	links := []ledger.Link{
		{Person: "User_9", ID: "id-9", GivenName: "g", FamilyName: "f", Via: "rule"},
		{Person: "User_10", ID: "id-10", Via: "created"},
		{Person: "User_9", ID: "id-9b", Via: "link"},
	}
	check(t, s.Commit(ctx, lease, ledger.Commit{Run: run, Links: links,
		Entries: all([]ledger.Entry{{Kind: directory.ClassGroup, Key: "Section_1", ID: "7", State: directory.Managed}}),
	}, all(steps(1)), nil))
	want := []ledger.Link{links[1], links[2]}
	if diff := cmp.Diff(want, collect(t, s.Links(ctx, lease.Scope))); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	users, err := s.IDs(ctx, lease.Scope, directory.User, []string{"User_9", "User_10", "User_11"})
	check(t, err)
	if diff := cmp.Diff(map[string]string{"User_9": "id-9b", "User_10": "id-10"}, users); diff != "" {
		t.Errorf("ids of users (-want +got):\n%s", diff)
	}
	groups, err := s.IDs(ctx, lease.Scope, directory.ClassGroup, []string{"Section_1", "Section_2"})
	check(t, err)
	if diff := cmp.Diff(map[string]string{"Section_1": "7"}, groups); diff != "" {
		t.Errorf("ids of groups (-want +got):\n%s", diff)
	}
	for number := range 2 { // the second finds none to take out
		batch := ledger.Batch{Number: number + 1}
		check(t, s.Sent(ctx, lease, run.ID, batch, nil))
		check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{{Batch: batch, Links: []ledger.Link{{Person: "User_9"}}}}))
	}
	if diff := cmp.Diff(links[1:2], collect(t, s.Links(ctx, lease.Scope))); diff != "" {
		t.Errorf("links after one was dropped (-want +got):\n%s", diff)
	}
}

func testSpans(t *testing.T, s *Store) {
	lease := acquire(t, s)
	commit(t, s, lease, memberEntries(pageObjects+10, "User_1"))
	whole := collect(t, s.Haves(t.Context(), lease.Scope, directory.ClassGroup, directory.Span{}))
	for _, span := range []directory.Span{
		{After: "Section_000003"},
		{After: "Section_000003", UpTo: "Section_000007"},
		{After: "Section_000003", UpTo: "Section_000007z"},
		{UpTo: "Section_001005"},
		{After: "Section_000007", UpTo: "Section_000003"},
		{After: "T"},
	} {
		var want []directory.Have
		for _, have := range whole {
			if span.Holds(have.Key) {
				want = append(want, have)
			}
		}
		got := collect(t, s.Haves(t.Context(), lease.Scope, directory.ClassGroup, span))
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", span, diff)
		}
	}
}
