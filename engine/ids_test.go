package engine

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// Ids come out of their packing sorted and whole, and a packing that is cut short
// is noticed.
func TestIDsPacked(t *testing.T) {
	byOrg := rapid.MapOfN(rapid.StringN(0, 4, -1), rapid.SliceOfN(rapid.Uint64(), 0, 5), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		var p idPacker
		parts := []map[string][]uint64{byOrg.Draw(t, "people"), byOrg.Draw(t, "classes"), byOrg.Draw(t, "enrollments")}
		for _, part := range parts {
			p.byOrg(part)
		}
		if diff := cmp.Diff(parts, unpack(t, p.packed, nil), cmpopts.EquateEmpty()); diff != "" { // packing sorts
			t.Fatalf("ids (-want +got):\n%s", diff)
		}
		unpack(t, p.packed[:len(p.packed)-1], errCutIDs)
	})
}

func unpack(t *rapid.T, packed []byte, want error) []map[string][]uint64 {
	r := idReader{rest: packed}
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
