package district

import "fmt"

// The sensitive files hold what is never written to a directory. A few
// students have a row in them, so that readers meet such files.

func (d *district) demographicRows(yield func([]string) bool) {
	for s := range d.allSchools() {
		for number := s.students.first; number < s.students.end; number++ {
			if d.chance.oneIn(4, askDemographics, number) && !yield(d.demographics(s, number)) {
				return
			}
		}
	}
}

func (d *district) demographics(s school, number int) []string {
	sexes := []string{"female", "male"}
	races := []string{"", "asian", "blackOrAfricanAmerican", "white", "demographicRaceTwoOrMoreRaces"}
	ethnicity := ""
	if d.chance.oneIn(5, askHispanic, number) {
		ethnicity = "hispanicOrLatinoEthnicity"
	}
	return []string{
		personID(number),
		sexes[d.chance.pick(askSex, number, len(sexes))],
		d.birthday(s, number),
		"Springfield", "WA", "USA",
		ethnicity,
		races[d.chance.pick(askRace, number, len(races))],
	}
}

// birthday returns a date that makes the student the right age for the grade
// when the school year begins.
func (d *district) birthday(s school, number int) string {
	years := d.year - 1 - s.level.age - s.gradeOf(number)
	day := d.chance.pick(askBirthday, number, 7*28) // January to July, each with its first 28 days
	return fmt.Sprintf("%04d-%02d-%02d", years, 1+day/28, 1+day%28)
}

func (d *district) flagRows(yield func([]string) bool) {
	flags := []string{"iep", "504", "freeLunch"}
	students := d.allStudents()
	for number := students.first; number < students.end; number++ {
		if !d.chance.oneIn(12, askFlag, number) {
			continue
		}
		if !yield([]string{personID(number), flags[d.chance.pick(askWhichFlag, number, len(flags))]}) {
			return
		}
	}
}
