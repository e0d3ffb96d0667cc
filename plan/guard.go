package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// Guard decides which steps wait for a person (rules 4).
type Guard struct {
	Limits Limits
	// Recent counts what runs of the last days did without approval.
	Recent Tally
	// Settled says that a run was completed before: creations are guarded.
	Settled bool
	// Rollover says that it is between two school years: what is removed from
	// class groups is held, however little it is.
	Rollover bool
	// Approved reports whether someone let the step with the content pass; see
	// Step.Content.
	Approved func(content string) bool
	// Privileged reports whether the user with the key holds a directory role.
	Privileged func(user string) bool
}

// Limits say how much may happen without a person. Shares are in per cent.
type Limits struct {
	Removals        int // more than that many, and
	RemovalShare    int // more than that share of the whole
	RemovalOrgShare int // or of one organization
	Creations       int
	CreationShare   int
	Renames         int
	RenameShare     int
}

// DefaultLimits returns the limits of rules 4.
func DefaultLimits() Limits {
	return Limits{
		Removals: 10, RemovalShare: 10, RemovalOrgShare: 20,
		Creations: 50, CreationShare: 20,
		Renames: 10, RenameShare: 10,
	}
}

// The rules by which steps are held.
const (
	tooManyRemovals  = "RemovalLimit"
	tooManyCreations = "CreationLimit"
	tooManyRenames   = "RenameLimit"
	privilegedUser   = "DirectoryRole"
	rollover         = "Rollover"

	// WaitsForName holds the creation of an object whose names another one still has,
	// since putting that one out of use is held. No approval lifts it but that of this.
	WaitsForName = "WaitsForName"

	// WaitsForUser holds what waits for a user whose creation is held. No
	// approval lifts it but that of the creation.
	WaitsForUser = "WaitsForUser"
)

// Hold marks the steps of a plan that must wait. A step of which a part must
// wait is cut in two. A plan is held once.
func (g *Guard) Hold(p *Plan) error {
	p.guard, p.holds = g, g.holds(p)
	p.summary.Steps, p.summary.Held = 0, 0
	for step, err := range p.All() {
		if err != nil {
			return err
		}
		p.summary.Steps++
		if step.Held != nil {
			p.summary.Held++
		}
	}
	return nil
}

// holds returns the sorts of which the plan does too much, each with the reason.
func (g *Guard) holds(p *Plan) map[Sort]*Hold {
	holds := make(map[Sort]*Hold)
	for sort := range p.planned {
		counted := make(Tally)
		counted.Merge(Tally{sort: p.planned[sort]})
		counted.Merge(Tally{sort: g.Recent[sort]})
		if hold := g.judge(sort, counted, p.ledger); hold != nil {
			holds[sort] = hold
		}
	}
	if g.Rollover {
		between := &Hold{Rule: rollover, Message: "between two school years nobody is removed from class groups without approval"}
		holds[removeMember(directory.ClassGroup)] = between
		holds[removeOwner(directory.ClassGroup)] = between
	}
	return holds
}

// judge compares what is done of one sort with the limits.
func (g *Guard) judge(sort Sort, done, ledger Tally) *Hold {
	l := g.Limits
	n, whole := done.whole(sort), ledger.whole(sort)
	what := string(sort)
	switch {
	case sort.Creates():
		if g.Settled && n > l.Creations && exceeds(n, whole, l.CreationShare) {
			return hold(tooManyCreations, sort, n, whole, l.Creations, l.CreationShare)
		}
	case strings.HasPrefix(what, "rename "):
		if n > l.Renames && exceeds(n, whole, l.RenameShare) {
			return hold(tooManyRenames, sort, n, whole, l.Renames, l.RenameShare)
		}
	case n <= l.Removals:
	case exceeds(n, whole, l.RemovalShare):
		return hold(tooManyRemovals, sort, n, whole, l.Removals, l.RemovalShare)
	default:
		for _, org := range slices.Sorted(maps.Keys(done[sort])) {
			if org != "" && exceeds(done[sort][org], ledger[sort][org], l.RemovalOrgShare) {
				h := hold(tooManyRemovals, sort, done[sort][org], ledger[sort][org], l.Removals, l.RemovalOrgShare)
				h.Message += ", in organization " + org
				return h
			}
		}
	}
	return nil
}

