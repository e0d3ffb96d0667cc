package local

import "github.com/google/uuid"

// shape makes ids of numbers and numbers of ids: an id is a UUID of version 8
// whose first 48 bits are the object's number, and whose other bits are the
// directory's own. Ids therefore need no column and no index, and a user's place
// in a group is found without a look into the directory. Objects that were
// imported under ids of another shape keep those.
type shape string // what follows the number: "-8xxx-xxxx-xxxxxxxxxxxx"

const (
	numberDigits = len("00000000-0000")
	// Greater numbers are nobody's, so that no id that is imported uses them up.
	maxNumber = 1 << 40
)

// newShape returns one that no other directory has.
func newShape() shape {
	own := []byte(uuid.NewString()[numberDigits:])
	own[1] = '8'
	return shape(own)
}

// id returns the id of the object with the number.
func (s shape) id(number int64) string {
	const digits = "0123456789abcdef"
	var id [36]byte
	for i := numberDigits - 1; i >= 0; i-- {
		if i == 8 {
			id[i] = '-'
			continue
		}
		id[i] = digits[number&15]
		number >>= 4
	}
	copy(id[numberDigits:], s)
	return string(id[:])
}

// idOf returns the id of the object with the number, which may have been
// imported under another.
func (s shape) idOf(number int64, imported *string) string {
	if imported != nil {
		return *imported
	}
	return s.id(number)
}

// number returns the number that the id is made of, if it is of this shape.
func (s shape) number(id string) (number int64, ours bool) {
	if len(id) != 36 || id[8] != '-' || id[numberDigits:] != string(s) {
		return 0, false
	}
	for i := range numberDigits {
		if i == 8 {
			continue
		}
		switch c := id[i]; {
		case '0' <= c && c <= '9':
			number = number<<4 | int64(c-'0')
		case 'a' <= c && c <= 'f':
			number = number<<4 | int64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return number, number > 0 && number < maxNumber
}
