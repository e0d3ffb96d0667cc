package sdscsv_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/homeroomhq/homeroom/roster"
)

var update = flag.Bool("update", false, "write what was read into the golden files")

// memory is a snapshot of files in memory.
type memory map[string][]byte

func (m memory) Names() []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (m memory) Lines(name string) int { return bytes.Count(m[name], []byte("\n")) }
func (m memory) SHA256() string        { return "test" }
func (m memory) Open(name string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(m[name])), nil
}

// Each file of testdata/*.txtar is a delivery: a sentence that names the rule,
// the CSV files, and what must come of them. Files that a delivery does not give
// are those of base.txtar; one that is given as "-- absent NAME --" is absent.
// Escapes stand for bytes that a text file cannot show.
func TestGolden(t *testing.T) {
	base := parse(t, "testdata/base.txtar")
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d golden files, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive := parse(t, path)
			files := delivery(base, archive)
			got := outcome(read(t, files))
			if *update {
				replace(archive, "outcome", got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(section(archive, "outcome")), got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

func parse(t testing.TB, path string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func delivery(archives ...*txtar.Archive) memory {
	files := make(memory)
	for _, a := range archives {
		for _, f := range a.Files {
			switch name, absent := strings.CutPrefix(f.Name, "absent "); {
			case absent:
				delete(files, name)
			case f.Name != "outcome":
				files[name] = unescape(f.Data)
			}
		}
	}
	return files
}

func unescape(data []byte) []byte {
	return []byte(strings.NewReplacer(
		`{BOM}`, "\xef\xbb\xbf", `{UTF16}`, "\xff\xfe", `{LATIN1 e-acute}`, "\xe9", `{NUL}`, "\x00", `{CR}`, "\r", `{END}`+"\n", "",
		`{5000 x}`, strings.Repeat("x", 5000), `{SPACE}`, " ",
	).Replace(string(data)))
}

func section(a *txtar.Archive, name string) []byte {
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func replace(a *txtar.Archive, name, text string) {
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == name })
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(text)})
}

// outcome tells all problems and, when there is a roster, the unknown and what
// is marked in the records.
func outcome(r *roster.Roster, problems []roster.Problem) string {
	var s strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&s, "%s %s %s:%d:%d", p.Severity, p.Rule, p.File, p.Line, p.Column)
		for _, part := range []struct{ name, value string }{{"record", p.Record}, {"field", p.Field}, {"value", p.Value}} {
			if part.value != "" {
				fmt.Fprintf(&s, " %s=%q", part.name, part.value)
			}
		}
		if p.Count != 0 {
			fmt.Fprintf(&s, " count=%d", p.Count)
		}
		fmt.Fprintf(&s, "\n    %s\n", p.Message)
		if p.Remedy == "" {
			fmt.Fprintf(&s, "    NO REMEDY\n")
		}
	}
	if r == nil {
		return s.String() + "no roster\n"
	}
	fmt.Fprintf(&s, "%d orgs, %d people, %d roles, %d sessions, %d courses, %d classes, %d enrollments, %d contacts\n",
		len(r.Orgs), len(r.People), len(r.Roles), len(r.Sessions), len(r.Courses), len(r.Classes), len(r.Enrollments), len(r.Contacts))
	u := r.Unknown
	for _, list := range []struct {
		name string
		ids  []string
	}{{"org", u.Orgs}, {"person", u.People}, {"class", u.Classes}} {
		for _, id := range list.ids {
			fmt.Fprintf(&s, "unknown %s %q\n", list.name, id)
		}
	}
	for _, o := range u.Roles {
		fmt.Fprintf(&s, "unknown role %q %q %q\n", o.Person, o.Org, o.Role)
	}
	for _, e := range u.Enrollments {
		fmt.Fprintf(&s, "unknown enrollment %q %q\n", e.Class, e.Person)
	}
	writeMarks(&s, r)
	return s.String()
}

func writeMarks(s *strings.Builder, r *roster.Roster) {
	mark := func(rec roster.Record, marks map[string]bool) {
		for _, name := range []string{"not active", "contacts unknown", "grade unknown", "subject unknown", "course unknown", "sessions unknown"} {
			if marks[name] {
				fmt.Fprintf(s, "%s: %s\n", r.Where(rec), name)
			}
		}
	}
	for _, o := range r.Orgs {
		mark(o.Record, map[string]bool{"not active": !o.Active})
	}
	for _, x := range r.Sessions {
		mark(x.Record, map[string]bool{"not active": !x.Active})
	}
	for _, p := range r.People {
		mark(p.Record, map[string]bool{"not active": !p.Active, "contacts unknown": p.ContactsUnknown})
	}
	for _, c := range r.Courses {
		mark(c.Record, map[string]bool{"not active": !c.Active, "grade unknown": c.GradeUnknown, "subject unknown": c.SubjectUnknown})
	}
	for _, c := range r.Classes {
		mark(c.Record, map[string]bool{"not active": !c.Active, "course unknown": c.CourseUnknown, "sessions unknown": c.SessionsUnknown})
	}
	for _, o := range r.Roles {
		mark(o.Record, map[string]bool{"not active": !o.Active, "grade unknown": o.GradeUnknown})
	}
	for _, e := range r.Enrollments {
		mark(e.Record, map[string]bool{"not active": !e.Active})
	}
}
