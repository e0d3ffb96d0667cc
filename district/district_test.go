package district

import (
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/fault"
)

// table is one file as a naive reader sees it: each row by header.
type readTable []map[string]string

// read reads every file of a folder.
func read(t failer, dir string) map[string]readTable {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	tables := make(map[string]readTable)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		read := make(readTable, len(rows)-1)
		for i, row := range rows[1:] {
			read[i] = make(map[string]string)
			for at, header := range rows[0] {
				read[i][header] = row[at]
			}
		}
		tables[strings.TrimSuffix(filepath.Base(name), ".csv")] = read
	}
	return tables
}

type failer interface {
	Context() context.Context
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

func write(t failer, dir string, o Options) (map[string]readTable, Counts) {
	t.Helper()
	counts, err := Write(context.Background(), dir, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, dir), counts
}

func (t readTable) column(header string) []string {
	values := make([]string, len(t))
	for i, row := range t {
		values[i] = row[header]
	}
	return values
}

// ids returns the column as a set, and fails if a value stands there twice.
func (t readTable) ids(f failer, header string) map[string]bool {
	f.Helper()
	set := make(map[string]bool)
	for _, value := range t.column(header) {
		if value == "" || set[value] {
			f.Errorf("%s %q is empty or stands there twice", header, value)
		}
		set[value] = true
	}
	return set
}

// Every district of whatever size is whole: ids are unique, references hit,
// codes are known, and the counts are those of the files.
func TestDistrictsAreWhole(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		o := Options{
			People: rapid.IntRange(MinPeople, 3000).Draw(t, "people"),
			Seed:   rapid.Uint64().Draw(t, "seed"),
			Year:   rapid.IntRange(1990, 2040).Draw(t, "year"),
			Domain: rapid.SampledFrom([]string{"", "school.example"}).Draw(t, "domain"),
		}
		folder := filepath.Join(dir, fmt.Sprint(n))
		tables, counts := write(t, folder, o)
		defer func() {
			if err := os.RemoveAll(folder); err != nil {
				t.Fatal(err)
			}
		}()
		checkCounts(t, o, tables, counts)
		checkIDs(t, o, tables)
		checkReferences(t, tables)
		checkCodes(t, tables)
		checkPeople(t, o, tables)
		checkClasses(t, tables)
	})
}

func checkCounts(t failer, o Options, tables map[string]readTable, got Counts) {
	t.Helper()
	if n := len(tables["users"]); n != o.People {
		t.Errorf("%d people were asked for, users.csv has %d", o.People, n)
	}
	students := peopleWith(tables, func(role string) bool { return role == student })
	staff := peopleWith(tables, func(role string) bool { return role != student })
	want := Counts{
		Schools:     len(tables["orgs"]) - 1,
		Students:    len(students),
		Staff:       len(staff),
		Guardians:   o.People - len(students) - len(staff),
		Roles:       len(tables["roles"]),
		Courses:     len(tables["courses"]),
		Classes:     len(tables["classes"]),
		Enrollments: len(tables["enrollments"]),
		Contacts:    len(tables["relationships"]),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-files +returned):\n%s", diff)
	}
}

func peopleWith(tables map[string]readTable, role func(string) bool) map[string]bool {
	found := make(map[string]bool)
	for _, row := range tables["roles"] {
		if role(row["role"]) {
			found[row["userSourcedId"]] = true
		}
	}
	return found
}

func checkIDs(t failer, o Options, tables map[string]readTable) {
	t.Helper()
	for _, name := range []string{"orgs", "users", "academicSessions", "courses", "classes"} {
		tables[name].ids(t, "sourcedId")
		if !slices.IsSorted(tables[name].column("sourcedId")) && name != "courses" && name != "classes" && !(name == "users" && o.NextYear) {
			t.Errorf("%s.csv is not in the order of its ids", name)
		}
	}
	tables["users"].ids(t, "username")
	tables["orgs"].ids(t, "name")
	for name, keys := range map[string][]string{
		"roles":         {"userSourcedId", "orgSourcedId", "role"},
		"enrollments":   {"classSourcedId", "userSourcedId"},
		"relationships": {"userSourcedId", "relationshipUserSourcedId"},
		"demographics":  {"userSourcedId"},
		"userFlags":     {"userSourcedId", "flag"},
	} {
		seen := make(map[string]bool)
		for _, row := range tables[name] {
			key := ""
			for _, k := range keys {
				key += row[k] + " "
			}
			if seen[key] {
				t.Errorf("%s.csv has %s twice", name, key)
			}
			seen[key] = true
		}
	}
}

