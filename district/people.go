package district

import (
	"fmt"
	"strconv"
)

// person is one person of the district.
type person struct {
	number    int
	roles     []role // the primary one first; none for guardians
	born      int    // the year, for students
	guardians []int  // of students
	renamed   bool   // has another family name than before
}

func (p person) id() string { return personID(p.number) }

// role is what somebody is in an organization.
type role struct {
	org, code string
	grade     string // of students
	primary   bool
}

// firstID is the id of person 0. All ids have the same length, so the people
// are in the order of their ids.
const (
	firstID    = 100_000_000
	mostPeople = 100_000_000 // that ids of this length are enough for, with those who come later
)

func personID(number int) string { return strconv.Itoa(firstID + number) }

// Those who come later are numbered behind all others: first the students who
// begin a year later, then those who come by churn.
func (d *district) firstSuccessor() int { return d.people() }
func (d *district) firstNewcomer() int  { return 2 * d.people() }

func (d *district) isGuardian(number int) bool {
	return number >= d.allGuardians().first && number < d.firstSuccessor()
}

// child returns the position of a student among all students, where those who
// begin later stand in for those who left.
func (d *district) child(number int) (int, bool) {
	switch students := d.allStudents(); {
	case number >= students.first && number < students.end:
		return number - students.first, true
	case number >= d.firstSuccessor() && number < d.firstNewcomer():
		return number - d.firstSuccessor(), true
	default:
		return 0, false
	}
}

// allPeople yields everybody.
func (d *district) allPeople(yield func(person) bool) {
	for number := range d.office() {
		if !yield(person{number: number, roles: d.officeRoles(number)}) {
			return
		}
	}
	for s := range d.allSchools() {
		for number := s.staff.first; number < s.staff.end; number++ {
			if !yield(person{number: number, roles: d.staffRoles(s, number)}) {
				return
			}
		}
	}
	for s := range d.allSchools() {
		for place := range s.places.len() {
			if !yield(d.pupil(s, s.pupils.at(place), s.gradeAt(place))) {
				return
			}
		}
	}
	for number := d.allGuardians().first; number < d.allGuardians().end; number++ {
		if !yield(person{number: number}) {
			return
		}
	}
}

// officeRoles returns the roles of somebody in the district's office.
// Technicians also look after one school.
func (d *district) officeRoles(number int) []role {
	if number == 0 {
		return []role{{districtID, administrator, "", true}}
	}
	return []role{
		{districtID, itAdmin, "", true},
		{schoolID((number - 1) * officeSchools % d.schools), itAdmin, "", false},
	}
}

// staffRoles returns the roles of a member of a school's staff, who may be the
// visitor of the next school.
func (d *district) staffRoles(s *school, number int) []role {
	roles := []role{{s.id, jobs(number - s.staff.first), "", true}}
	if next := (s.number + 1) % d.schools; next != s.number && d.visitor(next) == number {
		roles = append(roles, role{schoolID(next), teacher, "", false})
	}
	return roles
}

// pupil returns a student of a school in a grade, given by its position in the
// school's level.
func (d *district) pupil(s *school, number, grade int) person {
	return person{
		number:    number,
		roles:     []role{{s.id, student, s.level.grades[grade], true}},
		born:      d.year - 1 - s.level.age - grade,
		guardians: d.guardiansOf(number),
	}
}

// account is what a person is called.
type account struct {
	username      string
	given, family name
	email         string
	phone         string // of guardians
	number        string // of students and staff
}

func (d *district) account(p person) account {
	var a account
	a.given, a.family = d.nameOf(p.number)
	local := a.given.ascii[:1] + a.family.ascii
	local = local[:min(len(local), 11)] + strconv.Itoa(p.number+1) // fits the 20 characters of Active Directory
	if p.renamed {
		a.family = d.otherFamily(p.number, a.family) // the user name stays
	}
	if d.isGuardian(p.number) {
		a.email = local + "@" + d.mailDomain(p.number)
		a.username = a.email
		a.phone = d.phone(p.number)
		return a
	}
	a.username = local
	a.number = fmt.Sprintf("%06d", p.number+1)
	if d.domain != "" {
		a.username += "@" + d.domain
		a.email = a.username
	}
	return a
}

// nameOf returns the names of a person. Every fortieth student bears the names
// of another one who lives elsewhere.
func (d *district) nameOf(number int) (given, family name) {
	if at := number - d.allStudents().first; at >= 0 && at < d.students && at%40 == 39 {
		number -= 7
	}
	home := d.household(number)
	names := d.culture(home)
	given = names.given[d.chance.pick(askGiven, number, len(names.given))]
	family = names.family[d.chance.pick(askFamily, home, len(names.family))]
	if d.isGuardian(number) && d.chance.oneIn(6, askOtherFamily, number) {
		family = names.family[d.chance.pick(askOtherFamily, number, len(names.family))]
	}
	return given, family
}

// otherFamily returns another family name of the same culture.
func (d *district) otherFamily(number int, family name) name {
	names := d.culture(d.household(number)).family
	at := d.chance.pick(askNewFamily, number, len(names))
	if names[at] == family {
		at = (at + 1) % len(names)
	}
	return names[at]
}

func (d *district) culture(home int) culture {
	at := d.chance.pick(askCulture, home, d.weights)
	for _, c := range d.names {
		if at -= c.weight; at < 0 {
			return c
		}
	}
	panic("the weights do not add up")
}

// households returns how many households have students: most one or two, whose
// numbers are far apart, so that they are in different grades or schools.
func (d *district) households() int { return (d.students*3 + 4) / 5 }

// homesWithGuardian returns how many of the households have a guardian on file:
// the first four fifths of them, or fewer where there are not enough guardians.
func (d *district) homesWithGuardian() int { return min(d.households()*4/5, d.guardians) }

// household returns the number of a person's household. Members of staff, and
// those who come by churn, have households of their own.
func (d *district) household(number int) int {
	if child, ok := d.child(number); ok {
		return child % d.households()
	}
	if d.isGuardian(number) {
		return (number - d.allGuardians().first) % d.homesWithGuardian()
	}
	return d.households() + number
}

// guardiansOf returns the guardians of a student's household.
func (d *district) guardiansOf(number int) []int {
	home := d.household(number)
	if home >= d.homesWithGuardian() {
		return nil
	}
	var found []int
	for g := d.allGuardians().first + home; g < d.people(); g += d.homesWithGuardian() {
		found = append(found, g)
	}
	return found
}

// relationship returns what a guardian is to the children of the household.
func (d *district) relationship(guardian int) string {
	roles := []string{"parent", "parent", "parent", "parent", "guardian", "guardian", "relative"}
	return roles[d.chance.pick(askRelation, guardian, len(roles))]
}

// mailDomain returns a domain that is reserved for examples (RFC 2606).
func (d *district) mailDomain(number int) string {
	domains := []string{"example.com", "example.net", "example.org"}
	return domains[d.chance.pick(askMail, number, len(domains))]
}

// phone returns one of the numbers that are set aside for fiction, in E.164.
func (d *district) phone(number int) string {
	n := d.chance.pick(askPhone, number, 80_000)
	return fmt.Sprintf("+1%03d55501%02d", 200+n/100, n%100)
}
