package plan

import (
	"cmp"
	"slices"

	"github.com/homeroomhq/homeroom/directory"
)

// Plan is everything that a run would do.
type Plan struct {
	RosterSHA256 string
	Generation   int64 // of the ledger that the plan was made from
	Steps        []Step
	Skipped      []Skip

	// Kept counts what is left as it is because the roster does not say whether
	// it still holds.
	Kept struct{ Objects, Memberships int }
	// Leavers counts the memberships, in retired objects, of people without any
	// active role.
	Leavers int

	// Forgotten is what the ledger is to forget first, because it is about
	// directory users who are gone.
	Forgotten []Forgotten

	hasRole func(user string) bool
	moved   func(user string) bool
	widest  func(directory.Kind, string) *directory.Want
	objects map[directory.Kind]ObjectSummary
	ledger  Tally // what the ledger holds, for the guard's shares
}

// Summary counts what a plan does.
type Summary struct {
	Objects map[directory.Kind]ObjectSummary
	Owner   PairSummary
	Member  PairSummary
	Held    int
	Skipped int
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
func (p *Plan) Summary() Summary {
	s := Summary{Objects: make(map[directory.Kind]ObjectSummary), Skipped: len(p.Skipped)}
	for _, kind := range directory.Kinds() {
		s.Objects[kind] = p.objects[kind]
	}
	for i := range p.Steps {
		step := &p.Steps[i]
		s.Owner.Add += len(step.Owners.Add)
		s.Owner.Remove += len(step.Owners.Remove)
		s.Member.Add += len(step.Members.Add)
		s.Member.Remove += len(step.Members.Remove)
		if step.Held != nil {
			s.Held++
		}
	}
	return s
}

// Free reports how many steps are not held.
func (p *Plan) Free() int {
	n := 0
	for i := range p.Steps {
		if p.Steps[i].Held == nil {
			n++
		}
	}
	return n
}

// sort puts the steps into the order in which they are carried out and numbers
// them: users, administrative units, security groups, class groups, teams, then
// what is removed, then what changes the ledger alone; within each by kind and
// key, compared byte by byte, and what is free before what is held.
func (p *Plan) sort() {
	slices.SortStableFunc(p.Steps, func(a, b Step) int {
		return cmp.Or(
			cmp.Compare(a.phase(), b.phase()),
			cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Key, b.Key),
			cmp.Compare(a.Action, b.Action),
			cmp.Compare(heldLast(&a), heldLast(&b)),
		)
	})
	for i := range p.Steps {
		p.Steps[i].Seq = i + 1
	}
	slices.SortStableFunc(p.Skipped, func(a, b Skip) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Reason, b.Reason))
	})
}

func heldLast(s *Step) int {
	if s.Held != nil {
		return 1
	}
	return 0
}

// The phases of a plan. A step depends on none of its own phase.
const (
	phaseUsers = iota
	phaseUnits
	phaseSecurityGroups
	phaseClassGroups
	phaseTeams
	phaseRemovals
	phaseLedger
)

// phase returns when a step is carried out.
func (s *Step) phase() int {
	switch {
	case s.LedgerOnly():
		return phaseLedger
	case s.Action == Remove:
		return phaseRemovals
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
func (s *Step) LedgerOnly() bool { return s.Action == Retire || s.Action == Release }

func (s *Step) teamOnly() bool {
	_, team := s.Set[directory.Team]
	return team && s.Action == Update && len(s.Set) == 1 &&
		len(s.Owners.Add)+len(s.Members.Add) == 0
}
