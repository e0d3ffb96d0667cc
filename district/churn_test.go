package district

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
)

// Exactly what was asked for is created, deleted and changed; all else is there
// in the same order.
func TestChurnIsExact(t *testing.T) {
	next := scratch(t)
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t, 300)
		before, after := next(), next()
		defer os.RemoveAll(before)
		defer os.RemoveAll(after)
		base, _ := write(t, before, o)
		percent := rapid.IntRange(0, 10)
		share := func(name string) Amount { return Amount{million: percent.Draw(t, name) * 10_000} }
		o.Churn = Churn{Created: share("created"), Deleted: share("deleted"), Changed: share("changed")}
		if _, err := newRoster(t.Context(), &pace{}, newDistrict(o, mustNames(t)), o.Churn); err != nil {
			t.Skip(err) // full classes take nobody
		}
		changed, counts := write(t, after, o)
		checkIDs(t, o, changed)
		checkReferences(t, changed)
		checkCounts(t, Options{People: len(changed["users"])}, changed, counts)

		people := compare(t, base["users"], changed["users"], "sourcedId")
		classes := compare(t, base["classes"], changed["classes"], "sourcedId")
		enrollments := compareEnrollments(t, o, next)
		for _, kind := range []struct {
			name string
			n    int
			got  moves
		}{
			{"people", len(base["users"]), people},
			{"classes", len(base["classes"]), classes},
			{"enrollments", len(base["enrollments"]), enrollments},
		} {
			want := moves{o.Churn.Created.of(kind.n), o.Churn.Deleted.of(kind.n), o.Churn.Changed.of(kind.n)}
			if kind.got != want {
				t.Errorf("of %d %s: %+v, want %+v", kind.n, kind.name, kind.got, want)
			}
		}
		for _, name := range []string{"orgs", "courses", "academicSessions"} {
			if diff := cmp.Diff(base[name], changed[name]); diff != "" {
				t.Errorf("%s.csv changed:\n%s", name, diff)
			}
		}
	})
}

