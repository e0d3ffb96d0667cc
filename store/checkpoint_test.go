package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// fill writes notes that take so many pages of the log, in one update.
func (s *Store) fill(name string, pages int) error {
	return s.update(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.Background(), `
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
			INSERT INTO pages SELECT $1 || i, zeroblob(4000) FROM n`, name, pages)
		return err
	})
}

func openPages(t *testing.T) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(t.TempDir(), "homeroom.db"))
	check(t, err)
	_, err = s.write.ExecContext(context.Background(), `CREATE TABLE pages (name TEXT PRIMARY KEY, page BLOB) WITHOUT ROWID`)
	check(t, err)
	return s
}

// logOf returns the pages of the log that are not in the file yet, and all of them.
func logOf(s *Store) (waiting, log int) {
	log, moved := walCheckpoint(s.write, "NOOP")
	return log - moved, log
}

// A log that has grown is moved into the file while nobody commits, and begins anew then.
func TestCheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openPages(t)
		defer s.Close()
		synctest.Wait()
		if waiting, log := logOf(s); waiting != log || log >= logStep {
			t.Errorf("%d of %d pages wait in the log of a new database, want all", waiting, log)
		}
		for _, name := range []string{"a", "b", "c"} {
			check(t, s.fill(name, logStep))
			synctest.Wait() // until the checkpointer has nothing to do
			if waiting, log := logOf(s); waiting != 0 || log < logStep {
				t.Errorf("%d of %d pages wait in the log, want none", waiting, log)
			}
			check(t, s.fill(name+"a", 1))
			if _, log := logOf(s); log >= logStep {
				t.Errorf("the log has %d pages, want those of one update", log)
			}
		}
	})
}

// The log stays short while others write and read without a pause.
func TestLogStaysShort(t *testing.T) {
	s := openPages(t)
	defer s.Close()
	reading, stop := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for reading.Err() == nil {
				if _, err := s.count(context.Background(), `SELECT COUNT(*) FROM (SELECT name FROM pages LIMIT 100)`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	const clients, pages, written = 4, 100, 6 * longLog
	for client := range clients {
		writers.Go(func() {
			for n := range written / clients / pages {
				check(t, s.fill(fmt.Sprint(client, "/", n, "/"), pages))
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	log, err := os.Stat(s.name + "-wal")
	check(t, err)
	if got := int(log.Size() / 4096); got > written/2 {
		t.Errorf("the log has had %d pages, of %d that were written", got, written)
	}
}

// While somebody reads what was before, updates go on, and the log grows. It begins anew
// when that is over.
func TestLogBehindReader(t *testing.T) {
	s := openPages(t)
	defer s.Close()
	tx, err := s.read.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	check(t, err)
	defer tx.Rollback()
	var none int
	check(t, tx.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pages`).Scan(&none))
	for n := range 2 * longLog / logStep {
		check(t, s.fill(fmt.Sprint("before ", n, "/"), logStep))
	}
	if waiting, log := logOf(s); waiting < 2*longLog {
		t.Errorf("%d of %d pages wait in the log, want all that were written", waiting, log)
	}
	check(t, tx.Rollback())
	check(t, s.fill("after ", logStep))
	check(t, s.fill("anew ", 1))
	if _, log := logOf(s); log >= logStep {
		t.Errorf("the log has %d pages, want those of one update", log)
	}
}

// A database that was closed is one file, whatever was to be moved.
func TestCloseLeavesNoLog(t *testing.T) {
	for _, pages := range []int{1, logStep, 2 * longLog} {
		s := openPages(t)
		check(t, s.fill("", pages))
		check(t, s.Close())
		files, err := os.ReadDir(filepath.Dir(s.name))
		check(t, err)
		var names []string
		for _, file := range files {
			names = append(names, file.Name())
		}
		if diff := cmp.Diff([]string{"homeroom.db"}, names); diff != "" {
			t.Errorf("files after %d pages (-want +got):\n%s", pages, diff)
		}
	}
}
