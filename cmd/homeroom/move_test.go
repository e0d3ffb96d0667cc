//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/homeroomhq/homeroom/store/postgrestest"
)

// What a data folder holds goes on where it was in PostgreSQL, and the files are put aside.
func TestMove(t *testing.T) {
	database := postgrestest.Database(t)
	roster := filepath.Join(t.TempDir(), "roster")
	writeDistrict(t, roster)
	t.Chdir(t.TempDir())
	s := &server{process: &process{T: t}, dir: filepath.Join(t.TempDir(), "data")}
	s.run("init", roster)
	s.run("sync", roster, "--yes")
	before := s.run("directory", "export")
	s.run("apps", "create", "Timetable", "--permission", "IndustryData-Run.Start")

	serving := serveHere(t, s.dir)
	if said := s.fails("move", "--database", database); !strings.Contains(said, "A server works with the data in ") {
		t.Errorf("under a server move says %q", said)
	}
	serving.stop()
	if said := s.run("move", "--database", database); strings.Contains(said, database) || !strings.Contains(said, "PostgreSQL (") {
		t.Errorf("move says %q", said)
	}
	for _, name := range []string{databaseName, directoryName} {
		if _, err := os.Stat(filepath.Join(s.dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(s.dir, name+movedSuffix)); err != nil {
			t.Error(err)
		}
	}
	t.Setenv(databaseVariable, database)
	if diff := cmp.Diff(before, s.run("directory", "export")); diff != "" {
		t.Errorf("the directory (-before +after):\n%s", diff)
	}
	if said := s.run("sync", roster, "--yes"); !strings.Contains(said, "Run 2: the directory was true to the roster already.") {
		t.Errorf("the next sync says\n%s", said)
	}
	if said := s.run("audit", "verify"); !strings.Contains(said, "as written") {
		t.Errorf("audit verify says %s", said)
	}
	s.run("passwords", "export", "--out", filepath.Join(t.TempDir(), "sheet.csv"))

	// Nothing is written over, and without files there is nothing to move.
	again := filepath.Join(t.TempDir(), "again")
	t.Setenv(databaseVariable, "")
	s.dir = again
	s.run("sync", roster, "--yes")
	if said := s.fails("move", "--database", database); !strings.Contains(said, "has data already") {
		t.Errorf("moving to where there is data says %s", said)
	}
	if _, err := os.Stat(filepath.Join(again, databaseName)); err != nil {
		t.Error(err)
	}
	if said := s.fails("move"); !strings.Contains(said, "Say where the data is to go") {
		t.Errorf("moving nowhere says %s", said)
	}
	s.dir = filepath.Join(t.TempDir(), "nothing")
	if said := s.fails("move", "--database", database); !strings.Contains(said, "There is no Homeroom data in") {
		t.Errorf("moving nothing says %s", said)
	}
}

// fails runs the program, which is to fail, and returns what it says.
func (s *server) fails(args ...string) string {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), os.Args[0], append(args, "--data", s.dir)...)
	cmd.Args[0] = "homeroom"
	text, err := cmd.CombinedOutput()
	if _, failed := errors.AsType[*exec.ExitError](err); !failed {
		s.Fatalf("homeroom %v: %v\n%s", args, err, text)
	}
	return string(text)
}
