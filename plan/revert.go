package plan

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"github.com/homeroomhq/homeroom/directory"
)

// RevertInput is what the revert of a run is planned from.
type RevertInput struct {
	Known
	Run     int64 // that is reverted
	Reached int   // its last step that was sent to the directory
	// Short reports whether the step with a number was not wholly carried out.
	Short func(seq int) bool
	// Steps yields the steps of the run from a number on, in their order.
	Steps func(from int) iter.Seq2[Step, error]
	// DeleteCreated says that what the run created is deleted, but for users.
	DeleteCreated bool
}

// Revert returns the plan that takes back what a run did, as far as it still stands
// (rules 4, "Revert"). Nothing is held yet: see Guard.
//
// What stands is told by the ledger: of steps that were not wholly carried out it knows
// what was. Values are looked up in the directory besides, since people may have changed
// them. Who was added and who was removed is not: removing somebody who is gone and
// adding somebody who is there again does no harm, and makes the ledger true.
func Revert(in RevertInput) (*Plan, error) {
	r := reverting{RevertInput: in, Plan: newPlan(Input{})}
	r.Kind, r.Of = ruleRevert, in.Run
	if err := r.findSegments(); err != nil {
		return nil, err
	}
	for _, kind := range directory.Kinds() {
		if err := r.revertKind(kind); err != nil {
			return nil, fmt.Errorf("planning to revert %ss: %w", kind, err)
		}
	}
	r.sortSkipped()
	return r.Plan, nil
}

// reverting is a revert on its way to a plan.
type reverting struct {
	RevertInput
	*Plan
	segments map[directory.Kind][]segment
}

// segment is steps of the run in a row, of one kind and in the order of their keys.
type segment struct {
	first, last int
	key         string // of the last step
}

// findSegments finds out where the steps of each kind lie.
func (r *reverting) findSegments() error {
	r.segments = make(map[directory.Kind][]segment)
	var before directory.Kind
	for step, err := range r.RevertInput.Steps(1) {
		if err != nil {
			return err
		}
		of := r.segments[step.Kind]
		if last := len(of) - 1; step.Kind == before && step.Key >= of[last].key {
			of[last].last, of[last].key = step.Seq, step.Key
		} else {
			r.segments[step.Kind] = append(of, segment{step.Seq, step.Seq, step.Key})
		}
		before = step.Kind
	}
	return nil
}

// deed is what the run did to one object, and what the ledger knows of it now.
type deed struct {
	key   string
	steps []Step
	have  *directory.Have // nil for nothing
}

// lookedUp is how many objects are looked up together.
const lookedUp = 200

// revertKind merges the ledger with the steps of one kind.
func (r *reverting) revertKind(kind directory.Kind) error {
	have := newStream(r.Have(kind, directory.Span{}), func(h directory.Have) string { return h.Key })
	defer have.stop()
	var segments []*stream[deed]
	for _, s := range r.segments[kind] {
		segment := newStream(r.deedsIn(s), func(d deed) string { return d.key })
		defer segment.stop()
		segments = append(segments, segment)
	}
	values := make(map[string]int) // in the ledger, by attribute
	var deeds []deed
	for {
		d, more := nextDeed(have, segments)
		if !more {
			break
		}
		if d.have != nil {
			r.ledger.countHave(d.have, values)
		}
		if len(d.steps) == 0 {
			continue
		}
		if deeds = append(deeds, d); len(deeds) == lookedUp {
			if err := r.undoAll(kind, deeds); err != nil {
				return err
			}
			deeds = nil
		}
	}
	r.countValues(kind, values)
	err := have.err
	for _, s := range segments {
		err = errors.Join(err, s.err)
	}
	if err != nil {
		return err
	}
	return r.undoAll(kind, deeds)
}

// nextDeed returns what was done to the object with the lowest key that is left, and
// false at the end. Of an object to which nothing was done there are no steps.
func nextDeed(have *stream[directory.Have], segments []*stream[deed]) (deed, bool) {
	keys := []*string{have.key()}
	for _, s := range segments {
		keys = append(keys, s.key())
	}
	key, more := least(keys...)
	d := deed{key: key}
	if more {
		d.have = have.take(key)
		for _, s := range segments {
			if part := s.take(key); part != nil {
				d.steps = append(d.steps, part.steps...)
			}
		}
	}
	return d, more
}

// deedsIn yields the steps of a segment that were carried out, by object.
func (r *reverting) deedsIn(s segment) iter.Seq2[deed, error] {
	return func(yield func(deed, error) bool) {
		var d deed
		for step, err := range r.RevertInput.Steps(s.first) {
			if err != nil {
				yield(deed{}, err)
				return
			}
			if step.Seq > s.last {
				break
			}
			if !r.carriedOut(&step) {
				continue
			}
			if len(d.steps) > 0 && d.key != step.Key {
				if !yield(d, nil) {
					return
				}
				d = deed{}
			}
			d.key, d.steps = step.Key, append(d.steps, step)
		}
		if len(d.steps) > 0 {
			yield(d, nil)
		}
	}
}

// carriedOut reports whether the run came to a step that is to be taken back. What was
// written again was there before.
func (r *reverting) carriedOut(s *Step) bool {
	return s.Held == nil && s.Action != Rewrite && (s.LedgerOnly() || s.Seq <= r.Reached)
}

// undoAll looks objects up in the directory and takes back what was done to them.
func (r *reverting) undoAll(kind directory.Kind, deeds []deed) error {
	if len(deeds) == 0 {
		return nil
	}
	var keys, users []string
	for _, d := range deeds {
		keys = append(keys, d.key)
		for i := range d.steps {
			if free := d.steps[i].Released; free != nil {
				users = append(append(users, free.Owners...), free.Members...)
			}
		}
		if r.DeleteCreated && kind != directory.User && d.have != nil && d.steps[0].Action == Create {
			users = append(append(users, d.have.Owners...), d.have.Members...)
		}
	}
	objects, err := r.Find(kind, keys)
	if err != nil {
		return err
	}
	seen := make(map[string]*directory.Object, len(objects))
	for i := range objects {
		if o := &objects[i]; !o.Deleted {
			seen[o.Anchor()] = o
		}
	}
	slices.Sort(users)
	ids, err := r.IDs(slices.Compact(users))
	if err != nil {
		return err
	}
	for _, d := range deeds {
		u := undoing{reverting: r, deed: d, kind: kind, seen: seen[d.key], ids: ids}
		u.undo()
	}
	return nil
}

// why says which step a step takes back.
func (r *reverting) why(rule string, d deed) []directory.Why {
	record := "run " + strconv.FormatInt(r.Run, 10) + ", step " + strconv.Itoa(d.steps[0].Seq)
	return []directory.Why{{Rule: rule, Record: record}}
}
