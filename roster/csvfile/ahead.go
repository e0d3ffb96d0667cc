package csvfile

import "iter"

// blocksAhead is how many blocks are read before the first of them is checked.
const blocksAhead = 8

// ahead yields what seq yields, in the same order. A goroutine goes through seq
// and stays some steps ahead; it has ended when ahead has, also after an early
// stop.
func ahead[T any](seq iter.Seq[T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		items, stop := make(chan T, blocksAhead), make(chan struct{})
		go func() {
			defer close(items)
			for item := range seq {
				select {
				case items <- item:
				case <-stop:
					return
				}
			}
		}()
		defer func() {
			close(stop)
			for range items { // until the goroutine has ended
			}
		}()
		for item := range items {
			if !yield(item) {
				return
			}
		}
	}
}
