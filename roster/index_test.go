package roster

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The index answers as a map does, and knows what differs only in case as
// strings.EqualFold does.
func TestIndexIsAMap(t *testing.T) {
	id := rapid.StringOfN(rapid.SampledFrom([]rune("aAkKsSéÉſ\u212a1")), 1, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		x := newIndex("thing", newArena())
		seen := make(map[string]Record)
		ids := rapid.SliceOfN(id, 1, 300).Draw(t, "ids")
		for i, id := range ids {
			if at := x.find(ids[0]); i > 0 && (at < 0 || x.slots[at].record != seen[ids[0]]) {
				t.Fatalf("find(%q) = %d after %d ids", ids[0], at, i)
			}
			at := x.find(id)
			if record, known := seen[id]; known != (at >= 0) || known && x.slots[at].record != record {
				t.Fatalf("find(%q) = %d, seen %v", id, at, known)
			}
			if rapid.Bool().Draw(t, "expect") {
				x.expect(rowsOf(ids[i:]), ID)
			}
			first, twin := x.search(id, x.hash(id))
			if first != at {
				t.Fatalf("search(%q) = %d, find gives %d", id, first, at)
			}
			if want := firstTwin(ids[:i], id); at < 0 && twin != want {
				t.Fatalf("search(%q) gives the twin %d, want %d", id, twin, want)
			}
			if at < 0 {
				seen[id] = NewRecord(0, i+1)
				x.add(id, x.hash(id), seen[id])
			}
		}
	})
}

// rowsOf returns rows that have ids, and one without.
func rowsOf(ids []string) []Row {
	layout := NewLayout([]Field{ID}, func(Field) string { return "id" })
	rows := make([]Row, len(ids)+1)
	for i, id := range append([]string{""}, ids...) {
		rows[i].Fill(layout, i+2, []string{id}, []int32{1})
	}
	return rows
}

// firstTwin returns the slot of the first id before that differs from id only in
// case, or -1.
func firstTwin(before []string, id string) int {
	var slots []string
	for _, other := range before {
		if slices.Contains(slots, other) {
			continue
		}
		if other != id && strings.EqualFold(other, id) {
			return len(slots)
		}
		slots = append(slots, other)
	}
	return -1
}

// What was found last is found again after the index has grown.
func TestIndexGrows(t *testing.T) {
	x := newIndex("thing", newArena())
	for i := range 1000 {
		x.add(fmt.Sprint(i), x.hash(fmt.Sprint(i)), NewRecord(0, i+1))
		for _, j := range []int{0, i, i / 2, 0} {
			if at := x.find(fmt.Sprint(j)); at < 0 || x.slots[at].record != NewRecord(0, j+1) {
				t.Fatalf("after %d ids, find(%d) = %d", i+1, j, at)
			}
		}
	}
}
