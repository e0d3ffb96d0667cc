package roster

import (
	"hash/maphash"
	"strings"
	"unicode"
	"unicode/utf8"
)

// index finds records by id while a roster is built. It knows the ids of dropped
// records too, so that a reference to one can be told from a reference to
// nothing. It is an open-addressing table of positions: ids stay in the arena.
// Ids that differ only in case hash alike, so that the index finds those as well.
type index struct {
	noun    string // of one record, for people
	arena   *arena
	seed    maphash.Seed
	slots   []slot // a power of two of them
	entries []entry

	lastID string // what was found last: rows of one class tend to stand together
	last   int32
}

type slot struct {
	tag   uint32 // the upper half of the hash
	entry int32  // position + 1; 0 for a free slot
}

// entry is an id that was seen.
type entry struct {
	id     Text
	ref    Ref    // of the record; None when it was dropped
	record Record // where the id was seen first
}

func newIndex(noun string, a *arena) *index {
	return &index{noun: noun, arena: a, seed: maphash.MakeSeed(), slots: make([]slot, 64), last: -1}
}

// find returns the position of the entry with the id, or -1.
func (x *index) find(id string) int32 {
	if id == x.lastID && x.last >= 0 {
		return x.last
	}
	at := x.probe(id, func(other string) bool { return other == id })
	if at >= 0 {
		x.lastID, x.last = id, at
	}
	return at
}

// twin returns the position of an entry whose id differs from this one only in
// case, or -1.
func (x *index) twin(id string) int32 {
	return x.probe(id, func(other string) bool { return other != id && strings.EqualFold(other, id) })
}

func (x *index) probe(id string, same func(string) bool) int32 {
	hash := x.hash(id)
	mask := uint64(len(x.slots) - 1)
	for i := hash & mask; x.slots[i].entry != 0; i = (i + 1) & mask {
		if s := x.slots[i]; s.tag == uint32(hash>>32) && same(x.arena.str(x.entries[s.entry-1].id)) {
			return s.entry - 1
		}
	}
	return -1
}

// add enters an id that find does not find, as one of a dropped record, and
// returns its position.
func (x *index) add(id string, record Record) int32 {
	if len(x.entries) >= len(x.slots)/2 {
		x.grow()
	}
	x.entries = append(x.entries, entry{x.arena.add(id), None, record})
	at := int32(len(x.entries) - 1)
	x.place(x.hash(id), at)
	return at
}

func (x *index) place(hash uint64, at int32) {
	mask := uint64(len(x.slots) - 1)
	i := hash & mask
	for x.slots[i].entry != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = slot{uint32(hash >> 32), at + 1}
}

func (x *index) grow() {
	x.slots = make([]slot, 2*len(x.slots))
	for at, e := range x.entries {
		x.place(x.hash(x.arena.str(e.id)), int32(at))
	}
}

func (x *index) hash(id string) uint64 {
	var folded [64]byte
	if len(id) > len(folded) {
		return maphash.String(x.seed, foldCase(id))
	}
	for i := range len(id) {
		if id[i] >= utf8.RuneSelf {
			return maphash.String(x.seed, foldCase(id))
		}
		folded[i] = lower(id[i])
	}
	return maphash.Bytes(x.seed, folded[:len(id)])
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
