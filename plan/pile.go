package plan

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// pile holds steps in little memory: encoded one after the other, and compressed
// in chunks. The first plan of a country has more than ten million of them.
type pile struct {
	chunks [][]byte // compressed
	open   []byte   // encoded, the chunk that is being filled
}

const chunkSize = 512 << 10 // bytes, before compression

func (p *pile) add(s *Step) {
	if p.open = appendStep(p.open, s); len(p.open) >= chunkSize {
		p.seal()
	}
}

// seal compresses the open chunk.
func (p *pile) seal() {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = w.Write(p.open)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // memory takes every write
	}
	p.chunks = append(p.chunks, bytes.Clone(b.Bytes())) // the buffer has grown to up to twice as much
	p.open = p.open[:0]
}

// all yields the steps in the order in which they were added.
func (p *pile) all() iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for _, chunk := range p.chunks {
			encoded, err := io.ReadAll(flate.NewReader(bytes.NewReader(chunk)))
			if err != nil {
				yield(Step{}, fmt.Errorf("unpacking steps: %w", err))
				return
			}
			if !yieldSteps(encoded, yield) {
				return
			}
		}
		yieldSteps(p.open, yield)
	}
}

// steps are piles by phase and kind, so that the order of a plan is kept without
// sorting.
type steps [phases]map[directory.Kind]*pile

func (s *steps) add(step *Step) {
	phase := step.phase()
	if s[phase] == nil {
		s[phase] = make(map[directory.Kind]*pile)
	}
	of := s[phase][step.Kind]
	if of == nil {
		of = &pile{}
		s[phase][step.Kind] = of
	}
	of.add(step)
}

// all yields all steps.
func (s *steps) all() iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for phase := range s {
			for step, err := range s.of(phase) {
				if !yield(step, err) {
					return
				}
			}
		}
	}
}

// of yields the steps of a phase, by kind.
func (s *steps) of(phase int) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for _, kind := range slices.Sorted(maps.Keys(s[phase])) {
			for step, err := range s[phase][kind].all() {
				if !yield(step, err) {
					return
				}
			}
		}
	}
}

func yieldSteps(encoded []byte, yield func(Step, error) bool) bool {
	for len(encoded) > 0 {
		step, rest, err := readStep(encoded)
		if !yield(step, err) || err != nil {
			return false
		}
		encoded = rest
	}
	return true
}
