package district

import (
	"fmt"
	"iter"
)

// class is one group of a school taught one subject.
type class struct {
	number          int // among the classes of its school
	index           int // among all classes
	id, title, code string
	school          *school
	subject         subject
	grade           string
	course          string
	teachers        []int
	helper          int  // -1 for none
	students        span // places in the school; those behind the last begin again at the first
}

// enrollment is somebody's part in a class.
type enrollment struct {
	class   *class
	person  int
	role    string
	primary bool // the first teacher of a class
	place   int  // of a student in the school; it may be behind the last

	// What churn changed.
	moved *class // where a student was before; nil for nowhere else
	late  bool   // it began later in the year
}

// allClasses yields the classes, school by school.
func (d *district) allClasses(yield func(*class) bool) {
	first := 0
	for s := range d.allSchools() {
		n := d.classesOf(s)
		for k := range n {
			if !yield(d.class(s, k, first+k)) {
				return
			}
		}
		first += n
	}
}

// classesOf returns how many classes a school has: each of its groups takes every
// subject, unless a number was asked for.
func (d *district) classesOf(s *school) int {
	if d.enrollments > 0 {
		return span{0, d.classes}.part(s.number, d.schools).len()
	}
	return groups(s.places.len()) * len(s.level.subjects)
}

func groups(students int) int { return (students + groupSize - 1) / groupSize }

// class makes the k-th class of a school, which is the index-th of the district.
// The course is that of the student in the middle, for a group of a small school
// has several grades.
func (d *district) class(s *school, k, index int) *class {
	group := k / len(s.level.subjects)
	c := &class{
		number:   k,
		index:    index,
		school:   s,
		subject:  s.level.subjects[k%len(s.level.subjects)],
		teachers: []int{s.teachers[k%len(s.teachers)]},
		helper:   -1,
	}
	about := d.staff + s.places.first + k
	seats := groupSize + 3 // enough for all that follow
	if d.enrollments > 0 {
		seats = d.seats(index)
	}
	if seats > 3 && len(s.teachers) > 1 && d.chance.oneIn(8, askCoTeacher, about) {
		c.teachers = append(c.teachers, s.teachers[(k+1)%len(s.teachers)])
	}
	if seats > 3 && len(s.helpers) > 0 && d.chance.oneIn(5, askHelper, about) {
		c.helper = s.helpers[k%len(s.helpers)]
	}
	c.students = d.seated(s, k, seats-c.staff())
	middle := (c.students.first + c.students.end) / 2 % s.places.len()
	c.grade = s.level.grades[s.gradeAt(middle)]
	c.id = fmt.Sprintf("%d-%s-%s-%02d", d.year, s.id, c.subject.code, group+1)
	c.title = fmt.Sprintf("%s, Group %d", courseTitle(c.subject, c.grade), group+1)
	c.code = fmt.Sprintf("%s%s-%d", c.subject.code, c.grade, group+1)
	c.course = courseID(s, c.subject, c.grade)
	return c
}

// seated returns the places of the students of a school's k-th class, of which
// there are n where the enrollments are counted.
func (d *district) seated(s *school, k, n int) span {
	size, subjects := s.places.len(), len(s.level.subjects)
	if d.enrollments == 0 {
		return span{0, size}.part(k/subjects, groups(size))
	}
	all := (d.classesOf(s) + subjects - 1) / subjects
	first := span{0, size}.part(k/subjects, all).first + k%subjects
	return span{first, first + n}
}

// seats returns how many enrollments the index-th class has of those that were
// asked for. Of two neighbours one has as many more as the other has fewer.
func (d *district) seats(index int) int {
	n := func(i int) int { return span{0, d.enrollments}.part(i, d.classes).len() }
	neighbour := index ^ 1
	if neighbour >= d.classes {
		return n(index)
	}
	smaller, larger := index&^1, index|1
	most := min(n(smaller)/3, d.mostInClass()-n(larger))
	shift := d.chance.pick(askClassSize, smaller, most+1)
	if index == smaller {
		return n(smaller) - shift
	}
	return n(larger) + shift
}

// mostInClass returns how many enrollments a class can have in every school: a
// teacher and all students.
func (d *district) mostInClass() int { return 1 + d.students/d.schools }

func (c *class) staff() int {
	if c.helper >= 0 {
		return len(c.teachers) + 1
	}
	return len(c.teachers)
}

// pupil returns the student on a place, which may be behind the last.
func (c *class) pupil(place int) int { return c.school.pupils.at(place % c.school.places.len()) }

// enrollments yields who is in the class.
func (c *class) enrollments() iter.Seq[enrollment] {
	return func(yield func(enrollment) bool) {
		for i, person := range c.teachers {
			if !yield(enrollment{class: c, person: person, role: teacher, primary: i == 0}) {
				return
			}
		}
		if c.helper >= 0 && !yield(enrollment{class: c, person: c.helper, role: jobs(c.helper - c.school.staff.first)}) {
			return
		}
		for place := c.students.first; place < c.students.end; place++ {
			if !yield(enrollment{class: c, person: c.pupil(place), role: student, place: place}) {
				return
			}
		}
	}
}
