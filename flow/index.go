package flow

import (
	"hash/maphash"
	"iter"

	"github.com/homeroomhq/homeroom/roster"
)

// index finds people by a value. It holds their positions alone and asks for
// their values anew, so that ten million people cost 80 MB. People with equal
// values are found in the order in which they were added.
type index struct {
	seed  maphash.Seed
	value func(roster.Ref) string
	slots []roster.Ref // at most half full; None for empty
}

// newIndex returns an index of at most n people.
func newIndex(n int, value func(roster.Ref) string) *index {
	size := 2
	for size < 2*n {
		size *= 2
	}
	x := &index{seed: maphash.MakeSeed(), value: value, slots: make([]roster.Ref, size)}
	for i := range x.slots {
		x.slots[i] = roster.None
	}
	return x
}

func (x *index) slot(value string) int {
	return int(maphash.String(x.seed, value) & uint64(len(x.slots)-1))
}

// add adds a person. A person without a value is not found by any.
func (x *index) add(p roster.Ref) {
	value := x.value(p)
	if value == "" {
		return
	}
	at := x.slot(value)
	for x.slots[at] != roster.None {
		at = (at + 1) & (len(x.slots) - 1)
	}
	x.slots[at] = p
}

// with yields the people who have the value.
func (x *index) with(value string) iter.Seq[roster.Ref] {
	return func(yield func(roster.Ref) bool) {
		if value == "" {
			return
		}
		for at := x.slot(value); x.slots[at] != roster.None; at = (at + 1) & (len(x.slots) - 1) {
			if p := x.slots[at]; x.value(p) == value && !yield(p) {
				return
			}
		}
	}
}

// first returns the first person who has the value, or None.
func (x *index) first(value string) roster.Ref {
	for p := range x.with(value) {
		return p
	}
	return roster.None
}
