package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are the commands that scripts have besides homeroom, steps and
// outline:
//
//	exits CODE COMMAND...    runs a command and wants that exit code
//	add FILE LINE...         adds lines to a file
//	drop FILE TEXT...        drops the lines that begin with a text
//	change FILE OLD NEW      replaces a text everywhere
//	students FOLDER ORG N    adds to a roster a school with a class and N students
//	later DURATION           lets time go by for what Homeroom remembers
//	before                   keeps directory and runs for unchanged
//	unchanged [TABLE...]     compares them with those before, but for tables
//	nowhere TEXT...          wants no file of the data folder to hold a text
//	hold, letgo              holds the lease
//	encode ENCODING FILE     writes a file in utf-8-bom, latin-1 or utf-16
//	pack ZIP NAME=FILE...    packs files under any names; FILE may be zeros:BYTES
//	receive STATUS...        answers webhooks at $HOOK with each status in turn, the last for ever
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":     exits,
		"add":       addLines,
		"drop":      dropLines,
		"change":    changeText,
		"students":  addStudents,
		"later":     later,
		"before":    before,
		"unchanged": unchanged,
		"nowhere":   nowhere,
		"hold":      holdLease,
		"letgo":     letGo,
		"encode":    encode,
		"pack":      pack,
		"receive":   receive,
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func addLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: add FILE LINE...")
	}
	text := strings.TrimRight(ts.ReadFile(args[0]), "\n") + "\n"
	writeFile(ts, args[0], text+strings.Join(args[1:], "\n")+"\n")
}

func dropLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: drop FILE TEXT...")
	}
	text := ts.ReadFile(args[0])
	for _, start := range args[1:] {
		var kept strings.Builder
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, start) {
				kept.WriteString(line)
			}
		}
		if kept.String() == text {
			ts.Fatalf("%s has no line that begins with %q", args[0], start)
		}
		text = kept.String()
	}
	writeFile(ts, args[0], text)
}

func changeText(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: change FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	writeFile(ts, args[0], strings.ReplaceAll(text, args[1], args[2]))
}

func writeFile(ts *testscript.TestScript, name, text string) {
	ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
}

// addStudents adds to a roster, which it makes if it is not there, a school with
// one class, in which are a teacher and so many students. For the school S1 the
// ids are S1C, S1T, and S1P001, S1P002 and so on.
func addStudents(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: students FOLDER ORG N")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	org := args[1]
	people := []string{org + "T"}
	for i := range n {
		people = append(people, fmt.Sprintf("%sP%03d", org, i+1))
	}
	var users, roles, enrollments strings.Builder
	role := "teacher"
	for _, id := range people {
		fmt.Fprintf(&users, "%s,%s@lake.example,Given%[1]s,Family%[1]s\n", id, strings.ToLower(id))
		fmt.Fprintf(&roles, "%s,%s,%s\n", id, org, role)
		fmt.Fprintf(&enrollments, "%sC,%s,%s\n", org, id, role)
		role = "student"
	}
	for _, file := range [][3]string{
		{"orgs.csv", "sourcedId,name,type\n", org + ",School " + org + ",school\n"},
		{"users.csv", "sourcedId,username,givenName,familyName\n", users.String()},
		{"roles.csv", "userSourcedId,orgSourcedId,role\n", roles.String()},
		{"classes.csv", "sourcedId,orgSourcedId,title\n", fmt.Sprintf("%sC,%[1]s,Assembly %[1]s\n", org)},
		{"enrollments.csv", "classSourcedId,userSourcedId,role\n", enrollments.String()},
	} {
		extend(ts, filepath.Join(args[0], file[0]), file[1], file[2])
	}
}

// extend adds text to a file, which begins with the head.
func extend(ts *testscript.TestScript, name, head, text string) {
	path := ts.MkAbs(name)
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
	before, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		before, err = []byte(head), nil
	}
	ts.Check(err)
	writeFile(ts, name, string(before)+text)
}

// later moves every time that Homeroom remembers into the past.
func later(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: later DURATION")
	}
	by, err := time.ParseDuration(args[0])
	ts.Check(err)
	db, err := sql.Open("sqlite", filepath.Join(ts.Getenv("HOMEROOM_DATA"), databaseName))
	ts.Check(err)
	defer db.Close()
	for _, column := range []string{
		"runs.started", "runs.ended", "approvals.expires", "tallies.at", "accepted.at", "acceptances.at",
		"notices.created", "notices.due", "notices.ended",
	} {
		table, name, _ := strings.Cut(column, ".")
		_, err := db.Exec(fmt.Sprintf("UPDATE %s SET %[2]s = %[2]s - %[3]d WHERE %[2]s > 0", table, name, by.Microseconds()))
		ts.Check(err)
	}
}

// keptBefore is the name of what before keeps for unchanged.
type keptBefore struct{}

// before keeps what directory and runs are.
func before(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: before")
	}
	*ts.Value(keptBefore{}).(*string) = remembered(ts)
}

