package roster

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is put into an arena comes out of it again, across chunk borders.
func TestArenaReturnsWhatItWasGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newArena()
		words := rapid.SliceOfN(rapid.String(), 1, 50).Draw(t, "words")
		words = append(words, strings.Repeat("x", chunkSize/2), strings.Repeat("y", chunkSize/2), "")
		words = append(words, words...)
		texts := make([]Text, len(words))
		for i, w := range words {
			if i%3 == 0 {
				texts[i] = a.addID(w)
				continue
			}
			texts[i] = a.add(w)
		}
		for i, w := range words {
			if got := a.str(texts[i]); got != w {
				t.Fatalf("text %d: got %d bytes, want %d", i, len(got), len(w))
			}
		}
	})
}
