package district

import "iter"

// roster is what is written of a district: its people and classes, and who is in
// which, in the order of the files. All else follows from those.
type roster struct {
	*district
	people      iter.Seq[person]
	classes     iter.Seq[*class]
	enrollments iter.Seq[enrollment]
	counts      *Counts // of what was yielded last
}

// whole returns the roster of the district as it is.
func (d *district) whole() roster {
	return roster{district: d, people: d.allPeople, classes: d.allClasses, enrollments: d.allEnrollments}
}

// counted returns the roster with a count of its records, which is right when
// all of them were yielded at least once.
func (r roster) counted() roster {
	c := &Counts{Schools: r.schools}
	r.counts = c
	for s := range r.allSchools() {
		c.Courses += len(s.level.subjects) * len(s.level.grades)
	}
	people, classes, enrollments := r.people, r.classes, r.enrollments
	r.people = func(yield func(person) bool) {
		c.Students, c.Staff, c.Guardians, c.Roles, c.Contacts = 0, 0, 0, 0, 0
		for p := range people {
			c.add(p)
			if !yield(p) {
				return
			}
		}
	}
	r.classes = func(yield func(*class) bool) {
		c.Classes = 0
		for class := range classes {
			if c.Classes++; !yield(class) {
				return
			}
		}
	}
	r.enrollments = func(yield func(enrollment) bool) {
		c.Enrollments = 0
		for e := range enrollments {
			if c.Enrollments++; !yield(e) {
				return
			}
		}
	}
	return r
}

func (c *Counts) add(p person) {
	switch {
	case p.born != 0:
		c.Students++
	case len(p.roles) > 0:
		c.Staff++
	default:
		c.Guardians++
	}
	c.Roles += len(p.roles)
	c.Contacts += len(p.guardians)
}

func (d *district) allEnrollments(yield func(enrollment) bool) {
	for c := range d.allClasses {
		for e := range c.enrollments() {
			if !yield(e) {
				return
			}
		}
	}
}

// table is one file of a roster: its rows are made while they are written.
type table struct {
	name   string
	header []string
	rows   iter.Seq[[]string]
}

// org is the district, or a school.
type org struct{ id, name, kind, parent string }

func (d *district) orgs(yield func(org) bool) {
	if !yield(org{districtID, d.name(), "district", ""}) {
		return
	}
	for s := range d.allSchools() {
		if !yield(org{s.id, s.name, "school", districtID}) {
			return
		}
	}
}

// course is what a school teaches in a grade.
type course struct {
	id, title, code string
	school          *school
	subject         subject
	grade           string
}

func (d *district) courses(yield func(course) bool) {
	for s := range d.allSchools() {
		for _, sub := range s.level.subjects {
			for _, grade := range s.level.grades {
				if !yield(course{courseID(s, sub, grade), courseTitle(sub, grade), sub.code + grade, s, sub, grade}) {
					return
				}
			}
		}
	}
}
