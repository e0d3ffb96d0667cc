package engine

import (
	"errors"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Ids come out of their packing sorted and whole however it is cut into pieces, and a
// packing of which an end is missing is noticed.
func TestIDsPacked(t *testing.T) {
	byOrg := rapid.MapOfN(rapid.StringN(0, 4, -1), rapid.SliceOfN(rapid.Uint64(), 0, 5), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		var packed []byte
		p := idPacker{give: func(piece []byte) bool {
			packed = append(packed, piece...)
			return true
		}}
		parts := []map[string][]uint64{byOrg.Draw(t, "people"), byOrg.Draw(t, "classes"), byOrg.Draw(t, "enrollments")}
		for _, part := range parts {
			p.byOrg(part)
		}
		p.end()
		size := rapid.IntRange(1, 20).Draw(t, "bytes a piece")
		if diff := cmp.Diff(parts, unpack(t, packed, size, nil), cmpopts.EquateEmpty()); diff != "" { // packing sorts
			t.Fatalf("ids (-want +got):\n%s", diff)
		}
		unpack(t, packed[:len(packed)-1], size, errCutIDs)
	})
}

// A country's ids come in pieces of one size, as many as there are, and whoever stops
// is given no more.
func TestIDsInPieces(t *testing.T) {
	given := 0
	p := idPacker{give: func(piece []byte) bool {
		if len(piece) < idPiece || len(piece) > 2*idPiece {
			t.Errorf("a piece has %d bytes, want about %d", len(piece), idPiece)
		}
		given++
		return given < 3
	}}
	p.list("", make([]uint64, 5*idPiece))
	p.end()
	if given != 3 {
		t.Errorf("%d pieces were given to one who took 3", given)
	}
}

// What is skipped to is what a binary search finds, wherever it is.
func TestSkipTo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Uint64Range(0, 40), 0, 40).Draw(t, "list")
		slices.Sort(list)
		hash := rapid.Uint64Range(0, 41).Draw(t, "hash")
		at, want := slices.BinarySearch(list, hash)
		rest, found := skipTo(list, hash)
		if diff := cmp.Diff(list[at:], rest, cmpopts.EquateEmpty()); diff != "" || found != want {
			t.Fatalf("found %v, want %v; the rest (-want +got):\n%s", found, want, diff)
		}
	})
}

func unpack(t *rapid.T, packed []byte, size int, want error) []map[string][]uint64 {
	next, stop := iter.Pull2(func(yield func([]byte, error) bool) {
		for piece := range slices.Chunk(packed, size) {
			if !yield(piece, nil) {
				return
			}
		}
	})
	defer stop()
	r := idReader{next: next}
	parts := make([]map[string][]uint64, 3)
	for i := range parts {
		parts[i] = make(map[string][]uint64)
		for org, hashes := range r.byOrg() {
			parts[i][org] = slices.Clone(hashes)
		}
	}
	if !errors.Is(r.err, want) {
		t.Fatalf("unpacking gives the error %v, want %v", r.err, want)
	}
	return parts
}
