package store

import (
	"context"
	"database/sql"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

func TestFile(t *testing.T) {
	testStore(t, func(t *testing.T) *Store {
		return openFile(t, filepath.Join(t.TempDir(), "homeroom.db"))
	})
}

func TestMemory(t *testing.T) {
	testStore(t, func(t *testing.T) *Store {
		s, err := OpenMemory(t.Context())
		return closeLater(t, s, err)
	})
}

func TestPostgres(t *testing.T) {
	testStore(t, func(t *testing.T) *Store {
		s, err := Open(t.Context(), postgrestest.Database(t))
		return closeLater(t, s, err)
	})
}

// testStore is what any database under a Store must pass; open returns an empty
// one.
func testStore(t *testing.T, open func(t *testing.T) *Store) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *Store)
	}{
		{"tenant", testTenant},
		{"lease is held by one", testLeaseHeldByOne},
		{"lease expires", testLeaseExpires},
		{"lease is taken over", testTakeover},
		{"lease of the dead", testSucceed},
		{"commit outlasts the lease", testCommitOutlastsLease},
		{"lost lease writes nothing", testLostLease},
		{"runs", testRuns},
		{"pace of a target", testPace},
		{"pace after a pause", testPaceBurst},
		{"batches that are handed out", testHandOut},
		{"batches of the slow", testHandOutSlow},
		{"batches of a lost lease", testHandOutLease},
		{"batches of a canceled run", testHandOutCanceled},
		{"rejection", testRejection},
		{"rejection after holidays", testRejectionAfterHolidays},
		{"schedule", testSchedule},
		{"canceled run", testCancel},
		{"snapshots", testSnapshots},
		{"baselines of reverted runs", testBaselinesOfReverted},
		{"interrupted run", testInterruptedRun},
		{"notices", testNotices},
		{"notice is settled", testNoticeSettled},
		{"notice of an interrupted run", testNoticeInterrupted},
		{"forget a person", testForgetPerson},
		{"settled", testSettled},
		{"parts", testParts},
		{"reduced run", testReduce},
		{"runs that are past", testPast},
		{"plan", testPlan},
		{"commit is whole or nothing", testCommitAtomic},
		{"commit of an old plan", testCommitStale},
		{"journal", testJournal},
		{"many answers", testManyAnswers},
		{"entries", testEntries},
		{"ledger against a model", testLedgerModel},
		{"ledger in pages", testLedgerPages},
		{"ledger by span", testSpans},
		{"members in pages", testMemberPages},
		{"growing group", testGrowingGroup},
		{"another key in pages", testRekeyInPages},
		{"links in pages", testLinkPages},
		{"read while writing", testReadWhileWriting},
		{"links", testLinks},
		{"scopes are apart", testScopes},
		{"approvals", testApprovals},
		{"tallies", testTallies},
		{"accepted rosters", testAccepted},
		{"passwords", testPasswords},
		{"apps", testApps},
		{"signing keys", testSigningKeys},
		{"guesses", testGuesses},
		{"device codes", testDeviceCodes},
		{"revision", testRevision},
		{"flow sets", testFlowSets},
		{"flows", testFlows},
		{"readiness", testReadiness},
		{"unsettled flows", testUnsettledFlows},
		{"definitions", testDefinitions},
		{"owner", testOwner},
		{"owned by the API", testOwnedByAPI},
		{"import", testImport},
		{"hand over", testHandOver},
		{"audit", testAudit},
		{"tenants are apart", testTenantsApart},
		{"strangers", testStrangers},
		{"remove a tenant", testRemoveTenant},
		{"order of tenants", testTenantOrder},
		{"updates at once", testUpdateRace},
		{"statistics", testStatistics},
		{"absent ids", testAbsent},
		{"starts", testStarts},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func openFile(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	return closeLater(t, s, err)
}

func closeLater(t *testing.T, s *Store, err error) *Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func testTenant(t *testing.T, s *Store) {
	first, err := s.DefaultTenant(t.Context())
	check(t, err)
	second, err := s.DefaultTenant(t.Context())
	check(t, err)
	if first == "" || first != second {
		t.Errorf("tenants %q and %q, want one and the same", first, second)
	}
}

func TestOpenKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c#d%e.db") // characters that mean something in a URI
	s, err := Open(t.Context(), path)
	check(t, err)
	tenant, err := s.DefaultTenant(t.Context())
	check(t, err)
	check(t, s.Close())
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	again, err := openFile(t, path).DefaultTenant(t.Context())
	check(t, err)
	if again != tenant {
		t.Errorf("tenant %s after opening again, want %s", again, tenant)
	}
}

