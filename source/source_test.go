package source

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/homeroomhq/homeroom/fault"
)

// entry is a file of a test, in a folder or in an archive.
type entry struct{ name, content string }

func writeFolder(t *testing.T, entries ...entry) string {
	t.Helper()
	dir := t.TempDir()
	for _, e := range entries {
		path := filepath.Join(dir, e.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(e.content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		f, err := w.Create(e.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeFile(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.bin") // what it is, its content tells
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustOpen(t *testing.T, path string) *Source {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestFolderAndArchiveHaveOneHash(t *testing.T) {
	users, orgs := entry{"users.csv", "sourcedId\n1\n"}, entry{"orgs.csv", "sourcedId\n"}
	folder := mustOpen(t, writeFolder(t, users, orgs, entry{"notes.txt", "x"}, entry{".users.csv", "x"}, entry{"old/users.csv", "x"}))
	for name, content := range map[string][]byte{
		"at the top":  zipped(t, users, orgs, entry{"readme.txt", "x"}),
		"in a folder": zipped(t, entry{"out/" + orgs.name, orgs.content}, entry{"out/" + users.name, users.content}, entry{"__MACOSX/out/._users.csv", "x"}, entry{".git/a.csv", "x"}),
	} {
		archive := mustOpen(t, writeFile(t, content))
		if archive.SHA256() != folder.SHA256() {
			t.Errorf("%s: the hash is another", name)
		}
		if got := strings.Join(archive.Names(), " "); got != "orgs.csv users.csv" {
			t.Errorf("%s: files %s", name, got)
		}
		r, err := archive.Open("users.csv")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != users.content {
			t.Errorf("%s: read %q, %v", name, got, err)
		}
	}
	if got := folder.Lines("users.csv"); got != 2 {
		t.Errorf("users.csv has %d lines", got)
	}
}

// Moving a byte from one file to the next, or from a name to a content, gives
// another hash.
func TestHashKeepsBordersApart(t *testing.T) {
	seen := make(map[string]int)
	for i, entries := range [][]entry{
		{{"a.csv", "xy"}, {"b.csv", "z"}},
		{{"a.csv", "x"}, {"b.csv", "yz"}},
		{{"a.csv", "xyz"}, {"b.csv", ""}},
		{{"a.csv", "xyz"}},
		{{"b.csv", "xyz"}},
	} {
		hash := mustOpen(t, writeFolder(t, entries...)).SHA256()
		if other, twice := seen[hash]; twice {
			t.Errorf("deliveries %d and %d have one hash", other, i)
		}
		seen[hash] = i
	}
}

func TestRefused(t *testing.T) {
	csv := entry{"users.csv", "sourcedId\n"}
	encrypted := zipped(t, csv)
	encrypted[6] |= encryptedEntry                                                  // in the local header
	encrypted[bytes.LastIndex(encrypted, []byte("PK\x01\x02"))+8] |= encryptedEntry // in the directory
	damaged := zipped(t, entry{"users.csv", strings.Repeat("sourcedId\n", 100)})
	damaged[45] ^= 0xff
	for name, c := range map[string]struct {
		path string
		kind fault.Kind
		says string
	}{
		"missing":        {filepath.Join(t.TempDir(), "x"), fault.NotFound, "is not there"},
		"empty folder":   {t.TempDir(), fault.Roster, "no CSV files"},
		"text file":      {writeFile(t, []byte("sourcedId,name\n")), fault.Roster, "is not a roster"},
		"empty file":     {writeFile(t, nil), fault.Roster, "is not a roster"},
		"empty archive":  {writeFile(t, zipped(t)), fault.Roster, "no CSV files"},
		"cut archive":    {writeFile(t, zipped(t, csv)[:20]), fault.Roster, "damaged"},
		"damaged entry":  {writeFile(t, damaged), fault.Roster, "damaged at users.csv"},
		"leads out":      {writeFile(t, zipped(t, entry{"../users.csv", "x"})), fault.Roster, "leads out"},
		"leads out deep": {writeFile(t, zipped(t, csv, entry{"a/../../x.txt", "x"})), fault.Roster, "leads out"},
		"absolute":       {writeFile(t, zipped(t, entry{"/users.csv", "x"})), fault.Roster, "does not stay inside"},
		"drive":          {writeFile(t, zipped(t, entry{"C:users.csv", "x"})), fault.Roster, "does not stay inside"},
		"backslash":      {writeFile(t, zipped(t, entry{`out\users.csv`, "x"})), fault.Roster, "backslash"},
		"twice":          {writeFile(t, zipped(t, csv, csv)), fault.Roster, "DuplicateFile"},
		"two folders":    {writeFile(t, zipped(t, entry{"a/users.csv", "x"}, entry{"b/orgs.csv", "x"})), fault.Roster, "several folders"},
		"top and folder": {writeFile(t, zipped(t, csv, entry{"b/orgs.csv", "x"})), fault.Roster, "several folders"},
		"encrypted":      {writeFile(t, encrypted), fault.Roster, "encrypted"},
	} {
		s, err := Open(c.path)
		if err == nil {
			_ = s.Close()
		}
		if fault.KindOf(err) != c.kind || err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v (%s), want %q (%s)", name, err, fault.KindOf(err), c.says, c.kind)
		}
	}
}

// What counts is what comes out, not what the headers say.
func TestBomb(t *testing.T) {
	path := writeFile(t, zipped(t, entry{"users.csv", strings.Repeat("x", 3<<20)}, entry{"orgs.csv", strings.Repeat("x", 3<<20)}))
	for limit, wants := range map[int64]fault.Kind{5 << 20: fault.Roster, 6 << 20: ""} {
		s, err := open(t.Context(), path, nil, func(int64) int64 { return limit })
		if fault.KindOf(err) != wants {
			t.Errorf("limit %d: %v", limit, err)
		}
		if err != nil {
			continue
		}
		for range 2 { // what was hashed may be read again and again
			if r, err := s.Open("users.csv"); err != nil {
				t.Error(err)
			} else if got, err := io.ReadAll(r); err != nil || len(got) != 3<<20 {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		}
		_ = s.Close()
	}
	for archive, want := range map[int64]int64{0: 64 << 20, 1 << 20: 200 << 20, 1 << 30: 16 << 30} {
		if got := expandedLimit(archive); got != want {
			t.Errorf("an archive of %d bytes may have %d, want %d", archive, got, want)
		}
	}
}

func TestNestedArchiveIsNoted(t *testing.T) {
	s := mustOpen(t, writeFile(t, zipped(t, entry{"users.csv", "x"}, entry{"more.ZIP", "x"})))
	if len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "more.ZIP") {
		t.Errorf("notes: %q", s.Notes)
	}
}

// A file that changes between hashing and reading is not read as if it were the
// one that was hashed.
func TestChangedFile(t *testing.T) {
	dir := writeFolder(t, entry{"users.csv", "sourcedId\n1\n"})
	path := filepath.Join(dir, "users.csv")
	s := mustOpen(t, dir)
	if err := os.WriteFile(path, []byte("sourcedId\n12\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open("users.csv"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("another size: %v", err)
	}

	s = mustOpen(t, dir)
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open("users.csv"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("another time: %v", err)
	}

	s = mustOpen(t, dir)
	r, err := s.Open("users.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 4); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); fault.KindOf(err) != fault.Conflict {
		t.Errorf("cut while open: %v", err)
	}

	s = mustOpen(t, dir)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open("users.csv"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("removed: %v", err)
	}
}

// Whatever bytes an archive has, it opens or says why not, and gives what it
// counted.
func FuzzZip(f *testing.F) {
	f.Add(zipped(f, entry{"users.csv", "sourcedId\n1\n"}))
	f.Add(zipped(f, entry{"out/users.csv", strings.Repeat("x", 1000)}, entry{"out/orgs.csv", ""}))
	f.Add(zipped(f))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "x.zip")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := Open(path)
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Fatalf("no sentence: %v", err)
			}
			return
		}
		defer s.Close()
		for _, file := range s.Files {
			if strings.ContainsAny(file.Name, `/\`) {
				t.Fatalf("the name %q leads elsewhere", file.Name)
			}
			r, err := s.Open(file.Name)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || int64(len(got)) != file.Size {
				t.Fatalf("%s: %d bytes, %v; counted %d", file.Name, len(got), err, file.Size)
			}
			_ = r.Close()
		}
	})
}

// Files are hashed at once, and the outcome is that of one after the other.
func TestHashingAtOnce(t *testing.T) {
	var entries []entry
	for i := range 40 {
		entries = append(entries, entry{fmt.Sprintf("f%02d.csv", i), strings.Repeat("sourcedId\n", i*i)})
	}
	path := writeFolder(t, entries...)
	processors := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(processors)
	single := mustOpen(t, path)
	runtime.GOMAXPROCS(max(processors, 4))
	several := mustOpen(t, path)
	if single.SHA256() != several.SHA256() || !slices.Equal(single.Files, several.Files) {
		t.Errorf("got %v, want %v", several.Files, single.Files)
	}
}

// Of several files that cannot be read, the first by name is told of.
func TestFirstDamaged(t *testing.T) {
	content := strings.Repeat("sourcedId\n", 100)
	archive := zipped(t, entry{"a.csv", content}, entry{"b.csv", content}, entry{"c.csv", content}, entry{"d.csv", content})
	for _, name := range []string{"b.csv", "d.csv"} {
		archive[bytes.Index(archive, []byte(name))+10] ^= 0xff // in the packed bytes
	}
	path := filepath.Join(t.TempDir(), "roster.zip")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "damaged at b.csv") {
			t.Fatalf("got %v", err)
		}
	}
}
