package district

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
)

// scratch returns a function that gives a folder of its own, not yet made, to
// every case of a property.
func scratch(t *testing.T) func() string {
	dir, n := t.TempDir(), 0
	return func() string {
		n++
		return filepath.Join(dir, fmt.Sprint(n))
	}
}

// drawOptions draws options that can be met, without churn and mistakes.
func drawOptions(t *rapid.T, fewest int) Options {
	o := Options{
		People:   rapid.IntRange(fewest, 1000).Draw(t, "people"),
		Seed:     rapid.Uint64().Draw(t, "seed"),
		Year:     rapid.IntRange(1990, 2040).Draw(t, "year"),
		Domain:   rapid.SampledFrom([]string{"", "school.example"}).Draw(t, "domain"),
		NextYear: rapid.Bool().Draw(t, "next year"),
	}
	if rapid.Bool().Draw(t, "has orgs") {
		most := 2
		for most < 300 && fewestPeople(most) <= o.People {
			most++
		}
		o.Orgs = rapid.IntRange(2, most).Draw(t, "orgs")
	}
	if rapid.Bool().Draw(t, "has classes") {
		o.Classes = rapid.IntRange(1, 300).Draw(t, "classes")
	}
	if rapid.Bool().Draw(t, "has enrollments") {
		classes := o.Classes
		if classes == 0 {
			o.Enrollments = 1
			classes = newDistrict(o, nil).classes
		}
		o.Enrollments = rapid.IntRange(classes, min(5000, classes*newDistrict(o, nil).mostInClass())).Draw(t, "enrollments")
	}
	return o
}

// Totals that are asked for are met exactly, in whatever combination, and what
// comes of it is whole.
func TestTotalsAreExact(t *testing.T) {
	next := scratch(t)
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t, MinPeople)
		dir := next()
		defer os.RemoveAll(dir)
		tables, counts := write(t, dir, o)
		got := o
		got.People = len(tables["users"])
		if o.Orgs > 0 {
			got.Orgs = len(tables["orgs"])
		}
		if o.Classes > 0 {
			got.Classes = len(tables["classes"])
		}
		if o.Enrollments > 0 {
			got.Enrollments = len(tables["enrollments"])
		}
		if diff := cmp.Diff(o, got, cmp.AllowUnexported(Amount{})); diff != "" {
			t.Errorf("numbers (-asked for +written):\n%s", diff)
		}
		checkCounts(t, o, tables, counts)
		checkIDs(t, o, tables)
		checkReferences(t, tables)
		checkParts(t, tables)
	})
}

// checkParts checks that everybody in a class has a role in its school, and that
// every class has a teacher.
func checkParts(t failer, tables map[string]readTable) {
	t.Helper()
	worksIn := make(map[string]bool)
	for _, r := range tables["roles"] {
		worksIn[r["userSourcedId"]+" "+r["orgSourcedId"]] = true
	}
	orgOf, taught := make(map[string]string), make(map[string]bool)
	for _, c := range tables["classes"] {
		orgOf[c["sourcedId"]] = c["orgSourcedId"]
	}
	for _, e := range tables["enrollments"] {
		class := e["classSourcedId"]
		taught[class] = taught[class] || e["role"] == teacher
		if !worksIn[e["userSourcedId"]+" "+orgOf[class]] {
			t.Errorf("%s in class %s has no role in its school", e["userSourcedId"], class)
		}
	}
	if len(taught) != len(orgOf) {
		t.Errorf("of %d classes %d have enrollments", len(orgOf), len(taught))
	}
	for class, ok := range taught {
		if !ok {
			t.Errorf("class %s has no teacher", class)
		}
	}
}

// Where enrollments are enough for everybody, everybody gets some.
func TestReferenceRunInSmall(t *testing.T) {
	o := Options{People: 2785, Orgs: 4, Classes: 5660, Enrollments: 12351, Seed: 1, Year: 2027}
	tables, _ := write(t, t.TempDir(), o)
	enrolled := make(map[string]bool)
	for _, e := range tables["enrollments"] {
		enrolled[e["userSourcedId"]] = true
	}
	idle := 0
	for id := range peopleWith(tables, func(role string) bool { return role == student }) {
		if !enrolled[id] {
			idle++
		}
	}
	if idle > 15 {
		t.Errorf("%d students are in no class", idle)
	}
}

// The limits that the sentences name are right: with them it can be done.
func TestLimitsAreTight(t *testing.T) {
	for _, o := range []Options{
		{People: fewestPeople(40), Orgs: 41},
		{People: 120, Classes: 10, Enrollments: 10},
		{People: 120, Classes: 10, Enrollments: 10 * (1 + 66/3)},
		{People: 120, Enrollments: 18},
	} {
		o.Year = 2027
		write(t, filepath.Join(t.TempDir(), "roster"), o)
		switch {
		case o.Orgs > 0:
			o.People--
		case o.Enrollments > 18:
			o.Enrollments++
		default:
			o.Enrollments--
		}
		if err := o.check(); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: got %v, want a refusal", o, err)
		}
	}
}
