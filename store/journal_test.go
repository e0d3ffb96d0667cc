package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/ledger"
)

func testJournal(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	tenant := lease.Scope.Tenant
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	_, any, err := s.LastBatch(ctx, tenant, run.ID)
	check(t, err)
	if any {
		t.Error("a last batch, and none was sent")
	}
	batches := []ledger.Batch{{Number: 1, First: 1, Last: 2}, {Number: 2, First: 3, Last: 3}, {Number: 3, First: 4, Last: 9}, {Number: 4, First: 10, Last: 10}}
	for _, batch := range batches {
		check(t, s.Sent(ctx, lease, run.ID, batch, nil))
	}
	check(t, s.Sent(ctx, lease, run.ID, batches[2], nil)) // again, after a crash

	generation, err := s.Generation(ctx, lease.Scope)
	check(t, err)
	first := ledger.Answer{
		Batch: batches[0], Done: 1,
		Short: []ledger.Result{{
			Seq: 2, Kind: directory.User, Key: "User_2", Verdict: directory.Never, Rule: directory.NameConflict, Message: "The name is taken.",
		}},
		Tallies: []ledger.Tally{{Sort: "create user", Org: "1001", Count: 1}},
	}
	entry := ledger.Entry{Kind: directory.ClassGroup, Key: "Section_1", ID: "7", State: directory.Managed}
	link := ledger.Link{Person: "User_1", ID: "1", Via: "created"}
	third := ledger.Answer{Batch: batches[2], Done: 6}
	recorded := first
	recorded.Entries, recorded.Links = []ledger.Entry{entry}, []ledger.Link{link}
	check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{recorded}))
	// Two that are recorded together, about one object.
	renamed := ledger.Entry{Kind: entry.Kind, Key: entry.Key, State: directory.Managed, Set: directory.Attributes{directory.DisplayName: "A"}}
	recorded = third
	recorded.Entries = []ledger.Entry{renamed}
	renamed.Set = directory.Attributes{directory.DisplayName: "B"}
	fourth := ledger.Answer{Batch: batches[3], Done: 1, Entries: []ledger.Entry{renamed}}
	check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{recorded, fourth}))
	fourth.Entries = nil

	unanswered, err := s.Unanswered(ctx, tenant, run.ID)
	check(t, err)
	if diff := cmp.Diff(batches[1:2], unanswered); diff != "" {
		t.Errorf("unanswered (-want +got):\n%s", diff)
	}
	last, _, err := s.LastBatch(ctx, tenant, run.ID)
	check(t, err)
	if last != batches[3] {
		t.Errorf("last batch %+v, want %+v", last, batches[3])
	}
	if diff := cmp.Diff([]ledger.Answer{first, third, fourth}, collect(t, s.Answers(ctx, tenant, run.ID))); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	grown, err := s.Generation(ctx, lease.Scope)
	check(t, err)
	if grown != generation+2 {
		t.Errorf("generation %d after %d and two records", grown, generation)
	}
	have, err := s.Have(ctx, lease.Scope, entry.Kind, entry.Key)
	check(t, err)
	if have.ID != "7" || have.Attributes[directory.DisplayName] != "B" {
		t.Errorf("the ledger has %+v", have)
	}

	before := dump(t, s)
	first.Entries = []ledger.Entry{{Kind: entry.Kind, Key: "Section_2"}}
	if s.Record(ctx, lease, run.ID, []ledger.Answer{{Batch: batches[1]}, first}) == nil {
		t.Error("a batch was answered twice")
	}
	if s.Record(ctx, lease, run.ID, []ledger.Answer{{Batch: ledger.Batch{Number: 8}, Entries: []ledger.Entry{{Kind: entry.Kind, Key: "Section_2"}}}}) == nil {
		t.Error("a batch was answered that was never sent")
	}
	if s.Sent(ctx, lease, run.ID, batches[0], nil) == nil {
		t.Error("a batch was sent after it was answered")
	}
	if diff := cmp.Diff(before, dump(t, s)); diff != "" {
		t.Errorf("refused writes wrote (-before +after):\n%s", diff)
	}
}

// However many batches a run has, all answers are read, in their order.
func testManyAnswers(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	run, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	const many = 2*pageAnswers + 1
	for i := range many {
		batch := ledger.Batch{Number: i + 1, First: i + 1, Last: i + 1}
		check(t, s.Sent(ctx, lease, run.ID, batch, nil))
		check(t, s.Record(ctx, lease, run.ID, []ledger.Answer{{Batch: batch, Done: 1}}))
	}
	answers := collect(t, s.Answers(ctx, lease.Scope.Tenant, run.ID))
	if len(answers) != many || answers[many-1].Last != many {
		t.Errorf("%d answers of %d batches", len(answers), many)
	}
}
