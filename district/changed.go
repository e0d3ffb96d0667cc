package district

import (
	"context"
	"fmt"
	"iter"

	"github.com/homeroomhq/homeroom/fault"
)

// changed is a district with churn.
type changed struct {
	*district
	newPeople, newClasses, newEnrollments int

	people, classes draw
	enrollments     draw // of those between people and classes that stay
	siblings        draw // of the places that could have another enrollment
	rounds          int  // enrollments that a class gets at most
}

// What the draws are about.
const (
	drawPeople = iota
	drawClasses
	drawEnrollments
	drawSiblings
	drawMistakes // and the files that follow
)

func newRoster(ctx context.Context, p *pace, d *district, churn Churn) (roster, error) {
	r := d.whole()
	if churn != (Churn{}) {
		c, err := newChanged(ctx, p, d, churn)
		if err != nil {
			return roster{}, err
		}
		r = roster{district: d, people: c.allPeople, classes: c.allClasses, enrollments: c.allEnrollments}
	}
	return r.counted(), nil
}

func newChanged(ctx context.Context, p *pace, d *district, churn Churn) (*changed, error) {
	c := &changed{district: d, newPeople: churn.Created.of(d.people())}
	var err error
	if c.people, err = c.draw(drawPeople, "people", d.people(), c.eligible(), churn); err != nil {
		return nil, err
	}
	classes := 0
	for s := range d.allSchools() {
		classes += d.classesOf(s)
	}
	c.newClasses = churn.Created.of(classes)
	if c.classes, err = c.draw(drawClasses, "classes", classes, classes, churn); err != nil {
		return nil, err
	}
	enrollments := d.enrollments
	if enrollments == 0 {
		if enrollments, err = count(ctx, p, d.allEnrollments); err != nil {
			return nil, err
		}
	}
	staying, err := count(ctx, p, c.staying)
	if err != nil {
		return nil, err
	}
	if c.enrollments, err = c.draw(drawEnrollments, "enrollments", enrollments, staying, churn); err != nil {
		return nil, err
	}
	return c, c.drawSiblings(ctx, p, churn.Created.of(enrollments), classes)
}

// draw draws from those of n records that can go or change.
func (c *changed) draw(about int, name string, n, eligible int, churn Churn) (draw, error) {
	deleted, changes := churn.Deleted.of(n), churn.Changed.of(n)
	if deleted+changes > eligible {
		return draw{}, fault.New(fault.Invalid, "%d %s cannot be deleted and %d changed: of %d, %d can.", deleted, name, changes, n, eligible)
	}
	return newDraw(c.chance, about, eligible, deleted, changes), nil
}

// drawSiblings draws n new enrollments for the next pupils of as many classes.
func (c *changed) drawSiblings(ctx context.Context, p *pace, n, classes int) error {
	c.newEnrollments = n
	if n == 0 {
		return nil
	}
	c.rounds = 2 + 2*n/max(classes, 1)
	room, err := count(ctx, p, c.room)
	if err != nil {
		return err
	}
	if n > room {
		return fault.New(fault.Invalid, "%d enrollments cannot be created: in the classes there is room for %d.", n, room)
	}
	c.siblings = newDraw(c.chance, drawSiblings, room, n, 0)
	return nil
}

// eligible returns how many people can go or change: the staff, the guardians,
// and of each household with two children one. So no guardian is left without
// a child.
func (c *changed) eligible() int { return c.staff + c.homesOfTwo() + c.district.guardians }

func (c *changed) homesOfTwo() int { return c.students - c.households() }

// fateOf returns what becomes of a person.
func (c *changed) fateOf(number int) fate {
	if child, ok := c.child(number); ok {
		home := child % c.households()
		isSecond := child >= c.households()
		if home >= c.homesOfTwo() || c.chance.oneIn(2, askSibling, home) != isSecond {
			return stays
		}
		return c.people.fate(c.staff + home)
	}
	if c.isGuardian(number) {
		return c.people.fate(c.staff + c.homesOfTwo() + number - c.allGuardians().first)
	}
	return c.people.fate(number)
}

func (c *changed) allPeople(yield func(person) bool) {
	for p := range c.district.allPeople {
		switch c.fateOf(p.number) {
		case goes:
			continue
		case changes:
			p.renamed = true
		}
		var here []int
		for _, guardian := range p.guardians {
			if c.fateOf(guardian) != goes {
				here = append(here, guardian)
			}
		}
		p.guardians = here
		if !yield(p) {
			return
		}
	}
	for s := range c.allSchools() {
		come := c.newcomers(s)
		for number := come.first; number < come.end; number++ {
			if !yield(c.newcomer(s, number)) {
				return
			}
		}
	}
}

// newcomers returns the new people of a school.
func (c *changed) newcomers(s *school) span {
	first := c.firstNewcomer()
	return span{first, first + c.newPeople}.part(s.number, c.schools)
}

// newcomer returns a new student, or, for one in ten, a new teacher.
func (c *changed) newcomer(s *school, number int) person {
	if c.teaches(number) {
		return person{number: number, roles: []role{{s.id, teacher, "", true}}}
	}
	return c.pupil(s, number, s.gradeAt(c.place(s, number)))
}

func (c *changed) teaches(number int) bool { return number%10 == 9 }

// place returns a place next to which a new student sits.
func (c *changed) place(s *school, number int) int {
	return c.chance.pick(askNewPerson, number, s.places.len())
}

func (c *changed) allClasses(yield func(*class) bool) {
	index := 0
	for class := range c.district.allClasses {
		fate := c.classes.fate(index)
		if index++; fate == goes {
			continue
		}
		if fate == changes {
			class.title += ", Advanced"
		}
		if !yield(class) {
			return
		}
	}
	for s := range c.allSchools() {
		for class := range c.createdClasses(s) {
			if !yield(class) {
				return
			}
		}
	}
}

// createdClasses yields the new classes of a school. They have a teacher and a
// few students.
func (c *changed) createdClasses(s *school) iter.Seq[*class] {
	return func(yield func(*class) bool) {
		numbers := span{0, c.newClasses}.part(s.number, c.schools)
		for number := numbers.first; number < numbers.end; number++ {
			if !yield(c.createdClass(s, number)) {
				return
			}
		}
	}
}

func (c *changed) createdClass(s *school, number int) *class {
	subject := s.level.subjects[number%len(s.level.subjects)]
	first := c.chance.pick(askNewClass, number, s.places.len())
	grade := s.level.grades[s.gradeAt(first)]
	return &class{
		id:       fmt.Sprintf("%d-%s-%s-N%d", c.year, s.id, subject.code, number+1),
		title:    fmt.Sprintf("%s, New Group %d", courseTitle(subject, grade), number+1),
		code:     fmt.Sprintf("%s%s-N%d", subject.code, grade, number+1),
		school:   s,
		subject:  subject,
		grade:    grade,
		course:   courseID(s, subject, grade),
		teachers: []int{s.teachers[number%len(s.teachers)]},
		helper:   -1,
		students: span{first, first + min(10, s.places.len())},
	}
}
