package plan

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
	"github.com/homeroomhq/homeroom/fault"
)

// The encoding of steps, in piles and in the store: each step behind its length,
// and in it every text and every list behind its own.

// encodingVersion stands in front of steps that are stored.
const encodingVersion = 1

var (
	errSteps      = errors.New("the stored steps are damaged")
	errNewerSteps = fault.New(fault.Invalid,
		"the steps were stored by a newer version of this program; use that version or a later one")
)

// AppendSteps appends steps to b in the encoding that DecodeSteps reads.
func AppendSteps(b []byte, steps []Step) []byte {
	b = append(b, encodingVersion)
	for i := range steps {
		b = appendStep(b, &steps[i])
	}
	return b
}

// DecodeSteps returns the steps that AppendSteps encoded. Bytes of a newer version give
// fault.Invalid, and damaged ones another error.
func DecodeSteps(encoded []byte) ([]Step, error) {
	if len(encoded) == 0 || encoded[0] == 0 {
		return nil, errSteps
	}
	if encoded[0] > encodingVersion {
		return nil, errNewerSteps
	}
	var steps []Step
	for rest := encoded[1:]; len(rest) > 0; {
		step, after, err := readStep(rest)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
		rest = after
	}
	return steps, nil
}

const (
	approvedFlag = 1 << iota
	releasedFlag
	heldFlag
	againFlag
	stateFlag
)

func appendStep(b []byte, s *Step) []byte {
	start := len(b)
	b = binary.AppendUvarint(b, uint64(s.Seq))
	b = append(b, s.flags())
	for _, text := range []string{string(s.Action), string(s.Kind), s.Key, s.ID, s.Org} {
		b = appendText(b, text)
	}
	b = appendSet(b, s.Set)
	for _, list := range [][]string{s.Owners.Add, s.Owners.Remove, s.Members.Add, s.Members.Remove} {
		b = appendList(b, list)
	}
	if s.Released != nil {
		b = appendList(appendList(b, s.Released.Owners), s.Released.Members)
	}
	if s.Again != nil {
		b = appendList(appendList(appendText(b, string(s.Again.State)), s.Again.Owners), s.Again.Members)
	}
	if s.State != "" {
		b = appendText(b, string(s.State))
	}
	b = binary.AppendUvarint(b, uint64(len(s.Why)))
	for _, w := range s.Why {
		b = appendText(appendText(appendText(appendText(b, w.FlowSet), w.Flow), w.Rule), w.Record)
	}
	if s.Held != nil {
		b = appendText(appendText(b, s.Held.Rule), s.Held.Message)
	}
	return lengthBefore(b, start)
}

// appendSet encodes attributes in the order of their names, so that neighbours
// look alike and are compressed well.
func appendSet(b []byte, set map[string]Delta) []byte {
	var most [32]string
	names := most[:0]
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	b = binary.AppendUvarint(b, uint64(len(names)))
	for _, name := range names {
		d := set[name]
		b = appendText(appendText(appendText(b, name), d.From), d.To)
	}
	return b
}

func (s *Step) flags() byte {
	var flags byte
	if s.Approved {
		flags |= approvedFlag
	}
	if s.Released != nil {
		flags |= releasedFlag
	}
	if s.Held != nil {
		flags |= heldFlag
	}
	if s.Again != nil {
		flags |= againFlag
	}
	if s.State != "" {
		flags |= stateFlag
	}
	return flags
}

// lengthBefore inserts the length of what begins at start in front of it.
func lengthBefore(b []byte, start int) []byte {
	var length [binary.MaxVarintLen64]byte
	n := binary.PutUvarint(length[:], uint64(len(b)-start))
	b = append(b, length[:n]...)
	copy(b[start+n:], b[start:])
	copy(b[start:], length[:n])
	return b
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

// readStep takes the first step off encoded ones.
func readStep(b []byte) (Step, []byte, error) {
	length, width := binary.Uvarint(b)
	if width <= 0 || length > uint64(len(b)-width) {
		return Step{}, nil, errSteps
	}
	end := width + int(length)
	r := reader{rest: string(b[width:end])}
	step := r.step()
	if r.damaged || r.rest != "" {
		return Step{}, nil, errSteps
	}
	return step, b[end:], nil
}

// reader takes apart what appendStep put together. All texts of a step are parts
// of one. Once it comes upon damage it gives nothing but zeros.
type reader struct {
	rest    string
	damaged bool
}

func (r *reader) step() Step {
	s := Step{Seq: int(r.number())}
	flags := r.number()
	s.Approved = flags&approvedFlag != 0
	s.Action, s.Kind = Action(r.text()), directory.Kind(r.text())
	s.Key, s.ID, s.Org = r.text(), r.text(), r.text()
	s.Set = r.set()
	s.Owners = Pairs{Add: r.list(), Remove: r.list()}
	s.Members = Pairs{Add: r.list(), Remove: r.list()}
	if flags&releasedFlag != 0 {
		s.Released = &Released{Owners: r.list(), Members: r.list()}
	}
	if flags&againFlag != 0 {
		s.Again = &Again{State: directory.State(r.text()), Owners: r.list(), Members: r.list()}
	}
	if flags&stateFlag != 0 {
		s.State = directory.State(r.text())
	}
	s.Why = r.why()
	if flags&heldFlag != 0 {
		s.Held = &Hold{Rule: r.text(), Message: r.text()}
	}
	return s
}

func (r *reader) set() map[string]Delta {
	n := r.count()
	if n == 0 {
		return nil
	}
	set := make(map[string]Delta, n)
	for range n {
		name := r.text()
		set[name] = Delta{From: r.text(), To: r.text()}
	}
	return set
}

func (r *reader) why() []directory.Why {
	n := r.count()
	if n == 0 {
		return nil
	}
	why := make([]directory.Why, n)
	for i := range why {
		why[i] = directory.Why{FlowSet: r.text(), Flow: r.text(), Rule: r.text(), Record: r.text()}
	}
	return why
}

func (r *reader) list() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	list := make([]string, n)
	for i := range list {
		list[i] = r.text()
	}
	return list
}

func (r *reader) number() uint64 {
	var n uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		c := r.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.rest = r.rest[i+1:]
			return n
		}
	}
	r.rest, r.damaged = "", true
	return 0
}

// count reads how many items follow, each of which takes a byte at least.
func (r *reader) count() int {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.rest, r.damaged = "", true
		return 0
	}
	return int(n)
}

func (r *reader) text() string {
	n := r.count() // of bytes
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}
