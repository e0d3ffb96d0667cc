package plan

import (
	"fmt"
	"iter"
)

// stream reads a sorted sequence one item at a time and sees to its order.
type stream[T any] struct {
	next  func() (T, error, bool)
	stop  func()
	keyOf func(T) string
	head  *T
	err   error
}

func newStream[T any](seq iter.Seq2[T, error], keyOf func(T) string) *stream[T] {
	next, stop := iter.Pull2(seq)
	s := &stream[T]{next: next, stop: stop, keyOf: keyOf}
	s.advance()
	return s
}

func (s *stream[T]) advance() {
	last := s.head
	s.head = nil
	item, err, more := s.next()
	switch {
	case !more:
	case err != nil:
		s.err = err
	case last != nil && s.keyOf(item) <= s.keyOf(*last):
		s.err = fmt.Errorf("%q comes after %q: the stream is out of order", s.keyOf(item), s.keyOf(*last))
	default:
		s.head = &item
	}
}

// key returns the key of the next item, and nil at the end.
func (s *stream[T]) key() *string {
	if s.head == nil {
		return nil
	}
	key := s.keyOf(*s.head)
	return &key
}

// take returns the next item if it has the key, and nil otherwise.
func (s *stream[T]) take(key string) *T {
	if k := s.key(); k == nil || *k != key {
		return nil
	}
	item := s.head
	s.advance()
	return item
}

// least returns the lowest of the keys, and false when there is none.
func least(keys ...*string) (string, bool) {
	var low *string
	for _, key := range keys {
		if key != nil && (low == nil || *key < *low) {
			low = key
		}
	}
	if low == nil {
		return "", false
	}
	return *low, true
}

// withoutErrors makes a sequence that cannot fail look like one that can.
func withoutErrors[T any](seq iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for item := range seq {
			if !yield(item, nil) {
				return
			}
		}
	}
}
