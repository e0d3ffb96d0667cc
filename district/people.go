package district

import (
	"fmt"
	"strconv"
)

// person is one person of the district.
type person struct {
	id, username  string
	given, family name
	email         string
	phone         string // of guardians
	userNumber    string // of students and staff
}

// firstID is the id of person 0. All ids have the same length, so the people
// are in the order of their ids.
const firstID = 100_000_000

func personID(number int) string { return strconv.Itoa(firstID + number) }

func (d *district) person(number int) person {
	p := person{id: personID(number)}
	p.given, p.family = d.nameOf(number)
	local := p.given.ascii[:1] + p.family.ascii
	local = local[:min(len(local), 11)] + strconv.Itoa(number+1) // fits the 20 characters of Active Directory
	if number >= d.allGuardians().first {
		p.email = local + "@" + d.mailDomain(number)
		p.username = p.email
		p.phone = d.phone(number)
		return p
	}
	p.username = local
	p.userNumber = fmt.Sprintf("%06d", number+1)
	if d.domain != "" {
		p.username += "@" + d.domain
		p.email = p.username
	}
	return p
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
	if number >= d.allGuardians().first && d.chance.oneIn(6, askOtherFamily, number) {
		family = names.family[d.chance.pick(askOtherFamily, number, len(names.family))]
	}
	return given, family
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

// household returns the number of a person's household. Members of staff have
// households of their own.
func (d *district) household(number int) int {
	switch students, guardians := d.allStudents(), d.allGuardians(); {
	case number >= guardians.first:
		return (number - guardians.first) % d.homesWithGuardian()
	case number >= students.first:
		return (number - students.first) % d.households()
	default:
		return d.households() + number
	}
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
