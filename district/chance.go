package district

import "math/bits"

// chance answers questions by the seed. It has no state: the same question gets
// the same answer, in whatever order they are asked.
type chance uint64

// question is what is asked. New questions go to the end, so that the answers
// to the old ones stay.
type question uint64

const (
	askCulture question = iota + 1
	askGiven
	askFamily
	askOtherFamily
	askPhone
	askMail
	askRelation
	askCoTeacher
	askHelper
	askDistrict
	askSchool
	askSex
	askBirthday
	askRace
	askHispanic
	askDemographics
	askFlag
	askWhichFlag
	askClassSize
	askChange
	askNewFamily
	askNewPerson
	askNewClass
	askSibling
	askMistake
)

// pick returns a number from 0 to n-1 for a question about a record.
func (c chance) pick(q question, about, n int) int {
	x := mix(mix(uint64(c)+uint64(q)) + uint64(about))
	high, _ := bits.Mul64(x, uint64(n))
	return int(high)
}

// oneIn answers yes for one record in n.
func (c chance) oneIn(n int, q question, about int) bool { return c.pick(q, about, n) == 0 }

// mix is the output function of SplitMix64 (Steele, Lea, Flood 2014): every bit
// of the input changes about half of the bits of the output.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
