package local

import (
	"encoding/binary"
	"errors"
)

// roles are what a user is in a group or unit.
type roles uint8

const (
	isMember roles = 1 << iota
	isOwner

	roleBits  = 2
	roleMask  = isMember | isOwner
	pageLimit = 4096 // places on one page
)

// place is one user's place in a group or unit.
type place struct {
	number int64 // the user's
	roles  roles
}

// packPlaces returns a page's places, which are in the order of numbers, as
// bytes: of each the distance from the one before, and its roles.
func packPlaces(places []place) []byte {
	packed := make([]byte, 0, 4*len(places))
	last := int64(0)
	for _, p := range places {
		packed = binary.AppendUvarint(packed, uint64(p.number-last)<<roleBits|uint64(p.roles))
		last = p.number
	}
	return packed
}

var errPlaces = errors.New("a page of members is damaged")

// unpackPlaces returns what packPlaces made bytes of.
func unpackPlaces(packed []byte) ([]place, error) {
	places := make([]place, 0, len(packed)/2)
	var err error
	for p := (place{}); len(packed) > 0; {
		if p, packed, err = nextPlace(p, packed); err != nil {
			return nil, err
		}
		places = append(places, p)
	}
	return places, nil
}

// rolesOf returns the roles of the user with the number on a page.
func rolesOf(packed []byte, number int64) (roles, error) {
	var err error
	for p := (place{}); len(packed) > 0 && p.number < number; {
		if p, packed, err = nextPlace(p, packed); err != nil {
			return 0, err
		}
		if p.number == number {
			return p.roles, nil
		}
	}
	return 0, nil
}

// nextPlace returns the first of the packed places, which follows last, and the
// rest of them.
func nextPlace(last place, packed []byte) (place, []byte, error) {
	value, n := binary.Uvarint(packed)
	distance, roles := int64(value>>roleBits), roles(value)&roleMask
	if n <= 0 || roles == 0 || distance == 0 || distance > maxNumber-last.number {
		return place{}, nil, errPlaces
	}
	return place{last.number + distance, roles}, packed[n:], nil
}
