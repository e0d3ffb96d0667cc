package plan

import (
	"errors"

	"github.com/homeroomhq/homeroom/directory"
)

// merge goes through the objects of one kind in a span of keys, from all sides at
// once, in the order of the keys.
type merge struct {
	want   *stream[directory.Want]
	before []*stream[directory.Want]
	have   *stream[directory.Have]
}

func newMerge(kind directory.Kind, in Input, span directory.Span) *merge {
	keyOf := func(w directory.Want) string { return w.Key }
	m := &merge{
		want: newStream(withoutErrors(in.Want(kind, span)), keyOf),
		have: newStream(in.Have(kind, span), func(h directory.Have) string { return h.Key }),
	}
	for _, before := range in.Before {
		m.before = append(m.before, newStream(withoutErrors(before(kind, span)), keyOf))
	}
	return m
}

// next returns the object with the lowest key that is left, and false at the end.
func (m *merge) next() (string, object, bool) {
	keys := []*string{m.want.key(), m.have.key()}
	for _, before := range m.before {
		keys = append(keys, before.key())
	}
	key, more := least(keys...)
	if !more {
		return "", object{}, false
	}
	o := object{want: m.want.take(key), have: m.have.take(key)}
	for _, before := range m.before {
		if want := before.take(key); want != nil {
			o.before = append(o.before, want)
		}
	}
	return key, o, true
}

// err returns what went wrong on any side.
func (m *merge) err() error {
	err := errors.Join(m.want.err, m.have.err)
	for _, before := range m.before {
		err = errors.Join(err, before.err)
	}
	return err
}

func (m *merge) stop() {
	m.want.stop()
	m.have.stop()
	for _, before := range m.before {
		before.stop()
	}
}
