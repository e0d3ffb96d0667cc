package plan

import (
	"cmp"
	"iter"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Plan is everything that a run would do.
type Plan struct {
	RosterSHA256 string
	Kind         string   // of a plan that no roster asks for: revert, cleanup, repair; else ""
	Of           int64    // the run that is reverted; 0 for none
	Only         []string // keys that the plan is limited to; empty for everything
	Generation   int64    // of the ledger that the plan was made from
	Skipped      []Skip
	// Orgs are the names of organizations, by id.
	Orgs map[string]string
	// Outcome tells what became of a step; nil for a plan that nobody carried out.
	Outcome func(*Step) Outcome

	// Kept counts what is left as it is because the roster does not say whether
	// it still holds.
	Kept struct{ Objects, Memberships int }
	// Leavers counts the memberships, in retired objects, of people without any
	// active role who are left there.
	Leavers int

	// Forgotten is what the ledger is to forget first, because it is about
	// directory users who are gone.
	Forgotten []Forgotten

	stored  iter.Seq2[Step, error] // the steps of a plan that was stored, in place of what follows
	steps   steps
	summary Summary
	holds   map[Sort]*Hold // what the guard holds back
	guard   *Guard         // nil before Hold

	hasRole    func(user string) bool
	successors func(org, key string) (owners, pinned []string)
	excluded   func(directory.Kind, string) bool
	moved      func(user string) bool
	widest     func(directory.Kind, string) *directory.Want
	reuse      *Reuse
	given      map[string]bool // keys of objects that this plan puts out of use
	ledger     Tally           // what the ledger holds, for the guard's shares
	planned    Tally           // what the steps do of what the guard counts
}

// Summary counts what a plan does.
type Summary struct {
	Objects map[directory.Kind]ObjectSummary
	Steps   int
	Owner   PairSummary
	Member  PairSummary
	// Rewritten counts the objects that are written again since a flow was reset. What
	// is written again is in no other count.
	Rewritten int
	Deleted   int // objects that are deleted
	Held      int
	Skipped   int
}

// ObjectSummary counts the objects of one kind. Created, updated and unchanged
// go by attributes alone.
type ObjectSummary struct {
	Create    int `json:"create"`
	Update    int `json:"update"`
	Unchanged int `json:"unchanged"`
	Retired   int `json:"retired"`
	Released  int `json:"released"`
}

// PairSummary counts owners or members.
type PairSummary struct {
	Add    int `json:"add"`
	Remove int `json:"remove"`
}

// Summary counts what the plan does.
func (p *Plan) Summary() Summary { return p.summary }

// Len returns how many steps the plan has.
func (p *Plan) Len() int { return p.summary.Steps }

// Free returns how many steps are not held.
func (p *Plan) Free() int { return p.summary.Steps - p.summary.Held }

// add adds a step, which comes after all others of its phase and kind.
func (p *Plan) add(s *Step) {
	p.steps.add(s)
	if !s.Approved {
		p.planned.Count(s)
	}
	p.summary.Steps++
	if s.Action == Rewrite {
		p.summary.Rewritten++
		return
	}
	if s.Action == Delete {
		p.summary.Deleted++
	}
	p.summary.Owner.Add += len(s.Owners.Add)
	p.summary.Owner.Remove += len(s.Owners.Remove)
	p.summary.Member.Add += len(s.Members.Add)
	p.summary.Member.Remove += len(s.Members.Remove)
	if s.Held != nil {
		p.summary.Held++
	}
}

func (p *Plan) skip(s Skip) {
	p.Skipped = append(p.Skipped, s)
	p.summary.Skipped++
}

// sortSkipped brings what is left out into the order in which it is shown.
func (p *Plan) sortSkipped() {
	slices.SortStableFunc(p.Skipped, func(a, b Skip) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Reason, b.Reason))
	})
}

// All yields the steps in the order in which they are carried out, numbered from
// 1: users, administrative units, security groups, what goes out of use, class
// groups, teams, then what is removed, then what is deleted, then what changes the
// ledger alone; within each by kind and
// key, compared byte by byte, and what is free before what is held. It can be
// gone through any number of times.
func (p *Plan) All() iter.Seq2[Step, error] {
	if p.stored != nil {
		return p.stored
	}
	return func(yield func(Step, error) bool) {
		number := 0
		// Keys of users who are not created yet, of groups whose new owner is not, and of
		// groups that still bear a name which another one is to have.
		waiting := make(map[string]bool)
		for step, err := range p.steps.all() {
			if err != nil {
				yield(Step{}, err)
				return
			}
			for _, part := range p.parts(&step, waiting) {
				number++
				part.Seq = number
				if !yield(part, nil) {
					return
				}
			}
		}
	}
}

// parts cuts a step into what is free and what the guard holds.
func (p *Plan) parts(s *Step, waiting map[string]bool) []Step {
	if p.guard == nil {
		return []Step{*s}
	}
	parts := p.guard.split(s, p.holds, waiting)
	for i := range parts {
		if key := parts[i].awaited(); key != "" {
			waiting[key] = true
		}
	}
	return parts
}

// LedgerOnly yields the steps that change the ledger alone, without their
// numbers.
func (p *Plan) LedgerOnly() iter.Seq2[Step, error] { return p.steps.of(phaseLedger) }

// Rewrites yields the steps that write again what was written, without their numbers.
func (p *Plan) Rewrites() iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for step, err := range p.steps.all() {
			if (err != nil || step.Action == Rewrite) && !yield(step, err) {
				return
			}
		}
	}
}

// The phases of a plan. A step depends on none of its own phase.
const (
	phaseUsers = iota
	phaseUnits
	phaseSecurityGroups
	phaseExpiries
	phaseClassGroups
	phaseTeams
	phaseRemovals
	phaseDeletions
	phaseLedger
	phases // how many there are
)

// phase returns when a step is carried out.
func (s *Step) phase() int {
	switch {
	case s.LedgerOnly():
		return phaseLedger
	case s.Action == Remove:
		return phaseRemovals
	case s.Action == Delete:
		return phaseDeletions
	case s.Was() != "":
		return phaseExpiries
	case s.teamOnly():
		return phaseTeams
	}
	switch s.Kind {
	case directory.User:
		return phaseUsers
	case directory.AdministrativeUnit:
		return phaseUnits
	case directory.SecurityGroup:
		return phaseSecurityGroups
	default:
		return phaseClassGroups
	}
}

// SamePhase reports whether two steps may be carried out in either order.
func (s *Step) SamePhase(other *Step) bool { return s.phase() == other.phase() }

// LedgerOnly reports whether the step changes nothing in the directory.
func (s *Step) LedgerOnly() bool {
	return s.Action == Retire || s.Action == Release || s.notes()
}

// notes reports whether the step only notes for which school years a class group stands.
func (s *Step) notes() bool {
	_, years := s.Set[directory.SchoolYears]
	return years && s.Action == Update && s.Held == nil && len(s.Set) == 1 && !s.adds() && !s.removes()
}

// Was returns the key that the step's object has before it; "" when that is no other one.
// The object's anchor tells.
func (s *Step) Was() string {
	anchor := s.Set[directory.AnchorID]
	if s.Action != Update || anchor.To == "" || anchor.From == anchor.To {
		return ""
	}
	return anchor.From
}

func (s *Step) teamOnly() bool {
	_, team := s.Set[directory.Team]
	return team && s.Action == Update && len(s.Set) == 1 &&
		len(s.Owners.Add)+len(s.Members.Add) == 0
}
