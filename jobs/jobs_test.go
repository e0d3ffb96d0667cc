package jobs_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/homeroomhq/homeroom/jobs"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// migrated returns an empty database that has River's tables.
func migrated(t *testing.T) string {
	t.Helper()
	address := postgrestest.Database(t)
	if _, err := jobs.Migrate(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	return address
}

// open takes part in the work until the test ends.
func open(t *testing.T, address string, take func(context.Context, jobs.Batch)) *jobs.Queue {
	t.Helper()
	q, err := jobs.Open(t.Context(), address, slog.New(slog.DiscardHandler), take)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return q
}

func batch() jobs.Batch { return jobs.Batch{Tenant: "t", Target: "local", Epoch: 7, Run: 3} }

// Several that start together make the tables once.
func TestMigrate(t *testing.T) {
	address := postgrestest.Database(t)
	var servers sync.WaitGroup
	var lock sync.Mutex
	var applied []string
	for range 3 {
		servers.Go(func() {
			names, err := jobs.Migrate(t.Context(), address)
			if err != nil {
				t.Error(err)
			}
			lock.Lock()
			defer lock.Unlock()
			applied = append(applied, names...)
		})
	}
	servers.Wait()
	again, err := jobs.Migrate(t.Context(), address)
	if err != nil || len(again) > 0 {
		t.Errorf("applied again: %q; %v", again, err)
	}
	once := slices.Compact(slices.Sorted(slices.Values(applied)))
	if len(once) == 0 || len(once) != len(applied) {
		t.Errorf("applied %q, want each once", applied)
	}
}

// Every call reaches somebody, and while one is busy another one.
func TestCall(t *testing.T) {
	address := migrated(t)
	taken, goOn := make(chan jobs.Batch), make(chan struct{})
	take := func(_ context.Context, b jobs.Batch) {
		taken <- b
		<-goOn
	}
	first, second := open(t, address, take), open(t, address, take)
	const calls = 2 * jobs.AtOnce
	for _, q := range []*jobs.Queue{first, second} {
		if err := q.Call(t.Context(), batch(), calls/2); err != nil {
			t.Fatal(err)
		}
	}
	for range calls { // all at once, which takes both
		if diff := cmp.Diff(batch(), <-taken); diff != "" {
			t.Errorf("taken (-want +got):\n%s", diff)
		}
	}
	close(goOn)
}

// Where all that River knows is lost, it goes on with what comes next.
func TestLostRows(t *testing.T) {
	address := migrated(t)
	taken, goOn := make(chan jobs.Batch), make(chan struct{})
	q := open(t, address, func(_ context.Context, b jobs.Batch) {
		taken <- b
		<-goOn
	})
	if err := q.Call(t.Context(), batch(), jobs.AtOnce+5); err != nil {
		t.Fatal(err)
	}
	for range jobs.AtOnce {
		<-taken
	}
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	next := batch()
	next.Run++
	if err := q.Call(t.Context(), next, 1); err != nil {
		t.Fatal(err)
	}
	if got := <-taken; got != next {
		t.Errorf("taken is %+v, want %+v", got, next)
	}
}

// A server that stops ends what it is at.
func TestCloseEndsBatches(t *testing.T) {
	address := migrated(t)
	taken, goOn, ended := make(chan struct{}), make(chan struct{}), false
	q, err := jobs.Open(t.Context(), address, slog.New(slog.DiscardHandler), func(ctx context.Context, _ jobs.Batch) {
		close(taken)
		<-goOn
		ended = ctx.Err() == nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Call(t.Context(), batch(), 1); err != nil {
		t.Fatal(err)
	}
	<-taken
	closed := make(chan error)
	go func() { closed <- q.Close(t.Context()) }()
	close(goOn)
	if err := <-closed; err != nil || !ended {
		t.Errorf("the batch ended: %v; %v", ended, err)
	}
}
