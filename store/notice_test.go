package store

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/notice"
)

// The end of a run puts a notice into the outbox for every channel that asks for it, in the
// same transaction; one that waits is taken by one process at a time, and by another when
// that one is gone.
func testNotices(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	tenant := lease.Scope.Tenant
	check(t, s.SetNoticeChannels(ctx, tenant, Channels{"it": notice.Kinds(), "head": {notice.RunFailed}}))
	run := carryOut(t, s, lease, ledger.Run{}, ledger.Commit{})
	failed, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	failed.Status, failed.Code, failed.Ended = ledger.Failed, "RosterShrunk", monday.Add(time.Minute)
	check(t, s.Finish(ctx, lease, failed, nil))
	want := []string{"head run.failed 2", "it roster.shrunk 2", "it run.finished 1"}
	told, err := s.Notices(ctx, tenant, 10)
	check(t, err)
	if diff := cmp.Diff(want, sorted(told)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	now, again := monday.Add(time.Hour), monday.Add(2*time.Hour)
	for _, test := range []struct {
		what string
		now  time.Time
		want int
	}{
		{"before they are due", run.Started.Add(-time.Hour), 0}, {"first", now, 2}, {"the rest", now, 1}, {"none is left", now, 0}, {"taken and not settled", again, 2},
	} {
		due, err := s.NoticesDue(ctx, tenant, test.now)
		check(t, err)
		taken, err := s.TakeNotices(ctx, tenant, test.now, again, 2)
		check(t, err)
		if len(taken) != test.want || due != (test.want > 0) {
			t.Errorf("%s: %d notices, want %d", test.what, len(taken), test.want)
		}
	}
	other, err := s.TakeNotices(ctx, "another tenant", again, again, 9)
	check(t, err)
	if len(other) != 0 {
		t.Errorf("another tenant takes %d", len(other))
	}
}

func sorted(all []notice.Notice) []string {
	var texts []string
	for _, n := range all {
		texts = append(texts, n.Channel+" "+string(n.Event.Kind)+" "+string('0'+rune(n.Event.Run)))
	}
	slices.Sort(texts)
	return texts
}

// What became of a notice is kept for a month, and is not changed by somebody who was slow.
func testNoticeSettled(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	tenant := lease.Scope.Tenant
	check(t, s.SetNoticeChannels(ctx, tenant, Channels{"it": notice.Kinds()}))
	run := carryOut(t, s, lease, ledger.Run{Started: monday}, ledger.Commit{})
	taken, err := s.TakeNotices(ctx, tenant, run.Ended.Add(time.Second), monday.Add(time.Hour), 9)
	check(t, err)
	if len(taken) != 1 || taken[0].Tries != 1 || taken[0].Event.Done != 1 {
		t.Fatalf("taken: %+v", taken)
	}
	sent := taken[0]
	sent.State, sent.Due, sent.Ended, sent.Answer = notice.Sent, time.Time{}, monday.Add(time.Minute), "200 OK"
	check(t, s.SettleNotice(ctx, tenant, sent))
	check(t, s.SettleNotice(ctx, tenant, taken[0])) // by somebody who got no answer
	told, err := s.Notices(ctx, tenant, 9)
	check(t, err)
	if diff := cmp.Diff([]notice.Notice{sent}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	check(t, s.SetNoticeChannels(ctx, tenant, Channels{}))
	later, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	later.Status, later.Ended = ledger.Failed, monday.Add(noticesKept+2*time.Minute)
	check(t, s.Finish(ctx, lease, later, nil))
	if told, err := s.Notices(ctx, tenant, 9); err != nil || len(told) != 0 {
		t.Errorf("after a month there are %v, %v", told, err)
	}
}

// A run whose process ended before it had a plan has failed, and somebody is told.
func testNoticeInterrupted(t *testing.T, s *Store) {
	ctx, lease := t.Context(), acquire(t, s)
	check(t, s.SetNoticeChannels(ctx, lease.Scope.Tenant, Channels{"it": {notice.RunFailed}}))
	_, err := s.Begin(ctx, lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.Interrupt(ctx, lease, monday.Add(time.Minute)))
	told, err := s.Notices(ctx, lease.Scope.Tenant, 9)
	check(t, err)
	if len(told) != 1 || told[0].Event.Code != Interrupted || told[0].Event.Ended != monday.Add(time.Minute) {
		t.Errorf("notices: %+v", told)
	}
}
