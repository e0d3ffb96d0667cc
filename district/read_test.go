package district

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
	homeroster "github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/oneroster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
	"github.com/homeroomhq/homeroom/source"
)

// check reads a roster as homeroom check does, OneRoster perhaps strictly.
func check(t failer, dir string, strict bool) (*homeroster.Roster, []homeroster.Problem) {
	t.Helper()
	snapshot, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	if _, err := os.Stat(filepath.Join(dir, "manifest.csv")); err == nil {
		r, problems, err := oneroster.Read(t.Context(), snapshot, homeroster.DefaultCodes(), strict)
		if err != nil {
			t.Fatal(err)
		}
		return r, problems
	}
	r, problems, err := sdscsv.Read(t.Context(), snapshot, homeroster.DefaultCodes())
	if err != nil {
		t.Fatal(err)
	}
	return r, problems
}

func drawChurn(t *rapid.T) Churn {
	percent := rapid.IntRange(0, 4)
	share := func(name string) Amount { return Amount{million: percent.Draw(t, name) * 10_000} }
	return Churn{Created: share("created"), Deleted: share("deleted"), Changed: share("changed")}
}

// A reader finds nothing wrong with a district, and all of it.
func TestDistrictsReadCleanly(t *testing.T) {
	next := scratch(t)
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t, 300)
		o.Churn = drawChurn(t)
		o.Format = rapid.SampledFrom([]Format{SDS, OneRoster}).Draw(t, "format")
		dir := next()
		defer os.RemoveAll(dir)
		counts, err := Write(t.Context(), dir, o, nil)
		if err != nil {
			t.Skip(err) // full classes take nobody
		}
		r, problems := check(t, dir, true)
		for _, p := range problems {
			t.Errorf("%+v", p)
		}
		if r == nil {
			return
		}
		read := Counts{
			Schools: len(r.Orgs) - 1, Students: counts.Students, Staff: counts.Staff,
			Guardians: len(r.People) - counts.Students - counts.Staff, Roles: len(r.Roles), Courses: len(r.Courses),
			Classes: len(r.Classes), Enrollments: len(r.Enrollments), Contacts: len(r.Contacts),
		}
		if o.Format == OneRoster {
			read.Roles -= counts.Guardians // who are guardians by role
		}
		if diff := gocmp.Diff(counts, read); diff != "" {
			t.Errorf("counts (-returned +read):\n%s", diff)
		}
	})
}

// A reader finds exactly the mistakes that were planted, each where the list
// says.
func TestMistakesAreFound(t *testing.T) {
	next := scratch(t)
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t, MinPeople)
		o.Format = rapid.SampledFrom([]Format{SDS, OneRoster}).Draw(t, "format")
		o.Mistakes = rapid.IntRange(1, 150).Draw(t, "mistakes")
		dir := next()
		defer os.RemoveAll(dir)
		_, err := Write(t.Context(), dir, o, nil)
		if fault.KindOf(err) == fault.Invalid && o.Mistakes > MinPeople {
			return // there can be as few rows as people, and a row takes one mistake
		}
		if err != nil {
			t.Fatal(err)
		}
		planted := listed(t, dir)
		if len(planted) != o.Mistakes {
			t.Errorf("%d mistakes are listed, want %d", len(planted), o.Mistakes)
		}
		_, problems := check(t, dir, false)
		found := make([]listing, len(problems))
		for i, p := range problems {
			found[i] = listing{p.File, p.Line, p.Field, string(p.Rule), string(p.Severity), p.Record}
		}
		sortListings(planted)
		sortListings(found)
		if diff := gocmp.Diff(planted, found); diff != "" {
			t.Errorf("mistakes (-planted +found):\n%s", diff)
		}
	})
}

// listing is one row of the list of mistakes.
type listing struct {
	File                           string
	Line                           int
	Column, Rule, Severity, Record string
}

func listed(t failer, dir string) []listing {
	t.Helper()
	var found []listing
	for _, row := range read(t, filepath.Dir(dir))[filepath.Base(dir)+".mistakes"] {
		line, err := strconv.Atoi(row["line"])
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, listing{row["file"], line, row["column"], row["rule"], row["severity"], row["record"]})
	}
	return found
}

func sortListings(list []listing) {
	slices.SortFunc(list, func(a, b listing) int { return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line)) })
}

// Every kind of mistake is planted sooner or later.
func TestEveryMistakeIsPlanted(t *testing.T) {
	for _, format := range []Format{SDS, OneRoster} {
		dir := filepath.Join(t.TempDir(), "roster")
		o := Options{Format: format, People: 400, Year: 2027, Domain: "school.example", Mistakes: 120}
		if _, err := Write(t.Context(), dir, o, nil); err != nil {
			t.Fatal(err)
		}
		list := listed(t, dir)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range entries {
			for _, kind := range kindsIn(format, file.Name()) {
				if !slices.ContainsFunc(list, func(l listing) bool {
					return l.File == file.Name() && l.Column == kind.column && l.Rule == kind.rule
				}) {
					t.Errorf("%s: %s of %q is never planted in %s", format, kind.rule, kind.column, file.Name())
				}
			}
		}
	}
}
