package store

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// How the ledger's blobs are packed. Each begins with its version. Numbers are
// varints, a text stands behind its length, and texts that recur are one byte.

// The versions. A program from before there was what was lost refuses the few rows that
// tell of it, and reads all others.
const (
	packVersion = 1
	lostVersion = 2 // of what tells of what was lost
)

var errDamaged = errors.New("the ledger is damaged")

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

// words are texts that occur again and again, and which their places stand for.
// Words may be added at the end; those that are there keep their places.
type words []string

// appendWord packs a text as its place among words, from 1, or as 0 and the text.
func appendWord(b []byte, words words, text string) []byte {
	place := slices.Index(words, text) + 1
	if b = binary.AppendUvarint(b, uint64(place)); place == 0 {
		b = appendText(b, text)
	}
	return b
}

// appendID packs a directory's id: a UUID in its usual form as 0 and its 16
// bytes, any other text behind its length and one.
func appendID(b []byte, id string) []byte {
	if u, err := uuid.Parse(id); err == nil && u.String() == id {
		return append(append(b, 0), u[:]...)
	}
	return append(binary.AppendUvarint(b, uint64(len(id))+1), id...)
}

// appendDigest packs a digest of 16 hexadecimal digits as 0 and its 8 bytes, any
// other text behind its length and one.
func appendDigest(b []byte, digest string) []byte {
	var raw [8]byte
	if len(digest) == 16 {
		_, err := hex.Decode(raw[:], []byte(digest))
		if err == nil && hex.EncodeToString(raw[:]) == digest {
			return append(append(b, 0), raw[:]...)
		}
	}
	return append(binary.AppendUvarint(b, uint64(len(digest))+1), digest...)
}

// unpacker takes packed bytes apart. Once they turn out to be damaged it gives
// nothing but zeros.
type unpacker struct {
	rest    []byte
	damaged bool
}

// unpack begins with the version.
func unpack(body []byte) (unpacker, error) {
	u := unpacker{rest: body}
	switch version := u.number(); {
	case u.damaged || version == 0:
		return u, errDamaged
	case version > lostVersion:
		return u, errNewer
	}
	return u, nil
}

func (u *unpacker) fail() {
	u.rest, u.damaged = nil, true
}

func (u *unpacker) number() uint64 {
	// Most numbers are small, and binary.Uvarint is not inlined.
	if len(u.rest) > 0 && u.rest[0] < 0x80 {
		n := u.rest[0]
		u.rest = u.rest[1:]
		return uint64(n)
	}
	n, width := binary.Uvarint(u.rest)
	if width <= 0 {
		u.fail()
		return 0
	}
	u.rest = u.rest[width:]
	return n
}

// count reads how many items follow, each of which takes a byte at least.
func (u *unpacker) count() int {
	n := u.number()
	if n > uint64(len(u.rest)) {
		u.fail()
		return 0
	}
	return int(n)
}

// take returns the next n bytes, in place.
func (u *unpacker) take(n uint64) []byte {
	if n > uint64(len(u.rest)) {
		u.fail()
		return nil
	}
	taken := u.rest[:n:n]
	u.rest = u.rest[n:]
	return taken
}

func (u *unpacker) bytes() []byte { return u.take(u.number()) }

// word reads what appendWord packed.
func (u *unpacker) word(words words) string {
	place := u.number()
	switch {
	case place == 0:
		return string(u.bytes())
	case place > uint64(len(words)):
		u.fail()
		return ""
	}
	return words[place-1]
}

// id appends to b what appendID packed.
func (u *unpacker) id(b []byte) []byte {
	n := u.number()
	if n > 0 {
		return append(b, u.take(n-1)...)
	}
	raw := u.take(16)
	if raw == nil {
		return b
	}
	b = hex.AppendEncode(b, raw[:4])
	for _, part := range [4][]byte{raw[4:6], raw[6:8], raw[8:10], raw[10:]} {
		b = hex.AppendEncode(append(b, '-'), part)
	}
	return b
}

// digest appends to b what appendDigest packed.
func (u *unpacker) digest(b []byte) []byte {
	n := u.number()
	if n > 0 {
		return append(b, u.take(n-1)...)
	}
	return hex.AppendEncode(b, u.take(8))
}

func (u *unpacker) skipDigest() {
	n := u.number()
	if n == 0 {
		n = 9
	}
	u.take(n - 1)
}

// shared returns how many bytes two texts have in common at the start.
func shared(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