// unchanged compares directory and runs with what before kept, but for tables.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: unchanged [TABLE...]")
	}
	lines := func(all string) []string {
		return slices.DeleteFunc(strings.Split(all, "\n"), func(line string) bool {
			table, _, _ := strings.Cut(line, " ")
			return slices.Contains(args, table)
		})
	}
	if diff := cmp.Diff(lines(*ts.Value(keptBefore{}).(*string)), lines(remembered(ts))); diff != "" {
		ts.Fatalf("what is remembered changed (-before +now):\n%s", diff)
	}
}

// remembered returns everything in the data folder's database. Without a folder
// it is nothing, and no folder is made.
func remembered(ts *testscript.TestScript) string {
	path := filepath.Join(ts.Getenv("HOMEROOM_DATA"), databaseName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return ""
	}
	db, err := sql.Open("sqlite", path)
	ts.Check(err)
	defer db.Close()
	var all strings.Builder
	for _, table := range column(ts, db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name") {
		for _, row := range rows(ts, db, "SELECT * FROM "+table) {
			fmt.Fprintln(&all, table, row)
		}
	}
	return all.String()
}

// nowhere looks for texts in the files of the data folder and, unpacked, in the
// values of the database.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: nowhere TEXT...")
	}
	all := remembered(ts)
	ts.Check(filepath.WalkDir(ts.Getenv("HOMEROOM_DATA"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all += string(content)
		return err
	}))
	for _, text := range args {
		if strings.Contains(all, text) {
			ts.Fatalf("%q is kept in the data folder", text)
		}
	}
}

func column(ts *testscript.TestScript, db *sql.DB, query string) []string {
	var texts []string
	for _, row := range rows(ts, db, query) {
		texts = append(texts, strings.Trim(row, "[]"))
	}
	return texts
}

func rows(ts *testscript.TestScript, db *sql.DB, query string) []string {
	found, err := db.Query(query)
	ts.Check(err)
	defer found.Close()
	names, err := found.Columns()
	ts.Check(err)
	var texts []string
	for found.Next() {
		cells, into := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		ts.Check(found.Scan(into...))
		for i, cell := range cells {
			if blob, ok := cell.([]byte); ok {
				cells[i] = unpacked(ts, blob)
			}
		}
		texts = append(texts, fmt.Sprint(cells))
	}
	ts.Check(found.Err())
	return texts
}

// unpacked returns the text of a value, which may be compressed.
func unpacked(ts *testscript.TestScript, blob []byte) string {
	r, err := gzip.NewReader(bytes.NewReader(blob))
	if err != nil {
		return string(blob)
	}
	text, err := io.ReadAll(r)
	ts.Check(err)
	return string(text)
}

// heldLease is the name of the lock that hold took, a **flock.Flock.
type heldLease struct{}

func holdLease(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hold")
	}
	paths, err := filepath.Glob(filepath.Join(ts.Getenv("HOMEROOM_DATA"), "lease-*.lock"))
	ts.Check(err)
	if len(paths) != 1 {
		ts.Fatalf("the locks are %v", paths)
	}
	lock := flock.New(paths[0])
	*ts.Value(heldLease{}).(**flock.Flock) = lock
	locked, err := lock.TryLock()
	ts.Check(err)
	if !locked {
		ts.Fatalf("somebody holds the lease already")
	}
	ts.Defer(func() { _ = lock.Unlock() })
	db, err := sql.Open("sqlite", filepath.Join(ts.Getenv("HOMEROOM_DATA"), databaseName))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec("UPDATE scopes SET holder = 'homeroom sync (process 7 on office)', expires = $1", time.Now().Add(time.Minute).UnixMicro())
	ts.Check(err)
}

func letGo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: letgo")
	}
	ts.Check((*ts.Value(heldLease{}).(**flock.Flock)).Unlock())
}

// encode writes a file in another encoding. In latin-1 it ends with a line that
// has an umlaut.
func encode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: encode ENCODING FILE")
	}
	text := strings.TrimPrefix(ts.ReadFile(args[1]), "\ufeff")
	switch args[0] {
	case "utf-8-bom":
		text = "\ufeff" + text
	case "latin-1":
		text += "P9,mueller@lake.example,Max,M\xfcller\n"
	case "utf-16":
		text = "\xff\xfe" + strings.Join(strings.Split(text, ""), "\x00") + "\x00"
	default:
		ts.Fatalf("unknown encoding %s", args[0])
	}
	writeFile(ts, args[1], text)
}

func pack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pack ZIP NAME=FILE...")
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, arg := range args[1:] {
		name, file, _ := strings.Cut(arg, "=")
		entry, err := w.Create(name)
		ts.Check(err)
		text := []byte(nil)
		if size, zeros := strings.CutPrefix(file, "zeros:"); zeros {
			n, err := strconv.Atoi(size)
			ts.Check(err)
			text = make([]byte, n)
		} else {
			text = []byte(ts.ReadFile(file))
		}
		_, err = entry.Write(text)
		ts.Check(err)
	}
	ts.Check(w.Close())
	writeFile(ts, args[0], packed.String())
}
