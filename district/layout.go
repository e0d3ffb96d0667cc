package district

import (
	"fmt"
	"iter"
)

// district knows how many there are of everything, and which belong together.
// People are numbered from 0: the staff, then the students, then the guardians.
type district struct {
	chance  chance
	names   []culture
	weights int // of all cultures together
	year    int
	domain  string

	schools, staff, students, guardians int
}

// Sizes. They come from no statistics: they give a district of 200 people three
// schools with several classes each, and a large one schools of usual size.
const (
	studentShare  = 55  // of 100 people
	staffShare    = 12  // of 100 people; the rest are guardians
	schoolSize    = 450 // students of a school in a large district
	fewestSchools = 3   // one of each level
	groupSize     = 30  // students of a group at most
	officeSchools = 10  // for so many schools the district's office has one technician
)

func newDistrict(o Options, names []culture) *district {
	d := &district{chance: chance(o.Seed), names: names, year: o.Year, domain: o.Domain}
	for _, c := range names {
		d.weights += c.weight
	}
	d.students = o.People * studentShare / 100
	d.schools = max(fewestSchools, d.students/schoolSize)
	d.staff = max(o.People*staffShare/100, d.office()+2*d.schools)
	d.guardians = o.People - d.students - d.staff
	return d
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

// school is one school with the numbers of its people.
type school struct {
	number   int
	id, name string
	level    level
	students span
	staff    span
	teachers []int // who teach here, the visitor from another school last
	helpers  []int // aides and teacher assistants
}

// allSchools yields the schools by number.
func (d *district) allSchools() iter.Seq[school] {
	return func(yield func(school) bool) {
		for number := range d.schools {
			if !yield(d.school(number)) {
				return
			}
		}
	}
}

func (d *district) school(number int) school {
	s := school{
		number:   number,
		id:       schoolID(number),
		level:    levelOf(number),
		students: d.allStudents().part(number, d.schools),
		staff:    d.schoolStaff(number),
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
	s.teachers = append(s.teachers, d.visitor(number))
	return s
}

func schoolID(number int) string { return fmt.Sprintf("%04d", 1001+number) }

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

// gradeOf returns the position of a student's grade in the school's level: a
// school's students are numbered from the youngest.
func (s school) gradeOf(person int) int {
	return (person - s.students.first) * len(s.level.grades) / s.students.len()
}

// class is one group taught one subject.
type class struct {
	id, title, code string
	school          string
	course          string
	sessions        string
	teachers        []int
	helper          int // -1 for none
	students        span
}

// classes yields the classes of a school, group by group.
func (d *district) classes(s school) iter.Seq[class] {
	return func(yield func(class) bool) {
		groups := (s.students.len() + groupSize - 1) / groupSize
		for group := range groups {
			for at := range s.level.subjects {
				if !yield(d.class(s, group, groups, at)) {
					return
				}
			}
		}
	}
}

// class makes the class of a group in a subject. The course is that of the
// group's student in the middle, for a small school groups several grades.
func (d *district) class(s school, group, groups, at int) class {
	subject := s.level.subjects[at]
	students := s.students.part(group, groups)
	grade := s.level.grades[s.gradeOf((students.first+students.end)/2)]
	number := group*len(s.level.subjects) + at
	c := class{
		id:       fmt.Sprintf("%d-%s-%s-%02d", d.year, s.id, subject.code, group+1),
		title:    fmt.Sprintf("%s, Group %d", courseTitle(subject, grade), group+1),
		code:     fmt.Sprintf("%s%s-%d", subject.code, grade, group+1),
		school:   s.id,
		course:   courseID(s, subject, grade),
		sessions: d.sessionsOf(subject),
		teachers: []int{s.teachers[number%len(s.teachers)]},
		helper:   -1,
		students: students,
	}
	about := s.students.first + number
	if d.chance.oneIn(8, askCoTeacher, about) {
		c.teachers = append(c.teachers, s.teachers[(number+1)%len(s.teachers)])
	}
	if len(s.helpers) > 0 && d.chance.oneIn(5, askHelper, about) {
		c.helper = s.helpers[number%len(s.helpers)]
	}
	return c
}
