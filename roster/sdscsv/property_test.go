package sdscsv_test

import (
	"archive/zip"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/rostertest"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// sheet is the rows of the files of a delivery.
type sheet map[string][][]string

func headers() map[string]string {
	return map[string]string{
		"orgs.csv":             "sourcedId,name,type,parentSourcedId",
		"academicSessions.csv": "sourcedId,title,type,schoolYear,startDate,endDate",
		"users.csv":            "sourcedId,username,givenName,familyName,email",
		"courses.csv":          "sourcedId,orgSourcedId,title,subject,grade,schoolYearSourcedId",
		"classes.csv":          "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
		"roles.csv":            "userSourcedId,orgSourcedId,role,grade,isPrimary,sessionSourcedId",
		"enrollments.csv":      "classSourcedId,userSourcedId,role",
		"relationships.csv":    "userSourcedId,relationshipUserSourcedId,relationshipRole",
	}
}

func (s sheet) files() rostertest.Delivery {
	files := make(rostertest.Delivery)
	for name, header := range headers() {
		var text strings.Builder
		text.WriteString(header + "\n")
		for _, row := range s[name] {
			text.WriteString(strings.Join(row, ",") + "\n")
		}
		files[name] = []byte(text.String())
	}
	return files
}

// drawSheet draws a delivery without a fault; no two rows of a file are alike.
func drawSheet(t *rapid.T) sheet {
	s := make(sheet)
	number := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(t, name) }
	orgs, people, classes := number("orgs", 1, 4), number("people", 2, 12), number("classes", 1, 6)
	for i := range orgs {
		parent := ""
		if i > 0 {
			parent = fmt.Sprint("O", number("parent", 0, i-1))
		}
		s.add("orgs.csv", fmt.Sprint("O", i), fmt.Sprint("Org ", i), "school", parent)
	}
	for i := range 3 {
		s.add("academicSessions.csv", fmt.Sprint("Y", i), "Year", "term", "2027", "2026-08-24", "2027-06-11")
	}
	for i := range people {
		s.add("users.csv", fmt.Sprint("P", i), fmt.Sprint("u", i), "Given", "Family", fmt.Sprintf("u%d@x.example", i))
	}
	for i := range 3 {
		s.add("courses.csv", fmt.Sprint("K", i), fmt.Sprint("O", i%orgs), "Course", "02", `"9,10"`, "Y0")
	}
	for i := range classes {
		s.add("classes.csv", fmt.Sprint("C", i), fmt.Sprint("O", number("org", 0, orgs-1)), "Class", `"Y2,Y1"`, fmt.Sprint("K", i%3))
	}
	role := rapid.SampledFrom([]string{"student", "teacher", "aide"})
	for i := range people {
		for org := range number("roles", 1, orgs) {
			s.add("roles.csv", fmt.Sprint("P", i), fmt.Sprint("O", org), role.Draw(t, "role"), "9", "true", "Y0")
		}
		for class := range number("enrollments", 0, classes) {
			s.add("enrollments.csv", fmt.Sprint("C", class), fmt.Sprint("P", i), role.Draw(t, "role"))
		}
		if i > 0 {
			s.add("relationships.csv", fmt.Sprint("P", i), fmt.Sprint("P", i-1), "guardian")
		}
	}
	return s
}

func (s sheet) add(name string, cells ...string) { s[name] = append(s[name], cells) }

// planted is a problem that a fault must lead to.
type planted struct {
	Rule     roster.Rule
	Severity roster.Severity
	Place    string
}

// A flaw is a row that is put at the end of a file, and what it must lead to.
type flaw struct {
	file     string
	row      string
	rule     roster.Rule
	severity roster.Severity
}

