package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
)

// openNotes returns a store with a table of notes for updates to write.
func openNotes(t testing.TB) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "homeroom.db"))
	if err == nil {
		_, err = s.write.ExecContext(context.Background(), `CREATE TABLE notes (note TEXT NOT NULL PRIMARY KEY)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Store) note(ctx context.Context, note string) error {
	return s.update(ctx, func(tx *sql.Tx) error { return putNote(ctx, tx, note) })
}

func putNote(ctx context.Context, tx *sql.Tx, note string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notes (note) VALUES ($1)`, note)
	return err
}

func notes(t rapid.TB, s *Store) []string {
	t.Helper()
	found, err := query(context.Background(), s.read, func(row rowScanner) (note string, err error) {
		return note, row.Scan(&note)
	}, `SELECT note FROM notes ORDER BY note`)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// together runs the updates while another is at work, so that they share its transaction.
// It must be called in a bubble of synctest.
func together(s *Store, updates ...func() error) []error {
	errs := make([]error, len(updates))
	var wait sync.WaitGroup
	err := s.update(context.Background(), func(*sql.Tx) error {
		for i, update := range updates {
			wait.Go(func() { errs[i] = update() })
			synctest.Wait() // until it waits for its turn: so the order is that of the list
		}
		return nil
	})
	wait.Wait()
	return append(errs, err)
}

// hooks lets register be told what the writer's connection does.
func hooks(t testing.TB, s *Store, register func(sqlite.HookRegisterer)) {
	t.Helper()
	conn, err := s.write.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(c any) error {
		register(c.(patientConn).sqliteConn.(sqlite.HookRegisterer))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// commits counts what the writer commits from now on.
func commits(t testing.TB, s *Store) *int {
	t.Helper()
	count := new(int)
	hooks(t, s, func(h sqlite.HookRegisterer) {
		h.RegisterCommitHook(func() int32 {
			*count++
			return 0
		})
	})
	return count
}

var errRefused = errors.New("refused")

// noteThen writes a note and then meets its fate.
func (s *Store) noteThen(note, fate string) (err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := putNote(ctx, tx, note); err != nil {
			return err
		}
		switch fate {
		case "fails":
			return errRefused
		case "panics":
			panic(errRefused)
		case "gives up":
			cancel()
			return putNote(ctx, tx, note+" again")
		case "breaks a rule":
			return putNote(ctx, tx, note)
		}
		return nil
	})
}

// What an update does is kept when it succeeds and undone when it fails, whoever shares
// its transaction and in whatever order.
func TestUpdatesTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		defer s.Close()
		round := 0
		want := make(map[string]bool)
		rapid.Check(struct{ rapid.TB }{t}, func(t *rapid.T) { // a deadline is nothing for a bubble
			round++
			fates := rapid.SliceOfN(rapid.SampledFrom([]string{
				"", "", "fails", "panics", "gives up", "breaks a rule",
			}), 1, 8).Draw(t, "fates")
			var updates []func() error
			for i, fate := range fates {
				note := fmt.Sprint(round, "/", i)
				updates = append(updates, func() error { return s.noteThen(note, fate) })
				if fate == "" {
					want[note] = true
				}
			}
			for i, err := range together(s, updates...)[:len(fates)] {
				if (err == nil) != (fates[i] == "") {
					t.Errorf("update %d, which %q: %v", i, fates[i], err)
				}
			}
			if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), notes(t, s), cmpEmpty()); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	})
}

func cmpEmpty() cmp.Option {
	return cmp.Transformer("list", func(list []string) []string { return append([]string{}, list...) })
}

// Updates that wait share a commit; one that comes alone has its own.
func TestUpdatesShareCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		defer s.Close()
		count := commits(t, s)
		var updates []func() error
		for i := range maxTurns + 10 {
			updates = append(updates, func() error { return s.note(context.Background(), fmt.Sprint(i)) })
		}
		if err := errors.Join(together(s, updates...)...); err != nil {
			t.Fatal(err)
		}
		if *count != 2 {
			t.Errorf("%d commits for one update more than %d that waited, want 2", *count, len(updates))
		}
		check(t, s.note(context.Background(), "alone"))
		if *count != 3 {
			t.Errorf("%d commits after one more update, want 3", *count)
		}
	})
}