// exceeds reports whether part is more than the share, in per cent, of the whole.
func exceeds(part, whole, share int) bool { return part*100 > whole*share }

func hold(rule string, sort Sort, n, whole, limit, share int) *Hold {
	return &Hold{Rule: rule, Message: fmt.Sprintf("%d %s, where there are %d: more than %d and more than %d%%", n, sort.sentence(), whole, limit, share)}
}

// split cuts a step into what is free and what is held. A held part whose
// content was approved is free.
func (g *Guard) split(s *Step, holds map[Sort]*Hold, waiting map[string]bool) []Step {
	switch {
	case s.Held != nil || s.Approved || s.LedgerOnly() || g.harmless(s, holds, waiting):
		return []Step{*s}
	case s.Action == Create && waiting[s.Key]:
		return []Step{*nameless(s, holds)}
	}
	free, held := g.part(s, holds, waiting)
	switch {
	case held == nil:
		return []Step{*s}
	case held.Held.Rule != WaitsForUser && g.Approved(held.Content()):
		whole := *s
		whole.Approved = true
		return []Step{whole}
	case free == nil:
		return []Step{*held}
	}
	return []Step{*free, *held}
}

// nameless holds the creation of an object whose names another one still has, even if it
// was approved. Where creations are held anyway, it can be approved with the others.
func nameless(s *Step, holds map[Sort]*Hold) *Step {
	held := *s
	if held.Held = holds[creating(s.Kind)]; held.Held == nil {
		held.Held = &Hold{Rule: WaitsForName, Message: "the object that has its names is not out of use yet"}
	}
	return &held
}

// harmless reports whether a step surely has nothing that could be held. Of most
// steps that can be told without taking them apart.
func (g *Guard) harmless(s *Step, holds map[Sort]*Hold, waiting map[string]bool) bool {
	if s.removes() || s.Action == Delete || len(waiting) > 0 || s.Action == Create && holds[creating(s.Kind)] != nil {
		return false
	}
	for name, delta := range s.Set {
		if delta.To == "" || s.danger(name, delta) != "" {
			return false
		}
	}
	return true
}

// part divides what a step does. A nil part has nothing to do.
func (g *Guard) part(s *Step, holds map[Sort]*Hold, waiting map[string]bool) (free, held *Step) {
	if s.Action == Delete {
		return g.deletion(s, holds)
	}
	if s.Was() != "" {
		return uncut(s, holds[renaming(s.Kind)])
	}
	c := cutter{free: *s, held: *s}
	c.free.Set, c.held.Set = nil, nil
	c.free.Owners, c.free.Members, c.held.Owners, c.held.Members = Pairs{}, Pairs{}, Pairs{}, Pairs{}
	if s.Action == Create {
		c.because(holds[creating(s.Kind)])
	}
	g.cutSet(&c, s, holds)
	g.cutAdditions(&c, s, waiting)
	g.cutRemovals(&c, s, holds, waiting)
	if c.reason == nil {
		return s, nil
	}
	if s.Action == Create && (holds[creating(s.Kind)] != nil || len(c.free.Members.Add) == 0 && len(s.Members.Add) > 0) {
		whole := *s
		whole.Held = c.reason
		return nil, &whole
	}
	if len(s.Owners.Add) > 0 && len(c.free.Owners.Add) == 0 {
		c.postpone(directory.Team) // a team needs an owner
	}
	if c.held.Action == Create {
		c.held.Action = Update
	}
	c.held.Held = c.reason
	if c.free.empty() {
		return nil, &c.held
	}
	return &c.free, &c.held
}

// deletion holds a deletion wholly or not at all: with the object go all who are in it.
func (g *Guard) deletion(s *Step, holds map[Sort]*Hold) (free, held *Step) {
	reason := holds[deleting(s.Kind)]
	for _, list := range []struct {
		sort  Sort
		users []string
	}{{removeOwner(s.Kind), s.Owners.Remove}, {removeMember(s.Kind), s.Members.Remove}} {
		if reason == nil && len(list.users) > 0 {
			reason = holds[list.sort]
		}
		if i := slices.IndexFunc(list.users, g.Privileged); reason == nil && i >= 0 {
			reason = privileged(list.users[i])
		}
	}
	return uncut(s, reason)
}

