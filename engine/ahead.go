package engine

import (
	"iter"
	"sync"

	"github.com/homeroomhq/homeroom/directory"
)

// aheadItems is how many items go from one goroutine to another together. Some of
// them have many members.
const aheadItems = 64

// ahead yields a sequence that another goroutine works out, a few hundred items
// ahead. That goroutine has ended when the sequence has, whether it was gone through
// to its end or not.
func ahead[T any](sequence iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		blocks, stop := make(chan []T, 2), make(chan struct{})
		give := func(block []T) bool {
			select {
			case blocks <- block:
				return true
			case <-stop:
				return false
			}
		}
		var worker sync.WaitGroup
		worker.Go(func() {
			defer close(blocks)
			var block []T
			for item := range sequence {
				if block = append(block, item); len(block) == aheadItems {
					if !give(block) {
						return
					}
					block = make([]T, 0, aheadItems)
				}
			}
			give(block)
		})
		defer worker.Wait()
		defer close(stop)
		for block := range blocks {
			for _, item := range block {
				if !yield(item) {
					return
				}
			}
		}
	}
}

// readAhead is ahead for a sequence that may end with an error.
func readAhead[T any](sequence iter.Seq2[T, error]) iter.Seq2[T, error] {
	type result struct {
		value T
		err   error
	}
	results := func(yield func(result) bool) {
		for value, err := range sequence {
			if !yield(result{value, err}) {
				return
			}
		}
	}
	return func(yield func(T, error) bool) {
		for r := range ahead(results) {
			if !yield(r.value, r.err) {
				return
			}
		}
	}
}

// wantsAhead works out ahead what is wanted.
func wantsAhead(of wants) wants {
	return func(kind directory.Kind, span directory.Span) iter.Seq[directory.Want] { return ahead(of(kind, span)) }
}
