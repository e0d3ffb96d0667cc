package district

import "iter"

// staying yields the enrollments between people and classes that stay.
func (c *changed) staying(yield func(enrollment) bool) {
	index := 0
	for class := range c.district.allClasses {
		fate := c.classes.fate(index)
		if index++; fate == goes {
			continue
		}
		if !c.present(class, yield) {
			return
		}
	}
}

// present yields the enrollments of a class but for those of people who go.
func (c *changed) present(class *class, yield func(enrollment) bool) bool {
	for e := range class.enrollments() {
		if c.fateOf(e.person) != goes && !yield(e) {
			return false
		}
	}
	return true
}

func (c *changed) allEnrollments(yield func(enrollment) bool) {
	index := 0
	for e := range c.staying {
		fate := c.enrollments.fate(index)
		if index++; fate == goes {
			continue
		}
		if fate == changes {
			e = c.altered(e)
		}
		if !yield(e) {
			return
		}
	}
	for _, created := range []iter.Seq[enrollment]{c.ofNewClasses, c.ofNewcomers, c.ofSiblings} {
		for e := range created {
			if !yield(e) {
				return
			}
		}
	}
}

// altered returns an enrollment as it is when it changes: a student goes to another
// group of the subject; staff, and students who cannot, have another part from then on.
func (c *changed) altered(e enrollment) enrollment {
	if e.role == student {
		if other := c.otherGroup(e); other != nil {
			e.class, e.moved = other, e.class
			return e
		}
	}
	e.role, e.late = otherPart(e.role), true
	return e
}

// otherGroup returns the class of another group in the same subject, nil where there is
// none that has room for the student. It is as far from the class as can be, so that
// nobody comes to the same class twice: all go equally far.
func (c *changed) otherGroup(e enrollment) *class {
	s := e.class.school
	subjects := len(s.level.subjects)
	subject, group := e.class.number%subjects, e.class.number/subjects
	groups := (c.classesOf(s) - subject + subjects - 1) / subjects
	number := (group+groups/2)%groups*subjects + subject
	index := e.class.index - e.class.number + number
	if number == e.class.number || c.classes.fate(index) == goes {
		return nil
	}
	other := c.class(s, number, index)
	size := s.places.len()
	behind := (e.place%size - other.students.first%size + size) % size
	if behind < other.students.len()+c.rounds {
		return nil // the student is there already, or may come there
	}
	return other
}

// otherPart returns another role that does as much or as little in the directory. A
// student helps.
func otherPart(role string) string {
	switch role {
	case teacher:
		return instructor
	case teacherAssistant:
		return aide
	default:
		return teacherAssistant
	}
}

func (c *changed) ofNewClasses(yield func(enrollment) bool) {
	for s := range c.allSchools() {
		for class := range c.createdClasses(s) {
			if !c.present(class, yield) {
				return
			}
		}
	}
}

// ofNewcomers puts new students into the classes of a group, and new teachers
// into one class.
func (c *changed) ofNewcomers(yield func(enrollment) bool) {
	first := 0 // of the school's classes among all
	for s := range c.allSchools() {
		classes, subjects := c.classesOf(s), len(s.level.subjects)
		come := c.newcomers(s)
		for number := come.first; number < come.end && classes > 0; number++ {
			group := span{0, (classes + subjects - 1) / subjects}.part(c.place(s, number), s.places.len()).first
			k, n, part := group*subjects, subjects, student
			if c.teaches(number) {
				k, n, part = c.chance.pick(askNewPerson, number, classes), 1, teacher
			}
			for end := min(k+n, classes); k < end; k++ {
				if c.classes.fate(first+k) == goes {
					continue
				}
				if !yield(enrollment{class: c.class(s, k, first+k), person: number, role: part}) {
					return
				}
			}
		}
		first += classes
	}
}

// ofSiblings yields the enrollments for which there is room and that are drawn.
func (c *changed) ofSiblings(yield func(enrollment) bool) {
	if c.newEnrollments == 0 {
		return
	}
	index := 0
	for e := range c.room {
		drawn := c.siblings.picks(index)
		if index++; drawn && !yield(e) {
			return
		}
	}
}

// room yields, for every class that stays, enrollments of the students on the
// next places.
func (c *changed) room(yield func(enrollment) bool) {
	index := 0
	for class := range c.district.allClasses {
		fate := c.classes.fate(index)
		if index++; fate == goes {
			continue
		}
		free := class.school.places.len() - class.students.len()
		for place := range min(free, c.rounds) {
			person := class.pupil(class.students.end + place)
			if c.fateOf(person) != goes && !yield(enrollment{class: class, person: person, role: student}) {
				return
			}
		}
	}
}
