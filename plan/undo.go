package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/homeroomhq/homeroom/directory"
)

// The reasons why a revert leaves something as it is.
const (
	changedSince   = "ChangedSince"
	notInPlans     = "ContactsNotKept"
	neverTakenAway = "NeverTakenAway"
	wasThere       = "WasThereBefore"
)

// undoing takes back what a run did to one object.
type undoing struct {
	*reverting
	deed
	kind directory.Kind
	seen *directory.Object // as the directory shows it; nil when it does not
	ids  map[string]string // of users of whom it matters whether they are there

	up, down Step
	left     map[string][]string // what is left as it is, by reason
}

func (u *undoing) undo() {
	if last := &u.steps[len(u.steps)-1]; last.Action == Delete || u.have == nil && last.Set[directory.AnchorID].gone() {
		u.restore(last)
		return
	}
	if last := &u.steps[len(u.steps)-1]; last.Was() != "" {
		u.revive(last)
		return
	}
	switch first := &u.steps[0]; {
	case u.have == nil && first.Action == Create && u.Short(first.Seq):
		return // it was never created
	case u.have == nil, u.seen == nil, u.seen.ID != u.have.ID, first.ID != "" && first.ID != u.have.ID:
		u.skip(Skip{Kind: u.kind, Key: u.key, Reason: changedSince, Org: u.org(), Detail: "it is no longer there, or another one"})
		return
	case first.Action == Create && u.DeleteCreated && u.untouched():
		u.delete()
		return
	}
	state := u.goal()
	u.up, u.down = u.step(Update), u.step(Remove)
	if state != directory.Managed {
		u.up.State, u.down.State = state, state
	}
	u.left = make(map[string][]string)
	u.values()
	u.pairs()
	u.commit(state)
	for _, reason := range slices.Sorted(maps.Keys(u.left)) {
		u.skip(Skip{Kind: u.kind, Key: u.key, Reason: reason, Org: u.org(), Detail: strings.Join(u.left[reason], ", ")})
	}
}

func (u *undoing) org() string {
	if u.have != nil {
		return u.have.Org
	}
	return u.steps[0].Org
}

func (u *undoing) step(action Action) Step {
	return Step{
		Action: action, Kind: u.kind, Key: u.key, ID: u.have.ID, Org: u.have.Org,
		Set: make(map[string]Delta), Why: u.why(ruleRevert, u.deed),
	}
}

// created reports whether the run created the object. What it found in the place was
// there before.
func (u *undoing) created() bool { return u.steps[0].Action == Create }

// goal returns how Homeroom is to stand to the object: as it did before the run, when
// that is known.
func (u *undoing) goal() directory.State {
	state := u.have.State
	for i := range u.steps {
		s := &u.steps[i]
		switch {
		case s.Action == Retire && state == directory.Retired, s.Action == Release && s.Released == nil && state == directory.Released:
			state = directory.Managed
		case s.Again != nil && s.Again.State != "" && state == directory.Managed:
			state = s.Again.State
		case s.Action == Create && state == directory.Managed:
			state = directory.Retired
		}
	}
	return state
}

// values plans to put values back.
func (u *undoing) values() {
	for i := range u.steps {
		s := &u.steps[i]
		if s.Action == Create && !u.have.Created {
			u.leave(wasThere, "attributes")
		}
		if s.Action == Create {
			continue
		}
		for name, delta := range s.Set {
			if u.have.Attributes[name] != delta.From {
				u.value(name, delta)
			}
		}
	}
}

// value plans to put one value back.
func (u *undoing) value(name string, d Delta) {
	shown := u.seen.Attributes[name]
	switch {
	case name == directory.SchoolYears: // of which the ledger alone knows
		if d.From != "" && u.have.Attributes[name] == d.To {
			u.up.Set[name] = Delta{From: d.To, To: d.From}
		}
	case u.have.Attributes[name] != d.To:
		u.leave(changedSince, name)
	case name == directory.RelatedContacts && d.From != "":
		u.leave(notInPlans, name)
	case lasting(name) && d.To != "":
		u.leave(neverTakenAway, name)
	case name != directory.RelatedContacts && shown != d.To && shown != d.From:
		u.leave(changedSince, name)
	case d.From == "":
		u.down.Set[name] = Delta{From: d.To}
	default:
		u.up.Set[name] = Delta{From: d.To, To: d.From}
	}
}

