package engine

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Ids come out of their packing sorted and whole, and a packing that is cut short
// is noticed.
func TestIDsPacked(t *testing.T) {
	byOrg := rapid.MapOfN(rapid.StringN(0, 4, -1), rapid.SliceOfN(rapid.Uint64(), 0, 5), 0, 3)
	rapid.Check(t, func(t *rapid.T) {
		ids := idSets{byOrg.Draw(t, "people"), byOrg.Draw(t, "classes"), byOrg.Draw(t, "enrollments")}
		var p idPacker
		for _, part := range []map[string][]uint64{ids.People, ids.Classes, ids.Enrollments} {
			p.byOrg(part)
		}
		packed := p.packed
		got, err := decodeIDs(packed)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []map[string][]uint64{ids.People, ids.Classes, ids.Enrollments} {
			for _, hashes := range part {
				slices.Sort(hashes)
			}
		}
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Fatalf("ids (-want +got):\n%s", diff)
		}
		if _, err := decodeIDs(packed[:len(packed)-1]); err == nil {
			t.Fatal("a packing that is cut short is read")
		}
	})
}