func flaws() []flaw {
	return []flaw{
		{"orgs.csv", "X%d,Name,skool,", roster.InvalidReferenceCode, roster.Error},
		{"orgs.csv", "X%d,Name,school,nowhere", roster.ReferenceNotFound, roster.Warning},
		{"orgs.csv", "O0,Name %d,school,", roster.DuplicateIdentifier, roster.Error},
		{"orgs.csv", "o0,Name,school,", roster.KeyCollision, roster.Error},
		{"academicSessions.csv", "X%d,Year,term,27,2026-08-24,2027-06-11", roster.InvalidYear, roster.Error},
		{"academicSessions.csv", "X%d,Year,term,2027,24/8/2026,2027-06-11", roster.InvalidDate, roster.Error},
		{"academicSessions.csv", "X%d,Year,term,2027,2027-08-24,2027-06-11", roster.DateRange, roster.Error},
		{"users.csv", "X%d,,Given,Family,", roster.RequiredValueMissing, roster.Error},
		{"users.csv", "X%d,u,Given,Family", roster.ColumnCountMismatch, roster.Error},
		{"users.csv", "X%d,u,Given,Family,x@x.example", roster.NoRole, roster.Warning},
		{"courses.csv", "X%d,O0,Title,Maths,9,", roster.InvalidReferenceCode, roster.Warning},
		{"courses.csv", "X%d,nowhere,Title,02,9,", roster.ReferenceNotFound, roster.Warning},
		{"classes.csv", "X%d,nowhere,Title,Y1,K0", roster.ReferenceNotFound, roster.Error},
		{"classes.csv", "X%d,O0,Title,Y9,K0", roster.ReferenceNotFound, roster.Warning},
		{"roles.csv", "P0,O0,proctor,9,perhaps%d,Y0", roster.InvalidBoolean, roster.Warning},
		{"roles.csv", "P0,O%d9,proctor,9,true,Y0", roster.ReferenceNotFound, roster.Error},
		{"enrollments.csv", "C0,P%d9,student", roster.ReferenceNotFound, roster.Error},
		{"enrollments.csv", "C0,P0,pupil%d", roster.InvalidReferenceCode, roster.Error},
		{"enrollments.csv", "C0,P0,stu\"dent%d", roster.UnbalancedQuote, roster.Error},
		{"relationships.csv", "P0,P%d9,guardian", roster.ReferenceNotFound, roster.Error},
	}
}

// What is planted is found, where it was planted, and nothing else.
func TestPlantedFaultsAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSheet(t)
		var want []planted
		used := make(map[string]bool)
		for i, f := range rapid.SliceOfN(rapid.SampledFrom(flaws()), 0, 12).Draw(t, "flaws") {
			row := f.row
			if strings.Contains(row, "%d") {
				row = fmt.Sprintf(row, 100+i)
			}
			// Repeated roles of one kind are repeated records; an id is new once.
			if kind := f.file + f.row; (f.rule == roster.InvalidBoolean || f.rule == roster.KeyCollision) && used[kind] {
				continue
			}
			used[f.file+f.row] = true
			s.add(f.file, row)
			want = append(want, planted{f.rule, f.severity, fmt.Sprintf("%s:%d", f.file, len(s[f.file])+1)})
		}
		r, problems := mustRead(t, s.files())
		var got []planted
		for _, p := range problems {
			got = append(got, planted{p.Rule, p.Severity, fmt.Sprintf("%s:%d", p.File, p.Line)})
		}
		order := func(a, b planted) int { return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Rule, b.Rule)) }
		slices.SortFunc(want, order)
		slices.SortFunc(got, order)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("problems (-planted +found):\n%s", diff)
		}
		rostertest.CheckApart(t, r)
	})
}

// The order of rows means nothing, but for which of two records with one id is
// the first.
func TestOrderOfRowsMeansNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSheet(t)
		for i, f := range rapid.SliceOfN(rapid.SampledFrom(flaws()), 0, 8).Draw(t, "flaws") {
			if f.rule == roster.DuplicateIdentifier || f.rule == roster.KeyCollision || f.rule == roster.UnbalancedQuote {
				continue
			}
			s.add(f.file, fmt.Sprintf(f.row, 100+i))
		}
		before, _ := mustRead(t, s.files())
		for _, name := range slices.Sorted(maps.Keys(s)) {
			s[name] = rapid.Permutation(s[name]).Draw(t, name)
		}
		after, _ := mustRead(t, s.files())
		if diff := gocmp.Diff(rostertest.Dump(before), rostertest.Dump(after)); diff != "" {
			t.Fatalf("roster (-before +after):\n%s", diff)
		}
	})
}

