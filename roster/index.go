package roster

import (
	"hash/maphash"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// index finds records by id while a roster is built. It knows the ids of dropped
// records too, so that a reference to one can be told from a reference to
// nothing. It is an open-addressing table; the ids stay in the arena. Ids that
// differ only in case hash alike, so that the index finds those as well.
type index struct {
	noun   string // of one record, for people
	arena  *arena
	seed   maphash.Seed
	slots  []slot  // in order of arrival
	places []place // the table: a power of two of places
	last   int     // position of the slot that was found last
}

// slot is an id that was seen.
type slot struct {
	id     Text
	ref    Ref    // of the record; None when it was dropped
	record Record // where the id was seen first
}

// place leads to a slot. The hash beside it spares most looks at the ids, which
// lie far apart in memory.
type place struct {
	hash   uint32
	number int32 // of the slot, counted from 1; 0 for a free place
}

func newIndex(noun string, a *arena) *index {
	return &index{noun: noun, arena: a, seed: maphash.MakeSeed(), places: make([]place, 64)}
}

// find returns the position of the slot with the id, or -1. Rows about one record
// tend to stand together, and in the order of the records, so that the slot that
// was found last and the next one are tried first.
func (x *index) find(id string) int {
	for at := x.last; at <= x.last+1 && at < len(x.slots); at++ {
		if x.arena.str(x.slots[at].id) == id {
			x.last = at
			return at
		}
	}
	at, _ := x.search(id, x.hash(id))
	if at >= 0 {
		x.last = at
	}
	return at
}

// search returns the position of the slot with the id, and without one that of
// the first slot whose id differs only in case; -1 for none. The hash is that of
// the id.
func (x *index) search(id string, hash uint32) (at, twin int) {
	twin = -1
	mask := len(x.places) - 1
	for i := int(hash) & mask; x.places[i].number != 0; i = (i + 1) & mask {
		if x.places[i].hash != hash {
			continue
		}
		at := int(x.places[i].number) - 1
		other := x.arena.str(x.slots[at].id)
		if other == id {
			return at, -1
		}
		if (twin < 0 || at < twin) && strings.EqualFold(other, id) {
			twin = at
		}
	}
	return -1, twin
}

// add enters an id that search does not find, as one of a dropped record, and
// returns its position.
func (x *index) add(id string, hash uint32, record Record) int {
	if x.full() {
		x.reserve(len(x.slots) + 1)
	}
	x.slots = append(x.slots, slot{x.arena.addID(id), None, record})
	x.place(hash, len(x.slots))
	return len(x.slots) - 1
}

func (x *index) place(hash uint32, number int) {
	mask := len(x.places) - 1
	at := int(hash) & mask
	for x.places[at].number != 0 {
		at = (at + 1) & mask
	}
	x.places[at] = place{hash, int32(number)}
}

func (x *index) full() bool { return len(x.slots) >= len(x.places)/4*3 }

// reserve makes room for so many more ids.
func (x *index) reserve(more int) {
	x.slots = slices.Grow(x.slots, more)
	size := len(x.places)
	for size/4*3 < len(x.slots)+more {
		size *= 2
	}
	was := x.places
	x.places = make([]place, size)
	for _, p := range was {
		if p.number != 0 {
			x.place(p.hash, int(p.number))
		}
	}
}

// hash returns the hash of an id, whatever its case; never 0.
func (x *index) hash(id string) uint32 {
	var folded [64]byte
	if len(id) > len(folded) {
		return max(1, uint32(maphash.String(x.seed, foldCase(id))))
	}
	for i := range len(id) {
		if id[i] >= utf8.RuneSelf {
			return max(1, uint32(maphash.String(x.seed, foldCase(id))))
		}
		folded[i] = lower(id[i])
	}
	return max(1, uint32(maphash.Bytes(x.seed, folded[:len(id)])))
}

// foldCase gives all strings that strings.EqualFold holds equal one spelling.
func foldCase(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		if least < utf8.RuneSelf {
			return rune(lower(byte(least)))
		}
		return least
	}, s)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
