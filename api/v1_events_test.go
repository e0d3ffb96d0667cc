package api

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homeroomhq/homeroom/ledger"
)

// While nothing moves a stream says now and then that it is still there, so that nobody on
// the way takes it for dead. When nobody can tell how far the run is, it breaks off: without
// an end nobody takes the run for ended.
func TestFollowQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		now := Progress{Run: RunDetail{Status: ledger.Running}, Stage: "applying"}
		broken := errors.New("the database is gone")
		var b strings.Builder
		err := new(Server).follow(t.Context(), &b, now, func(context.Context) (Progress, error) {
			if time.Since(began) > 40*time.Second {
				return now, broken
			}
			return now, nil
		})
		if !errors.Is(err, broken) || strings.Count(b.String(), ": still there\n\n") != 2 {
			t.Errorf("%v after %q", err, b.String())
		}
	})
}

// A list is not written on for somebody who has gone.
func TestListWriterStops(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var b strings.Builder
	list := listWriter{w: &b}
	if err := list.add(ctx, 1); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := list.add(ctx, 2); !errors.Is(err, context.Canceled) || b.String() != `{"value":[1` {
		t.Errorf("%v after %s", err, b.String())
	}
}
