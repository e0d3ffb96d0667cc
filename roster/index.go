package roster

import (
	"hash/maphash"
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
	used  int
	// The table: a power of two of places. Hashes stand apart from what they lead
	// to, so that looking through them stays in the processor's cache.
	hashes []uint32 // 0 for a free place
	slots  []slot

	lastID string // what was found last: rows of one class tend to stand together
	last   int
}

// slot is an id that was seen.
type slot struct {
	id     Text
	ref    Ref    // of the record; None when it was dropped
	record Record // where the id was seen first
}

func newIndex(noun string, a *arena) *index {
	return &index{noun: noun, arena: a, seed: maphash.MakeSeed(), hashes: make([]uint32, 64), slots: make([]slot, 64), last: -1}
}

// find returns the position of the slot with the id, or -1. It holds until the
// next add.
func (x *index) find(id string) int {
	if id == x.lastID && x.last >= 0 {
		return x.last
	}
	hash, mask := x.hash(id), len(x.hashes)-1
	for at := int(hash) & mask; x.hashes[at] != 0; at = (at + 1) & mask {
		if x.hashes[at] == hash && x.arena.str(x.slots[at].id) == id {
			x.lastID, x.last = id, at
			return at
		}
	}
	return -1
}

// twin returns the position of a slot whose id differs from this one only in
// case, or -1.
func (x *index) twin(id string) int {
	hash, mask := x.hash(id), len(x.hashes)-1
	for at := int(hash) & mask; x.hashes[at] != 0; at = (at + 1) & mask {
		if x.hashes[at] != hash {
			continue
		}
		if other := x.arena.str(x.slots[at].id); other != id && strings.EqualFold(other, id) {
			return at
		}
	}
	return -1
}

// add enters an id that find does not find, as one of a dropped record, and
// returns its position.
func (x *index) add(id string, record Record) int {
	if x.used >= len(x.slots)/4*3 {
		x.grow()
	}
	x.used++
	return x.place(x.hash(id), slot{x.arena.addID(id), None, record})
}

func (x *index) place(hash uint32, s slot) int {
	mask := len(x.hashes) - 1
	at := int(hash) & mask
	for x.hashes[at] != 0 {
		at = (at + 1) & mask
	}
	x.hashes[at], x.slots[at] = hash, s
	return at
}

func (x *index) grow() {
	hashes, slots := x.hashes, x.slots
	x.hashes, x.slots = make([]uint32, 2*len(hashes)), make([]slot, 2*len(slots))
	x.lastID, x.last = "", -1
	for at, hash := range hashes {
		if hash != 0 {
			x.place(hash, slots[at])
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
