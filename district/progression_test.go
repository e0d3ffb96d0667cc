package district

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A year later whoever is still there is one grade further and otherwise the
// same; as many begin as leave; sessions and classes are new.
func TestNextYear(t *testing.T) {
	next := scratch(t)
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t, MinPeople)
		o.NextYear = false
		before, after := next(), next()
		defer os.RemoveAll(before)
		defer os.RemoveAll(after)
		this, _ := write(t, before, o)
		o.NextYear = true
		later, _ := write(t, after, o)

		for _, name := range []string{"orgs", "courses"} {
			if got, want := later[name].column("sourcedId"), this[name].column("sourcedId"); !slices.Equal(got, want) {
				t.Errorf("%s.csv has other ids", name)
			}
		}
		for _, name := range []string{"classes", "academicSessions"} {
			old := this[name].ids(t, "sourcedId")
			for id := range later[name].ids(t, "sourcedId") {
				if old[id] {
					t.Errorf("%s.csv still has %s", name, id)
				}
			}
		}
		people := byID(this["users"])
		for id, row := range byID(later["users"]) {
			if old, known := people[id]; known && !cmp.Equal(old, row) {
				t.Errorf("%v is now %v", old, row)
			}
		}
		if n := len(later["users"]); n != o.People {
			t.Errorf("%d people, want %d", n, o.People)
		}
		checkGrades(t, gradesIn(this), gradesIn(later))
		checkBirthdays(t, this, later)
	})
}

func byID(rows readTable) map[string]map[string]string {
	found := make(map[string]map[string]string)
	for _, row := range rows {
		found[row["sourcedId"]] = row
	}
	return found
}

// gradesIn returns the grade of each student, with kindergarten as 0.
func gradesIn(tables map[string]readTable) map[string]int {
	grades := make(map[string]int)
	for _, row := range tables["roles"] {
		if row["role"] == student {
			grades[row["userSourcedId"]], _ = strconv.Atoi(row["grade"]) // KG is 0
		}
	}
	return grades
}

func checkGrades(t failer, this, later map[string]int) {
	t.Helper()
	left, begun := 0, 0
	for id, grade := range this {
		if now, still := later[id]; !still {
			left++
		} else if now != grade+1 {
			t.Errorf("%s went from grade %d to %d", id, grade, now)
		}
	}
	for id := range later {
		if _, known := this[id]; !known {
			begun++
		}
	}
	if left == 0 || left != begun {
		t.Errorf("%d left and %d began", left, begun)
	}
}

// A student is born on the same day in both years.
func checkBirthdays(t failer, this, later map[string]readTable) {
	t.Helper()
	born := make(map[string]string)
	for _, row := range this["demographics"] {
		born[row["userSourcedId"]] = row["birthDate"]
	}
	for _, row := range later["demographics"] {
		if day, known := born[row["userSourcedId"]]; known && day != row["birthDate"] {
			t.Errorf("%s was born on %s and on %s", row["userSourcedId"], day, row["birthDate"])
		}
	}
}
