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
	noun  string // of one record, for people
	arena *arena
	seed  maphash.Seed
	slots []slot // in order of arrival
	last  int    // position of the slot that was found last
	// The table: a power of two of places. The tags stand apart from what they lead
	// to, so that looking through them stays in the processor's cache.
	tags    []uint8 // 0 for a free place
	numbers []int32 // positions of slots

	searches int      // since expect was called last
	expected []uint32 // kept by expect, to be filled again
	touched  int32    // what expect fetched; if it were not kept, nothing would be fetched
}

// slot is an id that was seen.
type slot struct {
	id     Text
	ref    Ref    // of the record; None when it was dropped
	record Record // where the id was seen first
}

const leastPlaces = 64

func newIndex(noun string, a *arena) *index {
	return &index{noun: noun, arena: a, seed: maphash.MakeSeed(), tags: make([]uint8, leastPlaces), numbers: make([]int32, leastPlaces)}
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
	x.searches++
	twin = -1
	tag, mask := tagOf(hash), len(x.tags)-1
	for i := int(hash) & mask; x.tags[i] != 0; i = (i + 1) & mask {
		if x.tags[i] != tag {
			continue
		}
		at := int(x.numbers[i])
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
	x.place(hash, len(x.slots)-1)
	return len(x.slots) - 1
}

func (x *index) place(hash uint32, number int) {
	mask := len(x.tags) - 1
	at := int(hash) & mask
	for x.tags[at] != 0 {
		at = (at + 1) & mask
	}
	x.tags[at], x.numbers[at] = tagOf(hash), int32(number)
}

func (x *index) full() bool { return len(x.slots) >= len(x.tags)/4*3 }

// reserve makes room for so many more ids.
func (x *index) reserve(more int) {
	x.slots = slices.Grow(x.slots, more)
	places := len(x.tags)
	for places/4*3 < len(x.slots)+more {
		places *= 2
	}
	x.tags, x.numbers = make([]uint8, places), make([]int32, places)
	for at, s := range x.slots {
		x.place(x.hash(x.arena.str(s.id)), at)
	}
}

// tagOf returns the bits of a hash that do not say where its place is, unless there
// are very many places; never 0.
func tagOf(hash uint32) uint8 { return 1<<7 | uint8(hash>>25) }

// hash returns the hash of an id, whatever its case.
func (x *index) hash(id string) uint32 {
	var folded [64]byte
	if len(id) > len(folded) {
		return uint32(maphash.String(x.seed, foldCase(id)))
	}
	for i := range len(id) {
		if id[i] >= utf8.RuneSelf {
			return uint32(maphash.String(x.seed, foldCase(id)))
		}
		folded[i] = lower(id[i])
	}
	return uint32(maphash.Bytes(x.seed, folded[:len(id)]))
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
