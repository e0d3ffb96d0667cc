package csvfile

import (
	"iter"
	"slices"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// Reading ahead yields the same in the same order, and whenever the reader stops,
// what it read from has ended too.
func TestAhead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 4*blocksAhead).Draw(rt, "items")
		most := rapid.IntRange(0, n).Draw(rt, "most")
		synctest.Test(t, func(t *testing.T) { // fails when a goroutine is left behind
			ended := false
			numbers := func(yield func(int) bool) {
				defer func() { ended = true }()
				for i := range n {
					if !yield(i) {
						return
					}
				}
			}
			want, got := take(numbers, most), take(ahead(numbers), most)
			if !slices.Equal(want, got) {
				t.Errorf("got %v, want %v", got, want)
			}
			if !ended {
				t.Error("the sequence goes on")
			}
		})
	})
}

// take returns the first items, and stops before another one comes.
func take(numbers iter.Seq[int], most int) []int {
	var taken []int
	for i := range numbers {
		taken = append(taken, i)
		if len(taken) >= most {
			break
		}
	}
	return taken
}
