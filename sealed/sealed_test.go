package sealed

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

var key = bytes.Repeat([]byte{7}, KeySize)

// seal encrypts content, written in pieces.
func seal(t interface{ Fatal(...any) }, content []byte, piece int) []byte {
	var b bytes.Buffer
	w, err := NewWriter(&b, key)
	if err != nil {
		t.Fatal(err)
	}
	for rest := content; len(rest) > 0; {
		n, err := w.Write(rest[:min(piece, len(rest))])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func some(size int) []byte {
	content := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(content)
	return content
}

// What was written is read again, whole and in part, at the bounds of chunks too.
func TestReadAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 2 * chunkSize, 2*chunkSize + 99}).Draw(t, "size")
		content := some(size)
		sealed := seal(t, content, rapid.SampledFrom([]int{1 << 10, chunkSize, 100_000}).Draw(t, "piece"))
		if size > 8 && bytes.Contains(sealed, content[:8]) {
			t.Fatal("the content stands in the file")
		}
		r, err := NewReader(bytes.NewReader(sealed), int64(len(sealed)), key)
		if err != nil || r.Size() != int64(size) {
			t.Fatalf("size %d: %v", size, err)
		}
		from := rapid.IntRange(0, size).Draw(t, "from")
		p := make([]byte, rapid.IntRange(0, size+1).Draw(t, "length"))
		n, err := r.ReadAt(p, int64(from))
		want := content[from:min(size, from+len(p))]
		if !bytes.Equal(p[:n], want) || (err != nil) != (len(want) < len(p)) || err != nil && !errors.Is(err, io.EOF) {
			t.Fatalf("%d bytes of %d from %d: %d, %v", len(p), size, from, n, err)
		}
	})
}

// Nothing that was changed is read: not a bit, not the order, not the end, not another key.
func TestDamaged(t *testing.T) {
	const whole = chunkSize + 16
	sealed := seal(t, some(2*chunkSize+99), 5000)
	swapped := bytes.Join([][]byte{sealed[whole : 2*whole], sealed[:whole], sealed[2*whole:]}, nil)
	flipped := bytes.Clone(sealed)
	flipped[whole+5] ^= 1
	for name, bad := range map[string][]byte{
		"a bit": flipped, "the order": swapped, "without the last chunk": sealed[:2*whole], "cut off in the last chunk": sealed[:2*whole+40],
		"without the first chunk": sealed[whole:], "less than a chunk": sealed[:3], "nothing": nil, "longer": append(bytes.Clone(sealed), 0),
	} {
		r, err := NewReader(bytes.NewReader(bad), int64(len(bad)), key)
		if err == nil {
			_, err = io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
		}
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other := bytes.Repeat([]byte{8}, KeySize)
	if _, err := NewReader(bytes.NewReader(sealed), int64(len(sealed)), other); !errors.Is(err, ErrDamaged) {
		t.Errorf("with another key: %v", err)
	}
	if _, err := NewReader(bytes.NewReader(sealed), int64(len(sealed)), other[:16]); err == nil {
		t.Error("a short key was taken")
	}
}

// A part that is damaged takes nothing from the others, whatever was read before.
func TestDamagedInPart(t *testing.T) {
	content := some(3*chunkSize + 5)
	sealed := seal(t, content, chunkSize)
	sealed[chunkSize+16+5] ^= 1
	r, err := NewReader(bytes.NewReader(sealed), int64(len(sealed)), key)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, 0, 2 * chunkSize, 2 * chunkSize, 3 * chunkSize, 3 * chunkSize} {
		p := make([]byte, 5)
		if _, err := r.ReadAt(p, at); err != nil || !bytes.Equal(p, content[at:at+5]) {
			t.Errorf("from %d: %x, %v", at, p, err)
		}
		if _, err := r.ReadAt(p, chunkSize); !errors.Is(err, ErrDamaged) {
			t.Errorf("the damaged part: %v", err)
		}
	}
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a place before the beginning was read")
	}
	if _, err := NewWriter(io.Discard, key[:16]); err == nil {
		t.Error("a short key was taken to write with")
	}
}

// full is a place that takes some bytes and no more.
type full struct{ room int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// Where the place is full, Close says so at the latest, and nothing can be written after.
func TestFull(t *testing.T) {
	for _, room := range []int{0, chunkSize + 16, 2 * (chunkSize + 16)} {
		w, err := NewWriter(&full{room}, key)
		if err != nil {
			t.Fatal(err)
		}
		_, writing := w.Write(some(2*chunkSize + 1))
		if err := errors.Join(writing, w.Close()); !errors.Is(err, errFull) {
			t.Errorf("with room for %d: %v", room, err)
		}
	}
	w, err := NewWriter(io.Discard, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("more")); err == nil {
		t.Error("a closed file was written to")
	}
}
