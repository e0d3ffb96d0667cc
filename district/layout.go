package district

import (
	"iter"
	"sort"
	"strconv"
)

// district knows how many there are of everything, and which belong together.
// People are numbered from 0: the staff, then the students, then the guardians,
// then those who come later (people.go).
type district struct {
	chance  chance
	names   []culture
	weights int // of all cultures together
	year    int
	later   bool // a year later than the district began
	domain  string

	schools, staff, students, guardians int

	// classes and enrollments are those that were asked for, or 0 for as many as
	// come by themselves.
	classes, enrollments int
}

// Sizes. They come from no statistics: they give a district of 200 people three
// schools with several classes each, and a large one schools of usual size.
const (
	studentShare  = 55  // of 100 people
	staffShare    = 12  // of 100 people; the rest are guardians
	schoolSize    = 450 // students of a school in a large district
	fewestSchools = 3   // one of each level
	groupSize     = 30  // students of a group at most
	classSize     = 20  // enrollments of a class where only the classes are counted
	officeSchools = 10  // for so many schools the district's office has one technician
)

func newDistrict(o Options, names []culture) *district {
	d := &district{chance: chance(o.Seed), names: names, year: o.Year, later: o.NextYear, domain: o.Domain}
	if d.later {
		d.year++
	}
	for _, c := range names {
		d.weights += c.weight
	}
	d.share(o.People, o.Orgs-1)
	if o.Classes == 0 && o.Enrollments == 0 {
		return d
	}
	d.classes = o.Classes
	if d.classes == 0 {
		for s := range d.allSchools() {
			d.classes += d.classesOf(s)
		}
	}
	d.enrollments = o.Enrollments
	if d.enrollments == 0 {
		d.enrollments = d.classes * min(classSize, d.mostInClass())
	}
	return d
}

// share shares the people out. Without a number of schools there are as many as
// fit the students.
func (d *district) share(people, schools int) {
	d.students = people * studentShare / 100
	d.schools = schools
	if schools < 1 {
		d.schools = max(fewestSchools, d.students/schoolSize)
	}
	d.staff = max(people*staffShare/100, d.office()+2*d.schools)
	d.guardians = people - d.students - d.staff
}

// fewestPeople returns how many people so many schools need: a principal and a
// teacher each, one student, and the district's office.
func fewestPeople(schools int) int {
	return MinPeople + sort.Search(10*(schools+1), func(n int) bool {
		var d district
		d.share(MinPeople+n, schools)
		return d.guardians >= 0 // there are more students than these
	})
}

// office returns how many work for the district and for no one school: the
// superintendent and the technicians.
func (d *district) office() int { return 1 + 1 + d.schools/officeSchools }

// span is a range of numbers: from the first to before the end.
type span struct{ first, end int }

func (s span) len() int { return s.end - s.first }

// part returns the i-th of n parts, which are as equal as can be.
func (s span) part(i, n int) span {
	return span{s.first + s.len()*i/n, s.first + s.len()*(i+1)/n}
}

func (d *district) allStudents() span  { return span{d.staff, d.staff + d.students} }
func (d *district) allGuardians() span { return span{d.staff + d.students, d.people()} }
func (d *district) people() int        { return d.staff + d.students + d.guardians }

// school is one school with its people.
type school struct {
	number   int
	id, name string
	level    level
	places   span // of its students among all students: one is first in the first school
	pupils   line // who has which place, the youngest first
	staff    span
	teachers []int // who teach here, the visitor from another school last
	helpers  []int // aides and teacher assistants
}

// allSchools yields the schools by number.
func (d *district) allSchools() iter.Seq[*school] {
	return func(yield func(*school) bool) {
		var block block
		for number := range d.schools {
			if number%blockSize == 0 {
				block = d.block(number / blockSize)
			}
			if !yield(d.school(number, block)) {
				return
			}
		}
	}
}

func (d *district) school(number int, b block) *school {
	s := &school{
		number: number,
		id:     schoolID(number),
		level:  levelOf(number),
		places: d.places(number),
		pupils: b.pupils[number%blockSize],
		staff:  d.schoolStaff(number),
	}
	s.name = d.schoolName(number) + " " + s.level.name
	for person := s.staff.first; person < s.staff.end; person++ {
		switch jobs(person - s.staff.first) {
		case teacher:
			s.teachers = append(s.teachers, person)
		case aide, teacherAssistant:
			s.helpers = append(s.helpers, person)
		}
	}
	if d.schools > 1 {
		s.teachers = append(s.teachers, d.visitor(number))
	}
	return s
}

func (d *district) places(school int) span { return span{0, d.students}.part(school, d.schools) }

func schoolID(number int) string { return strconv.Itoa(1001 + number) }

const districtID = "1000"

func (d *district) schoolStaff(number int) span {
	return span{d.office(), d.staff}.part(number, d.schools)
}

// visitor returns the teacher who comes from the school before, where the first
// follows the last, and so works in two schools.
func (d *district) visitor(number int) int {
	before := d.schoolStaff((number + d.schools - 1) % d.schools)
	person := before.end - 1
	for jobs(person-before.first) != teacher {
		person--
	}
	return person
}

// The roles of staff (domain page A.7).
const (
	principal        = "principal"
	teacher          = "teacher"
	instructor       = "instructor" // who teaches a class, in an enrollment alone
	aide             = "aide"
	teacherAssistant = "teacherAssistant"
	officeStaff      = "officeStaff"
	nurse            = "nurse"
	administrator    = "administrator"
	itAdmin          = "itAdmin"
	student          = "student"
)

// jobs returns the role of a school's n-th member of staff, counted from 0. The
// second is a teacher, so every school has one.
func jobs(n int) string {
	switch {
	case n == 0:
		return principal
	case n == 6:
		return officeStaff
	case n == 8:
		return nurse
	case n%10 == 4:
		return aide
	case n%10 == 9:
		return teacherAssistant
	default:
		return teacher
	}
}

// gradeAt returns the position of a place's grade in the school's level.
func (s *school) gradeAt(place int) int {
	return place * len(s.level.grades) / s.places.len()
}

// gradePlaces returns those of n places in which gradeAt finds the grade.
func gradePlaces(n, grades, grade int) span {
	return span{(n*grade + grades - 1) / grades, (n*(grade+1) + grades - 1) / grades}
}
