package engine

import (
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// What is worked out ahead is the same, and nobody goes on working when it is not
// asked for any more: the bubble would wait for that goroutine.
func TestAhead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		items := make([]int, rapid.IntRange(0, 6*aheadItems).Draw(rt, "items"))
		for i := range items {
			items[i] = i
		}
		end := rapid.IntRange(0, len(items)).Draw(rt, "end")
		synctest.Test(t, func(*testing.T) {
			var got []int
			for item := range ahead(slices.Values(items)) {
				if len(got) == end {
					break
				}
				got = append(got, item)
			}
			if !slices.Equal(got, items[:end]) {
				rt.Fatalf("%d of %d items differ", len(got), end)
			}
		})
	})
}
