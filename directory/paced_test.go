package directory_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/directory"
)

// bucket is a Pace in memory, which several servers share.
type bucket struct {
	lock sync.Mutex
	next time.Time
}

func (b *bucket) Reserve(_ context.Context, calls int, each, patience time.Duration) (time.Duration, error) {
	b.lock.Lock()
	defer b.lock.Unlock()
	pause := max(0, time.Until(b.next))
	if pause <= patience {
		b.next = time.Now().Add(pause + time.Duration(calls)*each)
	}
	return pause, nil
}

func (b *bucket) Defer(_ context.Context, wait time.Duration) error {
	b.lock.Lock()
	defer b.lock.Unlock()
	if until := time.Now().Add(wait); until.After(b.next) {
		b.next = until
	}
	return nil
}

// called is a target that notes when it was called. It answers the first changes as it is
// told.
type called struct {
	directory.Target
	lock   sync.Mutex
	times  []time.Duration // since began
	began  time.Time
	answer []directory.Outcome
}

func (c *called) Apply(context.Context, []directory.Change) ([]directory.Outcome, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.times = append(c.times, time.Since(c.began))
	answer := c.answer
	c.answer = nil
	return answer, nil
}

func (c *called) Stamp(context.Context) (string, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.times = append(c.times, time.Since(c.began))
	return "", nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Three servers that read as fast as they can, at several places at once, make as many
// calls as the target may have, and no more in any second.
func TestPacedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := &called{began: time.Now()}
		shared := &bucket{}
		var work sync.WaitGroup
		for range 3 {
			server := directory.Paced(target, shared, 10, pause)
			for range 2 {
				work.Go(func() {
					for range 50 {
						if _, err := server.Stamp(t.Context()); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		work.Wait()
		if took := time.Since(target.began); took < 29*time.Second || took > 31*time.Second {
			t.Errorf("300 calls of 10 a second took %s", took)
		}
		for i := range len(target.times) - 11 {
			if within := target.times[i+11] - target.times[i]; within < time.Second {
				t.Errorf("calls %d to %d were made within %s", i, i+11, within)
			}
		}
	})
}

// What the target asks one server for, all of them do. Changes are put off until then
// without calling it.
func TestPacedRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := &called{began: time.Now(), answer: []directory.Outcome{{Verdict: directory.Retry, Wait: time.Minute}}}
		shared := &bucket{}
		first, second := directory.Paced(target, shared, 1, pause), directory.Paced(target, shared, 1, pause)
		changes := make([]directory.Change, 2)
		apply(t, first, changes[:1])
		got := apply(t, second, changes)
		want := directory.Outcome{
			Verdict: directory.Retry, Rule: directory.TargetBusy, Message: "the directory is called as often as it may be", Wait: time.Minute,
		}
		if diff := cmp.Diff([]directory.Outcome{want, want}, got); diff != "" {
			t.Errorf("changes within the minute (-want +got):\n%s", diff)
		}
		if _, err := second.Stamp(t.Context()); err != nil { // which waits
			t.Fatal(err)
		}
		if diff := cmp.Diff([]time.Duration{0, time.Minute}, target.times); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

func apply(t *testing.T, target directory.Target, changes []directory.Change) []directory.Outcome {
	t.Helper()
	outcomes, err := target.Apply(t.Context(), changes)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// Turns that nobody took are not saved up.
func TestPacedStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		target := &called{began: time.Now()}
		server := directory.Paced(target, &bucket{}, 50, pause) // ten at a time
		if _, err := server.Stamp(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		for range 10 {
			if _, err := server.Stamp(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if first, last := target.times[1], target.times[10]; last-first < 180*time.Millisecond {
			t.Errorf("10 calls of 50 a second were made within %s", last-first)
		}
	})
}