func checkReferences(t failer, tables map[string]readTable) {
	t.Helper()
	references := map[string]map[string]string{
		"orgs":          {"parentSourcedId": "orgs"},
		"roles":         {"userSourcedId": "users", "orgSourcedId": "orgs", "sessionSourcedId": "academicSessions"},
		"courses":       {"orgSourcedId": "orgs", "schoolYearSourcedId": "academicSessions"},
		"classes":       {"orgSourcedId": "orgs", "courseSourcedId": "courses", "sessionSourcedIds": "academicSessions"},
		"enrollments":   {"classSourcedId": "classes", "userSourcedId": "users"},
		"relationships": {"userSourcedId": "users", "relationshipUserSourcedId": "users"},
		"demographics":  {"userSourcedId": "users"},
		"userFlags":     {"userSourcedId": "users"},
	}
	for name, columns := range references {
		for column, target := range columns {
			known := tables[target].ids(t, "sourcedId")
			for _, value := range tables[name].column(column) {
				for id := range strings.SplitSeq(value, ",") {
					if !known[id] && (name != "orgs" || id != "") {
						t.Errorf("%s.csv: %s %q is not in %s.csv", name, column, id, target)
					}
				}
			}
		}
	}
}

// The codes are those of the documented lists of values.
func checkCodes(t failer, tables map[string]readTable) {
	t.Helper()
	codes := map[string]map[string]string{
		"orgs":             {"type": "district school"},
		"academicSessions": {"type": "schoolYear semester"},
		"roles": {
			"role":      "principal teacher aide teacherAssistant officeStaff nurse administrator itAdmin student",
			"grade":     " KG 01 02 03 04 05 06 07 08 09 10 11 12",
			"isPrimary": "TRUE FALSE",
		},
		"courses":       {"grade": "KG 01 02 03 04 05 06 07 08 09 10 11 12", "subject": "01 02 03 04 05 08 10 23 24"},
		"enrollments":   {"role": "teacher aide teacherAssistant student"},
		"relationships": {"relationshipRole": "parent guardian relative"},
		"demographics": {
			"sex":            "female male",
			"ethnicityCodes": " hispanicOrLatinoEthnicity",
			"raceCodes":      " asian blackOrAfricanAmerican white demographicRaceTwoOrMoreRaces",
		},
		"userFlags": {"flag": "iep 504 freeLunch"},
	}
	for name, columns := range codes {
		for column, list := range columns {
			for _, value := range tables[name].column(column) {
				if !slices.Contains(strings.Split(list, " "), value) {
					t.Errorf("%s.csv: %s %q is in no list", name, column, value)
				}
			}
		}
	}
}

// People have the user names, addresses and roles that their part calls for.
func checkPeople(t failer, o Options, tables map[string]readTable) {
	t.Helper()
	plain := regexp.MustCompile(`^[a-z]+[0-9]+$`)
	phone := regexp.MustCompile(`^\+1[2-9]\d\d55501\d\d$`)
	roles := make(map[string][]map[string]string)
	for _, row := range tables["roles"] {
		roles[row["userSourcedId"]] = append(roles[row["userSourcedId"]], row)
	}
	for _, p := range tables["users"] {
		local, domain, _ := strings.Cut(p["username"], "@")
		if !plain.MatchString(local) || len(local) > 20 {
			t.Errorf("user name %q is not plain, or longer than 20", p["username"])
		}
		if p["givenName"] == "" || p["familyName"] == "" {
			t.Errorf("%s has no name", p["sourcedId"])
		}
		primary := 0
		for _, r := range roles[p["sourcedId"]] {
			if r["isPrimary"] == "TRUE" {
				primary++
			}
			if (r["role"] == student) != (r["grade"] != "") {
				t.Errorf("%s is %s in grade %q", p["sourcedId"], r["role"], r["grade"])
			}
		}
		if len(roles[p["sourcedId"]]) == 0 { // a guardian
			if !strings.HasPrefix(domain, "example.") || p["email"] != p["username"] || !phone.MatchString(p["sms"]) {
				t.Errorf("guardian %v cannot be reached", p)
			}
		} else if primary != 1 || domain != o.Domain || (p["email"] != "") != (o.Domain != "") {
			t.Errorf("%v has %d primary roles, or another domain than %q", p, primary, o.Domain)
		}
	}
}

