// Package store keeps what Homeroom remembers, in one SQLite file or in a database of
// PostgreSQL's.
//
//   - store: an open database. One connection writes; any number read.
//   - handle: an open database file of somebody else's, such as a directory's.
//   - update: what is written whole or not at all. There is one at a time; several
//     that wait share a transaction (writer.go).
//   - fence: the check, inside an update, that a run lease is still held.
//   - scope: a row for each tenant and target, which is also the run lease.
//   - chunk: some thousand steps of a plan, stored as one row.
//   - wave: some thousand ledger entries, written together in key order.
//   - pair: a user in an object, and by what ties: as owner, as member, ours or
//     there before.
//   - record: an object as a row of the ledger, packed, with its pairs when they
//     are few.
//   - book, page: a sorted list cut into rows, such as the pairs of an object that
//     has many, and the links of a scope.
//
// The nouns are those of ledger and plan; there is one file for each. There is one text of
// SQL for both databases. What is said in other words all the same is a dialect's
// (dialect.go); what PostgreSQL lacks it is given (postgres.sql).
package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/outbound"
)

// Store is an open database. Its methods may be called from several goroutines
// at once, and it may be written while a stream is half read.
type Store struct {
	name     string // for people: the path of the file, or which of PostgreSQL's it is
	dialect  dialect
	write    *sql.DB       // on SQLite one connection, the writer's; nil when only reading is allowed
	writer   updates       // nil likewise
	log      *checkpointer // nil likewise, in memory, and on PostgreSQL
	read     *sql.DB
	streams  *sql.DB // for what is gone through item by item; on SQLite the same as read
	revision revision
	memory   bool
	migrated []string // names of migrations

	tombstoneKey func() ([]byte, error) // see KeyTombstones

	flowSets cache[outbound.FlowSet]
	flows    cache[outbound.Flow]
}

// Pragmas stand in the address, not in statements, so that every connection of
// a pool gets them.
const (
	// Another process may be committing a plan of a million steps.
	patience = strict + "&_busy_timeout=60000"
	strict   = "_dqs=0&_error_rc=1"

	// A page takes twice its size in the cache: the allocator rounds up to a power of
	// two what it needs with its header. All connections of a process share
	// what they may have together.
	writing = patience + "&_txlock=immediate&_pragma=cache_size(-12288)"
	durable = writing + "&_journal_mode=WAL&_synchronous=FULL"
	minded  = durable + "&_pragma=wal_autocheckpoint(0)"                        // by a checkpointer
	moving  = strict + "&_busy_timeout=100&_journal_mode=WAL&_synchronous=FULL" // the checkpointer's
	fleeing = writing + "&_journal_mode=MEMORY&_synchronous=OFF"
	reading = patience + "&mode=rw&_query_only=1"
)

// Open opens the database at the path, makes it if it is missing, and brings its
// schema up to date. In place of a path there may be the URL of an empty database of
// PostgreSQL's, or of one that was opened before.
func Open(ctx context.Context, path string) (*Store, error) {
	if OnPostgreSQL(path) {
		return openPostgres(ctx, path)
	}
	address, err := fileAddress(path)
	if err != nil {
		return nil, err
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	syncData()
	return open(ctx, &Store{name: path}, addresses{address + "?" + minded, address + "?" + reading, address + "?" + moving})
}

// makePrivate makes the file if it is missing, readable by its owner alone: what
// is in it is about children. The files that SQLite puts beside it are given the
// same rights.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // closing it would give up the locks that SQLite has on it in this process
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "the Homeroom data at %s cannot be opened", path)
	}
	return f.Close()
}

// syncData lets commits wait for what was written, and not also for the time at which the
// file was changed: they last as well so, and wait for a busy disk less than half as long. It
// holds for the whole process; some systems do not have it, and go on as they did.
func syncData() {
	_, _ = sqlite.Fdatasync(true)
}

// OpenMemory opens an empty database in memory, which is gone when it is closed.
func OpenMemory(ctx context.Context) (*Store, error) {
	address := memoryAddress()
	return open(ctx, &Store{name: "memory", memory: true}, addresses{write: address + fleeing, read: address + reading})
}

// addresses are those of a database's connections.
type addresses struct {
	write, read string
	checkpoint  string // "" when there is no log
}

func open(ctx context.Context, s *Store, to addresses) (*Store, error) {
	var err error
	s.dialect = sqliteDialect{}
	if s.write, err = openPatient(to.write); err != nil {
		return nil, describe(err, s.name)
	}
	s.write.SetMaxOpenConns(1)
	if to.checkpoint != "" {
		if s.log, err = startCheckpointer(s.write, to.checkpoint); err != nil {
			return nil, errors.Join(describe(err, s.name), s.write.Close())
		}
	}
	s.writer = startWriter(s.write, s.log)
	if s.read, err = openPool(to.read); err != nil {
		return nil, errors.Join(describe(err, s.name), s.Close())
	}
	s.streams, s.revision = s.read, &dataVersion{db: s.read}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(describe(err, s.name), s.Close())
	}
	return s, nil
}

// OpenReadOnly opens the database at the path for reading and creates nothing.
// It fails with fault.NotFound when there is no database, and with fault.Invalid
// when the schema is not the one that this program knows.
func OpenReadOnly(ctx context.Context, path string) (*Store, error) {
	if OnPostgreSQL(path) {
		return openPostgresReadOnly(ctx, path)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "there is no Homeroom data at %s", path)
	}
	address, err := fileAddress(path)
	if err != nil {
		return nil, err
	}
	read, err := openPool(address + "?" + reading)
	if err != nil {
		return nil, describe(err, path)
	}
	s := &Store{name: path, dialect: sqliteDialect{}, read: read, streams: read, revision: &dataVersion{db: read}}
	if err := s.checkVersion(ctx); err != nil {
		return nil, errors.Join(describe(err, path), s.Close())
	}
	return s, nil
}

// openPool opens a pool without a limit, so that streams may be nested
// without waiting for each other.
func openPool(address string) (*sql.DB, error) {
	c, err := newConnector(address)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(c)
	pool.SetMaxIdleConns(4)
	return pool, nil
}

// Close closes the database when the updates under way are done.
func (s *Store) Close() error {
	if s.writer != nil {
		s.writer.finish()
	}
	var errs []error
	if s.revision != nil {
		errs = append(errs, s.revision.close())
	}
	if s.log != nil {
		errs = append(errs, s.log.close())
	}
	if s.streams != s.read {
		errs = append(errs, s.streams.Close())
	}
	for _, db := range []*sql.DB{s.read, s.write} { // the writer last: it tidies up the log
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// Name returns what people call the database: the path of its file, or which of
// PostgreSQL's it is, without user and password.
func (s *Store) Name() string { return s.name }

// Readers returns how many connections are reading.
func (s *Store) Readers() int {
	n := s.read.Stats().InUse
	if s.streams != s.read {
		n += s.streams.Stats().InUse
	}
	return n
}

// fileAddress returns the path as a URI, the only form in which no character of
// a path has a meaning of its own.
func fileAddress(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fault.Wrap(err, fault.Invalid, "the path %q cannot be used", path)
	}
	slashed := filepath.ToSlash(absolute)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	address := url.URL{Scheme: "file", Path: slashed}
	return address.String(), nil
}
