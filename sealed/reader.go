package sealed

import (
	"crypto/cipher"
	"errors"
	"io"
	"sync"
)

// Reader decrypts a file at any place. Several goroutines may use it.
type Reader struct {
	from   io.ReaderAt
	aead   cipher.AEAD
	size   int64 // of the content
	chunks int64

	mutex  sync.Mutex
	number int64  // of the chunk that was read last; -1 for none
	chunk  []byte // its content
	sealed []byte // room for it as it is encrypted
}

// NewReader returns a Reader of an encrypted file of a size. It fails with ErrDamaged when
// the end of the file is not the one that was written.
func NewReader(from io.ReaderAt, size int64, key []byte) (*Reader, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	whole := int64(chunkSize + aead.Overhead())
	r := &Reader{from: from, aead: aead, number: -1, chunks: (size + whole - 1) / whole, sealed: make([]byte, whole)}
	r.size = size - r.chunks*int64(aead.Overhead())
	if r.chunks == 0 {
		return nil, ErrDamaged
	}
	return r, r.open(r.chunks - 1)
}

// Size returns the length of the content, in bytes.
func (r *Reader) Size() int64 { return r.size }

// ReadAt reads content from a place on (io.ReaderAt). What was changed is ErrDamaged.
func (r *Reader) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		return 0, errors.New("a place before the beginning")
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	n := 0
	for n < len(p) && at < r.size {
		if err := r.open(at / chunkSize); err != nil {
			return n, err
		}
		some := copy(p[n:], r.chunk[at%chunkSize:])
		n, at = n+some, at+int64(some)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// open decrypts a chunk, unless it is the one that was read last.
func (r *Reader) open(number int64) error {
	if number == r.number {
		return nil
	}
	n, err := r.from.ReadAt(r.sealed, number*int64(len(r.sealed)))
	last := number == r.chunks-1
	if err != nil && !errors.Is(err, io.EOF) { // a chunk that is cut off does not open
		return err
	}
	chunk, err := r.aead.Open(r.chunk[:0], nonce(r.aead, uint64(number), last), r.sealed[:n], nil)
	if err != nil {
		r.number = -1 // nothing of it is left
		return ErrDamaged
	}
	r.chunk, r.number = chunk, number
	return nil
}
