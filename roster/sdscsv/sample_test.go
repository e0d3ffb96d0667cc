package sdscsv_test

import (
	"context"
	"testing"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
	"github.com/homeroomhq/homeroom/source"
)

// open opens a folder or archive for the time of the test.
func open(t testing.TB, path string) *source.Source {
	t.Helper()
	src, err := source.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// read reads a snapshot that can be read.
func read(t testing.TB, src roster.Snapshot) (*roster.Roster, []roster.Problem) {
	t.Helper()
	if sdscsv.Detect(src) == roster.Unlike {
		t.Fatal("not detected")
	}
	r, problems, err := sdscsv.Read(context.Background(), src, roster.DefaultCodes())
	if err != nil {
		t.Fatal(err)
	}
	return r, problems
}

// The sample that Microsoft publishes (MIT, see LICENSE.txt beside it) is read
// without a problem.
func TestOfficialSample(t *testing.T) {
	r, problems := read(t, open(t, "testdata/o365-edu-tools"))
	for _, p := range problems {
		t.Errorf("problem: %+v", p)
	}
	counts := []int{len(r.Orgs), len(r.People), len(r.Roles), len(r.Sessions), len(r.Courses), len(r.Classes), len(r.Enrollments), len(r.Contacts)}
	want := []int{4, 8, 7, 2, 3, 2, 6, 3}
	for i := range want {
		if counts[i] != want[i] {
			t.Fatalf("got %v records, want %v", counts, want)
		}
	}
	class := r.Classes[r.Class("112001")]
	if title := r.Str(class.Title); title != "Computer Science 101" {
		t.Errorf("class 112001 is %q", title)
	}
	if grade := r.Str(r.Courses[class.Course].Grade); grade != "ps1" {
		t.Errorf("its course has grade %q", grade)
	}
	if where := r.Where(class.Record); where != "classes.csv:2" {
		t.Errorf("it stands at %s", where)
	}
}
