package powertest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/homeroomhq/homeroom/store/powertest"
)

// writeVariable tells this test that it was called as another process: one that writes in
// the folder where it is.
const writeVariable = "HOMEROOM_TEST_WRITE"

// What was synced is there at every moment after it, and what was not may be missing, in
// part as well; names count apart from what is in files.
func TestCut(t *testing.T) {
	if os.Getenv(writeVariable) != "" {
		writeSome()
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "before"), []byte("there"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := powertest.New(t, folder)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCut$")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), writeVariable+"=yes")
	if said, err := r.Watch(cmd).Output(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	r.Done()
	seen := make(map[string]int)
	for number, moment := range r.Moments()[2:] { // those before are of what was there
		for seed := range uint64(300) {
			dice := rand.New(rand.NewPCG(seed, uint64(number)))
			if seed == 0 {
				dice = nil
			}
			cut := filepath.Join(t.TempDir(), "cut")
			if err := moment.Cut(cut, dice); err != nil {
				t.Fatal(err)
			}
			what := look(t, cut)
			seen[fmt.Sprintf("%d %s", number, what)]++
			if seed == 0 {
				t.Logf("%d, said %q: %s", number, moment.Said, what)
			}
		}
	}
	for _, may := range []string{
		"0 before there", "0 before there, file A", "0 before there, file .a", "0 before there, file Aa",
		"1 before there", "1 before there, file Aa", // the content lasts, the name does not
		"2 before there, file Aa", "2 before there, file Aa.B", "2 before there, file AaB",
		"3 before there, file AaB", "3 before there, other AaB", "4 before there, other AaB", "4 before there, file AaB",
		"5 before there, other AaB",
	} {
		if seen[may] == 0 {
			t.Errorf("%q never came up: %v", may, seen)
		}
	}
	for what := range seen {
		if strings.HasPrefix(what, "2") && !strings.Contains(what, "file Aa") || strings.HasPrefix(what, "5") && strings.Contains(what, "file") {
			t.Errorf("what was synced is gone: %s", what)
		}
	}
}

// block is some sectors of one letter.
func block(letter string) []byte { return bytes.Repeat([]byte(letter), 1024) }

// look says what is in a folder: of files the letters that follow each other, with a dot
// for zeros.
func look(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() != "before" {
			text = slices.Compact(bytes.ReplaceAll(text, []byte{0}, []byte(".")))
		}
		all = append(all, e.Name()+" "+string(text))
	}
	return strings.Join(all, ", ")
}

func writeSome() {
	folder, err := os.Open(".")
	must(err)
	f, err := os.Create("file")
	must(err)
	write := func(letter string) { _, err := f.Write(block(letter)); must(err) }
	write("A")
	write("a")
	must(f.Sync())
	fmt.Println("content")
	must(folder.Sync())
	write("B")
	must(f.Sync())
	_, err = f.WriteAt(block("C"), 0) // and back
	must(err)
	_, err = f.WriteAt(block("A"), 0)
	must(err)
	must(os.Rename("file", "other"))
	must(f.Sync())
	must(folder.Sync())
	must(errors.Join(f.Close(), folder.Close()))
	_, _ = io.WriteString(os.Stdout, "done\n")
	os.Exit(0)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