// lasting reports whether a value is never taken away once it was given (rules 2,
// "Licences"; rules 3, "Class group").
func lasting(name string) bool {
	return slices.Contains([]string{directory.Team, directory.LicenseSKUs, directory.UsageLocation, directory.PasswordFrom}, name)
}

func (u *undoing) leave(reason, what string) {
	if !slices.Contains(u.left[reason], what) {
		u.left[reason] = append(u.left[reason], what)
		slices.Sort(u.left[reason])
	}
}

// commit adds the steps that have something to do.
func (u *undoing) commit(state directory.State) {
	count := u.summary.Objects[u.kind]
	back := state == directory.Managed && u.have.State != directory.Managed
	u.up.Again = again(&u.up, u.have) // for a revert of this one
	if len(u.up.Set) > 0 || u.up.adds() || back {
		u.add(&u.up)
	}
	if len(u.down.Set) > 0 || u.down.removes() {
		u.add(&u.down)
	}
	if len(u.up.Set)+len(u.down.Set) > 0 || back {
		count.Update++
	}
	if state != u.have.State && !back {
		away := Step{Action: Retire, Kind: u.kind, Key: u.key, ID: u.have.ID, Org: u.have.Org, Why: u.why(ruleRevert, u.deed)}
		if u.created() {
			away.Why = u.why(ruleCreated, u.deed)
		}
		if count.Retired++; state == directory.Released {
			count.Retired, count.Released, away.Action = count.Retired-1, count.Released+1, Release
		}
		u.add(&away)
	}
	u.summary.Objects[u.kind] = count
}

// untouched reports whether nothing about an object that the run created is anybody
// else's, so that it can be deleted.
func (u *undoing) untouched() bool {
	s := &u.steps[0]
	if u.kind == directory.User || !u.have.Created || len(minus(u.have.Owners, s.Owners.Add))+len(minus(u.have.Members, s.Members.Add)) > 0 {
		return false
	}
	for name, value := range u.have.Attributes {
		if name != directory.SchoolYears && (s.Set[name].To != value || u.seen.Attributes[name] != value) {
			return false
		}
	}
	return onlyOf(u.ids, u.have.Owners, u.seen.Owners) && onlyOf(u.ids, u.have.Members, u.seen.Members)
}

// delete plans to delete what the run created.
func (u *undoing) delete() {
	step := u.step(Delete)
	for name, value := range u.have.Attributes {
		step.Set[name] = Delta{From: value}
	}
	step.Owners.Remove, step.Members.Remove = u.have.Owners, u.have.Members
	u.add(&step)
}

// gone reports whether a value was cleared.
func (d Delta) gone() bool { return d.From != "" && d.To == "" }

// restore plans to create what the run, a revert itself, deleted, and to write to
// accounts what it took from them when it gave them back.
func (u *undoing) restore(undone *Step) {
	if u.have != nil {
		if u.have.ID != undone.ID { // else it was never deleted
			u.skip(Skip{Kind: u.kind, Key: u.key, Reason: changedSince, Org: u.org(), Detail: "there is one again"})
		}
		return
	}
	count := u.summary.Objects[u.kind]
	step := Step{Action: Create, Kind: u.kind, Key: u.key, Org: undone.Org, Set: make(map[string]Delta), Why: u.why(ruleRevert, u.deed)}
	if count.Create++; undone.Action != Delete {
		step.Action, step.ID = Update, undone.ID
		count.Create, count.Update = count.Create-1, count.Update+1
	}
	for name, delta := range undone.Set {
		if name != directory.RelatedContacts {
			step.Set[name] = Delta{To: delta.From}
		} else {
			u.skip(Skip{Kind: u.kind, Key: u.key, Reason: notInPlans, Org: u.org(), Detail: name})
		}
	}
	step.Owners.Add, step.Members.Add = undone.Owners.Remove, undone.Members.Remove
	u.summary.Objects[u.kind] = count
	u.add(&step)
}
