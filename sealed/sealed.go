// Package sealed encrypts files, so that what was changed is noticed and any part can be
// read without the rest.
//
//   - chunk: 64 KiB of the content, encrypted and authenticated by AES-256-GCM. Its nonce
//     is its number, and says whether it is the last one (STREAM, by Hoang, Reyhanitabar,
//     Rogaway and Vizár): chunks cannot change places, nor be missing at the end.
//   - key: of one file alone. A second file under the same key would have the same nonces.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// KeySize is the length of a key, in bytes.
const KeySize = 32

const chunkSize = 64 << 10 // bytes of content

// ErrDamaged says that a file is not what was written, or that the key is another one.
var ErrDamaged = errors.New("the encrypted file is damaged, or encrypted with another key")

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a key of %d bytes in place of %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce returns that of a chunk, counted from 0.
func nonce(aead cipher.AEAD, number uint64, last bool) []byte {
	n := make([]byte, aead.NonceSize())
	binary.BigEndian.PutUint64(n, number)
	if last {
		n[len(n)-1] = 1
	}
	return n
}

// Writer encrypts what is written to it. It must be closed.
type Writer struct {
	to     io.Writer
	aead   cipher.AEAD
	chunk  []byte // that is not written yet
	number uint64
	err    error
}

// NewWriter returns a Writer to a place, with a key that nothing else was encrypted with.
func NewWriter(to io.Writer, key []byte) (*Writer, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &Writer{to: to, aead: aead, chunk: make([]byte, 0, chunkSize+aead.Overhead())}, nil
}

// Write encrypts content. The last chunk waits for Close.
func (w *Writer) Write(content []byte) (int, error) {
	written := 0
	for len(content) > 0 && w.err == nil {
		if len(w.chunk) == chunkSize { // there is more, so it is not the last one
			w.flush(false)
		}
		n := min(len(content), chunkSize-len(w.chunk))
		w.chunk, content = append(w.chunk, content[:n]...), content[n:]
		written += n
	}
	return written, w.err
}

// Close writes the last chunk. It does not close the place.
func (w *Writer) Close() error {
	if w.err == nil {
		w.flush(true)
	}
	if w.err != nil {
		return w.err
	}
	w.err = errors.New("the encrypted file is closed")
	return nil
}

func (w *Writer) flush(last bool) {
	_, w.err = w.to.Write(w.aead.Seal(w.chunk[:0], nonce(w.aead, w.number, last), w.chunk, nil)) //nolint:gosec // the nonce is a number that never comes again under the key
	w.chunk, w.number = w.chunk[:0], w.number+1
}
