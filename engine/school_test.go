package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/homeroomhq/homeroom/roster"
	"github.com/homeroomhq/homeroom/roster/sdscsv"
)

// tester is a test of either sort.
type tester interface {
	rapid.TB
	Context() context.Context
	Cleanup(func())
}

// school is the rows of a roster by file and by what they are called here, so
// that they can be put, changed and taken away again.
type school map[string]map[string][]string

// The files of a school.
const (
	orgs        = "orgs.csv"
	sessions    = "academicSessions.csv"
	users       = "users.csv"
	roles       = "roles.csv"
	courses     = "courses.csv"
	classes     = "classes.csv"
	enrollments = "enrollments.csv"
	contacts    = "relationships.csv"
)

func headers() map[string]string {
	return map[string]string{
		orgs:        "sourcedId,name,type",
		sessions:    "sourcedId,title,type,schoolYear,startDate,endDate",
		users:       "sourcedId,username,givenName,familyName,email",
		roles:       "userSourcedId,orgSourcedId,role,grade,isPrimary",
		courses:     "sourcedId,orgSourcedId,title,subject",
		classes:     "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId,code",
		enrollments: "classSourcedId,userSourcedId,role",
		contacts:    "userSourcedId,relationshipUserSourcedId,relationshipRole",
	}
}

func newSchool() school {
	s := make(school)
	for name := range headers() {
		s[name] = make(map[string][]string)
	}
	s.put(orgs, "O0", "Oak Hill", "school")
	s.put(sessions, "Y1", "Fall", "term", "2027", "2026-08-24", "2027-06-11")
	return s
}

func (s school) clone() school {
	copied := make(school)
	for name, rows := range s {
		copied[name] = maps.Clone(rows) // rows are never changed, only put anew
	}
	return copied
}

// put writes a row, which is called by its first cell.
func (s school) put(file string, cells ...string) { s[file][cells[0]] = cells }

// pair writes a row of a file that relates two records, which is called by both.
func (s school) pair(file string, cells ...string) { s[file][cells[0]+"/"+cells[1]] = cells }

// change gives one cell of a row, if it is there, another value.
func (s school) change(file, row string, cell int, value string) {
	if cells, ok := s[file][row]; ok {
		cells = slices.Clone(cells)
		cells[cell] = value
		s[file][row] = cells
	}
}

func (s school) drop(file, row string) { delete(s[file], row) }

// person puts somebody with one role.
func (s school) person(id, role, org string) {
	s.put(users, id, strings.ToLower(id), "Given"+id, "Family"+id, strings.ToLower(id)+"@mail.example")
	s.pair(roles, id, org, role, "", "true")
}

func (s school) class(id, org string) { s.put(classes, id, org, "Class "+id, "Y1", "", "") }

func (s school) enroll(class, person, role string) { s.pair(enrollments, class, person, role) }

// leave takes a person out with everything that names the person.
func (s school) leave(id string) {
	s.drop(users, id)
	for _, file := range []string{roles, enrollments, contacts} {
		maps.DeleteFunc(s[file], func(_ string, cells []string) bool { return cells[0] == id || cells[1] == id })
	}
}

// close takes a class out with its enrollments.
func (s school) close(class string) {
	s.drop(classes, class)
	maps.DeleteFunc(s[enrollments], func(_ string, cells []string) bool { return cells[0] == class })
}

// roster reads the school as Homeroom does.
func (s school) roster(t tester) *roster.Roster {
	t.Helper()
	r, problems, err := sdscsv.Read(t.Context(), s.files(), roster.DefaultCodes())
	if err != nil || r == nil {
		t.Fatalf("the roster cannot be read: %v, %v", err, problems)
	}
	return r
}

func (s school) files() snapshot {
	files := make(snapshot)
	for name, header := range headers() {
		text := header + "\n"
		for _, row := range slices.Sorted(maps.Keys(s[name])) {
			text += strings.Join(s[name][row], ",") + "\n"
		}
		files[name] = []byte(text)
	}
	return files
}

// snapshot is files in memory.
type snapshot map[string][]byte

func (s snapshot) Names() []string       { return slices.Sorted(maps.Keys(s)) }
func (s snapshot) Lines(name string) int { return bytes.Count(s[name], []byte("\n")) }
func (s snapshot) Open(name string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(s[name])), nil
}

func (s snapshot) SHA256() string {
	sum := sha256.New()
	for _, name := range s.Names() {
		_, _ = fmt.Fprintf(sum, "%s %d\n%s", name, len(s[name]), s[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// The people of a random school are P0 to P8, of whom the last two are in no
// role group; its classes are C0 to C3, its organizations O0 to O2. P0 and O0
// always stay, since a required file must not be empty.
const (
	somePeople  = 9
	someClasses = 4
	someOrgs    = 3
)

// drawSchool draws a school.
func drawSchool(t *rapid.T) school {
	s := newSchool()
	s.person("P0", "teacher", "O0")
	for range rapid.IntRange(5, 30).Draw(t, "rows") {
		s.edit(t)
	}
	return s
}

// edit changes a random detail, or some at once. What it leaves may dangle, so
// that records are dropped and what depends on them is unknown.
func (s school) edit(t *rapid.T) {
	number := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "number") }
	pick := func(choices ...string) string { return rapid.SampledFrom(choices).Draw(t, "value") }
	person := fmt.Sprint("P", number(somePeople))
	class := fmt.Sprint("C", number(someClasses))
	org := fmt.Sprint("O", number(someOrgs))
	switch number(14) {
	case 0:
		s.put(orgs, org, pick("Elm", "Ash", "Yew"), "school")
	case 1, 2:
		s.put(users, person, strings.ToLower(person), pick("Ann", "Bea"), pick("Cox", "Day"), strings.ToLower(person)+"@mail.example")
		s.pair(roles, person, org, pick("student", "student", "teacher", "aide"), pick("", "09", "10"), pick("true", "false"))
	case 3:
		s.put(classes, class, org, pick("Art", "Music"), "Y1", pick("K0", "K1", ""), pick("", "7a"))
	case 4, 5, 6:
		s.enroll(class, person, pick("student", "student", "teacher", "teacher", "aide"))
	case 7:
		s.pair(contacts, person, fmt.Sprint("P", number(somePeople)), pick("guardian", "parent"))
	case 8:
		s.put(courses, fmt.Sprint("K", number(2)), "O0", pick("Drawing", "Singing"), pick("02", ""))
	case 9:
		s.enroll(class, person, "pupil") // an unknown role: dropped
	case 10:
		s.drop(enrollments, class+"/"+person)
	case 11:
		s.close(class)
	default:
		s.lose(t, person, class, org)
	}
}

// turnYear moves the session to a school year, so that the ids of classes are used again.
func (s school) turnYear(t *rapid.T) {
	s.change(sessions, "Y1", 3, rapid.SampledFrom([]string{"2027", "2028"}).Draw(t, "school year"))
}

// lose takes something away.
func (s school) lose(t *rapid.T, person, class, org string) {
	switch rapid.IntRange(0, 5).Draw(t, "loss") {
	case 0:
		s.drop(classes, class)
	case 1:
		s.drop(roles, person+"/"+org)
	case 2:
		s.drop(enrollments, class+"/"+person)
	case 3:
		s.drop(contacts, person+"/P8")
	case 4:
		if person != "P0" {
			s.leave(person)
		}
	case 5:
		if org != "O0" {
			s.drop(orgs, org)
		}
	}
	if len(s[roles]) == 0 {
		s.person("P0", "teacher", "O0")
	}
}