func mustRead(t interface{ Fatal(...any) }, files rostertest.Delivery) (*roster.Roster, []roster.Problem) {
	r, problems, err := sdscsv.Read(context.Background(), files, roster.DefaultCodes())
	if err != nil || r == nil {
		t.Fatal(err, problems)
	}
	return r, problems
}

// A folder and an archive of it give one roster.
func TestArchive(t *testing.T) {
	const dir = "testdata/o365-edu-tools"
	path := filepath.Join(t.TempDir(), "roster")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	folder, _ := read(t, open(t, dir))
	archive, problems := read(t, open(t, path))
	if len(problems) > 0 {
		t.Error(problems)
	}
	if folder.SHA256 != archive.SHA256 || len(folder.SHA256) != 64 {
		t.Errorf("hashes %s and %s", folder.SHA256, archive.SHA256)
	}
	if diff := gocmp.Diff(rostertest.Dump(folder), rostertest.Dump(archive)); diff != "" {
		t.Errorf("roster (-folder +archive):\n%s", diff)
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := sheet{}
	s.add("orgs.csv", "O1", "Name", "school", "")
	for i := range 5000 {
		s.add("users.csv", fmt.Sprint("P", i), "u", "", "", "")
	}
	if _, _, err := sdscsv.Read(ctx, s.files(), roster.DefaultCodes()); fault.KindOf(err) != fault.Canceled {
		t.Errorf("got %v", err)
	}
}

// A million bad rows are told by ten thousand problems.
func TestManyProblems(t *testing.T) {
	s := sheet{}
	s.add("orgs.csv", "O1", "Name", "school", "")
	s.add("users.csv", "P1", "u", "", "", "")
	for i := range 10_005 {
		s.add("roles.csv", fmt.Sprint("X", i), "O1", "student", "", "", "")
	}
	_, problems := mustRead(t, s.files())
	told, count := 0, 0
	for _, p := range problems {
		if p.Rule == roster.ReferenceNotFound {
			told++
			count += max(p.Count, 1)
		}
	}
	if told != 10_000 || count != 10_005 {
		t.Errorf("%d problems stand for %d", told, count)
	}
}

// Whatever the bytes are, reading ends, and nothing is both there and unknown.
func FuzzRead(f *testing.F) {
	base := rostertest.Parse(f, "testdata/base.txtar")
	files := rostertest.Deliver(base)
	f.Add(files["orgs.csv"], files["users.csv"], files["classes.csv"], files["roles.csv"], files["enrollments.csv"])
	f.Add([]byte("sourcedId,name,type\nO1,x,school\no1,\"a\nb\",school\n"), []byte("sourcedId,username\n\"P\"1,x\nP2\n"),
		[]byte("sourcedId,orgSourcedId,title\nC1,O1,\"x\n"), []byte("userSourcedId,orgSourcedId,role\n,,\n"), []byte("\xef\xbb\xbfclassSourcedId;userSourcedId\n\xff"))
	f.Fuzz(func(t *testing.T, orgs, users, classes, roles, enrollments []byte) {
		files := rostertest.Deliver(base)
		files["orgs.csv"], files["users.csv"], files["classes.csv"], files["roles.csv"], files["enrollments.csv"] = orgs, users, classes, roles, enrollments
		r, problems, err := sdscsv.Read(context.Background(), files, roster.DefaultCodes())
		if err != nil {
			t.Fatal(err)
		}
		catastrophic := slices.ContainsFunc(problems, func(p roster.Problem) bool { return p.Severity == roster.Catastrophic })
		if catastrophic != (r == nil) {
			t.Fatalf("roster: %v, problems: %v", r != nil, problems)
		}
		if r != nil {
			rostertest.CheckApart(t, r)
		}
	})
}