// uncut returns a step that is not cut in two.
func uncut(s *Step, h *Hold) (free, held *Step) {
	if h == nil {
		return s, nil
	}
	step := *s
	step.Held = h
	return nil, &step
}

// cutter collects the two parts of a step, and why there is a second one.
type cutter struct {
	free, held Step
	reason     *Hold
}

// because notes a reason. That a user is awaited outweighs others: no approval
// lifts it.
func (c *cutter) because(h *Hold) {
	if c.reason == nil || h != nil && h.Rule == WaitsForUser {
		c.reason = h
	}
}

// side returns the part that something belongs to: the held one when there is a
// reason.
func (c *cutter) side(h *Hold) *Step {
	if h == nil {
		return &c.free
	}
	c.because(h)
	return &c.held
}

// postpone moves the change of an attribute to the held part.
func (c *cutter) postpone(name string) {
	delta, ok := c.free.Set[name]
	if !ok {
		return
	}
	delete(c.free.Set, name)
	if c.held.Set == nil {
		c.held.Set = make(map[string]Delta)
	}
	c.held.Set[name] = delta
}

func (g *Guard) cutSet(c *cutter, s *Step, holds map[Sort]*Hold) {
	for _, name := range slices.Sorted(maps.Keys(s.Set)) {
		delta := s.Set[name]
		h := holds[s.danger(name, delta)]
		if h == nil && delta.To == "" {
			h = holds[clearingOne(s.Kind, name)]
		}
		if h == nil && s.Kind == directory.User && (delta.To == "" || s.disables(name, delta)) && g.Privileged(s.Key) {
			h = privileged(s.Key)
		}
		part := c.side(h)
		if part.Set == nil {
			part.Set = make(map[string]Delta)
		}
		part.Set[name] = delta
	}
}

func privileged(user string) *Hold {
	return &Hold{Rule: privilegedUser, Message: user + " holds a directory role and would lose something"}
}

// cutAdditions lets nobody be added who is not created yet.
func (g *Guard) cutAdditions(c *cutter, s *Step, waiting map[string]bool) {
	side := func(user string) *Step {
		if waiting[user] {
			return c.side(&Hold{Rule: WaitsForUser, Message: "the creation of " + user + " is held"})
		}
		return &c.free
	}
	for _, user := range s.Owners.Add {
		part := side(user)
		part.Owners.Add = append(part.Owners.Add, user)
	}
	for _, user := range s.Members.Add {
		part := side(user)
		part.Members.Add = append(part.Members.Add, user)
	}
}

// cutRemovals holds removals. Who stays an owner stays a member.
func (g *Guard) cutRemovals(c *cutter, s *Step, holds map[Sort]*Hold, waiting map[string]bool) {
	stays := make(map[string]bool)
	for _, user := range s.Owners.Remove {
		h := holds[removeOwner(s.Kind)]
		switch {
		case h == nil && g.Privileged(user):
			h = privileged(user)
		case h == nil && waiting[s.Key]:
			h = &Hold{Rule: WaitsForUser, Message: "the owner who would follow is not created yet"}
		}
		part := c.side(h)
		part.Owners.Remove = append(part.Owners.Remove, user)
		stays[user] = h != nil
	}
	for _, user := range s.Members.Remove {
		h := holds[removeMember(s.Kind)]
		if h == nil && (g.Privileged(user) || stays[user]) {
			h = c.reason
			if !stays[user] {
				h = privileged(user)
			}
		}
		part := c.side(h)
		part.Members.Remove = append(part.Members.Remove, user)
	}
}

// awaited returns the key of what other steps must wait for because this one is held; ""
// for nothing.
func (s *Step) awaited() string {
	if s.Held == nil {
		return ""
	}
	newUser := s.Action == Create && s.Kind == directory.User
	newOwner := s.Held.Rule == WaitsForUser && len(s.Owners.Add) > 0
	if newUser || newOwner {
		return s.Key
	}
	return s.Was()
}

// inDoubt reports whether the step does nothing but ask a person.
func (s *Step) inDoubt() bool { return s.Held != nil && (s.empty() || s.Held.Rule == IDReused) }

func (s *Step) empty() bool { return len(s.Set) == 0 && !s.adds() && !s.removes() }
