package plan

import (
	"iter"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Stretch is objects of one kind that follow each other by key and that were found
// to be as wanted: a plan had nothing to do with any of them. While the flows ask
// the same of them, as the fingerprint tells, and nothing of them in the ledger
// changes, the next plan has nothing to do either, and need not look.
type Stretch struct {
	Span        directory.Span
	Fingerprint directory.Fingerprint // of what was wanted
	Unchanged   int                   // objects that are managed
	Ledger      Tally                 // what the guard counts of them
	Leavers     []string              // user keys: the members of each retired object
	Owners      []string              // user keys: the owners of each
}

// stretchObjects is how many objects a stretch has at most: the fewer, the more of
// them outlast a day's changes; the more, the less there is to read.
const stretchObjects = 500

// Gaps returns what lies between the spans of stretches, which are in order.
func Gaps(stretches []directory.Span) []directory.Span {
	var gaps []directory.Span
	after := ""
	for _, s := range stretches {
		if s.After != after {
			gaps = append(gaps, directory.Span{After: after, UpTo: s.After})
		}
		after = s.UpTo
	}
	return append(gaps, directory.Span{After: after})
}

// mayPass reports whether there is nothing to do in a stretch: nobody who owns a retired
// object is to be replaced.
func (p *Plan) mayPass(s *Stretch) bool {
	return p.successors == nil || !slices.ContainsFunc(s.Owners, func(user string) bool { return !p.hasRole(user) })
}

// pass counts a stretch instead of comparing its objects.
func (p *Plan) pass(kind directory.Kind, s *Stretch) {
	p.ledger.Merge(s.Ledger)
	count := p.summary.Objects[kind]
	count.Unchanged += s.Unchanged
	p.summary.Objects[kind] = count
	for _, user := range s.Leavers {
		if p.hasRole != nil && !p.hasRole(user) {
			p.Leavers++
		}
	}
}

// Stretches yields the stretches that there are in a span, after the plan was
// carried out. Their fingerprints are for the caller to add. An error ends them.
func Stretches(in Input, kind directory.Kind, span directory.Span) iter.Seq2[Stretch, error] {
	return func(yield func(Stretch, error) bool) {
		m := newMerge(kind, in, span)
		defer m.stop()
		s := surveyor{in: in, kind: kind, after: span.After}
		for {
			key, o, more := m.next()
			if !more {
				break
			}
			if s.see(key, o); !s.give(yield) {
				return
			}
		}
		if err := m.err(); err != nil {
			yield(Stretch{}, err)
			return
		}
		if s.last != "" && span.UpTo != "" {
			s.last = span.UpTo // up to the next stretch there is nothing else
		}
		s.close()
		s.give(yield)
	}
}

// surveyor finds stretches.
type surveyor struct {
	in    Input
	kind  directory.Kind
	found []Stretch // those that were not given yet

	plan      *Plan          // of the stretch that is open; nil for none
	values    map[string]int // in the ledger, by attribute
	objects   int
	unchanged int
	after     string // the key before the stretch
	last      string // the last key of the stretch; "" when it is empty
	leavers   []string
	owners    []string
}

func (s *surveyor) see(key string, o object) {
	if s.plan == nil {
		s.plan, s.values = newPlan(s.in), make(map[string]int)
	}
	if o.want != nil {
		o.want.Rewrite = false // the plan honoured it; of what was not written again the ledger knows
	}
	before := s.plan.traces()
	s.plan.compare(s.kind, o)
	if s.plan.traces() != before {
		s.close()
		s.after = key
		return
	}
	if o.have != nil {
		s.plan.ledger.countHave(o.have, s.values)
		if o.want == nil && o.have.State == directory.Retired {
			s.leavers = append(s.leavers, o.have.Members...)
			s.owners = append(s.owners, o.have.Owners...)
		}
	}
	s.objects++
	s.unchanged = s.plan.summary.Objects[s.kind].Unchanged
	if s.last = key; s.objects == stretchObjects {
		s.close()
	}
}

// give yields the stretches that were found, and returns false when no more are
// asked for.
func (s *surveyor) give(yield func(Stretch, error) bool) bool {
	for _, stretch := range s.found {
		if !yield(stretch, nil) {
			return false
		}
	}
	s.found = s.found[:0]
	return true
}

// close ends the open stretch.
func (s *surveyor) close() {
	if s.last != "" {
		s.plan.countValues(s.kind, s.values)
		s.found = append(s.found, Stretch{
			Span:      directory.Span{After: s.after, UpTo: s.last},
			Unchanged: s.unchanged,
			Ledger:    s.plan.ledger,
			Leavers:   slices.Clip(s.leavers),
			Owners:    slices.Clip(s.owners),
		})
		s.after = s.last
	}
	s.plan, s.objects, s.unchanged, s.last, s.leavers, s.owners = nil, 0, 0, "", nil, nil
}

// traces is what a comparison that found something to do, or to tell, leaves in a
// plan.
type traces struct{ steps, skipped, keptObjects, keptMemberships int }

func (p *Plan) traces() traces {
	return traces{p.summary.Steps, p.summary.Skipped, p.Kept.Objects, p.Kept.Memberships}
}
