package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
)

// secrets leaves out what the tests say is secret.
func secrets() Omit {
	return Omit{
		Rows:   func(file string) bool { return file == "flags.csv" || file == "notes.csv" },
		Column: func(file, header string) bool { return file != "orgs.csv" && header == "password" },
	}
}

// A copy has the files, the hash and the lines of the original, and nothing that was to be
// left out; all else to the byte.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"marked.csv": "\ufeff\"id\",\"password\"\r\n\"1\",\"secret\"\r\n", // as PowerShell writes it
		"twice.csv":  "\ufeff\ufeffpassword,id\nsecret,1\n",
		"users.csv":  "\ufeffid, password,name\r\n1,\"top,\nsecret\",Mia\r\n\r\n2,,\"Li\"\r\n3,other,\"A \"\"B\"\"\"\r\n4,hidden\r\n5,x\"y,Zoe\r\n6,\"q\"r,Bo\r\n7,last,Al",
		"flags.csv":  "user,flag\n1,iep\n",
		"orgs.csv":   "id,name\n1,\"North\"\n",
		"empty.csv":  "",
		"notes.csv":  "She said \"no\", then\nyes\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	from, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := from.Copy(&b, secrets()); err != nil {
		t.Fatal(err)
	}
	c, err := OpenCopy(t.Context(), bytes.NewReader(b.Bytes()), int64(b.Len()), dir, from.SHA256(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.SHA256() != from.SHA256() || !slices.Equal(c.Names(), from.Names()) || c.Lines("users.csv") != from.Lines("users.csv") {
		t.Errorf("the copy is %s: %v with %d lines, want %s: %v with %d", c.SHA256(), c.Names(), c.Lines("users.csv"),
			from.SHA256(), from.Names(), from.Lines("users.csv"))
	}
	want := map[string]string{
		"users.csv":  "\ufeffid, password,name\r\n1,,Mia\n\n\r\n2,,\"Li\"\r\n3,,\"A \"\"B\"\"\"\n4,\n5,x\"\n6,x\"\n7,,Al",
		"marked.csv": "\ufeff\"id\",\"password\"\r\n1,\n",
		"twice.csv":  "\ufeff\ufeffpassword,id\n,1\n",
		"flags.csv":  "user,flag\n", "orgs.csv": "id,name\n1,\"North\"\n", "empty.csv": "", "notes.csv": "",
	}
	if diff := cmp.Diff(want, contents(t, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func contents(t *testing.T, s *Source) map[string]string {
	t.Helper()
	all := make(map[string]string)
	for _, name := range s.Names() {
		r, err := s.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// Whatever a file looks like, the copy has the same values in the same lines, but for the
// secret ones, which are nowhere.
func TestCopyCSV(t *testing.T) {
	cell := rapid.SampledFrom([]string{"", "a", " b", `"c"`, `"d,e"`, `"f""g"`, "\"h\ni\"", `j"k`, `"l"m`, "SECRET", `"SE,CRET"`, "\"SE\nCRET\"", `SECRET"`, `"SECRET"x`})
	row := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(cell, 0, 4).Draw(t, "row"), ",")
	})
	rapid.Check(t, func(t *rapid.T) {
		text := "id,password,name" + rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		for _, r := range rapid.SliceOfN(row, 0, 6).Draw(t, "rows") {
			text += r + rapid.SampledFrom([]string{"\n", "\r\n", "\n\n"}).Draw(t, "end")
		}
		if rapid.Bool().Draw(t, "cut off") {
			text = strings.TrimRight(text, "\r\n")
		}
		var b strings.Builder
		if err := copyCSV(&b, strings.NewReader(text), false, func(header string) bool { return header == "password" }); err != nil {
			t.Fatal(err)
		}
		if strings.Count(b.String(), "\n") != strings.Count(text, "\n") {
			t.Fatalf("%q became %q, of another number of lines", text, b.String())
		}
		if diff := cmp.Diff(values(text, true), values(b.String(), false)); diff != "" {
			t.Fatalf("%q became %q (-want +got):\n%s", text, b.String(), diff)
		}
	})
}

// values reads a file as package roster/csvfile does: of each row the values, without the
// secret one where that is to be left out, and whether there is a defect.
func values(text string, without bool) (rows [][]string) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if without && len(rows) > 0 && len(record) > 1 {
			record[1] = ""
		}
		if err != nil {
			record = append(record, "defect")
		}
		rows = append(rows, record)
	}
}

// A copy that is damaged, or none, says so.
func TestOpenCopyDamaged(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orgs.csv"), bytes.Repeat([]byte("1,North\n"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Copy(&b, secrets()); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(b.Bytes())
	flipped[50] ^= 0xff
	for name, bad := range map[string][]byte{"nothing": nil, "cut off": b.Bytes()[:b.Len()/2], "changed": flipped} {
		if _, err := OpenCopy(t.Context(), bytes.NewReader(bad), int64(len(bad)), dir, s.SHA256(), nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "orgs.csv"), []byte("1,South\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Copy(io.Discard, secrets()); fault.KindOf(err) != fault.Conflict {
		t.Errorf("of a roster that changed: %v", err)
	}
}
