package store

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// crashVariable tells this test that it was called as another process: in the folder where
// it is, it writes until it is killed.
const crashVariable = "HOMEROOM_TEST_CRASH"

// What was acknowledged is there after the process was killed, and no update is there by
// half, whoever shared its transaction.
func TestKilledWriter(t *testing.T) {
	if os.Getenv(crashVariable) != "" {
		writeUntilKilled(t)
	}
	for round := range 5 {
		dir := t.TempDir()
		acknowledged := killAfter(t, dir, 50+100*round)
		s := openFile(t, filepath.Join(dir, "homeroom.db"))
		there := make(map[string]bool)
		for _, note := range notes(t, s) {
			there[note] = true
		}
		for note := range there {
			name, part, _ := strings.Cut(note, " ")
			if strings.HasSuffix(name, refusedSuffix) {
				t.Errorf("%s was refused and is there", name)
			}
			other := map[string]string{"first": "second", "second": "first"}[part]
			if !there[name+" "+other] {
				t.Errorf("of %s only the %s part is there", name, part)
			}
		}
		for _, name := range acknowledged {
			if !there[name+" first"] {
				t.Errorf("%s was acknowledged and is not there", name)
			}
		}
	}
}

// killAfter lets another process write and kills it after so many updates. It returns the
// names of all that were acknowledged.
func killAfter(t *testing.T, dir string, updates int) []string {
	t.Helper()
	program, err := os.Executable()
	check(t, err)
	child := exec.CommandContext(t.Context(), program, "-test.run=^TestKilledWriter$")
	child.Dir = dir
	child.Env = append(os.Environ(), crashVariable+"=yes")
	out, err := child.StdoutPipe()
	check(t, err)
	check(t, child.Start())
	var names []string
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "acknowledged "); ok {
			names = append(names, name)
		}
		if len(names) == updates {
			check(t, child.Process.Kill())
		}
	}
	_ = child.Wait() // it was killed
	if len(names) < updates {
		t.Fatalf("the writer ended after %d updates", len(names))
	}
	return names
}

// writeUntilKilled writes from many goroutines, each update in two parts, and prints what
// was acknowledged.
func writeUntilKilled(t *testing.T) {
	s, err := Open(t.Context(), "homeroom.db")
	check(t, err)
	_, err = s.write.ExecContext(t.Context(), `CREATE TABLE notes (note TEXT NOT NULL PRIMARY KEY)`)
	check(t, err)
	for writer := range 16 {
		go func() {
			for n := 0; ; n++ {
				name := fmt.Sprintf("%d/%d", writer, n)
				if err := s.putTwo(context.Background(), name); err == nil {
					_, _ = fmt.Println("acknowledged " + name) // in one piece
				}
			}
		}()
	}
	select {} // until it is killed
}

const refusedSuffix = "7" // of names whose updates fail

// putTwo writes two notes, and fails then if the name says so.
func (s *Store) putTwo(ctx context.Context, name string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := putNote(ctx, tx, name+" first"); err != nil {
			return err
		}
		if err := putNote(ctx, tx, name+" second"); err != nil {
			return err
		}
		if strings.HasSuffix(name, refusedSuffix) {
			return errRefused
		}
		return nil
	})
}
