package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"net"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/homeroomhq/homeroom/access"
	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/ledger"
	"github.com/homeroomhq/homeroom/outbound"
	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// Servers that start at once bring a new database up to date together: one of them does it.
func TestPostgresOpenManyAtOnce(t *testing.T) {
	address := postgrestest.Database(t)
	const servers = 4
	tenants, applied := make([]string, servers), make([]int, servers)
	var wait sync.WaitGroup
	for i := range servers {
		wait.Go(func() {
			s, err := Open(context.Background(), address)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			applied[i] = len(s.Migrated())
			if tenants[i], err = s.DefaultTenant(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	did := 0
	for i, tenant := range tenants {
		if tenant != tenants[0] {
			t.Errorf("tenants %q, want one", tenants)
		}
		if applied[i] > 0 {
			did++
		}
	}
	if did != 1 {
		t.Errorf("migrations that each applied: %v; want one who did", applied)
	}
}

func TestPostgresReadOnly(t *testing.T) {
	address := postgrestest.Database(t)
	_, err := OpenReadOnly(t.Context(), address)
	wantKind(t, err, fault.NotFound)
	writer := openFile(t, address)
	tenant := tenantOf(t, writer)
	reader, err := OpenReadOnly(t.Context(), address)
	closeLater(t, reader, err)
	if same := tenantOf(t, reader); same != tenant {
		t.Errorf("the reader sees tenant %q, want %q", same, tenant)
	}
	_, err = reader.Acquire(t.Context(), ledger.Scope{Tenant: tenant, Target: "local"}, "test", ttl)
	wantKind(t, err, fault.Denied)
	_, err = reader.read.ExecContext(t.Context(), `DELETE FROM tenants`)
	wantKind(t, err, fault.Denied)
}

// What one server writes, another one sees at once, and streams of both show one moment.
func TestPostgresTwoServers(t *testing.T) {
	address := postgrestest.Database(t)
	one, two := openFile(t, address), openFile(t, address)
	before := revisionOf(t, two)
	check(t, one.Own(t.Context(), tenantOf(t, one), outbound.API))
	if revisionOf(t, two) == before {
		t.Error("the revision does not see what another server writes")
	}
	readWhileWriting(t, one, two)
}

// Updates of servers follow each other: each goes by what the one before has left. Without
// that, two would give runs one number, and records of the audit one place in the chain.
func TestPostgresWritersFollow(t *testing.T) {
	address := postgrestest.Database(t)
	first := openFile(t, address)
	lease, tenant := acquire(t, first), tenantOf(t, first)
	check(t, first.Own(t.Context(), tenant, outbound.API))
	var wait sync.WaitGroup
	for server := range 3 {
		s := openFile(t, address)
		for writer := range 2 {
			wait.Go(func() {
				for i := range 5 {
					if _, err := s.Begin(context.Background(), lease, ledger.Run{Started: monday}); err != nil {
						t.Error(err)
					}
					d := outbound.Definition{Type: "t", Code: fmt.Sprint(server, writer, i), SortIndex: 100*server + 10*writer + i}
					if err := s.PutDefinition(context.Background(), tenant, d, outbound.Entry{User: "ada"}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wait.Wait()
	runs, err := first.Runs(t.Context(), lease.Scope, 100)
	check(t, err)
	if len(runs) != 30 || runs[0].ID != 30 {
		t.Errorf("%d runs up to %d, want 30", len(runs), runs[0].ID)
	}
	if end, err := first.VerifyAudit(t.Context(), tenant, outbound.Mark{}); err != nil || end.Record != 30 {
		t.Errorf("the audit ends with record %d, %v; want 30", end.Record, err)
	}
}

// Tenants do not wait for each other; two that first come to a target at once get numbers
// of their own.
func TestPostgresTenantsApart(t *testing.T) {
	address := postgrestest.Database(t)
	s := openFile(t, address)
	tenant := tenantOf(t, s)
	check(t, s.AddTenant(t.Context(), access.Tenant{ID: "other"}, access.By{}))
	check(t, s.updateOf(t.Context(), tenant, func(*sql.Tx) error {
		return s.Own(t.Context(), "other", outbound.API)
	}))
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			scope := ledger.Scope{Tenant: fmt.Sprint("tenant ", i), Target: "local"}
			if _, err := s.Acquire(context.Background(), scope, "test", ttl); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	scopes, err := s.count(t.Context(), `SELECT COUNT(*) FROM scopes`)
	if err != nil || scopes != 8 {
		t.Errorf("%d scopes, %v; want 8", scopes, err)
	}
}

// Whoever knows that the holder of a lease is dead takes its lease, and no other.
func testSucceed(t *testing.T, s *Store) {
	scope := ledger.Scope{Tenant: tenantOf(t, s), Target: "local"}
	_, err := s.Acquire(t.Context(), scope, "dead", ttl)
	check(t, err)
	for _, dead := range []string{"", "other"} {
		_, err = s.Succeed(t.Context(), scope, dead, "heir", ttl)
		wantKind(t, err, fault.Busy)
	}
	lease, err := s.Succeed(t.Context(), scope, "dead", "heir", ttl)
	check(t, err)
	if lease.Epoch != 2 {
		t.Errorf("epoch %d, want 2", lease.Epoch)
	}
	check(t, s.Release(t.Context(), lease))
	_, err = s.Succeed(t.Context(), scope, "", "next", ttl)
	check(t, err)
}

// Failures that a person can do something about have sentences, and no sentence tells the
// password.
func TestPostgresFailures(t *testing.T) {
	address := postgrestest.Database(t)
	openFile(t, address)
	config, err := pgx.ParseConfig(address)
	check(t, err)
	conn, err := pgx.ConnectConfig(t.Context(), config)
	check(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), `CREATE ROLE reader LOGIN; CREATE SCHEMA theirs; REVOKE ALL ON SCHEMA theirs FROM PUBLIC`)
	check(t, err)
	defer func() {
		_, err := conn.Exec(context.Background(), `DROP ROLE reader`)
		check(t, err)
	}()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	check(t, closed.Close())
	host := "?host=" + path.Dir(config.Host) + "/" + path.Base(config.Host)
	for name, test := range map[string]struct {
		address string
		kind    fault.Kind
		says    string
	}{
		"no such database":   {"postgres://homeroom:sesame@/missing" + host, fault.Invalid, "create the database first"},
		"nobody is there":    {"postgres://homeroom:sesame@" + closed.Addr().String() + "/homeroom", fault.Unavailable, "does not answer"},
		"no such user":       {"postgres://nobody:sesame@/" + config.Database + host, fault.Denied, "does not let its user in"},
		"may not make them":  {"postgres://reader:sesame@/" + config.Database + host + "&search_path=theirs", fault.Denied, "homeroom migrate"},
		"not an address":     {"postgres://homeroom:ses%ame@@/x", fault.Invalid, "write it as"},
		"no such server":     {"postgres://homeroom:sesame@/x?host=/nowhere", fault.Unavailable, "does not answer"},
		"of another setting": {"postgres://homeroom:sesame@localhost/x?sslmode=sesame", fault.Invalid, "write it as"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), test.address)
			wantKind(t, err, test.kind)
			if err == nil {
				check(t, s.Close())
				return
			}
			if text := err.Error(); !strings.Contains(text, test.says) || strings.Contains(text, "sesame") || strings.Contains(text, "ses%") {
				t.Errorf("says: %s", text)
			}
		})
	}
}

// A connection that the server ended is one that does not answer; the next one does.
func TestPostgresCut(t *testing.T) {
	address := postgrestest.Database(t)
	s, other := openFile(t, address), openFile(t, address)
	cut := func() {
		_, err := other.read.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
		check(t, err)
	}
	tenant := tenantOf(t, s)
	err := s.updateOf(t.Context(), tenant, func(tx *sql.Tx) error {
		cut()
		return own(t.Context(), tx, tenant, outbound.File)
	})
	wantKind(t, err, fault.Unavailable)
	check(t, s.Own(t.Context(), tenant, outbound.API))
}

// What is written in the words of SQLite.
func TestTranslated(t *testing.T) {
	for from, want := range map[string]string{
		`SELECT a FROM t WHERE b = $1`:          `SELECT a FROM t WHERE b = $1`,
		`INSERT INTO t VALUES (?, ?), (?, ?)`:   `INSERT INTO t VALUES ($1, $2), ($3, $4)`,
		`CREATE TABLE t (a TEXT) WITHOUT ROWID`: `CREATE TABLE t (a TEXT COLLATE "C") `,
		`ALTER TABLE t ADD COLUMN a TEXT`:       `ALTER TABLE t ADD COLUMN a TEXT COLLATE "C"`,
		`SELECT CAST(a AS TEXT)`:                `SELECT CAST(a AS TEXT)`,
	} {
		if diff := cmp.Diff(want, translated(from)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", from, diff)
		}
	}
}

// As many streams as there may be are half read, and what is asked for an item is answered.
func TestPostgresStreamsAreNotWaitedFor(t *testing.T) {
	s, err := Open(t.Context(), postgrestest.Database(t))
	closeLater(t, s, err)
	lease := acquire(t, s)
	run, err := s.Begin(t.Context(), lease, ledger.Run{Started: monday})
	check(t, err)
	check(t, s.Commit(t.Context(), lease, ledger.Commit{Run: run}, all(steps(1)), nil))
	batch := ledger.Batch{Number: 1, First: 1, Last: 1}
	check(t, s.Sent(t.Context(), lease, run.ID, batch, nil))
	check(t, s.Record(t.Context(), lease, run.ID, []ledger.Answer{{Batch: batch, Entries: []ledger.Entry{
		{Kind: directory.User, Key: "User_1", ID: "1", State: directory.Managed},
	}}}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range s.streams.Stats().MaxOpenConnections {
		next, stop := iter.Pull2(s.Haves(ctx, lease.Scope, directory.User, directory.Span{}))
		defer stop()
		_, err, _ := next()
		check(t, err)
	}
	_, err = s.Have(ctx, lease.Scope, directory.User, "User_1")
	check(t, err)
}