// What is written is waited for by itself, on systems that know that.
func TestFilesSyncData(t *testing.T) {
	for name, open := range map[string]func(path string){
		"store": func(path string) { openFile(t, path) },
		"handle": func(path string) {
			db, err := Handle(path)
			check(t, err)
			check(t, db.Close())
		},
	} {
		if _, err := sqlite.Fdatasync(false); err != nil {
			t.Skip(err)
		}
		open(filepath.Join(t.TempDir(), "a.db"))
		if !sqlite.FdatasyncEnabled() {
			t.Errorf("%s: commits wait for more than the data", name)
		}
	}
}

func TestOpenManyAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	tenants := make([]string, 8)
	var wait sync.WaitGroup
	for i := range tenants {
		wait.Go(func() {
			s, err := Open(context.Background(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if tenants[i], err = s.DefaultTenant(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, tenant := range tenants {
		if tenant != tenants[0] {
			t.Errorf("tenants %q, want one", tenants)
			break
		}
	}
}

func TestOpenReadOnly(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "homeroom.db")
	_, err := OpenReadOnly(t.Context(), path)
	wantKind(t, err, fault.NotFound)
	if files, _ := os.ReadDir(folder); len(files) != 0 {
		t.Errorf("reading made %v", files)
	}

	writer, err := Open(t.Context(), path)
	check(t, err)
	tenant, err := writer.DefaultTenant(t.Context())
	check(t, err)
	reader, err := OpenReadOnly(t.Context(), path)
	check(t, err)
	same, err := reader.DefaultTenant(t.Context())
	check(t, err)
	if same != tenant {
		t.Errorf("the reader sees tenant %q, want %q", same, tenant)
	}
	_, err = reader.Acquire(t.Context(), ledger.Scope{Tenant: tenant, Target: "local"}, "test", ttl)
	wantKind(t, err, fault.Denied)
	if _, err := reader.read.ExecContext(t.Context(), `DELETE FROM tenants`); err == nil {
		t.Error("the handle of a reader can write")
	}
	check(t, writer.Close())
	check(t, reader.Close())
	reader, err = OpenReadOnly(t.Context(), path)
	check(t, err)
	check(t, reader.Close())
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("reading left %v", files)
	}
}

// A handle is of a file of its own, private as the store's is.
func TestHandle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "directory.db")
	_, err := HandleReadOnly(path)
	wantKind(t, err, fault.NotFound)
	writer, err := Handle(path)
	check(t, err)
	defer writer.Close()
	_, err = writer.ExecContext(t.Context(), `CREATE TABLE t (a TEXT)`)
	check(t, err)
	info, err := os.Stat(path)
	check(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others have rights on the file: %v", info.Mode())
	}
	reader, err := HandleReadOnly(path)
	check(t, err)
	defer reader.Close()
	tx, err := writer.BeginTx(t.Context(), nil)
	check(t, err)
	defer tx.Rollback()
	for _, db := range []*sql.DB{reader, writer} { // nobody waits for who writes
		var count int
		check(t, db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM t`).Scan(&count))
	}
	if _, err := reader.ExecContext(t.Context(), `DELETE FROM t`); err == nil {
		t.Error("the handle of a reader can write")
	}
}

func TestOpenWhatIsNotOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	check(t, os.WriteFile(path, []byte("this is a text, and longer than the header of a database is"), 0o600))
	_, err := Open(t.Context(), path)
	wantKind(t, err, fault.Invalid)
	_, err = OpenReadOnly(t.Context(), path)
	wantKind(t, err, fault.Invalid)
	check(t, os.WriteFile(path, nil, 0o600))
	_, err = OpenReadOnly(t.Context(), path)
	wantKind(t, err, fault.NotFound)
	_, err = Open(t.Context(), filepath.Join(t.TempDir(), "missing", "homeroom.db"))
	wantKind(t, err, fault.Invalid)
}

// A database of a newer version is one for this program, too, unless the newer one says
// that it is not.
func TestOpenNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	s, err := Open(t.Context(), path)
	check(t, err)
	tenant, err := s.DefaultTenant(t.Context())
	check(t, err)
	write := func(statement string) {
		_, err := s.write.ExecContext(t.Context(), statement)
		check(t, err)
	}
	write(`INSERT INTO ` + versionTable + ` (version_id, is_applied) VALUES (9999, TRUE)`)
	reader, err := OpenReadOnly(t.Context(), path)
	closeLater(t, reader, err)
	check(t, openFile(t, path).Own(t.Context(), tenant, outbound.API))

	write(`UPDATE schema_readers SET least = 9999`)
	check(t, s.Close())
	_, err = Open(t.Context(), path)
	wantKind(t, err, fault.Invalid)
	_, err = OpenReadOnly(t.Context(), path)
	wantKind(t, err, fault.Invalid)
}

// Another handle on the file stands for another process.
func TestReaderOfAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	writer := openFile(t, path)
	reader, err := OpenReadOnly(t.Context(), path)
	closeLater(t, reader, err)
	readWhileWriting(t, writer, reader)
}

func testReadWhileWriting(t *testing.T, s *Store) { readWhileWriting(t, s, s) }

// readWhileWriting sees whether a stream shows one moment.
func readWhileWriting(t *testing.T, writer, reader *Store) {
	lease := acquire(t, writer)
	entries := memberEntries(3*pageObjects, "User_1")
	commit(t, writer, lease, entries)
	var seen []directory.Have
	for have, err := range reader.Haves(t.Context(), lease.Scope, directory.ClassGroup, directory.Span{}) {
		check(t, err)
		if len(seen) == 0 {
			commit(t, writer, lease, memberEntries(4*pageObjects, "User_2"))
		}
		seen = append(seen, have)
	}
	if len(seen) != len(entries) {
		t.Fatalf("%d objects, want the %d that there were at the start", len(seen), len(entries))
	}
	for _, have := range seen {
		if diff := cmp.Diff([]string{"User_1"}, have.Members); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", have.Key, diff)
		}
	}
	after := collect(t, reader.Haves(t.Context(), lease.Scope, directory.ClassGroup, directory.Span{}))
	if len(after) != 4*pageObjects || len(after[0].Members) != 2 {
		t.Errorf("a new stream has %d objects, the first with members %q", len(after), after[0].Members)
	}
}

func TestTwoWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "homeroom.db")
	lease := acquire(t, openFile(t, path))
	var wait sync.WaitGroup
	for range 4 {
		s := openFile(t, path)
		wait.Go(func() {
			for range 10 {
				if _, err := s.Begin(t.Context(), lease, ledger.Run{Started: monday}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	runs, err := openFile(t, path).Runs(t.Context(), lease.Scope, 100)
	check(t, err)
	if len(runs) != 40 || runs[0].ID != 40 {
		t.Errorf("%d runs up to %d, want 40", len(runs), runs[0].ID)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != kind {
		t.Errorf("error %v of kind %q, want kind %q", err, fault.KindOf(err), kind)
	}
}

func collect[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range items {
		check(t, err)
		all = append(all, item)
	}
	return all
}

// dump returns the number of rows of every table, by which the tests see
// whether anything was written.
func dump(t *testing.T, s *Store) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	for _, table := range []string{"runs", "plan_chunks", "batches", "objects", "member_pages", "link_pages", "approvals",
		"tallies", "accepted", "acceptances", "passwords"} {
		var count int
		err := s.read.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&count)
		check(t, err)
		counts[table] = count
	}
	return counts
}