func mustNames(t failer) []culture {
	t.Helper()
	names, err := parseNames(nameList)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// moves are how many records of a kind came, went and changed.
type moves struct{ created, deleted, changed int }

// compare compares two tables by key, and checks that what is in both is in the
// same order and before what is new.
func compare(t failer, before, after readTable, keys ...string) moves {
	t.Helper()
	key := func(row map[string]string) string {
		k := ""
		for _, name := range keys {
			k += row[name] + " "
		}
		return k
	}
	was := make(map[string]map[string]string)
	for _, row := range before {
		was[key(row)] = row
	}
	var m moves
	var stayed, should []string
	here := make(map[string]bool)
	for _, row := range after {
		k := key(row)
		here[k] = true
		old, known := was[k]
		switch {
		case !known:
			m.created++
			continue
		case m.created > 0:
			t.Errorf("%s stands behind what is new", k)
		case !cmp.Equal(old, row):
			m.changed++
		}
		stayed = append(stayed, k)
	}
	for _, row := range before {
		if k := key(row); here[k] {
			should = append(should, k)
		} else {
			m.deleted++
		}
	}
	if !slices.Equal(stayed, should) {
		t.Errorf("the order of %v changed", keys)
	}
	return m
}

// compareEnrollments compares the enrollments of people and classes that are in a
// roster without churn and in the one with it. It does so in OneRoster, where they have
// ids of their own.
func compareEnrollments(t failer, o Options, next func() string) moves {
	t.Helper()
	o.Format = OneRoster
	churn := o.Churn
	var rosters [2]map[string]readTable
	for i := range rosters {
		if o.Churn = churn; i == 0 {
			o.Churn = Churn{}
		}
		dir := next()
		defer os.RemoveAll(dir)
		rosters[i], _ = write(t, dir, o)
	}
	before, after := rosters[0], rosters[1]
	checkAltered(t, before["enrollments"], after["enrollments"])
	both := func(file string) map[string]bool {
		there := after[file].ids(t, "sourcedId")
		found := make(map[string]bool)
		for id := range before[file].ids(t, "sourcedId") {
			found[id] = there[id]
		}
		return found
	}
	people, classes := both("users"), both("classes")
	of := func(rows readTable) readTable {
		return slices.DeleteFunc(slices.Clone(rows), func(row map[string]string) bool {
			return !people[row["userSourcedId"]] || !classes[row["classSourcedId"]]
		})
	}
	return compare(t, of(before["enrollments"]), of(after["enrollments"]), "sourcedId")
}

// checkAltered checks that enrollments change believably: a student comes to another
// class in the same subject, or helps; who teaches still does.
func checkAltered(t failer, before, after readTable) {
	t.Helper()
	was := make(map[string]map[string]string)
	for _, row := range before {
		was[row["sourcedId"]] = row
	}
	for _, row := range after {
		old := was[row["sourcedId"]]
		if old == nil || cmp.Equal(old, row) {
			continue
		}
		subject := func(class string) string { return class[:strings.LastIndex(class, "-")] }
		moved := row["classSourcedId"] != old["classSourcedId"]
		switch {
		case row["userSourcedId"] != old["userSourcedId"]:
			t.Errorf("%v became another person's: %v", old, row)
		case moved && (row["role"] != student || old["role"] != student || subject(row["classSourcedId"]) != subject(old["classSourcedId"])):
			t.Errorf("%v moved to %v", old, row)
		case !moved && row["beginDate"] <= old["beginDate"]:
			t.Errorf("%v began no later: %v", old, row)
		case row["role"] != old["role"] && old["role"] != student:
			t.Errorf("%v has another part: %v", old, row)
		}
	}
}

func TestParseChurn(t *testing.T) {
	tests := []struct {
		text string
		want Churn
		ok   bool
	}{
		{"", Churn{}, true},
		{"created=1%,deleted=0.5%,changed=20", Churn{Amount{million: 10_000}, Amount{million: 5_000}, Amount{number: 20}}, true},
		{"changed = 5 %", Churn{}, false},
		{"deleted=3, created=2", Churn{Created: Amount{number: 2}, Deleted: Amount{number: 3}}, true},
		{"deleted=100%", Churn{Deleted: Amount{million: 1_000_000}}, true},
		{"deleted=101%", Churn{}, false},
		{"deleted=NaN%", Churn{}, false},
		{"deleted=-1", Churn{}, false},
		{"deleted=1,deleted=2", Churn{}, false},
		{"removed=1%", Churn{}, false},
		{"deleted", Churn{}, false},
		{"1%", Churn{}, false},
		{"deleted=1,", Churn{}, false},
	}
	for _, test := range tests {
		got, err := ParseChurn(test.text)
		if got != test.want || (err == nil) != test.ok || !test.ok && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: got %+v, %v", test.text, got, err)
		}
	}
}

// Every record has one turn, whatever the number.
func TestDrawIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 2000).Draw(t, "n")
		deleted := rapid.IntRange(0, n).Draw(t, "deleted")
		changed := rapid.IntRange(0, n-deleted).Draw(t, "changed")
		d := newDraw(chance(rapid.Uint64().Draw(t, "seed")), drawPeople, n, deleted, changed)
		var got [3]int
		for i := range n {
			got[d.fate(i)]++
		}
		if want := [3]int{n - deleted - changed, deleted, changed}; got != want {
			t.Errorf("fates %v, want %v", got, want)
		}
	})
}

// What cannot be met is refused before anything is written.
func TestChurnThatCannotBe(t *testing.T) {
	for _, text := range []string{"deleted=100%", "deleted=30%,changed=60%", "created=900"} {
		o := Options{People: MinPeople, Year: 2027}
		var err error
		if o.Churn, err = ParseChurn(text); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "roster")
		if _, err := Write(t.Context(), dir, o, nil); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v, want a refusal", text, err)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s: the folder was made", text)
		}
	}
}
