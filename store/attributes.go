package store

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Attributes are stored as names and values in the order of the names, each
// text behind its length as a varint. That is read several times faster than
// JSON, and the ledger is read whole for every plan.

func encodeAttributes(attributes directory.Attributes) []byte {
	encoded := []byte{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		for _, text := range [2]string{name, attributes[name]} {
			encoded = binary.AppendUvarint(encoded, uint64(len(text)))
			encoded = append(encoded, text...)
		}
	}
	return encoded
}

var errAttributes = errors.New("the attributes in the ledger are damaged")

func decodeAttributes(encoded []byte) (directory.Attributes, error) {
	// One string holds all the texts.
	whole, rest := string(encoded), encoded
	next := func() (string, bool) {
		length, width := binary.Uvarint(rest)
		if width <= 0 || length > uint64(len(rest)-width) {
			return "", false
		}
		rest = rest[width:]
		start := len(whole) - len(rest)
		rest = rest[length:]
		return whole[start : start+int(length)], true
	}
	attributes := make(directory.Attributes, 8)
	for len(rest) > 0 {
		name, ok1 := next()
		value, ok2 := next()
		if !ok1 || !ok2 {
			return nil, errAttributes
		}
		attributes[name] = value
	}
	return attributes, nil
}