// Every class has teachers, and students of its school and of the course's
// level; nobody but students is related to guardians.
func checkClasses(t failer, tables map[string]readTable) {
	t.Helper()
	worksIn := make(map[string]bool)
	for _, r := range tables["roles"] {
		worksIn[r["userSourcedId"]+" "+r["orgSourcedId"]] = true
	}
	orgOf := make(map[string]string)
	for _, c := range tables["classes"] {
		orgOf[c["sourcedId"]] = c["orgSourcedId"]
	}
	count := make(map[string]map[string]int)
	for _, e := range tables["enrollments"] {
		class := e["classSourcedId"]
		if !worksIn[e["userSourcedId"]+" "+orgOf[class]] {
			t.Errorf("%s in class %s has no role in its school", e["userSourcedId"], class)
		}
		if count[class] == nil {
			count[class] = make(map[string]int)
		}
		count[class][e["role"]]++
	}
	for class := range orgOf {
		if n := count[class]; n[teacher] < 1 || n[teacher] > 2 || n[student] < 1 || n[student] > 30 {
			t.Errorf("class %s has %v", class, n)
		}
	}
	students := peopleWith(tables, func(role string) bool { return role == student })
	others := peopleWith(tables, func(string) bool { return true })
	for _, r := range tables["relationships"] {
		if !students[r["userSourcedId"]] || others[r["relationshipUserSourcedId"]] {
			t.Errorf("%v is not of a student and a guardian", r)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	o := Options{People: 400, Seed: 7, Year: 2027}
	first, second, other := t.TempDir(), t.TempDir(), t.TempDir()
	a, _ := write(t, first, o)
	b, _ := write(t, second, o)
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the same seed gives other rows:\n%s", diff)
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if got, want := bytesOf(t, second, name), bytesOf(t, first, name); got != want {
			t.Errorf("the same seed gives other bytes in %s.csv", name)
		}
	}
	o.Seed++
	c, _ := write(t, other, o)
	if cmp.Equal(a["users"], c["users"]) {
		t.Error("another seed gives the same people")
	}
}

func bytesOf(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The district that the demo shows has everything that makes rosters hard.
func TestSmallDistrictIsBelievable(t *testing.T) {
	tables, counts := write(t, t.TempDir(), Options{People: 200, Seed: 1, Year: 2027})
	want := Counts{
		Schools: 3, Students: 110, Staff: 24, Guardians: 66, Roles: 138,
		Courses: 76, Classes: 36, Enrollments: 708, Contacts: 124,
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(tables) != 10 {
		t.Errorf("%d files, want 10", len(tables))
	}
	names := make(map[string]int)
	apostrophe, hyphen, rightToLeft, accent := false, false, false, false
	for _, p := range tables["users"] {
		full := p["givenName"] + " " + p["familyName"]
		names[full]++
		apostrophe = apostrophe || strings.Contains(full, "'")
		hyphen = hyphen || strings.Contains(full, "-")
		accent = accent || strings.ContainsAny(full, "áéíóúñ")
		rightToLeft = rightToLeft || strings.ContainsFunc(full, func(r rune) bool { return unicode.In(r, unicode.Arabic, unicode.Hebrew) })
	}
	equal := slices.Max(slices.Collect(maps.Values(names))) > 1
	if !apostrophe || !hyphen || !accent || !rightToLeft || !equal {
		t.Errorf("apostrophe %t, hyphen %t, accent %t, right to left %t, equal names %t: all are wanted",
			apostrophe, hyphen, accent, rightToLeft, equal)
	}
	if text := fmt.Sprint(tables); strings.Contains(text, "password") {
		t.Error("a file has passwords")
	}
}

func TestEveryFortiethStudentHasANamesake(t *testing.T) {
	tables, counts := write(t, t.TempDir(), Options{People: 1000, Seed: 1, Year: 2027})
	students := tables["users"][counts.Staff:][:counts.Students]
	for at := 39; at < len(students); at += 40 {
		one, other := students[at-7], students[at]
		if one["givenName"] != other["givenName"] || one["familyName"] != other["familyName"] {
			t.Errorf("%v and %v have different names", one, other)
		}
		if one["username"] == other["username"] {
			t.Errorf("%v and %v have one user name", one, other)
		}
	}
}

func TestBadOptions(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "users.csv"), []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, dir string
		options   Options
		kind      fault.Kind
	}{
		{"too few people", t.TempDir(), Options{People: MinPeople - 1, Year: 2027}, fault.Invalid},
		{"no year", t.TempDir(), Options{People: 100}, fault.Invalid},
		{"address for a domain", t.TempDir(), Options{People: 100, Year: 2027, Domain: "@school.example"}, fault.Invalid},
		{"folder in use", full, Options{People: 100, Year: 2027}, fault.Conflict},
		{"file for a folder", filepath.Join(full, "users.csv"), Options{People: 100, Year: 2027}, fault.Invalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := Write(context.Background(), test.dir, test.options, nil); fault.KindOf(err) != test.kind {
				t.Errorf("got %v, want a fault of kind %s", err, test.kind)
			}
		})
	}
	if got := bytesOf(t, full, "users"); got != "precious" {
		t.Errorf("the file that was there is now %q", got)
	}
}

func TestNamesCanBeTyped(t *testing.T) {
	cultures, err := parseNames(nameList)
	if err != nil {
		t.Fatal(err)
	}
	typed := regexp.MustCompile(`^[a-z]+$`)
	for _, c := range cultures {
		for _, n := range slices.Concat(c.given, c.family) {
			if !typed.MatchString(n.ascii) {
				t.Errorf("%q is written %q in user names", n.text, n.ascii)
			}
			if strings.TrimSpace(n.text) != n.text || n.text == "" {
				t.Errorf("%q has spaces around it", n.text)
			}
		}
	}
	for entry := range strings.FieldsFuncSeq(nameList, func(r rune) bool { return r == ',' || r == '\n' }) {
		beyond := strings.ContainsFunc(entry, func(r rune) bool { return r > unicode.MaxASCII })
		if beyond && !strings.Contains(entry, "=") {
			t.Errorf("%q does not say how user names write it", entry)
		}
	}
	for _, bad := range []string{"given Emma", "[English]", "[English 0]", "[English 3]\nnames Emma"} {
		if _, err := parseNames(bad); fault.KindOf(err) != fault.Internal {
			t.Errorf("%q: got %v, want a fault", bad, err)
		}
	}
}
