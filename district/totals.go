package district

import "github.com/homeroomhq/homeroom/fault"

// checkTotals refuses numbers that cannot be met together.
func (o Options) checkTotals() error {
	for _, total := range []struct {
		n    int
		name string
	}{{o.Orgs, "organizations"}, {o.Classes, "classes"}, {o.Enrollments, "enrollments"}} {
		if total.n < 0 || total.n > mostRecords {
			return fault.New(fault.Invalid, "%d %s cannot be made. Give a number up to %d.", total.n, total.name, mostRecords)
		}
	}
	if o.Orgs == 1 {
		return fault.New(fault.Invalid, "One organization is too few: there is the district, and at least one school.")
	}
	if o.Orgs > 0 && o.People < fewestPeople(o.Orgs-1) {
		return fault.New(fault.Invalid, "%d people are too few for %d organizations: every school has a principal, a teacher and a student, so at least %d people are needed.",
			o.People, o.Orgs, fewestPeople(o.Orgs-1))
	}
	return o.checkEnrollments()
}

func (o Options) checkEnrollments() error {
	if o.Enrollments == 0 {
		return nil
	}
	d := newDistrict(o, nil)
	if least := d.classes; o.Enrollments < least {
		return fault.New(fault.Invalid, "%d enrollments are too few for %d classes: every class has a teacher, so at least %d are needed.",
			o.Enrollments, d.classes, least)
	}
	if most := d.classes * d.mostInClass(); o.Enrollments > most {
		return fault.New(fault.Invalid, "%d enrollments are too many for %d classes: a class has one teacher and at most the %d students of its school, so at most %d are possible.",
			o.Enrollments, d.classes, d.mostInClass()-1, most)
	}
	return nil
}

// rows returns about how many rows the files of a roster have.
func (d *district) rows() int {
	users, roles, contacts := d.people(), d.students+d.staff, 2*d.guardians
	return users + roles + contacts + d.enrollmentCount()
}

// enrollmentCount returns about how many enrollments there are.
func (d *district) enrollmentCount() int {
	if d.enrollments > 0 {
		return d.enrollments
	}
	n := 0
	for s := range d.allSchools() {
		n += len(s.level.subjects)*s.places.len() + d.classesOf(s)*4/3
	}
	return n
}
