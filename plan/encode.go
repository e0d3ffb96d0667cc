package plan

import (
	"encoding/binary"

	"github.com/homeroomhq/homeroom/directory"
)

// The encoding of steps in a pile: every text and every list behind its length.
// What the guard adds to a step (number, hold, approval) is worked out anew each
// time a pile is gone through, but for the hold of a step that is in doubt.

func appendStep(b []byte, s *Step) []byte {
	for _, text := range []string{string(s.Action), string(s.Kind), s.Key, s.ID, s.Org} {
		b = appendText(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(s.Set)))
	for name, d := range s.Set {
		b = appendText(appendText(appendText(b, name), d.From), d.To)
	}
	for _, list := range [][]string{s.Owners.Add, s.Owners.Remove, s.Members.Add, s.Members.Remove} {
		b = appendList(b, list)
	}
	var freed Released
	if s.Released != nil {
		freed = *s.Released
	}
	b = appendList(appendList(b, freed.Owners), freed.Members)
	b = binary.AppendUvarint(b, uint64(len(s.Why)))
	for _, w := range s.Why {
		b = appendText(appendText(appendText(appendText(b, w.FlowSet), w.Flow), w.Rule), w.Record)
	}
	var h Hold
	if s.Held != nil {
		h = *s.Held
	}
	return appendText(appendText(b, h.Rule), h.Message)
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendList(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, text := range list {
		b = appendText(b, text)
	}
	return b
}

// reader takes apart what appendStep put together. The bytes are the program's
// own and whole.
type reader struct{ rest []byte }

func (r *reader) step() Step {
	s := Step{
		Action: Action(r.text()), Kind: directory.Kind(r.text()), Key: r.text(), ID: r.text(), Org: r.text(),
	}
	if n := r.number(); n > 0 {
		s.Set = make(map[string]Delta, n)
		for range n {
			name := r.text()
			s.Set[name] = Delta{From: r.text(), To: r.text()}
		}
	}
	s.Owners = Pairs{Add: r.list(), Remove: r.list()}
	s.Members = Pairs{Add: r.list(), Remove: r.list()}
	if freed := (Released{Owners: r.list(), Members: r.list()}); len(freed.Owners)+len(freed.Members) > 0 {
		s.Released = &freed
	}
	for range r.number() {
		s.Why = append(s.Why, directory.Why{FlowSet: r.text(), Flow: r.text(), Rule: r.text(), Record: r.text()})
	}
	if h := (Hold{Rule: r.text(), Message: r.text()}); h.Rule != "" {
		s.Held = &h
	}
	return s
}

func (r *reader) number() int {
	n, size := binary.Uvarint(r.rest)
	r.rest = r.rest[size:]
	return int(n)
}

func (r *reader) text() string {
	n := r.number()
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}

func (r *reader) list() []string {
	n := r.number()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}
