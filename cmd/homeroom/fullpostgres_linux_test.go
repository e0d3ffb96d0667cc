package main

import (
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib" // as the driver that it is
	"golang.org/x/sys/unix"

	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// administer carries out a statement about a database, of which %s is the name, from
// another one.
func (s *site) administer(address, statement string) {
	s.Helper()
	u, err := url.Parse(address)
	s.must(err)
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	db, err := sql.Open("pgx", u.String())
	s.must(err)
	defer db.Close()
	_, err = db.ExecContext(s.Context(), strings.ReplaceAll(statement, "%s", name))
	s.must(err)
}

// postgresChores are commands that write, each on what those before it made.
func (s *site) postgresChores() [][]string {
	return [][]string{
		{"migrate"},
		{"sync", s.rosters[0], "-c", s.config, "--yes"},
		{"apps", "create", "Timetable", "--permission", "IndustryData-Run.Start"},
		{"passwords", "export", "--out", filepath.Join(s.dir, "sheet.csv")},
		{"directory", "set", "User_100000000", "displayName=Somebody Else"},
		{"sync", s.rosters[1], "-c", s.config, "--yes"},
	}
}

// undisturbed returns the directory after all chores, on files.
func (s *site) undisturbed() string {
	s.Helper()
	calm := *s
	calm.urls = nil
	for _, args := range s.postgresChores() {
		calm.output(calm.command("calm", args...))
	}
	s.must(os.Remove(filepath.Join(s.dir, "sheet.csv")))
	return calm.stable("calm")
}

// Every command that writes says in one sentence that the database can only be read, as a
// standby, and does what it is to do as soon as that has passed.
func TestDatabaseReadOnly(t *testing.T) {
	s := newDiskSite(t)
	address := postgrestest.Database(t)
	s.urls = map[string]string{"data": address}
	want := s.undisturbed()
	says := regexp.MustCompile(`^homeroom: [^\n]*can only be read[^\n]*\n$`)
	for _, args := range s.postgresChores() {
		s.administer(address, `ALTER DATABASE %s SET default_transaction_read_only = on`)
		if !s.fails(s.command("data", args...), says) {
			t.Errorf("%v succeeds", args)
		}
		s.administer(address, `ALTER DATABASE %s RESET default_transaction_read_only`)
		_ = os.Remove(filepath.Join(s.dir, "sheet.csv")) // which is to be deleted then
		s.output(s.command("data", args...))
	}
	if diff := cmp.Diff(want, s.stable("data")); diff != "" {
		t.Errorf("the directory (-undisturbed +refused):\n%s", diff)
	}
}

// It is the same where the disk of the database is full.
func TestDatabaseFull(t *testing.T) {
	if !inside(t, unix.CLONE_NEWNS) {
		return
	}
	s := newDiskSite(t)
	path, err := os.MkdirTemp("", "small") // where the server may look
	s.must(err)
	t.Cleanup(func() { s.must(os.Remove(path)) }) // once nothing is mounted there
	s.must(os.Chmod(path, 0o755))
	d := s.mount(path)
	address := postgrestest.Database(t)
	s.urls = map[string]string{"data": address}
	want := s.undisturbed()
	tables := filepath.Join(path, "tables")
	s.must(os.Mkdir(tables, 0o700))
	s.must(giveToServer(address, tables))
	s.administer(address, `CREATE TABLESPACE small LOCATION '`+tables+`'`)
	s.administer(address, `ALTER DATABASE %s SET TABLESPACE small`)
	_ = s.command("data", "runs").Run() // so that the server writes what it needs for connections
	failed := 0
	for _, args := range s.postgresChores() {
		for _, room := range []int64{0, 64 << 10, 256 << 10} {
			free := d.fill(room)
			full := s.fails(s.command("data", args...), saysFull)
			free()
			if !full {
				break
			}
			failed++
			_ = os.Remove(filepath.Join(s.dir, "sheet.csv"))
		}
		_ = s.command("data", args...).Run() // it may have been done
	}
	if failed < len(s.postgresChores()) {
		t.Errorf("only %d commands found the disk full", failed)
	}
	if diff := cmp.Diff(want, s.stable("data")); diff != "" {
		t.Errorf("the directory (-undisturbed +full):\n%s", diff)
	}
}

// giveToServer gives a folder to whom the folder of a server of PostgreSQL's belongs.
func giveToServer(address, path string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	var of unix.Stat_t
	if err := unix.Stat(u.Query().Get("host"), &of); err != nil {
		return err
	}
	return os.Chown(path, int(of.Uid), int(of.Gid))
}