// An update of which the commit fails has not happened, and neither have those that share
// it; all are told.
func TestCommitFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		defer s.Close()
		errFull := errors.New("no room")
		err := s.update(t.Context(), func(*sql.Tx) error { return errFull })
		if !errors.Is(err, errFull) {
			t.Errorf("an update that fails: %v", err)
		}
		undo := func() error { // as SQLite does by itself when the disk is full
			return s.update(context.Background(), func(tx *sql.Tx) error {
				_, _ = tx.ExecContext(context.Background(), `ROLLBACK`)
				return errFull
			})
		}
		errs := together(s,
			func() error { return s.note(context.Background(), "before") }, undo,
			func() error { return s.note(context.Background(), "after") })
		for i, want := range []error{errFull, errFull, nil, errFull} {
			if !errors.Is(errs[i], want) {
				t.Errorf("update %d: %v, want %v", i, errs[i], want)
			}
		}
		if diff := cmp.Diff([]string{"after"}, notes(t, s)); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// Who gives up in the middle of a statement undoes nothing of others: SQLite would undo
// the whole transaction.
func TestUpdateGivesUpInStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		rows := 0
		hooks(t, s, func(h sqlite.HookRegisterer) {
			h.RegisterPreUpdateHook(func(d sqlite.SQLitePreUpdateData) {
				if d.TableName == "notes" {
					rows++
				}
				if rows == 2 { // of which one is of the note before
					cancel()
				}
			})
		})
		many := func() error {
			return s.update(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, `
					WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
					INSERT INTO notes SELECT 'number ' || i FROM n`)
				return errors.Join(err, ctx.Err())
			})
		}
		errs := together(s, func() error { return s.note(t.Context(), "before") }, many,
			func() error { return s.note(t.Context(), "after") })
		if !errors.Is(errs[1], context.Canceled) || errors.Join(errs[0], errs[2], errs[3]) != nil {
			t.Errorf("errors %v, want one of the second", errs)
		}
		if diff := cmp.Diff([]string{"after", "before"}, notes(t, s)); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// Who gives up while others write does not wait for them, and writes nothing.
func TestUpdateGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		err := s.update(t.Context(), func(*sql.Tx) error {
			var waiting error
			done := make(chan struct{})
			go func() {
				waiting = s.note(ctx, "late")
				close(done)
			}()
			synctest.Wait()
			cancel()
			<-done
			return waiting
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the update that gave up: %v", err)
		}
		if found := notes(t, s); len(found) != 0 {
			t.Errorf("notes %q, want none", found)
		}
	})
}

// While another process writes, who gives up does not wait for it. Neither does Close.
func TestUpdateGivesUpOnOtherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		other, err := Handle(s.name)
		check(t, err)
		defer other.Close()
		tx, err := other.BeginTx(context.Background(), nil)
		check(t, err)
		defer tx.Rollback()
		start := time.Now() // of the bubble's clock, which stands still while somebody works
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() { gaveUp <- s.note(ctx, "late") }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("the update that gave up: %v", err)
		}
		check(t, s.Close())
		if waited := time.Since(start); waited > 0 {
			t.Errorf("it took %v, want no waiting", waited)
		}
	})
}

// Close waits for who is at work or waits, and takes nobody on.
func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openNotes(t)
		path := s.name
		var closed sync.WaitGroup
		err := s.update(t.Context(), func(tx *sql.Tx) error {
			closed.Go(func() { _ = s.note(t.Context(), "waits") })
			synctest.Wait()
			closed.Go(func() { check(t, s.Close()) })
			return putNote(t.Context(), tx, "works")
		})
		check(t, err)
		closed.Wait()
		wantKind(t, s.note(t.Context(), "late"), fault.Unavailable)
		again, err := Open(t.Context(), path)
		check(t, err)
		defer again.Close()
		if diff := cmp.Diff([]string{"waits", "works"}, notes(t, again)); diff != "" {
			t.Errorf("notes (-want +got):\n%s", diff)
		}
	})
}

// BenchmarkUpdate writes from one goroutine and from many, and reports how many updates
// share a commit.
func BenchmarkUpdate(b *testing.B) {
	for _, clients := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprint(clients, " clients"), func(b *testing.B) {
			s := openNotes(b)
			defer s.Close()
			count := commits(b, s)
			numbers := make(chan int)
			var wait sync.WaitGroup
			b.ResetTimer()
			for range clients {
				wait.Go(func() {
					for n := range numbers {
						if err := s.note(b.Context(), fmt.Sprintf("%09d", n)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for n := range b.N {
				numbers <- n
			}
			close(numbers)
			wait.Wait()
			b.ReportMetric(float64(b.N)/float64(*count), "updates/commit")
		})
	}
}
