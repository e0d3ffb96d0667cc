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
// allocations. A Text is the offset of the length, counted over all chunks. Ids
// have chunks of their own: they are looked up all the time, and closely packed
// they stay in the processor's cache.
type arena struct {
	chunks []string
	texts  stream
	ids    stream
}

// stream fills one chunk after another.
type stream struct {
	open  strings.Builder
	chunk int // position of the open chunk
}

func newArena() *arena {
	a := &arena{}
	a.begin(&a.texts)
	a.texts.open.WriteByte(0) // offset 0 is the empty string
	a.chunks[0] = a.texts.open.String()
	a.begin(&a.ids)
	return a
}

func (a *arena) begin(s *stream) {
	s.open = strings.Builder{}
	s.open.Grow(chunkSize)
	s.chunk = len(a.chunks)
	a.chunks = append(a.chunks, "")
}

// add stores s and returns it as a Text. A string that is longer than half a
// chunk is cut; the Builder refuses such input first, and more than 4 GiB too.
func (a *arena) add(s string) Text { return a.addTo(&a.texts, s) }

// addID stores an id.
func (a *arena) addID(id string) Text { return a.addTo(&a.ids, id) }

func (a *arena) addTo(to *stream, s string) Text {
	if s == "" {
		return 0
	}
	var head [binary.MaxVarintLen32]byte
	if len(s) > chunkSize/2 {
		s = s[:chunkSize/2]
	}
	n := binary.PutUvarint(head[:], uint64(len(s)))
	if to.open.Len()+n+len(s) > chunkSize {
		a.begin(to)
	}
	at := Text(to.chunk<<chunkBits | to.open.Len())
	to.open.Write(head[:n])
	to.open.WriteString(s)
	a.chunks[to.chunk] = to.open.String()
	return at
}

// size returns how many bytes are set aside.
func (a *arena) size() int { return len(a.chunks) << chunkBits }

func (a *arena) str(t Text) string {
	chunk := a.chunks[t>>chunkBits][t&(chunkSize-1):]
	if length := chunk[0]; length < 0x80 {
		return chunk[1 : 1+length]
	}
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

// touch returns the first byte of what is stored of a text that is not empty.
func (a *arena) touch(t Text) byte { return a.chunks[t>>chunkBits][t&(chunkSize-1)] }
