package explain

import (
	"testing"

	"pgregory.net/rapid"
)

// TestDistance compares the distance of two words with the obvious recursion.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abé]{0,5}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		limit := rapid.IntRange(0, 5).Draw(t, "limit")
		got, want := distance(a, b, limit), slowDistance([]rune(a), []rune(b))
		if got != want && (got <= limit || want <= limit) {
			t.Fatalf("%q and %q are %d apart, got %d", a, b, want, got)
		}
	})
}

func slowDistance(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	replaced := slowDistance(a[1:], b[1:])
	if a[0] != b[0] {
		replaced++
	}
	return min(replaced, slowDistance(a[1:], b)+1, slowDistance(a, b[1:])+1)
}
