package flow

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

	"github.com/homeroomhq/homeroom/roster"
)

// nameDigest is what is remembered of a name: enough to notice that it changed.
// The zero digest is no name.
type nameDigest uint64

func digestOf(name string) nameDigest {
	folded := fold(name)
	if folded == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(folded))
	return nameDigest(binary.BigEndian.Uint64(sum[:]))
}

// nameDigests returns the digests of a person's given name and family name.
func (c *Census) nameDigests(p roster.Ref) (given, family nameDigest) {
	person := &c.roster.People[p]
	return digestOf(c.roster.Str(person.GivenName)), digestOf(c.roster.Str(person.FamilyName))
}

// String returns the digest as it is kept: 16 hexadecimal digits, "" for no name.
func (d nameDigest) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%016x", uint64(d))
}

// readDigest reads a digest that was kept.
func readDigest(s string) nameDigest {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil {
		return 0 // no name
	}
	return nameDigest(n)
}
