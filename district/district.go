// Package district makes believable school districts: for the demo, for tests
// and measurements, and for whoever wants to try Homeroom without a roster of
// real children.
//
//   - district: one organization with schools below it, and everybody in them.
//   - level: a span of grades that a school covers: elementary, middle, high.
//   - group: the students of a school who are taught together, 30 at most and,
//     but in small schools, at least 20. Each group takes every subject of its
//     level; a class is one group taught one subject.
//   - place: of a student in a school, the youngest first. A year later it is
//     taken by somebody else.
//   - block: the five schools, or fewer, between which students move up.
//   - household: students and guardians who live together and share a name.
//   - churn: the share of a roster that is another one the next day.
//   - mistake: a defect that is planted into the files and noted.
//
// Every question about a district (what is the name of person 4711?) is answered
// from the seed and the question alone. So the same seed gives the same bytes,
// and a file is written row by row in the same memory, however long it is.
package district

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/homeroomhq/homeroom/fault"
)

// MinPeople is the size of the smallest district: three schools, each with a
// principal, a teacher and a few students.
const MinPeople = 50

// mostRecords keeps the products of two counts within 63 bits.
const mostRecords = 1_000_000_000

// Format is a format in which a district is written.
type Format string

// The formats.
const (
	SDS       Format = "sds"       // SDS V2.1: ten files (domain page A.2)
	OneRoster Format = "oneroster" // OneRoster 1.1, bulk, with a manifest (domain page A.4)
)

// String returns the name of the format, for people.
func (f Format) String() string {
	if f == OneRoster {
		return "OneRoster 1.1"
	}
	return "SDS V2.1"
}

// Options say which district is made. Equal options give equal files.
type Options struct {
	Format Format // SDS when empty
	People int    // in all: students, staff and guardians; at least MinPeople
	Seed   uint64 // of all that is left to chance
	Year   int    // in which the school year ends: 2027 is the year 2026-2027
	// Domain, if there is one, follows the user names of students and staff
	// (mgarcia27@school.example) and makes their email addresses. Without one
	// they have plain user names and no email address. User names of guardians
	// are their own email addresses, in domains that are reserved for examples.
	Domain string

	// Exact numbers of rows; 0 for as many as come by themselves.
	Orgs        int // the district and its schools
	Classes     int
	Enrollments int

	// NextYear makes the district a year after Year: who was there is a grade
	// further or has left, as many have begun, and sessions and classes are new.
	// People, schools and courses have the ids of the year before.
	NextYear bool
	// Churn changes the roster; all rows that it does not change are equal to
	// those of the roster without it, and in the same order.
	Churn Churn
	// Mistakes are planted, so many, each in a row of its own, and listed in the
	// file that MistakesFile names. None takes away a record that others need: a
	// reader finds them and nothing else.
	Mistakes int
}

// Counts are how many records a district has.
type Counts struct {
	Schools     int `json:"schools"` // organizations but for the district itself
	Students    int `json:"students"`
	Staff       int `json:"staff"`
	Guardians   int `json:"guardians"`
	Roles       int `json:"roles"` // of a person in an organization
	Courses     int `json:"courses"`
	Classes     int `json:"classes"`
	Enrollments int `json:"enrollments"`
	Contacts    int `json:"contacts"` // pairs of a student and a guardian
}

// Write makes a district and writes it to a folder, without passwords. The folder
// is created; one that has something in it is refused, so that no real roster is
// ever overwritten. Options that cannot be met are refused before anything is
// written (fault.Invalid); when writing fails or the context is done, what was
// written is removed. Progress, if there is one, is told now and then how many of
// about how many rows are written.
func Write(ctx context.Context, dir string, o Options, progress func(done, total int)) (Counts, error) {
	if err := o.check(); err != nil {
		return Counts{}, err
	}
	names, err := parseNames(nameList)
	if err != nil {
		return Counts{}, err
	}
	d := newDistrict(o, names)
	p := newPace(d, o, progress)
	r, err := newRoster(ctx, p, d, o.Churn)
	if err != nil {
		return Counts{}, err
	}
	tables := r.sds()
	if o.Format == OneRoster {
		tables = r.oneroster()
	}
	var planted *mistakes
	if o.Mistakes > 0 {
		if planted, err = plant(ctx, p, dir, d, o, tables); err != nil {
			return Counts{}, err
		}
	}
	f, err := openFolder(dir, p)
	if err != nil {
		return Counts{}, err
	}
	if err := f.writeAll(ctx, tables, planted); err != nil {
		return Counts{}, f.undo(err)
	}
	return *r.counts, nil
}

// MistakesFile returns the path of the list of planted mistakes. It lies beside
// the folder, for a roster has no other files: a CSV file with the columns file,
// line, column (a header), rule, severity and record (its id, or those that it
// relates, joined by "/").
func MistakesFile(dir string) string { return filepath.Clean(dir) + ".mistakes.csv" }

func (o Options) check() error {
	switch {
	case o.Format != "" && o.Format != SDS && o.Format != OneRoster:
		return fault.New(fault.Invalid, "%q is no format. Give %s or %s.", string(o.Format), string(SDS), string(OneRoster))
	case o.People < MinPeople:
		return fault.New(fault.Invalid, "A district has at least %d people, so it cannot be made with %d.", MinPeople, o.People)
	case o.People > mostPeople:
		return fault.New(fault.Invalid, "A district has at most %d people, so it cannot be made with %d.", mostPeople, o.People)
	case o.Year < 1900 || o.Year > 9998:
		return fault.New(fault.Invalid, "%d is no school year. Give the year in which it ends, such as 2027.", o.Year)
	case strings.ContainsAny(o.Domain, "@ \t\r\n"):
		return fault.New(fault.Invalid, "%q is no domain. Give it without @, such as school.example.", o.Domain)
	case o.Mistakes < 0:
		return fault.New(fault.Invalid, "%d mistakes cannot be planted. Give a number of at least 0.", o.Mistakes)
	}
	return o.checkTotals()
}
