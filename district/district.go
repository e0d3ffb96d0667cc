// Package district makes believable school districts: for the demo, for tests,
// and for whoever wants to try Homeroom without a roster of real children.
//
//   - district: one organization with schools below it, and everybody in them.
//   - level: a span of grades that a school covers: elementary, middle, high.
//   - group: the students of a school who are taught together, 30 at most and,
//     but in small schools, at least 20. Each group takes every subject of its
//     level; a class is one group taught one subject.
//   - household: students and guardians who live together and share a name.
//
// Every question about a district (what is the name of person 4711?) is answered
// from the seed and the question alone. So the same seed gives the same bytes,
// and a file is written row by row in the same memory, however long it is.
package district

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// MinPeople is the size of the smallest district: three schools, each with a
// principal, a teacher and a few students.
const MinPeople = 50

// Options say which district is made. Equal options give equal files.
type Options struct {
	People int    // in all: students, staff and guardians; at least MinPeople
	Seed   uint64 // of all that is left to chance
	Year   int    // in which the school year ends: 2027 is the year 2026-2027
	// Domain, if there is one, follows the user names of students and staff
	// (mgarcia27@school.example) and makes their email addresses. Without one
	// they have plain user names and no email address. User names of guardians
	// are their own email addresses, in domains that are reserved for examples.
	Domain string
}

// Counts are how many records a district has.
type Counts struct {
	Schools     int // organizations but for the district itself
	Students    int
	Staff       int
	Guardians   int
	Roles       int
	Courses     int
	Classes     int
	Enrollments int
	Contacts    int // pairs of a student and a guardian
}

// Write makes a district and writes it to a folder as the ten files of SDS V2.1
// (domain page A.2), without a password column. The folder is created; one that
// has something in it is refused, so that no real roster is ever overwritten.
func Write(dir string, o Options) (Counts, error) {
	if err := o.check(); err != nil {
		return Counts{}, err
	}
	names, err := parseNames(nameList)
	if err != nil {
		return Counts{}, err
	}
	if err := makeEmpty(dir); err != nil {
		return Counts{}, err
	}
	d := newDistrict(o, names)
	rows := make(map[string]int)
	for _, f := range d.sds() {
		if rows[f.name], err = f.write(dir); err != nil {
			return Counts{}, fault.Wrap(err, fault.Unavailable, "Cannot write %s", filepath.Join(dir, f.name))
		}
	}
	return Counts{
		Schools:     d.schools,
		Students:    d.students,
		Staff:       d.staff,
		Guardians:   d.guardians,
		Roles:       rows[rolesFile],
		Courses:     rows[coursesFile],
		Classes:     rows[classesFile],
		Enrollments: rows[enrollmentsFile],
		Contacts:    rows[relationshipsFile],
	}, nil
}

func (o Options) check() error {
	switch {
	case o.People < MinPeople:
		return fault.New(fault.Invalid, "A district has at least %d people, so it cannot be made with %d.", MinPeople, o.People)
	case o.Year < 1900 || o.Year > 9999:
		return fault.New(fault.Invalid, "%d is no school year. Give the year in which it ends, such as 2027.", o.Year)
	case strings.ContainsAny(o.Domain, "@ \t\r\n"):
		return fault.New(fault.Invalid, "%q is no domain. Give it without @, such as school.example.", o.Domain)
	}
	return nil
}

func makeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = os.MkdirAll(dir, 0o777)
	case len(entries) > 0:
		return fault.New(fault.Conflict, "The folder %s is not empty. Name a new or an empty one.", dir)
	}
	return fault.Wrap(err, fault.Invalid, "Cannot use the folder %s", dir)
}

// write writes the file and returns how many rows it has below the header.
func (f file) write(dir string) (rows int, err error) {
	out, err := os.OpenFile(filepath.Join(dir, f.name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	w := csv.NewWriter(out)
	if err := w.Write(f.header); err != nil {
		return 0, err
	}
	for row := range f.rows {
		if err := w.Write(row); err != nil {
			return rows, err
		}
		rows++
	}
	w.Flush()
	return rows, w.Error()
}
