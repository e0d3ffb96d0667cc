package district

import (
	"fmt"
	"iter"
)

// The sensitive files hold what is never written to a directory. A few
// students have a row in them, so that readers meet such files.

// demographics is what is known of a student.
type demographics struct {
	person    person
	sex, born string
	race      string // a code of RefRace, or none
	hispanic  bool
}

func (d *district) demographics(people iter.Seq[person]) iter.Seq[demographics] {
	sexes := []string{"female", "male"}
	races := []string{"", "asian", "blackOrAfricanAmerican", "white", "demographicRaceTwoOrMoreRaces"}
	return func(yield func(demographics) bool) {
		for p := range people {
			if p.born == 0 || !d.chance.oneIn(4, askDemographics, p.number) {
				continue
			}
			if !yield(demographics{
				person:   p,
				sex:      sexes[d.chance.pick(askSex, p.number, len(sexes))],
				born:     d.birthday(p),
				race:     races[d.chance.pick(askRace, p.number, len(races))],
				hispanic: d.chance.oneIn(5, askHispanic, p.number),
			}) {
				return
			}
		}
	}
}

// birthday returns a date that makes the student the right age for the grade
// when the school year begins.
func (d *district) birthday(p person) string {
	day := d.chance.pick(askBirthday, p.number, 7*28) // January to July, each with its first 28 days
	return fmt.Sprintf("%04d-%02d-%02d", p.born, 1+day/28, 1+day%28)
}

// flag returns the flag that a student has, or none.
func (d *district) flag(p person) string {
	flags := []string{"iep", "504", "freeLunch"}
	if p.born == 0 || !d.chance.oneIn(12, askFlag, p.number) {
		return ""
	}
	return flags[d.chance.pick(askWhichFlag, p.number, len(flags))]
}
