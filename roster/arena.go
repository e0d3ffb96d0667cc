package roster

import (
	"encoding/binary"
	"strings"
)

// Text is a string of a roster; Roster.Str returns it. The zero Text is "".
// Two texts of one roster can be equal strings and different Texts.
type Text uint32

const (
	chunkBits = 20 // a chunk holds 1 MiB
	chunkSize = 1 << chunkBits
)

// arena keeps strings in large chunks, each string behind its length, so that
// ten million records cost neither ten million pointers nor ten million
// allocations. A Text is the offset of the length, counted over all chunks.
type arena struct {
	sealed []string // full chunks
	open   strings.Builder
}

func newArena() *arena {
	a := &arena{}
	a.open.Grow(chunkSize)
	a.open.WriteByte(0) // offset 0 is the empty string
	return a
}

// add stores s and returns it as a Text. A string that is longer than a chunk,
// or than what is left of 4 GiB, is cut; the readers refuse such input first.
func (a *arena) add(s string) Text {
	if s == "" {
		return 0
	}
	var head [binary.MaxVarintLen32]byte
	if len(s) > chunkSize/2 {
		s = s[:chunkSize/2]
	}
	n := binary.PutUvarint(head[:], uint64(len(s)))
	if a.open.Len()+n+len(s) > chunkSize {
		a.seal()
	}
	at := Text(len(a.sealed)<<chunkBits | a.open.Len())
	a.open.Write(head[:n])
	a.open.WriteString(s)
	return at
}

func (a *arena) seal() {
	a.sealed = append(a.sealed, a.open.String())
	a.open = strings.Builder{}
	a.open.Grow(chunkSize)
}

func (a *arena) str(t Text) string {
	chunk := a.open.String()
	if at := int(t >> chunkBits); at < len(a.sealed) {
		chunk = a.sealed[at]
	}
	chunk = chunk[t&(chunkSize-1):]
	length, n := 0, 0
	for shift := 0; ; shift += 7 {
		b := chunk[n]
		n++
		length |= int(b&0x7f) << shift
		if b < 0x80 {
			return chunk[n : n+length]
		}
	}
}
