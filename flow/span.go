package flow

import (
	"iter"
	"slices"
	"sort"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/roster"
)

// What is wanted is looked at by spans of keys. Records lie in the order of their
// ids, and so of their keys.

// peopleIn yields the people whose keys lie in the span.
func (w *Wanted) peopleIn(span directory.Span) iter.Seq[roster.Ref] {
	return refs(within(span, len(w.roster.People), func(i int) string { return w.userKey(roster.Ref(i)) }))
}

// classesIn yields the classes whose keys lie in the span.
func (w *Wanted) classesIn(span directory.Span) iter.Seq[roster.Ref] {
	return refs(within(span, len(w.roster.Classes), func(i int) string { return w.classKey(roster.Ref(i)) }))
}

// groupsIn yields the positions of the groups of a kind whose keys lie in the span.
func (w *Wanted) groupsIn(kind directory.Kind, span directory.Span) iter.Seq[roster.Ref] {
	return refs(within(span, len(w.groups[kind]), func(i int) string { return w.groups[kind][i].key }))
}

// droppedPeople returns the keys in the span of the people whose records were
// dropped: what a flow may ask for them is not known.
func (w *Wanted) droppedPeople(span directory.Span) []string {
	if !w.anySet(func(s *Set) bool { return s.User != nil }) {
		return nil
	}
	return keysIn(span, without(w.roster.Unknown.People, slices.Concat(w.settings.Exclude.People, w.forgotten)), UserKey)
}

// droppedClasses returns the keys in the span of the classes whose records were
// dropped; their organizations are not known.
func (w *Wanted) droppedClasses(span directory.Span) []string {
	if !w.anySet(func(s *Set) bool { return s.ClassGroup != nil }) {
		return nil
	}
	return keysIn(span, without(w.roster.Unknown.Classes, w.settings.Exclude.Classes), ClassKey)
}

func keysIn(span directory.Span, ids []string, key func(id string) string) []string {
	first, end := within(span, len(ids), func(i int) string { return key(ids[i]) })
	keys := make([]string, 0, end-first)
	for _, id := range ids[first:end] {
		keys = append(keys, key(id))
	}
	return keys
}

// within returns which of n sorted keys lie in a span: those from first to before
// end.
func within(span directory.Span, n int, key func(int) string) (first, end int) {
	if span.After != "" {
		first = sort.Search(n, func(i int) bool { return key(i) > span.After })
	}
	end = n
	if span.UpTo != "" {
		end = first + sort.Search(n-first, func(i int) bool { return key(first+i) > span.UpTo })
	}
	return first, end
}

func refs(first, end int) iter.Seq[roster.Ref] {
	return func(yield func(roster.Ref) bool) {
		for i := first; i < end; i++ {
			if !yield(roster.Ref(i)) {
				return
			}
		}
	}
}
